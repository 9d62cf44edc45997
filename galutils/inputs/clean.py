"""Clean velocity maps of failed fits and faint spaxels."""

import warnings

import numpy as np

TO_SIGMA = 1.4826  # standard deviation of a normal distribution over its median deviation
AROUND = 2  # spaxels on each side of the one that is compared with its neighbours


def without_outliers(velocity, limit=3.0):
    """Remove spaxels that deviate from their neighbours far more than the map's others do.

    The deviation of a spaxel is its velocity less the median of its measured neighbours, which
    are the others of a square of 5 x 5 spaxels.

    Parameters
    ----------
    velocity : ndarray, shape (..., ny, nx)
        km/s, NaN where not measured.
    limit : float
        Largest deviation, in standard deviations of that of the same map. The standard deviation
        follows from the median, so that outliers do not enlarge it.

    Returns
    -------
    ndarray of the same shape
        NaN where a spaxel was removed or not measured. One without measured neighbours stays.
    """
    widths = [(0, 0)] * (velocity.ndim - 2) + [(AROUND, AROUND)] * 2
    framed, side = np.pad(velocity, widths, constant_values=np.nan), 2 * AROUND + 1
    squares = np.lib.stride_tricks.sliding_window_view(framed, (side, side), axis=(-2, -1))
    neighbours = np.delete(squares.reshape(*velocity.shape, -1), side**2 // 2, axis=-1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # spaxels and maps with no value around
        deviation = np.abs(velocity - np.nanmedian(neighbours, axis=-1))
        scale = TO_SIGMA * np.nanmedian(deviation, axis=(-2, -1), keepdims=True)
    return np.where(deviation > limit * scale, np.nan, velocity)


def bright_spaxels(velocity, brightness, minimum):
    """Keep the spaxels at least as bright, or as well measured, as a minimum.

    Parameters
    ----------
    velocity : ndarray, shape (..., ny, nx)
        km/s, NaN where not measured.
    brightness : ndarray of the same shape
        Signal-to-noise ratio, or flux; a spaxel without a value is removed.
    minimum : float or ndarray
        Broadcast against `brightness`.

    Returns
    -------
    ndarray of the same shape
        NaN where a spaxel was removed or not measured.
    """
    return np.where(brightness >= minimum, velocity, np.nan)
