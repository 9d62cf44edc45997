"""MaNGA's way of looking: which galaxies, with which bundle of fibres, and lambda_R from it."""

import numpy as np
import pandas as pd

from galutils.mock.bodies import population
from galutils.mock.instruments import ifu
from galutils.physics import kinematics

# Bundles (Drory et al. 2015, AJ 149, 77): long diagonal in arcsec, galaxies on a plate,
# and the share of each among the 6258 real fields.
BUNDLES = {19: 12.5, 37: 17.5, 61: 22.5, 91: 27.5, 127: 32.5}
ON_PLATE = {19: 2, 37: 4, 61: 4, 91: 2, 127: 5}
BUNDLE_SHARES = (0.116, 0.237, 0.237, 0.118, 0.292)
SPAXEL, SEEING = 0.5, 2.5  # arcsec; reconstructed FWHM (Law et al. 2016, AJ 152, 83)
MASS_BINS = np.linspace(9.0, 11.4, 9)  # log10 Msun; MaNGA is nearly flat in mass
MEASURED = 0.8  # of the effective ellipse, for lambda_R
DEPTH = 1.5  # exposure relative to a SAMI field


def targets(n, rng, bins=MASS_BINS, shares=1.0):
    """Galaxies as MaNGA chose them: flat in mass, 1.5 or 2.5 Re within the bundle.

    Parameters
    ----------
    n : int
        How many.
    rng : numpy.random.Generator
        Source of randomness.
    bins : ndarray
        Edges in log10 Msun.
    shares : float or ndarray
        Relative number in each bin.

    Returns
    -------
    astropy.table.Table
        Columns of `population.draw` and ``bundle``, the number of fibres.
    """
    galaxies = population.resampled(n, rng, bins, shares, pool=8)
    bundle = rng.choice(list(BUNDLES), n, p=BUNDLE_SHARES)
    # A bundle reaches at least that far; bundles come in steps, so mostly farther.
    reach = np.where(rng.random(n) < 2 / 3, 1.5, 2.5) * np.exp(np.abs(rng.normal(0, 0.25, n)))
    r_e = np.array([BUNDLES[b] for b in bundle]) / 2 / reach
    # Moved in redshift until the galaxy has that size; surface brightness dims by (1 + z)^4.
    z = np.geomspace(0.005, 0.15, 400)
    kpc = population.COSMOLOGY.kpc_proper_per_arcmin(z).value / 60
    now = np.interp(galaxies["redshift"], z, kpc)
    moved = np.interp(galaxies["r_e"] * now / r_e, kpc, z)
    galaxies["mu_e"] += 10 * np.log10((1 + moved) / (1 + galaxies["redshift"]))
    galaxies["redshift"], galaxies["r_e"], galaxies["bundle"] = moved, r_e, bundle
    return galaxies


def frame_side(bundle):
    """Return the side in spaxels of a frame for a bundle and its seeing; odd: a central one."""
    return 2 * round(BUNDLES[bundle] / 2 / SPAXEL + 2 * SEEING / SPAXEL) + 1


def observe(rows, side, rng):
    """Observe galaxies with a bundle that they share.

    Parameters
    ----------
    rows : astropy.table.Table
        As of `galutils.mock.bodies.dynamics.draw`, and ``bundle``.
    side : int
        Spaxels along a side of the frame.
    rng : numpy.random.Generator
        For depth and noise.

    Returns
    -------
    dict of ndarray, shape (n, side, side)
        As of `galutils.mock.instruments.ifu.observe`.
    """
    exposure = ifu.coverage((side, side), SPAXEL, BUNDLES[rows["bundle"][0]], 6)
    depth = DEPTH * np.exp(rng.normal(0, 0.15, len(rows)))
    return ifu.observe(moving(rows), exposure, SPAXEL, SEEING, depth, rng)


def moving(rows):
    """Drop columns that `galutils.mock.instruments.ifu` does not compute with."""
    numbers = [name for name in rows.colnames if rows[name].dtype.kind in "fb"]
    return rows[numbers]


def radii(rows, shape, spaxel=SPAXEL):
    """Compute the elliptical radius of each spaxel in arcsec, one frame of `shape` for each row."""
    x, y = kinematics.spaxel_offsets(shape, spaxel)
    form, angle = (rows[name].data[:, None, None] for name in ("ellipticity", "position_angle"))
    return kinematics.elliptical_radius(x, y, form, angle)


def effective_lambda_r(maps, rows, spaxel=SPAXEL):
    """Compute lambda_R within the effective ellipse, NaN where a fifth of it was not measured."""
    radius = radii(rows, maps["flux"].shape[1:], spaxel)
    inside = radius < rows["r_e"].data[:, None, None]
    value = kinematics.lambda_r(maps["velocity"], maps["sigma"], maps["flux"], radius, inside)
    measured = (inside & np.isfinite(maps["velocity"])).sum(axis=(1, 2))
    return np.where(measured > MEASURED * inside.sum(axis=(1, 2)), value, np.nan)


def true_lambda_r(rows, r_e, side, spaxel, oversample=2):
    """lambda_R of the model within the effective ellipse, without seeing, noise or missing spaxels.

    What a map shows depends on the distance in effective radii only, so all
    galaxies share a grid.

    Parameters
    ----------
    rows : astropy.table.Table
        As of `galutils.mock.bodies.dynamics.draw`.
    r_e : float
        The effective radius that all are given, arcsec.
    side : int
        Spaxels along a side of the grid.
    spaxel : float
        Side of one in arcsec.
    oversample : int
        As of `galutils.mock.instruments.ifu.model`.

    Returns
    -------
    ndarray, shape (n,)
    """
    rows, found = moving(rows), []
    rows["r_e"] = r_e
    for start in range(0, len(rows), ifu.BATCH):  # parts that fit into memory
        part = rows[start : start + ifu.BATCH]
        maps = ifu.model(part, (side, side), spaxel, 0.0, oversample)
        found.append(effective_lambda_r(maps, part, spaxel))
    return np.concatenate(found)


def plateifus(bundles, rng):
    """Name plate and IFU of each galaxy, filled plate by plate."""
    plates = rng.permutation(np.arange(7443, 11000))
    bundles = pd.Series(bundles)
    plate, place = divmod(bundles.groupby(bundles).cumcount(), bundles.map(ON_PLATE))
    rows = zip(plates[plate], bundles, place + 1, strict=True)
    return [f"{number}-{bundle}{k:02d}" for number, bundle, k in rows]
