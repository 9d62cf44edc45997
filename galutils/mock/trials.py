"""Mock galaxies under chosen conditions, with the truth that no archive holds.

The archives of the mock look like those of the surveys, so they hide how fast a
galaxy turns when no air is in the way. Here the same galaxies can be looked at
again and again, and what they are is known.
"""

import numpy as np
from astropy.table import vstack

from galutils.inputs import images
from galutils.mock import sami
from galutils.mock.bodies import population
from galutils.mock.instruments import ifu, manga_bundles, sami_pipeline
from galutils.physics import kinematics
from galutils.surveys.sami import MAPS, SHAPE, SPAXEL, good_spaxels

FRAME = SHAPE[0] * SPAXEL  # arcsec along a side
POOL = 2048  # galaxies drawn at a time until enough are of the rare class
SIDE = 30  # points along the diameter of the effective ellipse, for the truth
ZERO = 10.0  # km/s; scatter of the zero velocity of the bundles
BUNDLE_FRAME = manga_bundles.frame_side(max(manga_bundles.BUNDLES))  # spaxels


def true_spin(galaxies):
    """lambda_R within the effective radius without seeing, noise or missing spaxels.

    Parameters
    ----------
    galaxies : astropy.table.Table
        Rows as of `galutils.mock.instruments.ifu.draw`.

    Returns
    -------
    ndarray, shape (n,)
        With radii along the semi-major axis, on a grid with steps of a fifteenth
        of an effective radius.
    """
    return manga_bundles.true_lambda_r(galaxies, 1.0, SIDE, 2 / SIDE, oversample=1)


def _sami_targets(n, rng):
    """Galaxies bright enough, in their seeing and depth, to have stellar kinematics."""
    galaxies = ifu.draw(n, rng)
    seeing = rng.normal(sami.SEEING, sami.SEEING_SCATTER, n).clip(*sami.SEEING_RANGE)
    depth = np.exp(rng.normal(np.log(sami.DEPTH), sami.DEPTH_SCATTER, n))
    galaxies["seeing"], galaxies["depth"] = seeing, depth
    return galaxies[ifu.expected_snr(galaxies, SPAXEL, seeing, depth) > sami.LEAST_SNR]


def _manga_targets(n, rng):
    galaxies = ifu.draw(n, rng, manga_bundles.targets(n, rng))
    galaxies["seeing"] = manga_bundles.SEEING
    return galaxies


TARGETS = {"SAMI": _sami_targets, "MaNGA": _manga_targets}


def draw(n, rng=None, survey="SAMI", truth="true_class"):
    """Galaxies of a survey with their truth, as many slow as fast.

    Slow rotators are rare, so galaxies are drawn until enough of them have come;
    then the first `n` of either class are kept. Within its class a galaxy is as
    typical as in the survey: what holds class by class, as balanced accuracy and
    the area under the ROC curve do, is not changed by that.

    Parameters
    ----------
    n : int
        Galaxies of each class.
    rng : numpy.random.Generator or int, optional
        Source of randomness or seed.
    survey : {"SAMI", "MaNGA"}
        Which galaxies and which seeing.
    truth : {"true_class", "body"}
        Which of the two classes is balanced.

    Returns
    -------
    astropy.table.Table
        The columns of `galutils.mock.instruments.ifu.draw`, ``galaxy`` (number),
        ``seeing`` (FWHM in arcsec), for SAMI ``depth``, for MaNGA ``bundle``,
        ``true_spin``, ``true_class`` (by `galutils.physics.kinematics.rotator_class`: 1
        fast, 0 slow), ``body`` (0 a slow body, whatever its projection, else 1).
        In ``meta``: survey, source, and ``natural_slow``, the share of class 0
        before any was left out.

    Raises
    ------
    ValueError
        If there is no such survey.
    """
    if survey not in TARGETS:
        raise ValueError(f"survey: expected one of {', '.join(TARGETS)}, received {survey!r}")
    rng = np.random.default_rng(rng)
    kept, found, seen = [], np.zeros(2, dtype=int), np.zeros(2, dtype=int)
    while found.min() < n:
        part = TARGETS[survey](POOL, rng)
        part["true_spin"] = true_spin(part)
        part["true_class"] = kinematics.rotator_class(part["true_spin"], part["ellipticity"])
        part["body"] = np.where(part["slow"], 0, 1)
        count = np.bincount(part[truth], minlength=2)
        chosen = [np.flatnonzero(part[truth] == k)[: max(n - found[k], 0)] for k in (0, 1)]
        kept.append(part[np.concatenate(chosen)])
        found, seen = found + [len(rows) for rows in chosen], seen + count
    galaxies = vstack(kept, metadata_conflicts="silent")
    galaxies = galaxies[rng.permutation(len(galaxies))]
    galaxies["galaxy"] = np.arange(len(galaxies))
    natural = float(seen[0] / seen.sum())
    galaxies.meta = {"survey": survey, "source": "mock", "natural_slow": natural}
    return galaxies


def observe(galaxies, rng=None, seeing=None, depth=1.0, spaxel=SPAXEL):
    """Look at galaxies with a round bundle of fibres, maps as `galutils.mock.sami` writes them.

    Parameters
    ----------
    galaxies : astropy.table.Table
        As of `draw` for SAMI.
    rng : numpy.random.Generator or int, optional
        Source of randomness or seed: with the same seed, spaxels and
        aperture, two looks share their noise.
    seeing : float, optional
        FWHM in arcsec, 0 for none; by default each galaxy's own.
    depth : float
        Exposure relative to each galaxy's own.
    spaxel : float
        Side of a spaxel, arcsec.

    Returns
    -------
    astropy.table.Table
        `galaxies` with the ``seeing`` and ``depth`` they were seen with, `MAPS`
        on a frame of 25 arcsec (as many whole spaxels), and ``spin`` and
        ``reach`` as `spin` returns them; ``meta`` holds also ``spaxel``.
    """
    rng = np.random.default_rng(rng)
    side = round(FRAME / spaxel)
    exposure = ifu.coverage((side, side), spaxel, sami.BUNDLE)
    seen = galaxies.copy()
    if seeing is not None:
        seen["seeing"] = float(seeing)
    seen["depth"] *= depth
    maps = sami.released(galaxies, exposure, spaxel, seen["seeing"].data, seen["depth"].data, rng)
    return _finished(seen, maps, spaxel)


def observe_bundles(galaxies, rng=None):
    """Look at galaxies with the hexagonal bundles of MaNGA.

    Parameters
    ----------
    galaxies : astropy.table.Table
        As of `draw` for MaNGA.
    rng : numpy.random.Generator or int, optional
        Source of randomness or seed.

    Returns
    -------
    astropy.table.Table
        As of `observe`; every map in the middle of a frame for the largest bundle.
        Spaxels are not binned, unlike MaNGA's own.
    """
    rng = np.random.default_rng(rng)
    shape = (len(galaxies), BUNDLE_FRAME, BUNDLE_FRAME)
    maps = {name: np.full(shape, np.nan, dtype=np.float32) for name in MAPS}
    for bundle in manga_bundles.BUNDLES:
        index = np.flatnonzero(galaxies["bundle"] == bundle)
        for start in range(0, index.size, 256):
            rows = index[start : start + 256]
            part = manga_bundles.observe(galaxies[rows], manga_bundles.frame_side(bundle), rng)
            for name in MAPS:
                maps[name][rows] = images.central_crop(part[name], BUNDLE_FRAME)
    maps["velocity"] += rng.normal(0, ZERO, (len(galaxies), 1, 1)).astype(np.float32)
    return _finished(galaxies.copy(), maps, SPAXEL)


def _finished(seen, maps, spaxel):
    """Add maps and what is measured on them."""
    seen.update({name: maps[name] for name in MAPS})
    seen["spin"], seen["reach"] = spin(seen, spaxel)
    seen.meta = {**seen.meta, "spaxel": spaxel}
    return seen


def spin(seen, spaxel=SPAXEL):
    """lambda_R within the effective ellipse from whatever spaxels are good there.

    A survey gives no value where too little is measured. This one always does
    if a single spaxel is good, so that it can be compared on all galaxies.

    Parameters
    ----------
    seen : astropy.table.Table
        Maps and photometry, as of `observe`.
    spaxel : float
        arcsec.

    Returns
    -------
    spin, reach : ndarray, shape (n,)
        lambda_R, brought to the effective radius by the survey's power of the
        aperture and at most 0.95; NaN without a good spaxel. Radius of the
        ellipse that holds as much area as is measured, in effective radii.
    """
    velocity, sigma, flux = (np.asarray(seen[name]) for name in ("velocity", "sigma", "flux"))
    radius = manga_bundles.radii(seen, velocity.shape[1:], spaxel)
    inside = radius <= seen["r_e"].data[:, None, None]
    good = good_spaxels(seen) & inside
    reach = np.sqrt(good.sum(axis=(1, 2)) / np.maximum(inside.sum(axis=(1, 2)), 1))
    light = np.where(good, flux, 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        systemic = np.where(good, light * velocity, 0).sum(axis=(1, 2)) / light.sum(axis=(1, 2))
        velocity = velocity - systemic[:, None, None]
        value = kinematics.lambda_r(velocity, sigma, light, radius, good)
        value = value / reach**sami_pipeline.APERTURE_POWER
    return np.minimum(value, 0.95), reach


def catalogue_spin(seen):
    """lambda_R as the survey's catalogue would give it, NaN where its rules allow none.

    Parameters
    ----------
    seen : astropy.table.Table
        As of `observe`, with spaxels of 0.5 arcsec, or of `observe_bundles`.

    Returns
    -------
    ndarray, shape (n,)
        For SAMI by `galutils.mock.instruments.sami_pipeline.measure`: galaxies larger than the
        seeing, 93 per cent of the aperture filled. For MaNGA ``spin`` where four
        fifths of the effective ellipse are measured.
    """
    if seen.meta["survey"] == "MaNGA":
        return np.where(seen["reach"].data ** 2 > manga_bundles.MEASURED, seen["spin"].data, np.nan)
    scale = population.COSMOLOGY.kpc_proper_per_arcmin(seen["redshift"].data).value / 60
    maps = {name: np.asarray(seen[name]) for name in MAPS}
    return sami_pipeline.measure(maps, seen, seen["seeing"].data, scale)["lambdar_re"]


def within(seen, reach):
    """Leave of each map only what lies within a circle about the centre.

    Parameters
    ----------
    seen : astropy.table.Table
        As of `observe`.
    reach : float
        Radius of the circle in effective radii of the galaxy.

    Returns
    -------
    astropy.table.Table
        A copy; ``spin`` and ``reach`` are measured anew.
    """
    result, spaxel = seen.copy(), seen.meta["spaxel"]
    x, y = kinematics.spaxel_offsets(seen["velocity"].shape[1:], spaxel)
    outside = np.hypot(x, y) > reach * seen["r_e"].data[:, None, None]
    for name in MAPS:
        result[name][outside] = np.nan
    result["spin"], result["reach"] = spin(result, spaxel)
    return result
