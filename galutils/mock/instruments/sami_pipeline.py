"""Kinematic quantities of mock SAMI maps, measured as the survey measured its own.

The rules follow van de Sande et al. (2017, MNRAS 472, 1272): quality cuts for
each spaxel, sums inside the effective ellipse, at least 93 per cent of it
filled, galaxies larger than the seeing, and an aperture correction where the
bundle ends before the effective radius.
"""

import numpy as np

from galutils.mock.instruments.ifu import NOISE_LENGTH
from galutils.physics import kinematics
from galutils.surveys.sami import SPAXEL, good_spaxels

FILL = 0.93
SMALLEST_RADIUS = 1.5  # arcsec
RESOLVED = 0.7  # of the seeing FWHM that Re must exceed (DR3 has no lambda_R below)
SMALLEST_APERTURE = 2.0  # arcsec, for galaxies that outgrow the bundle
# lambda_R and V/sigma rise about as this power of the aperture (van de Sande et al. 2017b).
APERTURE_POWER = 0.35
APERTURES = {"1_4_arcsecond": 0.7, "2_arcsecond": 1.0, "3_arcsecond": 1.5, "4_arcsecond": 2.0}


def _filled_radius(good, radius, limit):
    """Largest semi-major axis up to `limit` whose ellipse is filled with good spaxels.

    Spaxels of equal radius enter together, so that no order of sorting matters.
    """
    n = len(good)
    flat = radius.reshape(n, -1)
    order = np.argsort(flat, axis=1, kind="stable")
    ordered = np.take_along_axis(flat, order, axis=1)
    share = np.cumsum(np.take_along_axis(good.reshape(n, -1), order, axis=1), axis=1)
    share = share / np.arange(1, flat.shape[1] + 1)
    last = np.diff(ordered, axis=1, append=np.inf) > 0
    fits = last & (share >= FILL) & (ordered <= limit[:, None])
    return np.where(fits, ordered, 0).max(axis=1)


def _mean(values, weight):
    total = weight.sum(axis=(1, 2))
    with np.errstate(invalid="ignore", divide="ignore"):
        return (np.where(weight > 0, values, 0) * weight).sum(axis=(1, 2)) / total


def _ratio_errors(velocity, sigma, maps, flux, radius):
    """First-order errors of lambda_R and V/sigma from spaxel errors."""
    second = np.hypot(velocity, sigma)
    weight = np.where(np.isfinite(second), flux * radius, 0)
    total = np.nansum(weight * second, axis=(1, 2))[:, None, None]
    with np.errstate(invalid="ignore", divide="ignore"):
        share = weight / total
        lam = np.nansum(share * np.abs(velocity), axis=(1, 2))[:, None, None]
        by_v = share * (1 - lam * np.abs(velocity) / second) * maps["velocity_error"]
        by_s = share * lam * sigma / second * maps["sigma_error"]
    shared = np.sqrt(4 * np.pi) * NOISE_LENGTH / SPAXEL  # noise of a resolution element
    error = shared * np.sqrt(np.nansum(by_v**2 + by_s**2, axis=(1, 2)))
    # lambda_R = V/sigma / sqrt(1 + V/sigma^2), nearly
    return error, error / np.maximum(1 - np.minimum(lam[:, 0, 0], 0.95) ** 2, 0.05) ** 1.5


def _dispersions(maps, radius, circle, kpc, r_e):
    """Second moments in the ellipse and in circles; NaN below the 35 km/s of the survey."""
    columns, flux, velocity = {}, np.nan_to_num(maps["flux"]), maps["velocity"]
    # The survey fits one spectrum summed over the aperture: spaxel noise does not widen it.
    square = velocity**2 + maps["sigma"] ** 2
    square -= maps["velocity_error"] ** 2 + maps["sigma_error"] ** 2
    regions = {"re": radius <= r_e[:, None, None], "3kpc_round": circle <= 3 / kpc[:, None, None]}
    regions |= {name: np.broadcast_to(circle <= r, flux.shape) for name, r in APERTURES.items()}
    for name, inside in regions.items():
        weight = np.where(inside, flux, 0)
        value = np.sqrt(np.maximum(_mean(square, weight) - _mean(velocity, weight) ** 2, 0))
        columns[f"sigma_{name}"] = np.where(value > 35, value, np.nan)
    return columns


def measure(maps, galaxies, psf_fwhm, kpc_per_arcsec):
    """Columns of the kinematics catalogue.

    Parameters
    ----------
    maps : dict of ndarray, shape (n, ny, nx)
        As of `galutils.mock.instruments.ifu.observe`.
    galaxies : astropy.table.Table
        ``r_e`` (arcsec), ``ellipticity`` and ``position_angle`` (deg from +x) as the
        input catalogue has them; n rows.
    psf_fwhm, kpc_per_arcsec : ndarray, shape (n,)
        Seeing in arcsec, and scale.

    Returns
    -------
    dict of ndarray, shape (n,)
        Named as in samiDR3Stelkin; NaN where the survey's rules allow no value.
    """
    r_e = galaxies["r_e"].data
    x, y = kinematics.spaxel_offsets(maps["flux"].shape[1:], SPAXEL)
    eps, angle = (galaxies[c].data[:, None, None] for c in ("ellipticity", "position_angle"))
    radius, circle = kinematics.elliptical_radius(x, y, eps, angle), np.hypot(x, y)
    radius = np.round(radius, 6)  # equal radii are equal on every processor
    good = good_spaxels(maps)
    rmax = _filled_radius(good, radius, r_e)
    # A spaxel short of Re is Re: the radius steps by spaxels.
    cut = rmax < r_e - SPAXEL
    enough = (r_e > SMALLEST_RADIUS) & (r_e > RESOLVED * psf_fwhm) & (rmax > 0)
    enough &= ~cut | (rmax > SMALLEST_APERTURE)

    aperture = good & (radius <= rmax[:, None, None])
    flux = np.where(aperture, maps["flux"], 0)
    velocity = maps["velocity"] - _mean(maps["velocity"], flux)[:, None, None]
    velocity, sigma = (np.where(aperture, m, np.nan) for m in (velocity, maps["sigma"]))
    with np.errstate(divide="ignore"):
        scale = np.where(cut, (r_e / rmax) ** APERTURE_POWER, 1.0)
    inner_lambda = kinematics.lambda_r(velocity, sigma, flux, radius)
    inner_ratio = kinematics.v_over_sigma(velocity, sigma, flux)
    lambda_error, ratio_error = _ratio_errors(velocity, sigma, maps, flux, radius)
    moment = flux * np.nan_to_num(velocity)
    towards = np.arctan2((moment * y).sum(axis=(1, 2)), (moment * x).sum(axis=(1, 2)))
    several = aperture.sum(axis=(1, 2)) > 9
    sums = _dispersions(maps, radius, circle, kpc_per_arcsec, r_e)

    return {
        # of the approaching side, from north through east
        "pa_stelkin": np.where(several, (np.rad2deg(towards) + 90) % 360, np.nan),
        **sums,
        "aper_corr_flag": np.where(enough, cut.astype(float), np.nan),
        "rmax_aper_corr": np.where(enough, np.where(cut, rmax / r_e, 1.0), np.nan),
        "lambdar_re": np.where(enough, np.minimum(inner_lambda * scale, 0.95), np.nan),
        "lambdar_re_err": np.where(enough, lambda_error, np.nan),
        "lambdar_max": np.where(enough & cut, inner_lambda, np.nan),
        "lambdar_max_err": np.where(enough & cut, lambda_error, np.nan),
        "vsigma_re": np.where(enough, inner_ratio * scale, np.nan),
        "vsigma_re_err": np.where(enough, ratio_error, np.nan),
        "vsigma_max": np.where(enough & cut, inner_ratio, np.nan),
        "vsigma_max_err": np.where(enough & cut, ratio_error, np.nan),
    }
