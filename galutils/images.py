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


def network_input(velocity, size=40, unit=100.0):
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
