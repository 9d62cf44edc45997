"""Fourier modes of a disc seen face-on, by radius and by winding: how many arms it may have.

The light along a circle in the plane of a disc with m equal arms repeats m times. A logarithmic
spiral is a straight line in the angle and the logarithm of the radius, so a Fourier transform over
both separates arms by number and winding (Considere & Athanassoula 1988, A&AS 76, 365; Puerari &
Dottori 1992, A&AS 93, 469). Amplitudes do not depend on how a galaxy is turned or mirrored.
"""

import numpy as np
from scipy.ndimage import gaussian_filter, map_coordinates

ORDERS = np.arange(1, 7)
RADII, ANGLES = 40, 96
INNER, OUTER = 0.29, 3.1  # in dispersions of the light along the major axis
RINGS = (6, 15, 23, 32)  # edges of the rings, in steps of the logarithm of the radius
WOUND = slice(6, 34)  # radii of the transform over both
WINDINGS = (0, 3, 6, 10, 16)  # edges, in multiples of a quarter of RADII and more
FLATTEST = 0.35  # axis ratio of the flattest disc that is turned face-on
BLUR = 0.8  # pixels
SKY = 5  # grey levels added to the mean along a circle, which is the sky's far out


def face_on(image):
    """Sample an image on circles in the plane of the disc, which is taken to be round.

    Centre, axis ratio and position angle are moments of the light within seven tenths of the frame
    that is brighter than a tenth of the brightest.

    Parameters
    ----------
    image : ndarray, shape (side, side, 3)
        Grey levels of i, r and g, a galaxy in the middle.

    Returns
    -------
    polar : ndarray of float, shape (3, 40, 96)
        Mean of the colours, the bluest, and that less the reddest, by the logarithm of the radius
        and by angle.
    axis_ratio, size : float
        Of the light; pixels, the dispersion along the major axis.
    """
    image = np.asarray(image, float)
    grey, middle = image.mean(axis=-1), (len(image) - 1) / 2
    edge = np.concatenate([side.ravel() for one in (grey, grey.T) for side in (one[:3], one[-3:])])
    light = np.maximum(grey - np.median(edge), 0)
    y, x = np.indices(light.shape) - middle
    near = np.hypot(y, x) < 0.7 * len(image) / 2
    weight = light * (near & (light > 0.1 * np.percentile(light, 99)))
    if not weight.any():
        weight = near.astype(float)
    moments = np.array([[np.sum(weight * a * b) for a in (x, y)] for b in (x, y)]) / weight.sum()
    (minor, major), axes = np.linalg.eigh(moments)
    ratio, size = np.sqrt(minor / major), np.sqrt(major)
    radius = size * np.geomspace(INNER, OUTER, RADII)
    angle = np.arange(ANGLES) * 2 * np.pi / ANGLES
    along = np.outer(radius, np.cos(angle))
    across = np.outer(radius, np.sin(angle)) * max(ratio, FLATTEST)
    column, row = axes[:, [1]] * along.ravel() + axes[:, [0]] * across.ravel()
    colours = (light, image[..., 2], image[..., 2] - image[..., 0])
    points = [row + middle, column + middle]
    polar = [
        map_coordinates(gaussian_filter(one, BLUR), points, order=1, mode="nearest")
        for one in colours
    ]
    return np.reshape(polar, (3, RADII, ANGLES)), float(ratio), float(size)


def modes(image):
    """Describe an image by the amplitudes of modes 1 to 6, the same for its mirror image.

    Parameters
    ----------
    image : ndarray, shape (side, side, 3)
        As of `face_on`.

    Returns
    -------
    ndarray of float, shape (167,)
        Axis ratio and size; then, for each colour of `face_on`, logarithms of the amplitudes of
        the modes in three rings, of each mode by winding (open to tight, of the stronger
        direction; bars; difference of the directions), and of the scatter along circles.
    """
    polar, ratio, size = face_on(image)
    found = [ratio, size]
    for one in polar:
        mean = one.mean(axis=1, keepdims=True)
        contrast = (one - mean) / (np.abs(one).mean(axis=1, keepdims=True) + SKY)
        waves = np.fft.rfft(contrast, axis=1)[:, ORDERS] / ANGLES
        rings = [np.abs(waves[a:b]).mean(axis=0) for a, b in zip(RINGS, RINGS[1:], strict=False)]
        found += list(np.log(np.ravel(rings) + 0.003))
        wound = waves[WOUND] * np.hanning(len(waves[WOUND]))[:, None]
        power = np.abs(np.fft.fft(wound, n=64, axis=0)) / len(wound)
        left, right = power[1:17], power[-16:][::-1]
        strong = np.maximum(left, right)
        bins = [strong[a:b].max(axis=0) for a, b in zip(WINDINGS, WINDINGS[1:], strict=False)]
        bins += [power[0], np.abs(left - right).max(axis=0)]
        found += list(np.log(np.ravel(bins) + 0.002))
        found.append(np.log(contrast.std() + 0.01))
    return np.array(found)
