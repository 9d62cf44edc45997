"""Axes of a galaxy on the sky: of its rotation, and of its light.

Both take lists of points, spaxels of a map or bins of a table: offsets `x` to the west and `y` to
the north of the centre, arcsec, as the columns and rows of SAMI's and MaNGA's maps run. Position
angles are counted from north to east.
"""

from functools import partial
from typing import NamedTuple

import numpy as np
from scipy.interpolate import LinearNDInterpolator
from scipy.ndimage import map_coordinates

from galutils.store.measured import takes

STEP, FINE = 3.0, 0.5  # degrees, of all trial angles and of those about the best one
FEWEST, MOST = 10, 600  # points that are compared; of more, every second, third, ... is


class Rotation(NamedTuple):
    """The axis of rotation of one galaxy.

    Attributes
    ----------
    position_angle : float
        Of the receding side, degrees from north to east, in [0, 360).
    error : float
        Standard deviation, degrees, at most 90; see `rotation_axis`.
    systemic : float
        km/s, the velocity about which the map is antisymmetric.
    """

    position_angle: float
    error: float
    systemic: float


def on_grid(values, x, y):
    """Return a function that interpolates a map linearly; NaN outside, and next to NaN.

    Parameters
    ----------
    values, x, y : ndarray, shape (ny, nx)
        A map and the offsets of its spaxels, which grow evenly along rows and columns.

    Returns
    -------
    callable
        Takes offsets, returns values of their shape.
    """
    steps = [[one[1, 0] - one[0, 0], one[0, 1] - one[0, 0]] for one in (x, y)]
    rows, columns = np.linalg.inv(steps)

    def at(x_new, y_new):
        away = x_new - x[0, 0], y_new - y[0, 0]
        places = [one[0] * away[0] + one[1] * away[1] for one in (rows, columns)]
        return map_coordinates(values, places, order=1, cval=np.nan, prefilter=False)

    return at


def between_points(values, x, y):
    """Return the same for bins at any places, by linear interpolation in triangles of them."""
    found = LinearNDInterpolator(np.column_stack([x, y]), values)
    return lambda x_new, y_new: found(np.stack([x_new, y_new], axis=-1))


@takes(velocity="km/s", error="km/s")
def rotation_axis(velocity, x, y, error=None):
    r"""Find the axis about which a velocity map is a mirrored and sign-flipped image of itself.

    For each trial angle every velocity is compared with the mean of itself and its three images:
    mirrored on the major axis, and both turned by 180 degrees with the other sign. The angle with
    the least chi-squared is taken.

    Parameters
    ----------
    velocity : ndarray, shape (ny, nx) or (nbin,)
        km/s, NaN where not measured.
    x, y : ndarray of the same shape
        Offsets from the centre, see the module.
    error : ndarray, optional
        Of the velocity, km/s. Without it, and where chi-squared is larger than the number of
        points, the scatter about the best image is the error.

    Returns
    -------
    Rotation
        NaN where fewer than ten points are measured. Half the range of angles whose chi-squared is
        within :math:`9 + 3\sqrt{2N}` of the least is taken as three standard deviations, as in
        ``pafit``: the second term allows for a map that is no perfect rotation.

    Notes
    -----
    Krajnovic et al. (2006), MNRAS 366, 787, appendix C; Cappellari et al. (2007), MNRAS 379, 418.
    """
    use = np.isfinite(velocity)
    if use.sum() < FEWEST or np.ptp(velocity[use]) == 0:
        return Rotation(np.nan, np.nan, np.nan)
    middle = np.median(velocity[use])
    if velocity.ndim == 2:
        at = on_grid(velocity - middle, x, y)
    else:
        at = between_points(velocity[use] - middle, x[use], y[use])
    compared = np.flatnonzero(use)[:: 1 + use.sum() // MOST]
    v, px, py = velocity.flat[compared] - middle, x.flat[compared], y.flat[compared]
    weight = np.ones_like(v) if error is None else _weights(error.flat[compared])
    opposite = at(-px, -py)
    both = (v + opposite)[np.isfinite(opposite)]
    systemic = np.median(both) / 2 if both.size else 0.0
    # about the systemic velocity: opposite spaxels differ in sign only
    scan = partial(_scan, v - systemic, systemic - opposite, px, py, lambda *p: at(*p) - systemic)
    angles = np.arange(0, 180, STEP)
    chi2 = scan(weight, angles[angles < 90])
    near = angles[np.argmin(chi2)] + np.arange(-STEP, STEP + FINE / 2, FINE)
    fine = scan(weight, near)[: len(near)]
    best, least, n = near[np.argmin(fine)], fine.min(), len(v)
    scale = n / least if error is None or least > n else 1.0
    within = angles[(chi2 - least) * scale <= 9 + 3 * np.sqrt(2 * n)]
    away = np.abs((within - best + 90) % 180 - 90)
    width = max(away.max(initial=0.0), STEP / 2) / 3
    towards = np.deg2rad(best)
    receding = np.sum(weight * (v - systemic) * (py * np.cos(towards) - px * np.sin(towards)))
    angle = (best + (0 if receding >= 0 else 180)) % 360
    return Rotation(float(angle), float(width), float(middle + systemic))


def _weights(error):
    """Return inverse squares of errors; where there is none, that of the median error."""
    good = np.isfinite(error) & (error > 0)
    if not good.any():
        return np.ones_like(error)
    return np.where(good, error, np.median(error[good])) ** -2.0


def _scan(v, turned, x, y, at, weight, angles):
    """Return chi-squared of trial angles, then of those at right angles to them.

    `turned` is minus the velocity on the other side of the centre.
    """
    result = np.empty(2 * len(angles))
    known = np.isfinite(turned)
    base, some = v + np.where(known, turned, 0), 1 + known
    for k, angle in enumerate(np.deg2rad(angles)):
        along = 2 * (y * np.cos(angle) - x * np.sin(angle))
        mirrored_x, mirrored_y = -along * np.sin(angle) - x, along * np.cos(angle) - y
        pair = np.stack([at(mirrored_x, mirrored_y), -at(-mirrored_x, -mirrored_y)])
        count = some + np.isfinite(pair).sum(axis=0)
        images = np.nan_to_num(pair).sum(axis=0)
        seen = weight * (count > 1)
        for place, sign in ((k, 1), (k + len(angles), -1)):
            left = seen * (v - (base + sign * images) / count) ** 2
            result[place] = left.sum() * len(v) / max(np.count_nonzero(seen), 1)
    return result


class Ellipse(NamedTuple):
    """Shape of the light: offsets of its centre (arcsec), ellipticity, position angle (degrees)."""

    x: float
    y: float
    ellipticity: float
    position_angle: float


@takes(flux=None)
def light_ellipse(flux, x, y):
    """Measure the ellipse that has the second moments of the isophote with half the light in it.

    Parameters
    ----------
    flux : ndarray, shape (ny, nx) or (nbin,)
        Light of spaxels of equal area, NaN where not measured.
    x, y : ndarray of the same shape
        Offsets, see the module.

    Returns
    -------
    Ellipse
        Of what the map shows: a bundle that cuts the galaxy, and the seeing, make it rounder. NaN
        where fewer than ten points have light.
    """
    use = np.isfinite(flux) & (flux > 0)
    if use.sum() < FEWEST:
        return Ellipse(*[np.nan] * 4)
    light, px, py = flux[use], x[use], y[use]
    order = np.argsort(light)[::-1]
    inside = order[: max(FEWEST, np.searchsorted(np.cumsum(light[order]), light.sum() / 2) + 1)]
    centre = [np.average(one[inside], weights=light[inside]) for one in (px, py)]
    moments = np.cov(px[inside], py[inside])
    (small, large), vectors = np.linalg.eigh(moments)
    angle = np.degrees(np.arctan2(-vectors[0, 1], vectors[1, 1])) % 180
    return Ellipse(*map(float, (*centre, 1 - np.sqrt(max(small, 0) / large), angle)))
