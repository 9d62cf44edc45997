"""Clean velocity maps of what is no rotation: systemic velocity, failed fits, faint spaxels."""

import warnings

import numpy as np

from galutils.store.files import require
from galutils.store.measured import takes

TO_SIGMA = 1.4826  # standard deviation of a normal distribution over its median deviation


@takes(velocity="km/s")
def without_systemic(velocity):
    """Subtract from every map the median of its spaxels.

    Parameters
    ----------
    velocity : ndarray, shape (..., ny, nx)
        km/s, NaN where not measured.

    Returns
    -------
    ndarray of the same shape and dtype
        A map without any measured spaxel stays as it is.
    """
    return velocity - _median(velocity, axis=(-2, -1), keepdims=True)


@takes(velocity="km/s")
def neighbour_deviation(velocity, window=5):
    """Subtract from every spaxel the median of its measured neighbours.

    Parameters
    ----------
    velocity : ndarray, shape (..., ny, nx)
        km/s, NaN where not measured.
    window : int
        Odd side of the square of neighbours, in spaxels; the spaxel itself is left out.

    Returns
    -------
    ndarray of the same shape
        NaN where the spaxel is not measured or has no measured neighbour.
    """
    require(window % 2 and window >= 3, "an odd number from 3 up", window, "window")
    around = window // 2
    widths = [(0, 0)] * (velocity.ndim - 2) + [(around, around)] * 2
    framed = np.pad(velocity, widths, constant_values=np.nan)
    squares = np.lib.stride_tricks.sliding_window_view(framed, (window, window), axis=(-2, -1))
    neighbours = np.delete(squares.reshape(*velocity.shape, -1), window**2 // 2, axis=-1)
    neighbours.sort(axis=-1)  # NaN comes last; a tenth of the time of NumPy's median of the others
    count = np.isfinite(neighbours).sum(axis=-1, keepdims=True)
    ranks = np.maximum(count - 1, 0) // 2, count // 2
    low, high = (np.take_along_axis(neighbours, rank, -1)[..., 0] for rank in ranks)
    return velocity - (low + high) / 2


@takes(velocity="km/s")
def without_outliers(velocity, limit=3.0, window=5):
    """Remove spaxels that deviate from their neighbours far more than the map's others do.

    Parameters
    ----------
    velocity : ndarray, shape (..., ny, nx)
        km/s, NaN where not measured.
    limit : float
        Largest `neighbour_deviation`, in standard deviations of that of the same map. The
        standard deviation follows from the median, so that outliers do not enlarge it.
    window : int
        As of `neighbour_deviation`.

    Returns
    -------
    ndarray of the same shape
        NaN where a spaxel was removed or not measured.
    """
    deviation = np.abs(neighbour_deviation(velocity, window))
    scale = TO_SIGMA * _median(deviation, axis=(-2, -1), keepdims=True)
    return np.where(deviation > limit * scale, np.nan, velocity)


@takes(velocity="km/s", brightness=None)
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


@takes(velocity="km/s")
def smoothed(velocity, width):
    """Smooth maps by a Gaussian, over measured spaxels only.

    Velocities that were fitted spaxel by spaxel become like those fitted in bins.

    Parameters
    ----------
    velocity : ndarray, shape (..., ny, nx)
        km/s, NaN where not measured, and so afterwards.
    width : float
        Standard deviation in spaxels.

    Returns
    -------
    ndarray of the same shape
    """
    from astropy.convolution import Gaussian2DKernel, convolve

    kernel = Gaussian2DKernel(width)
    measured = np.isfinite(velocity)
    maps = velocity.reshape(-1, *velocity.shape[-2:])
    maps = [convolve(np.nan_to_num(one), kernel, mask=np.isnan(one)) for one in maps]
    return np.where(measured, np.reshape(maps, velocity.shape), np.nan)


def _median(values, **along):
    """Return the median of what is measured, NaN without a warning where nothing is."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return np.nanmedian(values, **along)
