"""Describe maps by their small structure, in a way that no rotation or mirroring changes.

On a circle about the centre a rotation by an angle a multiplies the coefficient of angular
frequency m by exp(-i m a), mirroring conjugates it, and a change of sign negates it. Amplitudes
remain the same, so that they can be compared without trying angles; the phases then give the angle.
"""

from typing import NamedTuple

import numpy as np
from scipy import ndimage

from galutils.inputs.duplicates import image_registration
from galutils.store.files import require
from galutils.store.measured import floats, plain

SIDE = 64  # larger images are averaged down to about this side
ANGLES, ORDERS = 128, 14  # points on a circle; angular frequencies of a fingerprint
LEAST = 60  # with fewer pixels, rims left out, maps cannot be told apart


class Prepared(NamedTuple):
    """Maps ready to be compared.

    Attributes
    ----------
    values : ndarray of float32, shape (n, side, side)
        Zero where not measured.
    detail : ndarray of float32, shape (n, side, side)
        The map without its smooth part, with equal contrast everywhere.
    centre : ndarray, shape (n, 2)
        Row and column of the centroid of the measured area or of the light.
    spectrum : ndarray of complex64, shape (n, radii, frequencies)
        Angular Fourier transform of the detail about the centre.
    signed : bool
        Whether a change of sign makes a copy: true for maps, not for colour images.
    usable : ndarray of bool, shape (n,)
        Whether a map has enough pixels, without its rim, to be compared at all.
    """

    values: np.ndarray
    detail: np.ndarray
    centre: np.ndarray
    spectrum: np.ndarray
    signed: bool
    usable: np.ndarray


def prepare(stack):
    """Subtract the smooth part of every map and describe the rest.

    Parameters
    ----------
    stack : ndarray, shape (n, h, w), (n, h, w, 1) or (n, h, w, channels)
        Maps, NaN or 0 where not measured, or images of any number type; of
        images the mean of the channels within the inscribed disc is used.

    Returns
    -------
    Prepared

    Raises
    ------
    ValueError
        If `stack` has another shape.
    """
    stack = plain(stack)
    stack = stack if stack.dtype.kind in "uib" else floats(stack)  # levels take less room
    good = stack.ndim in (3, 4) and min(stack.shape[1:]) >= 1
    require(good, "shape (n, h, w) or (n, h, w, channels)", stack.shape)
    signed = stack.ndim == 3 or stack.shape[3] == 1
    values = np.asarray(stack.reshape(*stack.shape[:3], -1).mean(axis=3), dtype=np.float32)
    measured = np.isfinite(values)
    values = np.where(measured, values, 0)
    if signed:
        weight = values != 0
    else:
        y, x = (np.arange(length) - (length - 1) / 2 for length in values.shape[1:])
        disc = np.hypot.outer(y, x) < 0.48 * min(values.shape[1:])
        # 1e-6 is added so that a pixel as dark as the sky does not count as not measured
        middle = np.median(values[:, disc], axis=1)[:, None, None]
        values = np.where(disc & measured, values - middle + np.float32(1e-6), 0)
        # the root of the light that is well above the sky, whose median is 0
        scatter = 1.5 * np.median(np.abs(values), axis=(1, 2), keepdims=True)
        weight = np.sqrt(np.maximum(values - 5 * scatter, 0))
    values, weight = _averaged(values), _averaged(weight.astype(np.float32))
    # interpolation with the zeros outside makes a copy one pixel larger than its original
    area = ndimage.binary_dilation(values != 0, image_registration.CROSS)
    detail = image_registration.detail(values, area, *image_registration.WIDE)
    centre = _centroid(weight)
    inner = ndimage.binary_erosion(values != 0, image_registration.CROSS)
    usable = inner.sum(axis=(1, 2)) >= LEAST
    return Prepared(values, detail, centre, _spectrum(detail, centre), signed, usable)


def _averaged(maps):
    """Average blocks of large images, so that their side is about `SIDE`."""
    from skimage.measure import block_reduce

    block = max(1, round(min(maps.shape[1:]) / SIDE))
    height, width = (length // block * block for length in maps.shape[1:])
    return block_reduce(maps[:, :height, :width], (1, block, block), np.mean)


def _centroid(weight):
    """Return row and column of the centroid of each map."""
    total = np.maximum(weight.sum(axis=(1, 2)), 1e-9)
    y, x = (np.arange(length) for length in weight.shape[1:])
    return np.stack([weight.sum(axis=2) @ y / total, weight.sum(axis=1) @ x / total], axis=1)


def _spectrum(detail, centre):
    """Compute the angular Fourier transform on circles a pixel apart.

    Circles are weighted by the root of their radius, so that the power of a circle counts in
    proportion to its length.
    """
    radii = np.arange(0.5, min(detail.shape[1:]) / 2)
    angles = np.arange(ANGLES) * 2 * np.pi / ANGLES
    y, x = (np.outer(radii, wave(angles)).ravel() for wave in (np.sin, np.cos))
    circles = image_registration.sample(
        detail, np.arange(len(detail)), centre[:, :1] + y, centre[:, 1:] + x
    )
    circles = circles.reshape(len(detail), len(radii), ANGLES) * np.sqrt(radii)[:, None]
    return np.fft.rfft(circles.astype(np.float32), axis=2)


def fingerprints(prepared, rows):
    """Return the amplitudes of low angular frequencies on every circle.

    They do not change if the map is rotated or mirrored, or its sign is changed.

    Parameters
    ----------
    prepared : Prepared
    rows : ndarray of int, shape (n,)

    Returns
    -------
    ndarray of float32, shape (n, features)
        Vectors of unit length.
    """
    amplitude = np.abs(prepared.spectrum[rows, :, :ORDERS]).reshape(len(rows), -1)
    return amplitude / np.maximum(np.linalg.norm(amplitude, axis=1, keepdims=True), 1e-9)
