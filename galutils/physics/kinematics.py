"""Specific angular momentum of stars on the sky, and the line between fast and slow rotators.

Everything here is plain numpy on maps or on lists of bins. The last axes are
summed over; leading axes are galaxies, so one call serves one map ``(ny, nx)``,
a stack ``(n, ny, nx)`` or a list of Voronoi bins ``(nbin,)``. A spaxel counts
where every map that enters the sum is measured; what that means of masks, fill
values and units is told in `galutils.store.measured`.
"""

import numpy as np

from galutils.store.measured import floats, takes

FAST, SLOW, UNKNOWN = 1, 0, -1


@takes(ellipticity=None, position_angle="deg")
def elliptical_radius(x, y, ellipticity=0.0, position_angle=0.0):
    r"""Semi-major axis of the ellipse through each point.

    Parameters
    ----------
    x, y : array_like
        Offsets from the galaxy centre, any length unit, broadcast together.
    ellipticity : float or array_like
        :math:`\epsilon = 1 - b/a`, in [0, 1). 0 gives the circular radius.
    position_angle : float or array_like
        Direction of the major axis in degrees, counter-clockwise from ``+x``.

    Returns
    -------
    ndarray
        Radius in the unit of `x`.

    Raises
    ------
    ValueError
        If an ellipticity lies outside [0, 1).
    """
    if np.any((ellipticity < 0) | (ellipticity >= 1)):
        raise ValueError(f"ellipticity must lie in [0, 1), received {ellipticity}")
    x, y = floats(x), floats(y, getattr(x, "unit", None), "y")
    angle = np.deg2rad(position_angle)
    major = x * np.cos(angle) + y * np.sin(angle)
    minor = -x * np.sin(angle) + y * np.cos(angle)
    return np.hypot(major, minor / (1 - ellipticity))


def spaxel_offsets(shape, spaxel=0.5):
    """Offsets of spaxel centres from the middle of a map.

    Parameters
    ----------
    shape : tuple of int
        ``(ny, nx)``.
    spaxel : float
        Side of a spaxel in arcsec.

    Returns
    -------
    x, y : ndarray, shape (ny, nx)
        In arcsec, along columns and rows. The middle of an even-sized map is
        the corner between its four central spaxels, as CRPIX = 25.5 of SAMI.
    """
    y, x = np.indices(shape, dtype=float)
    return (x - (shape[1] - 1) / 2) * spaxel, (y - (shape[0] - 1) / 2) * spaxel


def _ratio_of_sums(one, other, aperture, *maps):
    """Return the ratio of two sums where all maps are finite; NaN where the second is zero."""
    use = np.isfinite(sum(maps))
    use = use if aperture is None else use & (aperture == 1)
    axes = tuple(range(-min(np.ndim(maps[0]), 2), 0))
    top, bottom = (np.where(use, values, 0.0).sum(axis=axes) for values in (one, other))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(bottom > 0, top / bottom, np.nan)


@takes(velocity="km/s", sigma="km/s", flux=None, radius=None, aperture=None)
def lambda_r(velocity, sigma, flux, radius, aperture=None):
    r"""Proxy for the specific stellar angular momentum.

    .. math:: \lambda_R = \frac{\sum F_i R_i |V_i|}{\sum F_i R_i \sqrt{V_i^2 + \sigma_i^2}}

    Parameters
    ----------
    velocity, sigma : ndarray, shape (..., ny, nx) or (nbin,)
        Velocity about the systemic one and dispersion, km/s.
    flux : ndarray
        Surface brightness times area of each spaxel or bin, any unit, >= 0.
    radius : ndarray
        Distance from the centre. Emsellem et al. (2007) and ATLAS3D take the
        circular radius, SAMI (van de Sande et al. 2017) the semi-major axis of
        the ellipse through the spaxel; on flattened galaxies they differ, so
        the caller must say which (see `elliptical_radius`).
    aperture : ndarray of bool, optional
        Where to sum; everywhere by default.

    Returns
    -------
    ndarray
        In [0, 1], one value for each galaxy. NaN where no spaxel counts or
        where the denominator is zero (no motion at all).

    Notes
    -----
    Emsellem et al. (2007), MNRAS 379, 401, equation 6; equation 2 of
    Chegeni et al. (2025).
    """
    weight, maps = flux * radius, (velocity, sigma, flux, radius)
    ordered, all_motion = weight * np.abs(velocity), weight * np.hypot(velocity, sigma)
    return _ratio_of_sums(ordered, all_motion, aperture, *maps)


@takes(velocity="km/s", sigma="km/s", flux=None, aperture=None)
def v_over_sigma(velocity, sigma, flux, aperture=None):
    r"""Ratio of ordered to random motion within an aperture.

    .. math:: (V/\sigma)^2 = \sum F_i V_i^2 / \sum F_i \sigma_i^2

    Parameters and NaN behaviour as in `lambda_r`. Binney (2005), MNRAS 363,
    937; Cappellari et al. (2007), MNRAS 379, 418, equation 10.
    """
    ordered, random = flux * np.square(velocity), flux * np.square(sigma)
    return np.sqrt(_ratio_of_sums(ordered, random, aperture, velocity, sigma, flux))


@takes(velocity="km/s", velocity_error="km/s", sigma="km/s", sigma_error="km/s")
def lambda_r_error(
    velocity, velocity_error, sigma, sigma_error, flux, radius, aperture=None, draws=100, rng=None
):
    """Monte-Carlo error of `lambda_r` for the maps of one galaxy.

    Velocities and dispersions are drawn `draws` times from normal
    distributions about the measured values. Because of the absolute value in
    the numerator, noise also raises lambda_R; that bias is returned as well.

    Returns
    -------
    error, bias : float
        Standard deviation of the draws, and their mean less the measured value.
    """
    rng = np.random.default_rng(rng)
    size = (draws, *np.shape(velocity))
    velocities = velocity + velocity_error * rng.standard_normal(size)
    dispersions = np.abs(sigma + sigma_error * rng.standard_normal(size))
    drawn = lambda_r(velocities, dispersions, flux, radius, aperture)
    measured = lambda_r(velocity, sigma, flux, radius, aperture)
    return float(np.std(drawn)), float(np.mean(drawn) - measured)


@takes(values=None, x=None, y=None)
def fit_plane(values, x, y):
    """Fit a plane to the valid spaxels of one map by least squares.

    Parameters
    ----------
    values, x, y : ndarray, shape (ny, nx)
        Map, NaN where not measured, and offsets of its spaxels (`spaxel_offsets`).

    Returns
    -------
    ndarray, shape (3,)
        Value at the offsets (0, 0), slope along x, slope along y.
    """
    use = np.isfinite(values)
    terms = np.column_stack([np.ones(use.sum()), x[use], y[use]])
    return np.linalg.lstsq(terms, values[use])[0]


# What a sample's ``meta`` says of labels made by `rotator_class`.
ROTATOR_CLASS = (
    "1 fast; 0 slow, lambda_r < 0.31 sqrt(ellipticity) within R_e (Emsellem et al. 2011, "
    "MNRAS 414, 888); -1 not known"
)


def slow_boundary(ellipticity):
    r"""Largest lambda_R of a slow rotator, :math:`0.31\sqrt{\epsilon}`.

    Within one effective radius: Emsellem et al. (2011), MNRAS 414, 888,
    section 5.1. NaN stays NaN.
    """
    return 0.31 * np.sqrt(ellipticity)


@takes(ellipticity=None)
def slow_boundary_2016(ellipticity):
    r"""Boundary :math:`0.08 + \epsilon/4` for :math:`\epsilon < 0.4`, 0 beyond.

    Cappellari (2016), ARA&A 54, 597, equation 19: rounder galaxies below it
    are slow, flatter ones are never.
    """
    return np.select([ellipticity < 0.4, ellipticity >= 0.4], [0.08 + ellipticity / 4, 0.0], np.nan)


@takes(lambda_r=None, ellipticity=None)
def rotator_class(lambda_r, ellipticity, boundary=slow_boundary):
    """Class of each galaxy by its place in the lambda_R - ellipticity plane.

    Parameters
    ----------
    lambda_r, ellipticity : array_like
        Both within the effective radius; not known where not measured, where lambda_R is not
        in [0, 1] or the ellipticity not in [0, 1).
    boundary : callable
        `slow_boundary` (the publication's choice) or `slow_boundary_2016`.

    Returns
    -------
    ndarray of int64
        1 fast, 0 slow, -1 unknown (either value not known).
    """
    with np.errstate(invalid="ignore"):
        known = np.where(lambda_r < boundary(ellipticity), SLOW, FAST)
    sound = (lambda_r >= 0) & (lambda_r <= 1) & (ellipticity >= 0) & (ellipticity < 1)
    return np.where(sound, known, UNKNOWN)
