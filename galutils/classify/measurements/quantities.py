"""Numbers of one galaxy from its maps, with their errors and what speaks against them."""

import numpy as np
from scipy.stats import norm

from galutils.classify.measurements.galaxy import SHAPE
from galutils.inputs import clean, ranges
from galutils.physics import axes, kinematics, seeing, spatial
from galutils.store import texts
from galutils.store.files import require

FEWEST, FEW = 10, 100  # spaxels without which nothing is measured, or with a flag
COVERED = 0.85  # of the effective ellipse, as van de Sande et al. (2017) ask for
REPEATED = 0.01  # share of velocities at the largest or smallest one
CENTRED = 1.0  # arcsec
VELOCITY_ERROR, SIGMA_ERROR = 30.0, (0.1, 25.0)  # km/s: van de Sande et al. (2017), Q1 and Q2
RADII = {"": 1.0, "_half": 0.5}  # in effective radii
# Columns of a result, and what they hold
COLUMNS = {row["column"]: row for row in texts.beside(__file__, "columns.csv")}
NUMBERS = [name for name, row in COLUMNS.items() if row["kind"] == "measured"]


def measure_one(galaxy, known, draws=100, permutations=199, rng=None):
    """Measure one galaxy.

    Parameters
    ----------
    galaxy : galutils.classify.measurements.galaxy.Galaxy
    known : mapping of str to float
        Of `SHAPE`, from a catalogue, NaN where not known; goes before what the file says.
    draws : int
        Of the maps within their errors.
    permutations : int
        Of the spaxels, for Moran's I.
    rng : int or numpy.random.Generator, optional
        Random state of both.

    Returns
    -------
    numbers : dict of str to float
        Those of `NUMBERS`, NaN where not measured.
    notes : set of str
        Of `galutils.classify.measurements.galaxy.FLAGS`.

    Raises
    ------
    ValueError
        If fewer than ten velocities are measured; says how many.
    """
    rng, notes = np.random.default_rng(rng), set(galaxy.notes)
    numbers = dict.fromkeys(NUMBERS, np.nan)
    maps, numbers["n_clipped"] = _good(galaxy.maps)
    velocity = maps["velocity"]
    n = numbers["n_spaxels"] = int(np.isfinite(velocity).sum())
    require(n >= FEWEST, f"{FEWEST} spaxels with a velocity", n)
    _note(notes, few_spaxels=n < FEW, clipped=ranges.repeated(velocity) > REPEATED)
    _note(notes, no_dispersion="sigma" not in maps, no_flux="flux" not in maps)
    scaled = "no_scale" not in notes
    light = axes.light_ellipse(maps["flux"], galaxy.x, galaxy.y) if "flux" in maps else None
    if light is not None and scaled:
        numbers["centre_x"], numbers["centre_y"] = light.x, light.y
        _note(notes, off_centre=np.hypot(light.x, light.y) > CENTRED)
    shape = _shape(galaxy, known, light, notes)
    numbers |= {name: shape[name] for name in ("r_e", "ellipticity", "position_angle")}
    errors = _errors(maps, notes)
    axis = axes.rotation_axis(velocity, galaxy.x, galaxy.y, errors["velocity"])
    numbers["systemic"], numbers["kinematic_pa"] = axis.systemic, axis.position_angle
    numbers["kinematic_pa_error"] = axis.error
    _note(notes, slow_axis=not axis.error < 30)
    away = (axis.position_angle - shape["position_angle"] + 90) % 180 - 90
    numbers["misalignment"] = abs(away)
    if scaled and np.isfinite(shape["r_e"] + shape["ellipticity"] + shape["position_angle"]):
        _within_r_e(numbers, notes, galaxy, maps, errors, shape, draws, rng)
    if velocity.ndim == 2:
        numbers["moran"] = spatial.morans_i(velocity[None])[0]
        p = spatial.permutation_p_values(velocity[None], permutations=permutations, rng=rng)
        numbers["moran_p"] = p[0]
    return numbers, notes


def _note(notes, **found):
    notes |= {name for name, true in found.items() if true}


def _good(maps):
    """Return maps without spaxels whose errors are too large, and how many these are."""
    velocity, sigma = maps["velocity"], maps.get("sigma")
    bad = np.zeros(velocity.shape, bool)
    if "velocity_error" in maps:
        bad |= maps["velocity_error"] > VELOCITY_ERROR
    if sigma is not None and "sigma_error" in maps:
        bad |= maps["sigma_error"] > SIGMA_ERROR[0] * sigma + SIGMA_ERROR[1]
    count = int((bad & np.isfinite(velocity)).sum())
    if not count:
        return maps, 0
    return {k: v if k == "flux" else np.where(bad, np.nan, v) for k, v in maps.items()}, count


def _shape(galaxy, known, light, notes):
    """Return size and shape: of the catalogue, else of the file, else of the light."""
    shape = {}
    for name in SHAPE:
        given = [known.get(name, np.nan), galaxy.shape.get(name, np.nan)]
        shape[name] = next((float(one) for one in given if np.isfinite(one)), np.nan)
    if not np.isfinite(shape["ellipticity"] + shape["position_angle"]) and light is not None:
        shape |= {"ellipticity": light.ellipticity, "position_angle": light.position_angle}
        _note(notes, shape_measured=True)
    _note(notes, no_r_e=not np.isfinite(shape["r_e"]))
    _note(notes, no_seeing=not np.isfinite(shape["fwhm"] + shape["sersic"]))
    _note(notes, unresolved=shape["r_e"] < shape["fwhm"])
    return shape


def _errors(maps, notes):
    """Return errors of velocity and dispersion; the scatter about neighbours where none is given.

    That scatter grows as one over the root of the flux.
    """
    errors = {}
    for name in ("velocity", "sigma"):
        errors[name] = maps.get(f"{name}_error")
        if errors[name] is not None or name not in maps:
            continue
        notes |= {"errors_assumed"}
        values = maps[name]
        if values.ndim == 2:
            scatter = clean.TO_SIGMA * np.nanmedian(np.abs(clean.neighbour_deviation(values)))
            flux = maps.get("flux", np.ones_like(values))
            flux = np.where(flux > 0, flux, np.nan)
            errors[name] = scatter * np.sqrt(np.nanmedian(flux) / flux)
    return errors


def _within_r_e(numbers, notes, galaxy, maps, errors, shape, draws, rng):
    """Measure what is defined within the effective radius; see `measure_one`."""
    eps, r_e = shape["ellipticity"], shape["r_e"]
    major = kinematics.elliptical_radius(galaxy.x, galaxy.y, eps, shape["position_angle"] + 90)
    inside = major < r_e
    if galaxy.x.ndim == 2:
        area = np.count_nonzero(inside & np.isfinite(maps["velocity"])) * galaxy.spaxel**2
        numbers["coverage"] = area / (np.pi * r_e**2 * (1 - eps))
    else:  # of bins the area is not known; how far they reach is
        numbers["coverage"] = min(1.0, major[np.isfinite(maps["velocity"])].max() / r_e)
    _note(notes, beyond_field=numbers["coverage"] < COVERED)
    if not {"sigma", "flux"} <= maps.keys():
        return
    use = inside & np.isfinite(maps["velocity"] + maps["sigma"] + maps["flux"])
    if use.sum() < FEWEST:
        return
    v, sigma, flux = (maps[name][use] for name in ("velocity", "sigma", "flux"))
    v = v - np.median(v)
    radii = {"lambda_r": major[use], "lambda_r_circular": np.hypot(galaxy.x, galaxy.y)[use]}
    v, sigma = _drawn(v, sigma, errors, use, galaxy.bins, draws, rng)
    for ending, times in RADII.items():
        aperture = radii["lambda_r"] < times * r_e
        found = {
            name: kinematics.lambda_r(v, sigma, flux, radius, aperture)
            for name, radius in radii.items()
        }
        found["v_sigma"] = kinematics.v_over_sigma(v, sigma, flux, aperture)
        for name, (measured, *drawn) in found.items():
            numbers[f"{name}{ending}"] = float(measured)
            if drawn:
                numbers[f"{name}{ending}_error"] = float(np.std(drawn))
    spin, error = numbers["lambda_r"], numbers["lambda_r_error"]
    fwhm, sersic = shape["fwhm"], shape["sersic"]
    corrected = seeing.correct_graham2018(spin, fwhm, r_e, sersic)
    numbers["lambda_r_graham2018"] = float(corrected)
    if eps > 0:
        corrected = seeing.correct_harborne2020(spin, fwhm, r_e, eps, sersic)
        numbers["lambda_r_harborne2020"] = float(corrected)
    boundaries = {"2011": kinematics.slow_boundary, "2016": kinematics.slow_boundary_2016}
    for year, boundary in boundaries.items():
        distance = numbers[f"distance_{year}"] = float(spin - boundary(eps))
        if error > 0:
            numbers[f"p_fast_{year}"] = float(norm.cdf(distance / error))


def _drawn(v, sigma, errors, use, bins, draws, rng):
    """Return what was measured and draws within the errors, if there are any, (1 + draws, 1, n).

    All spaxels of a bin have the same deviation.
    """
    if errors["velocity"] is None or errors["sigma"] is None or not draws:
        return v[None, None], sigma[None, None]
    place = np.arange(len(v)) if bins is None else np.unique(bins[use], return_inverse=True)[1]
    size = (2, draws, place.max() + 1)
    away = rng.standard_normal(size)[:, :, place]
    scale = [np.nan_to_num(errors[name][use]) for name in ("velocity", "sigma")]
    drawn = v + scale[0] * away[0], np.abs(sigma + scale[1] * away[1])
    # one galaxy a draw: maps are summed over their last two axes
    return [np.vstack(both)[:, None] for both in zip((v, sigma), drawn, strict=True)]
