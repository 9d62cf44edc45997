"""MaNGA's way of looking: which galaxies, with which bundle of fibres, and lambda_R from it."""

from pathlib import Path

import numpy as np
import pandas as pd
from astropy.table import vstack
from scipy import stats

from galutils.mock.bodies import light, population
from galutils.mock.instruments import ifu
from galutils.physics import kinematics, seeing

# Bundles (Drory et al. 2015, AJ 149, 77): long diagonal in arcsec, galaxies on a plate,
# and the share of each among the 6258 real fields.
BUNDLES = {19: 12.5, 37: 17.5, 61: 22.5, 91: 27.5, 127: 32.5}
ON_PLATE = {19: 2, 37: 4, 61: 4, 91: 2, 127: 5}
BUNDLE_SHARES = (0.116, 0.237, 0.237, 0.118, 0.292)
SPAXEL, SEEING = 0.5, 2.5  # arcsec; reconstructed FWHM (Law et al. 2016, AJ 152, 83)
MASS_BINS = np.linspace(9.0, 11.4, 9)  # log10 Msun; MaNGA is nearly flat in mass
Z_RANGE = (0.005, 0.15)  # of the NSA
# Share of slow bodies as of `population.SLOW_SHARE`, and quantiles of the NSA's Sersic index (which
# ends at 6) of slow rotators, fast early and late types: 2911 galaxies of MaNGA with lambda_Re
# (Pipe3D, DR17) and T type (Dominguez Sanchez et al. 2022, MNRAS 509, 4024)
SLOW_SHARE = (0.055, 0.83, 11.06, 0.15)
QUANTILES = (0, 0.02, 0.05, *np.arange(0.1, 1, 0.1), 1)
SERSIC = pd.read_csv(Path(__file__).with_name("manga_sersic.csv"), dtype=float)
# Added to the axis ratio c/a: median ellipticities of slow rotators, fast early and late types are
# then those of MaNGA in the NSA, 0.18, 0.20 and 0.36, seeing included
ROUNDER, THICKNESS = {"slow": 0.22, "early": 0.25, "late": 0.12}, (0.12, 0.90)
EARLY = 1.5  # visual types below are early
MEASURED = 0.8  # of the effective ellipse, for lambda_R
TRIES = 20
DEPTH = 1.5  # exposure relative to a SAMI field


def targets(n, rng):
    """Galaxies as MaNGA chose them: flat in mass, 1.5 or 2.5 Re within the bundle.

    Parameters
    ----------
    n : int
        How many.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    astropy.table.Table
        Columns of `population.draw` and ``bundle``, the number of fibres. Where no redshift
        within `Z_RANGE` brings a galaxy to the size that its bundle wants, the nearest one.
    """
    galaxies = population.resampled(n, rng, MASS_BINS, 1.0, pool=8)
    galaxies["bundle"], r_e = _bundles(n, rng)
    _move(galaxies, r_e)
    return galaxies


def _bundles(n, rng):
    """Bundles, and effective radii in arcsec that they are for."""
    bundle = rng.choice(list(BUNDLES), n, p=BUNDLE_SHARES)
    # A bundle reaches at least that far; bundles come in steps, so mostly farther.
    reach = np.where(rng.random(n) < 2 / 3, 1.5, 2.5) * np.exp(np.abs(rng.normal(0, 0.25, n)))
    return bundle, np.array([BUNDLES[b] for b in bundle]) / 2 / reach


def _move(galaxies, r_e):
    """Move galaxies in redshift until they have that size; return those that would go beyond."""
    z = np.geomspace(*Z_RANGE, 400)
    kpc = population.COSMOLOGY.kpc_proper_per_arcmin(z).value / 60
    wanted = galaxies["r_e"] * np.interp(galaxies["redshift"], z, kpc) / r_e
    moved = np.interp(wanted, kpc, z)
    # Surface brightness dims by (1 + z)^4.
    galaxies["mu_e"] += 10 * np.log10((1 + moved) / (1 + galaxies["redshift"]))
    galaxies["redshift"], galaxies["r_e"] = moved, r_e
    return (wanted < kpc[0]) | (wanted > kpc[-1])


def catalogued(n, rng, bins=MASS_BINS, shares=1.0):
    """Galaxies as of `targets`, with the distributions of the real catalogues.

    `bins` are edges in log10 Msun, `shares` the relative number in each. Shares of slow rotators,
    Sersic indices and axis ratios are those of the NSA, and a galaxy for which a bundle is too
    large or too small gets another, as in the survey.
    """
    galaxies = population.resampled(n, rng, bins, shares, pool=8, slow_share=SLOW_SHARE)
    _reshape(galaxies)
    found, left = [], galaxies
    for _ in range(TRIES):
        tried = left.copy()
        tried["bundle"], r_e = _bundles(len(tried), rng)
        beyond = _move(tried, r_e)
        found.append(tried[~beyond])
        left = left[beyond]
        if not len(left):
            break
    result = vstack([*found, tried[beyond]])
    return result[rng.permutation(n)]


def _reshape(galaxies):
    """Give galaxies Sersic indices, in their order, and axis ratios of the NSA, kind by kind."""
    stage, slow = galaxies["morphology"], galaxies["slow"]
    early = (stage >= 0) & (stage < EARLY) & ~slow
    thickness = galaxies["thickness"].copy()
    for name, mine in (("slow", slow), ("early", early), ("late", ~slow & ~early)):
        # clipped indices are equal, and processors sort equal numbers each in its own way
        rank = (stats.rankdata(galaxies["sersic"][mine], "ordinal") - 0.5) / max(1, mine.sum())
        galaxies["sersic"][mine] = np.interp(rank, QUANTILES, SERSIC[name])
        thickness[mine] += ROUNDER[name]
    light.thicken(galaxies, np.clip(thickness, *THICKNESS))


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


def catalogued_lambda_r(maps, rows):
    """lambda_R as of `effective_lambda_r`, that of regular rotators corrected for the seeing."""
    measured = effective_lambda_r(maps, rows)
    size, index = rows["r_e"].data, rows["sersic"].data
    corrected = seeing.correct_graham2018(measured, SEEING, size, index)
    return np.where(rows["slow"].data, measured, corrected)


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
