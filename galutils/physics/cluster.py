"""Which galaxies belong to a cluster by their redshifts and places: dispersion, mass, escape.

Sources: Beers, Flynn & Gebhardt (1990, AJ 100, 32) for centre and dispersion; Munari et al. (2013,
MNRAS 430, 2638) for the mass; Navarro, Frenk & White (1997, ApJ 490, 493) for the potential.
Cosmology: Planck 2018.
"""

import astropy.constants as const
import astropy.units as u
import numpy as np
from astropy.cosmology import Planck18

from galutils.store.measured import takes

LIGHT = const.c.to_value(u.km / u.s)
CONCENTRATION = 4.0  # of a cluster's halo
SCALE, POWER = 1177.0, 0.364  # km/s of 1e15 M_sun / h(z), and its power; galaxies in Munari et al.
STEPS = 50  # at most, until the members no longer change


@takes(redshift=None)
def velocity(redshift, centre):
    """Return velocities in the frame of the cluster, km/s: c (z - z_c) / (1 + z_c)."""
    return LIGHT * (redshift - centre) / (1 + centre)


def centre_and_dispersion(redshift, draws=0, rng=None):
    """Biweight centre and velocity dispersion, of the data themselves and of resamples.

    Parameters
    ----------
    redshift : array_like, shape (n,)
        Of members; NaN does not count.
    draws : int
    rng : numpy.random.Generator or int, optional

    Returns
    -------
    centre, dispersion : ndarray, shape (1 + draws,)
        Redshift, and km/s in the frame of the cluster: first of the data, then of members drawn
        with replacement, as `galutils.scores.intervals.percentiles` takes them.

    Raises
    ------
    ValueError
        With fewer than three members.
    """
    from astropy.stats import biweight_location, biweight_scale

    z = np.asarray(redshift, dtype=float)
    z = z[np.isfinite(z)]
    if z.size < 3:
        raise ValueError(f"a dispersion needs three members or more, received {z.size}")
    rng = np.random.default_rng(rng)
    drawn = np.concatenate([z[None], z[rng.integers(z.size, size=(draws, z.size))]])
    centre = biweight_location(drawn, axis=1)
    return centre, LIGHT * biweight_scale(drawn, axis=1) / (1 + centre)


def halo(dispersion, redshift):
    """Return mass (M_sun) and radius (Mpc) within which the density is 200 times the critical one.

    Parameters
    ----------
    dispersion : float
        Along the line of sight, km/s.
    redshift : float
        Of the cluster.

    Returns
    -------
    mass, radius : float
    """
    h = Planck18.H(redshift).to_value(u.km / u.s / u.Mpc) / 100
    mass = 1e15 / h * (dispersion / SCALE) ** (1 / POWER) * u.Msun
    density = 200 * Planck18.critical_density(redshift)
    radius = (3 * mass / (4 * np.pi * density)) ** (1 / 3)
    return mass.to_value(u.Msun), radius.to_value(u.Mpc)


def projected(distance, redshift):
    """Return projected distances in Mpc of angles in arcmin."""
    return np.asarray(distance) / 1000 * Planck18.kpc_proper_per_arcmin(redshift).value


def escape_velocity(radius, dispersion, redshift, concentration=CONCENTRATION):
    """Return the escape velocity of the cluster's halo, km/s.

    What is at a projected distance R is at least as far from the centre, so that nothing that is
    bound moves faster along the line of sight than the escape velocity at R.

    Parameters
    ----------
    radius : array_like
        Distance from the centre, Mpc.
    dispersion, redshift : float
        As of `halo`.
    concentration : float
        r_200 over the scale radius.

    Returns
    -------
    ndarray
    """
    mass, r_200 = halo(dispersion, redshift)
    x = np.maximum(np.asarray(radius, dtype=float) / r_200, 1e-3)
    inner = np.log1p(concentration) - concentration / (1 + concentration)
    potential = (
        const.G * mass * u.Msun / (r_200 * u.Mpc) * np.log1p(concentration * x) / (x * inner)
    )
    return np.sqrt(2 * potential).to_value(u.km / u.s)


def bound(redshift, distance, start):
    """Find the galaxies slower than the escape velocity that they themselves imply.

    Centre and dispersion are those of the members; members are what the halo of that dispersion
    can hold at its distance; both in turn until no member changes.

    Parameters
    ----------
    redshift, distance : array_like, shape (n,)
        Distance on the sky in arcmin; rows with NaN are not bound.
    start : (float, float)
        Redshifts between which the first members lie.

    Returns
    -------
    ndarray of bool, shape (n,)
    """
    z, distance = np.asarray(redshift, dtype=float), np.asarray(distance, dtype=float)
    members = (z > start[0]) & (z < start[1])
    for _ in range(STEPS):
        [centre], [dispersion] = centre_and_dispersion(z[members])
        limit = escape_velocity(projected(distance, centre), dispersion, centre)
        found = np.abs(velocity(z, centre)) < limit
        if np.array_equal(found, members):
            break
        members = found
    return members
