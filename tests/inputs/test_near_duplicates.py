"""Copies are found whatever was done to them, and no other galaxy is taken for one."""

import numpy as np
import pytest
from PIL import Image

from galutils.inputs import affine, augment, images
from galutils.inputs.duplicates import descriptors, near_duplicates
from galutils.mock import sami
from galutils.mock.instruments import ifu


def observed(n, seed, depth=0.75):
    """Mock SAMI maps as a network takes them, none of the seeds of the threshold."""
    exposure = ifu.coverage(sami.SHAPE, sami.SPAXEL, sami.BUNDLE)
    galaxies = ifu.draw(n, seed)
    maps = ifu.observe(galaxies, exposure, sami.SPAXEL, 2.0, depth=depth, rng=seed)
    return images.network_input(maps["velocity"])


@pytest.fixture(scope="module")
def thousand():
    return observed(1300, 2121, depth=2.0)


@pytest.fixture(scope="module")
def prepared(thousand):
    return descriptors.prepare(thousand)


def copied(maps, seed, **ranges):
    drawn = affine.affine_matrices(len(maps), rng=seed, **ranges)
    return affine.transform(maps[..., 0], *drawn)[..., None]


def found(train, test):
    """Own copies found, of how many that can be compared, and pairs of others."""
    pairs, judged = near_duplicates.find(train, test)
    own = np.asarray(pairs["train"]) == np.asarray(pairs["test"])
    judged = judged & descriptors.prepare(train).usable
    return np.isin(np.flatnonzero(judged), pairs["test"][own]).mean(), np.sum(~own)


def test_no_false_alarm_on_a_thousand_galaxies(prepared):
    assert prepared.usable.sum() >= 1000
    pairs = near_duplicates.compare(prepared, prepared, same=True)
    assert len(pairs) > 300  # near neighbours were looked at, and found different
    assert not near_duplicates.are_copies(pairs).any()


def test_random_copies_are_found(thousand):
    maps = thousand[:250]
    recall, others = found(maps, copied(maps, 5))
    assert recall >= 0.99 and others == 0


def test_copies_of_copies_are_found(thousand):
    maps = thousand[250:450]
    recall, others = found(copied(maps, 6), copied(maps, 7))
    assert recall >= 0.99 and others == 0


def test_holes_do_not_hide_a_copy(thousand):
    maps = thousand[450:600] * (np.random.default_rng(8).random((150, 40, 40, 1)) > 0.05)
    recall, others = found(maps, copied(maps, 9))
    assert recall >= 0.99 and others == 0


def test_deep_smooth_fields_are_no_copies_of_each_other():
    maps = observed(150, 77, depth=30.0)
    recall, others = found(maps, copied(maps, 10))
    assert recall >= 0.98 and others == 0
    assert len(near_duplicates.find(maps)[0]) == 0


def test_turn_mirroring_and_sign_are_measured(thousand, prepared):
    rows = np.flatnonzero(prepared.usable)[:40]
    maps = thousand[rows]
    for symmetry, sign in ((1, 1), (6, -1), (3, -1), (4, 1)):
        pairs, _ = near_duplicates.find(maps, sign * augment.dihedral(maps, symmetry))
        assert sorted(pairs["test"]) == list(range(40))
        assert np.all(pairs["train"] == pairs["test"])
        assert np.all(pairs["negative"] == (sign < 0))
        assert np.all(pairs["mirrored"] == (symmetry >= 4))
        assert np.all(pairs["correlation"] > 0.99) and np.all(pairs["zoom"] < 1.01)
    # rows of an array turn towards columns: a quarter turn of numpy is three here
    pairs, _ = near_duplicates.find(maps, augment.dihedral(maps, 1))
    np.testing.assert_allclose(pairs["angle"], 270, atol=0.5)


def pictures(n, rng):
    """Galaxies of uint8 on a noisy sky that differ in little."""
    y, x = np.mgrid[:96, :96] - 47.5
    size, ratio = (
        rng.uniform(5, 7, (2, n))[:, :, None, None] / np.array([1, 8])[:, None, None, None]
    )
    light = 150 * np.exp(-np.hypot(x, y / ratio) / size)
    frames = light[..., None] + rng.normal(20, 5, (n, 96, 96, 3))
    return np.clip(frames, 0, 255).astype(np.uint8)


def test_turned_colour_images_are_found():
    frames = pictures(40, np.random.default_rng(3))
    turned = np.stack(
        [
            np.asarray(Image.fromarray(frame).rotate(angle, Image.Resampling.BILINEAR))
            for angle in (30, 90, 135, 315)
            for frame in frames
        ]
    )
    origin = np.tile(np.arange(40), 4)
    pairs, judged = near_duplicates.find(frames, turned)
    assert judged.all()
    assert np.all(np.asarray(pairs["train"]) == origin[pairs["test"]])
    assert len(pairs) >= 0.99 * len(turned)
    assert not pairs["negative"].any() and not pairs["mirrored"].any()
    assert len(near_duplicates.find(frames)[0]) == 0


def test_a_map_within_one_set_is_named_once(thousand, prepared):
    maps = thousand[np.flatnonzero(prepared.usable)[:12]]
    stack = np.concatenate([maps, copied(maps[:3], 4)])
    pairs, _ = near_duplicates.find(stack)
    assert sorted(zip(pairs["train"], pairs["test"], strict=True)) == [(0, 12), (1, 13), (2, 14)]


def test_few_pixels_are_not_judged(thousand):
    small = thousand[:5].copy()
    small[:, :, 23:], small[:, :, :17] = 0, 0
    small[:, 23:], small[:, :17] = 0, 0
    pairs, judged = near_duplicates.find(small, small)
    assert not judged.any() and len(pairs) == 0
    assert len(near_duplicates.find(np.full((3, 20, 20), np.nan))[0]) == 0


def test_shapes_are_checked(thousand):
    with pytest.raises(ValueError, match=r"received \(40, 40\)"):
        near_duplicates.find(thousand[0, ..., 0])
    with pytest.raises(ValueError, match="equal shapes"):
        near_duplicates.find(thousand[:2], thousand[:2, :30])
