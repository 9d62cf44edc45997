"""Plant known signals in velocity maps, and measure whether explanations point to them."""

import numpy as np
from scipy.ndimage import convolve

from galutils.physics import kinematics
from galutils.store.measured import takes


def kinematic_axis(velocity):
    """Return the direction in which the least-squares plane of each velocity map rises.

    Parameters
    ----------
    velocity : ndarray, shape (n, h, w)
        NaN where not measured.

    Returns
    -------
    ndarray, shape (n,)
        Radians from the direction of the columns towards that of the rows.
    """
    x, y = kinematics.spaxel_offsets(velocity.shape[1:])
    fits = [kinematics.fit_plane(values, x, y) for values in velocity]
    return np.array([np.arctan2(along_y, along_x) for _, along_x, along_y in fits])


@takes(values=None, velocity="km/s")
def along_axis(values, velocity, half=30.0):
    """Return the share of each map's absolute values near the kinematic major axis.

    Parameters
    ----------
    values : ndarray, shape (n, h, w)
    velocity : ndarray, shape (n, h, w)
        NaN where not measured: those spaxels do not count. Gives the axis.
    half : float
        Degrees on either side of the axis, at both ends of it.

    Returns
    -------
    ndarray, shape (n,)
        NaN for a map that is zero everywhere.
    """
    x, y = kinematics.spaxel_offsets(velocity.shape[1:])
    angle = np.arctan2(y, x) - kinematic_axis(velocity)[:, None, None]
    near = np.abs(np.cos(angle)) >= np.cos(np.deg2rad(half))
    size = np.where(np.isfinite(velocity), np.abs(values), 0)
    with np.errstate(invalid="ignore"):
        return np.where(near, size, 0).sum(axis=(1, 2)) / size.sum(axis=(1, 2))


@takes(velocity="km/s")
def rotation(velocity, rms, turnover=2.0):
    """Return velocities of regular rotation about the axis of each map.

    Parameters
    ----------
    velocity : ndarray, shape (n, h, w)
        km/s, NaN where not measured.
    rms : float
        Of the rotation over the measured spaxels, km/s.
    turnover : float
        Radius at which the curve has reached half its end, arcsec of spaxels
        of 0.5 arcsec.

    Returns
    -------
    ndarray, shape (n, h, w)
        Rotation that rises along the map's own kinematic axis; NaN where `velocity` is.
    """
    x, y = kinematics.spaxel_offsets(velocity.shape[1:])
    radius, axis = np.hypot(x, y), kinematic_axis(velocity)[:, None, None]
    field = radius / (radius + turnover) * np.cos(np.arctan2(y, x) - axis)
    field = np.where(np.isfinite(velocity), field, np.nan)
    return field * rms / np.sqrt(np.nanmean(field**2, axis=(1, 2), keepdims=True))


@takes(velocity="km/s")
def discs(velocity, radius, rng=None, measured=0.9):
    """Draw a disc in each map, away from the map's middle.

    Parameters
    ----------
    velocity : ndarray, shape (n, h, w)
        NaN where not measured.
    radius : float
        Spaxels.
    rng : int or numpy.random.Generator, optional
        Random state.
    measured : float
        Least share of the disc that lies on measured spaxels.

    Returns
    -------
    centre : ndarray, shape (n, 2)
        Row and column; further from the middle than `radius`. NaN where a map has
        room for no disc.
    inside : ndarray of bool, shape (n, h, w)
    """
    rng = np.random.default_rng(rng)
    y, x = np.indices(velocity.shape[1:])
    middle = (np.array(velocity.shape[1:]) - 1) / 2
    away = np.hypot(y - middle[0], x - middle[1]) > radius
    reach = np.arange(-int(radius), int(radius) + 1)
    disc = np.hypot(reach, reach[:, None]) <= radius
    centre = np.full((len(velocity), 2), np.nan)
    for row, use in enumerate(np.isfinite(velocity)):
        covered = convolve(use.astype(float), disc / disc.sum(), mode="constant")
        room = np.argwhere(away & (covered >= measured))
        if len(room):
            centre[row] = room[rng.integers(len(room))]
    at = centre[:, :, None, None]
    return centre, (np.hypot(y - at[:, 0], x - at[:, 1]) <= radius) & np.isfinite(velocity)


def plant(velocity, centre, inside, rms, rng=None):
    """Add a small rotating disc in a random direction.

    Parameters
    ----------
    velocity : ndarray, shape (n, h, w)
        km/s, NaN where not measured.
    centre, inside
        As of `discs`.
    rms : float
        Of the rotation inside the disc, km/s.
    rng : int or numpy.random.Generator, optional
        Of the directions.

    Returns
    -------
    ndarray, shape (n, h, w)
        The rotation grows along the direction, is largest at half the disc's
        radius, and fades beyond, so that there is no step at its edge.
    """
    rng = np.random.default_rng(rng)
    angle = rng.uniform(0, 2 * np.pi, len(velocity))[:, None, None]
    y, x = np.indices(velocity.shape[1:])
    x, y = x - centre[:, 1, None, None], y - centre[:, 0, None, None]
    radius = np.where(inside, np.hypot(x, y), 0).max(axis=(1, 2), keepdims=True)
    field = (x * np.cos(angle) + y * np.sin(angle)) * np.exp(-2 * (x**2 + y**2) / radius**2)
    measure = np.sqrt(np.nanmean(np.where(inside, field, np.nan) ** 2, axis=(1, 2), keepdims=True))
    return velocity + field * rms / measure


@takes(velocity="km/s")
def rearranged(velocity, how, rng=None):
    """Move each map's own velocities to other spaxels; their distribution stays.

    Parameters
    ----------
    velocity : ndarray, shape (n, h, w)
        NaN where not measured; those spaxels stay so.
    how : {'sorted', 'shuffled'}
        Ascending along the kinematic axis, which keeps only order, or at random,
        which keeps no order.
    rng : int or numpy.random.Generator, optional
        Of the shuffling.

    Returns
    -------
    ndarray, shape (n, h, w)
    """
    rng = np.random.default_rng(rng)
    x, y = kinematics.spaxel_offsets(velocity.shape[1:])
    result = velocity.copy()
    for target, angle in zip(result, kinematic_axis(velocity), strict=True):
        use = np.isfinite(target)
        along = (x * np.cos(angle) + y * np.sin(angle))[use]
        order = np.argsort(along) if how == "sorted" else rng.permutation(len(along))
        values = np.empty(len(order), velocity.dtype)
        values[order] = np.sort(target[use])
        target[use] = values
    return result


def hits(values, inside, where):
    """Return for each map if the largest value of the pixels `where` lies `inside`.

    This is the pointing game: arrays of shape (n, h, w) give n booleans.
    """
    n = len(values)
    best = np.where(where, values, -np.inf).reshape(n, -1).argmax(axis=1)
    return inside.reshape(n, -1)[np.arange(n), best]
