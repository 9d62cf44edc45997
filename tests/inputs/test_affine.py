"""Affine copies are those of Keras's own generator and of scipy."""

import numpy as np
import pytest
from scipy.ndimage import affine_transform

from galutils.inputs import affine


@pytest.fixture(scope="module")
def maps():
    y, x = np.indices((40, 40)) - 19.5
    base = np.tanh(x / 5) * np.exp(-np.hypot(x, y) / 12)
    return np.stack([np.roll(base, k, axis=0) for k in range(6)])[..., None].astype(np.float32)


@pytest.mark.filterwarnings("ignore:Please import `affine_transform`:DeprecationWarning")
def test_same_maps_as_keras_for_the_same_draw(maps):
    from keras.src.legacy.preprocessing.image import apply_affine_transform

    rng = np.random.default_rng(0)
    for values in maps[..., 0].astype(float):
        theta, tx, ty, zx, zy = rng.uniform([-360, -4, -4, 1, 1], [360, 4, 4, 1.05, 1.05])
        expected = apply_affine_transform(
            values[..., None], theta=theta, tx=tx, ty=ty, zx=zx, zy=zy,
            row_axis=0, col_axis=1, channel_axis=2, order=1,
        )[..., 0]  # fmt: skip
        turn = np.deg2rad(theta)
        turn = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
        matrix, offset = turn * [zy, zx], turn @ [ty, tx]
        ours = affine.transform(values[None], matrix[None], offset[None])[0]
        np.testing.assert_allclose(ours, expected, atol=1e-10)


def test_identity_and_pure_shift(maps):
    stack = maps[..., 0]
    eye = np.broadcast_to(np.eye(2), (len(stack), 2, 2))
    zero = np.zeros((len(stack), 2))
    np.testing.assert_allclose(affine.transform(stack, eye, zero), stack, atol=1e-6)
    shifted = affine.transform(stack, eye, zero + [0, 3])
    np.testing.assert_allclose(shifted[:, :, :-3], stack[:, :, 3:], atol=1e-6)
    np.testing.assert_allclose(shifted[:, :, -3:], np.repeat(stack[:, :, -1:], 3, axis=2))


def test_drawn_matrices_keep_to_their_ranges():
    matrices, offsets = affine.affine_matrices(4000, rng=0)
    scale = np.linalg.norm(matrices, axis=1)
    assert scale.min() >= 1 and scale.max() <= 1.05
    assert np.linalg.norm(offsets, axis=1).max() <= 4 * np.sqrt(2)
    assert 0.45 < np.mean(np.linalg.det(matrices) < 0) < 0.55


def test_whole_numbers_are_moved_as_scipy_moves_them():
    images = np.random.default_rng(0).integers(0, 256, (9, 24, 24)).astype(np.uint8)
    matrices, offsets = affine.affine_matrices(9, rng=1)
    found = affine.transform(images, matrices, offsets)
    centre = np.array([11.5, 11.5])
    for image, matrix, offset, one in zip(images, matrices, offsets, found, strict=True):
        start = offset + centre - matrix @ centre
        expected = affine_transform(image, matrix, start, order=1, mode="nearest")
        assert one.dtype == np.uint8
        assert np.abs(one.astype(int) - expected).max() <= 1


@pytest.mark.parametrize("flatten", [True, False])
def test_axis_ratios_change_only_if_axes_are_zoomed_separately(flatten):
    matrices, _ = affine.affine_matrices(50, zoom=(0.8, 1.2), rng=1, flatten=flatten)
    scales = np.linalg.svd(matrices, compute_uv=False)
    assert scales.min() >= 0.8 - 1e-9 and scales.max() <= 1.2 + 1e-9 and np.ptp(scales) > 0.3
    assert (np.ptp(scales, axis=1).max() > 0.1) == flatten
