"""What tells a map apart whichever way it is turned: its small structure, and that in circles."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import ndimage

from galutils.inputs.duplicates import image_registration

SIDE = 64  # larger images are averaged down to about this side
ANGLES, ORDERS = 128, 14  # points on a circle; angular frequencies of a fingerprint
LEAST = 60  # fewer pixels without rims do not tell a map from others


@dataclass(frozen=True)
class Prepared:
    """Maps ready to be compared.

    Attributes
    ----------
    values : ndarray of float32, shape (n, side, side)
        Zero where not measured.
    detail : ndarray of float32, shape (n, side, side)
        What is left without the smooth part, of equal contrast everywhere.
    centre : ndarray, shape (n, 2)
        Row and column of the centroid of the measured area or of the light.
    spectrum : ndarray of complex64, shape (n, radii, frequencies)
        Angular Fourier transform of the detail about the centre.
    signed : bool
        Whether a change of sign makes a copy: maps, not colour images.
    """

    values: np.ndarray
    detail: np.ndarray
    centre: np.ndarray
    spectrum: np.ndarray
    signed: bool

    @cached_property
    def usable(self):
        """Which maps have pixels enough, without their rims, to be compared at all."""
        inner = ndimage.binary_erosion(self.values != 0, image_registration.CROSS)
        return inner.sum(axis=(1, 2)) >= LEAST


def prepare(stack):
    """Take the smooth part off every map and describe what is left.

    Parameters
    ----------
    stack : ndarray, shape (n, h, w), (n, h, w, 1) or (n, h, w, channels)
        Maps, NaN or 0 where not measured, or images of any number type, of
        which the mean channel and the inscribed disc are used.

    Returns
    -------
    Prepared

    Raises
    ------
    ValueError
        If `stack` has another shape.
    """
    stack = np.asarray(stack)
    if stack.ndim not in (3, 4) or min(stack.shape[1:]) < 1:
        raise ValueError(f"expected shape (n, h, w) or (n, h, w, channels), received {stack.shape}")
    signed = stack.ndim == 3 or stack.shape[3] == 1
    values = np.asarray(stack.reshape(*stack.shape[:3], -1).mean(axis=3), dtype=np.float32)
    measured = np.isfinite(values)
    values = np.where(measured, values, 0)
    if signed:
        weight = values != 0
    else:
        y, x = (np.arange(length) - (length - 1) / 2 for length in values.shape[1:])
        disc = np.hypot.outer(y, x) < 0.48 * min(values.shape[1:])
        # the sky is no zero: a pixel is never taken for unmeasured because it is dark
        middle = np.median(values[:, disc], axis=1)[:, None, None]
        values = np.where(disc & measured, values - middle + np.float32(1e-6), 0)
        weight = _light(values)
    values, weight = _averaged(values), _averaged(weight.astype(np.float32))
    # of a copy, whose rim is mixed with zeros, one pixel more is measured than of its original
    area = ndimage.binary_dilation(values != 0, image_registration.CROSS)
    detail = image_registration.detail(values, area, *image_registration.WIDE)
    centre = _centroid(weight)
    return Prepared(values, detail, centre, _spectrum(detail, centre), signed)


def _light(values):
    """Light well above the sky, whose median is 0."""
    scatter = 1.5 * np.median(np.abs(values), axis=(1, 2), keepdims=True)
    return np.sqrt(np.maximum(values - 5 * scatter, 0))


def _averaged(maps):
    """Blocks of a large image averaged, so that its side is about `SIDE`."""
    block = max(1, round(min(maps.shape[1:]) / SIDE))
    height, width = (length // block * block for length in maps.shape[1:])
    parts = maps[:, :height, :width].reshape(
        len(maps), height // block, block, width // block, block
    )
    return parts.mean(axis=(2, 4))


def _centroid(weight):
    total = np.maximum(weight.sum(axis=(1, 2)), 1e-9)
    y, x = (np.arange(length) for length in weight.shape[1:])
    return np.stack([weight.sum(axis=2) @ y / total, weight.sum(axis=1) @ x / total], axis=1)


def _spectrum(detail, centre):
    """Angular Fourier transform on circles a pixel apart, by root of their length."""
    radii = np.arange(0.5, min(detail.shape[1:]) / 2)
    angles = np.arange(ANGLES) * 2 * np.pi / ANGLES
    y, x = (np.outer(radii, wave(angles)).ravel() for wave in (np.sin, np.cos))
    circles = image_registration.sample(
        detail, np.arange(len(detail)), centre[:, :1] + y, centre[:, 1:] + x
    )
    circles = circles.reshape(len(detail), len(radii), ANGLES) * np.sqrt(radii)[:, None]
    return np.fft.rfft(circles.astype(np.float32), axis=2)


def fingerprints(prepared, rows):
    """Amplitudes of low angular frequencies on every circle.

    A turn, a mirroring or a change of sign of the map leaves them as they are.

    Parameters
    ----------
    prepared : Prepared
    rows : ndarray of int, shape (n,)

    Returns
    -------
    ndarray of float32, shape (n, features)
        Of unit length.
    """
    amplitude = np.abs(prepared.spectrum[rows, :, :ORDERS]).reshape(len(rows), -1)
    return amplitude / np.maximum(np.linalg.norm(amplitude, axis=1, keepdims=True), 1e-9)
