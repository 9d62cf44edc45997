"""From a map or an image to the array a network takes."""

import numpy as np


def central_crop(maps, size):
    """Central square of every map, padded with NaN where a map is smaller.

    Parameters
    ----------
    maps : ndarray of float, shape (n, ny, nx)
        A stack of maps.
    size : int
        Side of the square in pixels.

    Returns
    -------
    ndarray, shape (n, size, size)
        A copy. Of an even excess, equal borders go; of an odd one, the border
        at the end keeps one pixel more.
    """
    n, *shape = maps.shape
    result = np.full((n, size, size), np.nan, dtype=maps.dtype)
    source, target = [slice(None)], [slice(None)]
    for length in shape:
        start = (length - size) // 2
        source.append(slice(max(start, 0), max(start, 0) + min(length, size)))
        target.append(slice(max(-start, 0), max(-start, 0) + min(length, size)))
    result[tuple(target)] = maps[tuple(source)]
    return result


def network_input(velocity, size=40, unit=50.0):
    """Prepare velocity maps as the SAMI publication does.

    Chegeni et al. (2025), section 2: NaN becomes zero and the central 40x40
    spaxels are kept. The publication does not name a scaling; km/s are divided
    by one constant for all galaxies, so that amplitudes stay comparable.

    Parameters
    ----------
    velocity : ndarray, shape (n, ny, nx)
        Stellar velocity in km/s, NaN where not measured.
    size : int
        Side of the square in spaxels.
    unit : float
        Velocity in km/s that becomes 1.

    Returns
    -------
    ndarray of float32, shape (n, size, size, 1)
        Finite everywhere.
    """
    cropped = central_crop(np.asarray(velocity, dtype=np.float32), size)
    return (np.nan_to_num(cropped) / np.float32(unit))[..., None]


def fill_frame(velocity, size=40, reach=0.98, amplitude=0.9, limit=2.0):
    """Scale fields of every extent and amplitude onto one frame.

    The square about the middle of the map that holds a share `reach` of the
    valid spaxels is sampled at `size` by `size` points (the nearest spaxel, so
    that nothing is interpolated across bins), NaN becomes zero, and velocities
    are divided by the galaxy's own quantile `amplitude` of absolute velocity.
    What is left is the pattern.

    Parameters
    ----------
    velocity : ndarray, shape (n, side, side)
        km/s about the systemic velocity, NaN where not measured, the centre
        of the galaxy in the middle.
    size : int
        Side of the frame.
    reach, amplitude : float
        Quantiles of distance and of absolute velocity, over valid spaxels.
    limit : float
        Scaled velocities are clipped to +-`limit`.

    Returns
    -------
    ndarray of float32, shape (n, size, size, 1)
        Finite; zero everywhere for a map without a valid spaxel or motion.
    """
    side = velocity.shape[1]
    middle = (side - 1) / 2
    offset = np.abs(np.arange(side) - middle)
    distance = np.maximum.outer(offset, offset)
    points = (np.arange(size) + 0.5) / size * 2 - 1
    result = np.zeros((len(velocity), size, size, 1), dtype=np.float32)
    for field, target in zip(velocity, result, strict=True):
        valid = np.isfinite(field)
        unit = np.quantile(np.abs(field[valid]), amplitude) if valid.any() else 0
        if unit > 0:
            half = min(np.quantile(distance[valid], reach) + 1, middle)
            index = np.rint(middle + half * points).astype(int)
            sampled = np.nan_to_num(field[np.ix_(index, index)]) / unit
            target[..., 0] = np.clip(sampled, -limit, limit)
    return result
