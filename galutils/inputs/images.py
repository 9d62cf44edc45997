"""Prepare maps and images as network inputs: crop, scale, normalise, average."""

import numpy as np

from galutils.store.files import require
from galutils.store.measured import plain, takes
from galutils.store.pictures import block_average as block_average


def central_crop(maps, size):
    """Cut out the central square of every map, padded with NaN where a map is smaller.

    Parameters
    ----------
    maps : ndarray of float, shape (n, ny, nx) or (n, ny, nx, channels)
        A stack of maps or images.
    size : int
        Side of the square in pixels.

    Returns
    -------
    ndarray, shape (n, size, size) or (n, size, size, channels)
        A copy. If the excess is odd, one pixel more is cut off at the end.
    """
    for axis in (1, 2):
        place = np.arange(size) + (maps.shape[axis] - size) // 2
        outside = (place < 0) | (place >= maps.shape[axis])
        maps = maps.take(place, axis, mode="clip")
        if outside.any():
            np.moveaxis(maps, axis, 0)[outside] = np.nan
    return maps


@takes(velocity="km/s")
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
    cropped = central_crop(velocity.astype(np.float32, copy=False), size)
    return (np.nan_to_num(cropped) / np.float32(unit))[..., None]


@takes(velocity="km/s")
def fill_frame(velocity, size=40, reach=0.98, amplitude=0.9, limit=2.0, unit=None):
    """Scale fields of every extent onto one frame, with or without their amplitude.

    The square about the middle of the map that contains a share `reach` of the
    valid spaxels is sampled at `size` by `size` points (the nearest spaxel, so
    that nothing is interpolated across bins), NaN becomes zero, and velocities
    are divided by the galaxy's own quantile `amplitude` of absolute velocity, so
    that only the pattern remains, or by one `unit`.

    Parameters
    ----------
    velocity : ndarray, shape (n, ny, nx)
        km/s about the systemic velocity, NaN where not measured, the centre
        of the galaxy is in the middle.
    size : int
        Side of the frame.
    reach, amplitude : float
        Quantiles of distance and of absolute velocity, over valid spaxels.
    limit : float
        Scaled velocities are clipped to +-`limit`.
    unit : float, optional
        Velocity in km/s that becomes 1 in every galaxy, in place of `amplitude`.

    Returns
    -------
    ndarray of float32, shape (n, size, size, 1)
        Finite; zero everywhere for a map without a valid spaxel or motion.
    """
    side = max(velocity.shape[1:])
    if velocity.shape[1:] != (side, side):
        velocity = central_crop(velocity, side)
    middle = (side - 1) / 2
    offset = np.abs(np.arange(side) - middle)
    distance = np.maximum.outer(offset, offset)
    points = (np.arange(size) + 0.5) / size * 2 - 1
    result = np.zeros((len(velocity), size, size, 1), dtype=np.float32)
    for field, target in zip(velocity, result, strict=True):
        valid = np.isfinite(field)
        motion = np.quantile(np.abs(field[valid]), amplitude) if valid.any() else 0
        if motion > 0:
            half = min(np.quantile(distance[valid], reach) + 1, middle)
            index = np.rint(middle + half * points).astype(int)
            sampled = np.nan_to_num(field[np.ix_(index, index)]) / (unit or motion)
            target[..., 0] = np.clip(sampled, -limit, limit)
    return result


COUNT = 0.005  # nanomaggies, about one count of an SDSS frame
NORMALISATIONS = ("none", "max", "max_each", "log", "max_g", "max_r")


def normalise(images, how, central=1.0, count=COUNT):
    """Scale flux images as the morphology thesis does, each by its own maximum.

    Lopez Morales (2020), section 6.2.2. The symbol k_max of equations 6.2 and 6.3 is the maximum
    over all filters by their name, "Max all filters", and can be read as that of each filter, as
    0_max and 1_max of equations 6.4 and 6.5 are those of g and r; ratios of the filters are then
    lost.

    Parameters
    ----------
    images : ndarray of float, shape (n, h, w, 3)
        g, r, i in nanomaggies a pixel, finite.
    how : str
        ``max`` (equation 6.2), all filters over their largest maximum, or ``max_each``, each over
        its own; ``log`` (6.3), logarithms of both in counts, pixels below one count set to 0;
        ``max_g`` (6.4) and ``max_r`` (6.5), all filters over the maximum of one; ``none``.
    central : float
        Share of the side within which the maximum is looked for: that of the galaxy, where a
        neighbour may be brighter. Brighter pixels outside are set to the maximum of their filter
        there; else few of them would decide what batch normalisation makes of all.
    count : float
        nanomaggies of a count. `COUNT` is 26.2 mag/arcsec2 on pixels of 0.396 arcsec, the noise
        of SDSS; images without noise hold fainter light.

    Returns
    -------
    ndarray of float32, shape (n, h, w, 3)

    Raises
    ------
    ValueError
        If there is no such normalisation, or the maximum of an image that it
        needs is not positive (with ``log``, not above a count).
    """
    require(how in NORMALISATIONS, f"one of {', '.join(NORMALISATIONS)}", repr(how), "how")
    images = np.asarray(plain(images), dtype=np.float32)
    if how == "none":
        return images
    if how == "log":
        images = np.log(np.maximum(images / np.float32(count), 1))
    middle = central_crop(images, max(1, round(central * images.shape[1])))
    peak = middle.max(axis=(1, 2), keepdims=True)
    images = np.minimum(images, peak)
    if how != "max_each":
        band = {"max_g": [0], "max_r": [1]}.get(how, [0, 1, 2])
        peak = peak[..., band].max(axis=-1, keepdims=True)
    dark = ~(peak > 0).all(axis=(1, 2, 3))
    if dark.any():
        raise ValueError(f"{how}: expected a positive maximum, {dark.sum()} images have none")
    return images / peak


def grayscale(images):
    """Remove the colour of images.

    Parameters
    ----------
    images : ndarray of uint8, shape (n, h, w, 3)
        RGB.

    Returns
    -------
    ndarray of uint8, shape (n, h, w, 3)
        Luminance (ITU-R 709) in all three channels, so that the same network
        takes both.
    """
    from skimage.color import rgb2gray

    result = np.empty_like(images)
    for image, target in zip(images, result, strict=True):
        target[...] = np.rint(255 * rgb2gray(image))[..., None]
    return result


def ring_colours(images, edges=(0, 1, 2, 4, 10), scale=0.1):
    """Average each channel in rings about the centre.

    Parameters
    ----------
    images : ndarray, shape (n, h, w, channels)
        Objects in the centre.
    edges : sequence of float
        Radii between the rings, arcsec.
    scale : float
        arcsec a pixel.

    Returns
    -------
    ndarray of float, shape (n, rings * channels)
        Ring by ring, the innermost first.
    """
    images = plain(images)
    height, width = images.shape[1:3]
    y, x = np.mgrid[:height, :width]
    radius = scale * np.hypot(y - (height - 1) / 2, x - (width - 1) / 2)
    rings = [(radius >= a) & (radius < b) for a, b in zip(edges[:-1], edges[1:], strict=True)]
    return np.concatenate([images[:, ring].mean(axis=1) for ring in rings], axis=1)
