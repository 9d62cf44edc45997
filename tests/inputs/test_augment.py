"""Copies in balanced numbers, exact symmetries, rotations and errors of the sky."""

import numpy as np
import pytest

from galutils.inputs import augment


@pytest.fixture(scope="module")
def maps():
    y, x = np.indices((40, 40)) - 19.5
    base = np.tanh(x / 5) * np.exp(-np.hypot(x, y) / 12)
    return np.stack([np.roll(base, k, axis=0) for k in range(6)])[..., None].astype(np.float32)


def test_balanced_puts_originals_first_and_tells_the_origin(maps):
    labels = np.array([1, 1, 1, 1, 0, 0])
    copied, origin = augment.augment_to_balance(maps, labels, {1: 2, 0: 5}, rng=3)
    assert copied.shape == (6 + 8 + 10, 40, 40, 1) and copied.dtype == maps.dtype
    np.testing.assert_array_equal(copied[:6], maps)
    assert np.bincount(origin).tolist() == [3, 3, 3, 3, 6, 6]
    same, _ = augment.augment_to_balance(maps, labels, {1: 2, 0: 5}, rng=3)
    np.testing.assert_array_equal(copied, same)
    assert not np.array_equal(copied[6], copied[7])


def test_published_numbers_of_copies():
    labels = np.repeat([1, 0], [1067, 141])
    _, origin = augment.augment_to_balance(np.zeros((1208, 4, 4, 1)), labels, {1: 8, 0: 68}, rng=0)
    assert len(origin) == 19_332
    assert np.count_nonzero(labels[origin] == 1) == 9_603
    assert np.count_nonzero(labels[origin] == 0) == 9_729


def test_symmetries_form_the_group_of_the_square(maps):
    maps = maps + np.random.default_rng(0).random(maps.shape, dtype=np.float32)
    images = [augment.dihedral(maps[:1], s) for s in range(8)]
    assert len({image.tobytes() for image in images}) == 8


def test_random_symmetries_are_symmetries_with_either_sign(maps):
    maps = np.repeat(maps, 20, axis=0)
    changed = augment.random_dihedral_and_sign(maps, rng=1)
    assert changed.dtype == maps.dtype
    seen = set()
    for before, after in zip(maps, changed, strict=True):
        same = [
            (s, sign)
            for s in range(8)
            for sign in (1, -1)
            if np.array_equal(sign * after, augment.dihedral(before[None], s)[0])
        ]
        assert same
        seen.update(same)
    assert len(seen) == 16
    np.testing.assert_array_equal(changed, augment.random_dihedral_and_sign(maps, rng=1))


def test_bad_input_is_refused(maps):
    with pytest.raises(ValueError, match=r"labels \[0\]"):
        augment.augment_to_balance(maps, [1, 1, 1, 0, 0, 0], {1: 2})
    with pytest.raises(ValueError, match="finite"):
        augment.augment_to_balance(np.full_like(maps, np.nan), np.ones(6, int), {1: 1})


def test_turned_images_are_symmetries_of_their_own():
    images = np.random.default_rng(0).integers(0, 255, (40, 6, 6, 3)).astype(np.uint8)
    result = augment.random_dihedral(images, 1)
    found = []
    for before, after in zip(images, result, strict=True):
        views = [augment.dihedral(before[None], k)[0] for k in range(8)]
        matches = [k for k, view in enumerate(views) if np.array_equal(view, after)]
        assert matches
        found += matches[:1]
    assert set(found) == set(range(8))


def test_rotations_by_the_unit_circle():
    images = np.zeros((2, 41, 41, 3), np.uint8)
    images[0, 20, 30] = 200  # to the right of the centre
    images[1, 20, 20] = 90
    result, origin = augment.rotations(images)
    assert result.shape == (32, 41, 41, 3)
    assert origin.tolist() == [0, 1] * 16
    np.testing.assert_array_equal(result[:2], images)
    for angle, image in zip(augment.UNIT_CIRCLE, result[::2, ..., 0], strict=True):
        y, x = np.unravel_index(image.argmax(), image.shape)
        expected = 10 * np.cos(np.deg2rad(angle)), 10 * np.sin(np.deg2rad(angle))
        np.testing.assert_allclose([x - 20, 20 - y], expected, atol=1)


def test_rotations_take_the_nearest_pixel():
    images = np.random.default_rng(3).integers(1, 5, (3, 21, 21, 3)).astype(np.uint8) * 50
    turned, _ = augment.rotations(images, (30, 90))
    assert set(np.unique(turned[:3])) == {0, 50, 100, 150, 200}  # corners without a pixel are 0
    np.testing.assert_array_equal(turned[3:], np.rot90(images, axes=(1, 2)))


def test_sky_changes_redden_a_share_and_keep_type_and_range():
    images = np.full((400, 4, 4, 3), 100, np.uint8)
    result = augment.sky_changes(images, 0, share=0.25)
    assert result.dtype == np.uint8
    red = result[..., 0].astype(int).mean(axis=(1, 2)) - 100
    assert 0.18 < np.mean(red > 0) < 0.32
    assert red[red > 0].min() >= 25 and red.max() <= 127
    np.testing.assert_array_equal(result[..., 2], 100)
    green = result[red > 0][:, 0, 0, 1].astype(float) - 100
    np.testing.assert_allclose(green, red[red > 0] / 10, atol=1)
    np.testing.assert_array_equal(augment.sky_changes(images, 0, 0.25), result)
    assert augment.sky_changes(images + 155, 1, 1.0).min() == 255


def test_perturbed_images_keep_channels_together():
    y, x = np.mgrid[:33, :33] - 16.0
    one = np.exp(-np.hypot(x, y / 0.5) / 4)
    pixels = np.stack([one, 2 * one, 3 * one], axis=-1)[None].repeat(40, axis=0).astype("f4")
    changed = augment.random_affine(pixels, rng=3)
    assert changed.shape == pixels.shape and changed.dtype == pixels.dtype
    np.testing.assert_allclose(changed[..., 1], 2 * changed[..., 0], rtol=1e-5)
    assert len(np.unique(changed[:, 12, 20, 0])) == 40
    np.testing.assert_array_equal(changed, augment.random_affine(pixels, rng=3))


def test_perturbed_images_move_and_flatten_within_their_ranges():
    y, x = np.mgrid[:65, :65] - 32.0
    one = np.exp(-((x / 8) ** 2 + (y / 8) ** 2) / 2)
    changed = augment.random_affine(one[None, :, :, None].repeat(60, axis=0), 0, 0.05, (0.8, 1.2))[
        ..., 0
    ]
    total = changed.sum(axis=(1, 2))
    offset = np.array([(changed * axis).sum(axis=(1, 2)) / total for axis in (x, y)])
    assert 2.5 < np.abs(offset).max() < 0.05 * 65 * np.sqrt(2) * 1.25
    size = total / total.mean()
    assert 0.64 * 0.95 < size.min() < 0.8 and 1.2 < size.max() < 1.44 * 1.3


def test_what_comes_in_from_outside_is_blank_or_the_edge_drawn_out():
    one = np.ones((1, 16, 16, 1)).repeat(20, axis=0)
    np.testing.assert_allclose(augment.random_affine(one, 0), 1)
    blank = augment.random_affine(one, 0, blank=True)
    np.testing.assert_allclose(blank[:, 5:11, 5:11], 1)
    assert (blank[:, [0, -1], [0, -1]] < 0.5).all()
