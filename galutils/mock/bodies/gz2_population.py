"""The galaxies of a mock Galaxy Zoo 2: masses, distances, sizes, shapes and arms."""

import numpy as np
from astropy.table import Table

from galutils.mock.bodies.population import COSMOLOGY

BRIGHT, SMALL = 17.0, 3.0  # r limit (mag) and petroR90 limit (arcsec) of Willett et al. (2013)
DISCS, ARMED, ARTIFACTS = 0.62, 0.88, 0.01  # shares of all; of discs; of the rest
# log10 mass of the spirals of Hart et al. (2017), a little higher as the limit is by flux
MASS, MASS_SCATTER = 10.40, 0.40
# Arms of discs seen well: most have two, many three or more (Elmegreen & Elmegreen 1982,
# MNRAS 201, 1021; Hart et al. 2016, MNRAS 461, 3663)
ARM_NUMBERS = np.array([1, 2, 3, 4, 5, 6])
ARM_SHARES = np.array([0.028, 0.702, 0.115, 0.080, 0.060, 0.015])
# Shift of the mass in dex by number of arms and with torn ones, so that the classes, once their
# arms must be seen, differ as weakly as those of Lee, Soo & Sharoni (table 4)
MASS_SHIFT, MASS_TORN = np.array([0.0, 0.0, 0.0, -0.08, -0.08, -0.05, -0.05]), 0.27
PITCH, PITCH_SCATTER = 19.0, 7.0  # deg, of 3028 spirals (Hart et al. 2017)
# Crests above the disc, median: about a magnitude, less in flocculent galaxies (Elmegreen et al.
# 2011, ApJ 737, 32): logarithm, for all torn
CONTRAST, CONTRAST_TORN = 2.6, -1.5
REDDENED = 0.35  # g-i of discs by log10 of their axis ratio: dust
BARRED = 0.34  # share of spirals (same)
ODD = {"disturbed": 0.03, "irregular": 0.02, "merger": 0.02, "other": 0.03}
ODD |= {"lens or arc": 0.005, "dust lane": 0.015}


def _arms(disc, rng):
    """Draw number and look of arms; those of many are torn more often than those of two."""
    n = disc.size
    arms = rng.choice(ARM_NUMBERS, n, p=ARM_SHARES)
    arms = np.where(disc & (rng.random(n) < ARMED), arms, 0)
    torn = rng.beta(1.0, np.where(arms == 2, 3.5, 1.8), n)
    pitch = np.clip(rng.normal(PITCH, PITCH_SCATTER, n), 8, 40)
    return {
        "arms": arms,
        "pitch": pitch * rng.choice([-1, 1], n),
        "contrast": CONTRAST * np.exp(CONTRAST_TORN * (torn - 0.25) + rng.normal(0, 0.5, n)),
        "width": rng.uniform(0.5, 0.85, n),
        "phase": rng.uniform(0, 2 * np.pi, n),
        "torn": torn,
        "uneven": rng.beta(1.2, 4.0, n),
        "arm_start": rng.uniform(0.25, 0.6, n),
    }


def _light(disc, log_mass, late, axis_ratio, rng):
    """Draw magnitudes at a distance, sizes and colours; redder and more bulge with mass."""
    n = disc.size
    excess = log_mass - 10.4
    bulge = np.clip(0.18 + 0.12 * excess - 0.04 * late + rng.normal(0, 0.10, n), 0, 0.6)
    g_i = np.where(disc, 0.77 + 0.25 * excess - 0.05 * late, 1.15 + 0.10 * excess)
    g_i += rng.normal(0, np.where(disc, 0.18, 0.08), n)
    # r luminosities as of `population`; sizes of Shen et al. (2003, MNRAS 343, 978)
    absolute = -20.02 - 2.54 * (log_mass - 10) + 1.97 * (g_i - 1) + rng.normal(0, 0.1, n)
    log_kpc = np.where(disc, 0.61 + 0.28 * excess + 0.05 * late, 0.36 + 0.56 * excess)
    log_kpc += rng.normal(0, 0.13, n)
    g_i -= np.where(disc, REDDENED * np.log10(axis_ratio), 0)
    return bulge, g_i, absolute, 10**log_kpc * np.where(disc, 2.32, 3.3)


def _distances(absolute, r90_kpc, rng):
    """Draw redshifts evenly in volume, so far as brightness and size pass the limits."""
    z = np.geomspace(1e-3, 0.25, 600)
    modulus = COSMOLOGY.distmod(z).value
    per_arcsec = COSMOLOGY.kpc_proper_per_arcmin(z).value / 60
    as_bright = np.interp(BRIGHT - absolute, modulus, z)
    farthest = np.minimum(as_bright, np.interp(r90_kpc / SMALL, per_arcsec, z))
    redshift = np.maximum(farthest * rng.random(absolute.size) ** (1 / 3), 2e-3)
    r90 = np.clip(r90_kpc / np.interp(redshift, z, per_arcsec), SMALL, 60)
    return redshift, absolute + np.interp(redshift, z, modulus), r90


def _shape(disc, cos_inclination, rng):
    thickness = np.clip(rng.normal(0.14, 0.03, disc.size), 0.07, 0.3)
    seen = np.sqrt(cos_inclination**2 + (thickness * np.sqrt(1 - cos_inclination**2)) ** 2)
    round_body = 1 - np.clip(np.abs(rng.normal(0, 0.3, disc.size)), 0, 0.7)
    return {
        "inclination": np.rad2deg(np.arccos(cos_inclination)),
        "thickness": thickness,
        "axis_ratio": np.where(disc, np.clip(seen, 0.1, 0.99), round_body),
        "position_angle": rng.uniform(0, 180, disc.size),
        "sersic": np.clip(rng.normal(3.5, 0.8, disc.size), 1.5, 6),
    }


def _oddities(disc, arms, rng):
    n = disc.size
    names, shares = list(ODD), np.array(list(ODD.values()))
    odd = rng.choice(["", *names], n, p=[1 - shares.sum(), *shares])
    return {
        "odd": np.where((odd == "irregular") & ~disc, "other", odd),
        "artifact": ~disc & (rng.random(n) < ARTIFACTS),
        "companion": rng.random(n) < np.where(arms == 2, 0.08, 0.04),
        "ring": np.where(disc & (rng.random(n) < 0.08), rng.uniform(0.04, 0.15, n), 0.0),
        "boxy": rng.random(n) < 0.2,
    }


def draw(n, rng):
    """Draw galaxies within the limits of brightness and size of Galaxy Zoo 2.

    Parameters
    ----------
    n : int
        How many.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    astropy.table.Table
        ``log_mass`` (log10 Msun), ``redshift``, ``magnitude`` and ``g_i`` (mag),
        ``petro_r90`` (arcsec), ``disc`` (bool), ``inclination`` (deg), ``thickness``,
        ``axis_ratio`` (apparent), ``position_angle`` (deg), ``sersic`` (of those without a disc),
        ``bulge``, ``bar`` and ``ring`` (share of light), ``bar_angle`` (rad), ``arms`` (0 to 6)
        and their ``pitch`` (deg, signed), ``contrast``, ``width``, ``phase`` (rad), ``torn``,
        ``uneven`` (0 to 1) and ``arm_start`` (in half-light radii of the disc); ``odd`` (str),
        ``artifact``, ``companion``, ``boxy`` (bool).
    """
    disc, cos_inclination = rng.random(n) < DISCS, rng.random(n)
    arms = _arms(disc, rng)
    number = arms["arms"]
    log_mass = rng.normal(MASS + 0.25 * ~disc, MASS_SCATTER, n)
    log_mass += MASS_SHIFT[number] + MASS_TORN * (arms["torn"] - 0.25) * (number > 0)
    late = np.where(disc, rng.normal(0, 1, n), 0)
    shape = _shape(disc, cos_inclination, rng)
    bulge, g_i, absolute, r90_kpc = _light(disc, log_mass, late, shape["axis_ratio"], rng)
    redshift, magnitude, r90 = _distances(absolute, r90_kpc, rng)
    barred = disc & (rng.random(n) < BARRED)
    bar = np.where(barred, rng.uniform(0.03, 0.2, n), 0.0)
    bar_angle = np.where(number > 0, arms["phase"], rng.uniform(0, np.pi, n))
    columns = {"log_mass": log_mass, "redshift": redshift, "magnitude": magnitude, "g_i": g_i}
    columns |= {"petro_r90": r90, "disc": disc, "bulge": bulge, "bar": bar, "bar_angle": bar_angle}
    return Table(columns | shape | arms | _oddities(disc, number, rng))
