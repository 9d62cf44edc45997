"""The galaxies that SAMI looked at: masses, redshifts, sizes and shapes.

Parametric forms, with constants fitted to the public SAMI DR3 input catalogues
(Croom et al. 2021, MNRAS 505, 991; clusters: Owers et al. 2017, MNRAS 468,
1824). No row of a catalogue enters.
"""

from pathlib import Path

import numpy as np
import pandas as pd
from astropy.cosmology import FlatLambdaCDM
from astropy.table import Table

COSMOLOGY = FlatLambdaCDM(H0=70, Om0=0.3)

GAMA, CLUSTER, FILLER = 1, 2, 3  # `catsource` of CubeObs
SHARES = (0.685, 0.292, 0.023)
# log10 stellar mass: weight, mean, scatter of two Gaussians
# share of the observed members by cluster, same order
CLUSTER_SHARES = (0.17, 0.29, 0.12, 0.07, 0.03, 0.10, 0.08, 0.14)
GAMA_MASS = ((0.40, 0.60), (10.49, 8.90), (0.42, 0.49))
CLUSTER_MASS = ((0.593, 0.407), (10.08, 10.66), (0.32, 0.37))
MASS_RANGE = (7.5, 11.8)
# name, redshift, velocity dispersion (km/s), right ascension, declination (deg), catid prefix
CLUSTERS = pd.read_csv(Path(__file__).with_name("clusters.csv")).to_records(index=False)
# medians in bins of log10 mass: stepped redshift limits, r-band sizes, colours and their scatter
_MEDIANS = np.loadtxt(Path(__file__).with_name("medians.csv"), delimiter=",", skiprows=1)
MASS_KNOTS, REDSHIFT, LOG_KPC, COLOUR, COLOUR_SCATTER = _MEDIANS.T
# log10 of the second velocity moment within Re (rotation included), at 10^10 Msun and 3.2 kpc
LOG_SIGMA, SIGMA_MASS, SIGMA_SIZE, SIGMA_SCATTER = 1.945, 0.36, -0.17, 0.075
# share of slow bodies: floor, ceiling, log10 mass of the middle, width
SLOW_SHARE = (0.045, 0.60, 11.10, 0.20)


def _mixture(n, components, rng):
    weight, mean, scatter = (np.array(values) for values in components)
    which = rng.choice(weight.size, size=n, p=weight / weight.sum())
    return np.clip(rng.normal(mean[which], scatter[which]), *MASS_RANGE)


def _correlated(latent, correlation, rng):
    """Draw standard normal numbers with a given correlation to `latent`."""
    noise = rng.standard_normal(latent.shape)
    return correlation * latent + np.sqrt(1 - correlation**2) * noise


def _redshifts(log_mass, region, cluster, rng):
    spread = np.where(log_mass < 9.9, 0.15, 0.12)
    field = 10 ** rng.normal(np.log10(np.interp(log_mass, MASS_KNOTS, REDSHIFT)), spread)
    centre = CLUSTERS["redshift"][cluster]
    member = rng.normal(centre, CLUSTERS["dispersion"][cluster] / 299792.458 * (1 + centre))
    return np.where(region == CLUSTER, member, np.clip(field, 0.004, 0.113))


def _thickness(slow, log_mass, diskiness, rng):
    """Intrinsic axis ratio: thin discs, thicker with less disc, slow bodies rounder."""
    disc = rng.normal(0.31 - 0.06 * diskiness, 0.13)
    disc += 0.15 * np.maximum(log_mass - 10.3, 0)  # bulges
    disc += 0.13 * np.clip(9.6 - log_mass, 0, 1)  # dwarfs are thick
    body = rng.normal(0.60, 0.13, size=disc.size)
    return np.clip(np.where(slow, body, disc), 0.12, 0.90)


def _morphology(log_mass, slow, diskiness, rng):
    """Visual types: 0 E, 0.5, 1 S0, 1.5, 2 early spiral, 2.5, 3 late; -9 none agreed."""
    stage = 2.35 - 1.15 * (log_mass - 9.9) + 0.90 * diskiness
    stage = np.where(slow, 0.4, stage) + rng.normal(0, 0.35, log_mass.size)
    types = np.clip(np.round(2 * stage) / 2, 0, 3) + 0.0
    return np.where(rng.random(log_mass.size) < 0.04, -9.0, types)


def draw(n, rng=None, slow_share=SLOW_SHARE):
    """Galaxies of a SAMI-like survey, before anyone looks at their motions.

    Parameters
    ----------
    n : int
        How many.
    rng : numpy.random.Generator or int, optional
        Source of randomness or seed.
    slow_share : tuple of float
        As `SLOW_SHARE`.

    Returns
    -------
    astropy.table.Table
        ``region`` (1 GAMA, 2 cluster, 3 filler), ``cluster`` (index into
        `CLUSTERS`), ``log_mass`` (log10 Msun), ``redshift``, ``g_i`` and ``m_r``
        (mag), ``r_e`` (arcsec, semi-major axis of half the light), ``mu_e`` (mean
        r-band mag/arcsec2 inside it), ``sersic``, ``thickness`` (intrinsic axis
        ratio), ``inclination`` (deg, 90 edge-on), ``ellipticity`` (projected),
        ``position_angle`` (deg, counter-clockwise from +x), ``slow`` (bool: a
        weakly triaxial body), ``diskiness`` (standard normal: what size, colour,
        type and rotation share), ``sigma_e`` (km/s) and ``morphology``.
    """
    rng = np.random.default_rng(rng)
    region = rng.choice([GAMA, CLUSTER, FILLER], size=n, p=SHARES)
    cluster = rng.choice(len(CLUSTERS), size=n, p=CLUSTER_SHARES)
    masses = [_mixture(n, parts, rng) for parts in (CLUSTER_MASS, GAMA_MASS)]
    log_mass = np.where(region == CLUSTER, *masses)
    redshift = _redshifts(log_mass, region, cluster, rng)
    floor, ceiling, middle, width = slow_share
    share = floor + (ceiling - floor) / (1 + np.exp((middle - log_mass) / width))
    slow = rng.random(n) < share
    diskiness = rng.normal(np.where(slow, -0.7, 0.1), 1.0)

    thickness = _thickness(slow, log_mass, diskiness, rng)
    cos_i = rng.random(n)
    axis_ratio = np.sqrt(cos_i**2 + (thickness * np.sqrt(1 - cos_i**2)) ** 2)
    # Bodies are not quite round seen from above (Lambas, Maddox & Loveday 1992).
    oval = np.abs(rng.normal(0, 0.05, n))
    ellipticity = np.clip(1 - axis_ratio * (1 - oval), 0.005, 0.92)

    scatter = np.where(log_mass < 9, 0.27, np.where(log_mass < 10.5, 0.24, 0.20))
    log_kpc = np.interp(log_mass, MASS_KNOTS, LOG_KPC) + 0.03 - 0.04 * (region == CLUSTER)
    log_kpc += scatter * _correlated(diskiness, 0.60, rng)
    kpc_per_arcsec = COSMOLOGY.kpc_proper_per_arcmin(redshift).value / 60
    r_e = np.clip(10**log_kpc / kpc_per_arcsec, 0.5, 60)

    colour = np.interp(log_mass, MASS_KNOTS, COLOUR) + 0.05 * (region == CLUSTER)
    colour += np.interp(log_mass, MASS_KNOTS, COLOUR_SCATTER) * _correlated(diskiness, -0.5, rng)
    m_r = -20.02 - 2.54 * (log_mass - 10) + 1.97 * (colour - 1) + rng.normal(0, 0.1, n)
    area = 2 * np.pi * r_e**2 * (1 - ellipticity)
    mu_e = m_r + COSMOLOGY.distmod(redshift).value + 2.5 * np.log10(area) + rng.normal(0.14, 0.1, n)

    mean_sersic = 1.1 + 2.2 / (1 + np.exp(-(log_mass - 10.3) / 0.25)) - 0.5 * diskiness
    sersic = np.clip(mean_sersic + 0.8 * slow + rng.normal(0, 0.5, n), 0.5, 6)
    log_sigma = LOG_SIGMA + SIGMA_MASS * (log_mass - 10) + SIGMA_SIZE * (log_kpc - 0.5)
    columns = {
        "region": region,
        "cluster": cluster,
        "log_mass": log_mass,
        "redshift": redshift,
        "g_i": colour,
        "m_r": m_r,
        "r_e": r_e,
        "mu_e": mu_e,
        "sersic": sersic,
        "thickness": thickness,
        "inclination": np.rad2deg(np.arccos(cos_i)),
        "ellipticity": ellipticity,
        "position_angle": rng.uniform(0, 180, n),
        "slow": slow,
        "diskiness": diskiness,
        "sigma_e": 10 ** rng.normal(log_sigma, SIGMA_SCATTER),
        "morphology": _morphology(log_mass, slow, diskiness, rng),
    }
    return Table(columns)


def resampled(n, rng, edges, shares, pool, slow_share=SLOW_SHARE):
    """Draw galaxies whose masses follow given shares instead of those of SAMI.

    Parameters
    ----------
    n : int
        How many.
    rng : numpy.random.Generator
        Source of randomness.
    edges : ndarray
        Edges of bins in log10 Msun.
    shares : float or ndarray
        Relative number in each bin; none lies beyond the bins.
    pool : int
        How many are drawn for each one that is kept.
    slow_share : tuple of float
        As `SLOW_SHARE`.

    Returns
    -------
    astropy.table.Table
        As of `draw`, without replacement.
    """
    galaxies = draw(pool * n, rng, slow_share)
    where = np.digitize(galaxies["log_mass"], edges)
    shares = np.pad(np.broadcast_to(shares, len(edges) - 1), 1)
    weight = shares[where] / np.bincount(where, minlength=shares.size)[where]
    return galaxies[rng.choice(len(galaxies), n, replace=False, p=weight / weight.sum())]
