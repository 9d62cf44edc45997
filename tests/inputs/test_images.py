"""Crops and network inputs."""

import numpy as np
import pytest

from galutils.inputs import images


def test_central_crop_keeps_the_middle():
    maps = np.arange(2 * 50 * 50, dtype=float).reshape(2, 50, 50)
    np.testing.assert_array_equal(images.central_crop(maps, 40), maps[:, 5:45, 5:45])


@pytest.mark.parametrize("shape", [(6, 11), (11, 6), (7, 7)])
def test_small_maps_are_padded_about_their_middle(shape):
    maps = np.ones((3, *shape))
    result = images.central_crop(maps, 8)
    assert result.shape == (3, 8, 8)
    assert np.isfinite(result).sum() == 3 * min(shape[0], 8) * min(shape[1], 8)
    ends = np.isfinite(result[0]).any(axis=1)
    assert abs(int(ends[::-1].argmax()) - int(ends.argmax())) <= 1


def test_network_input_has_zero_for_nan_and_units_of_50_km_s():
    maps = np.full((1, 50, 50), np.nan)
    maps[0, 25, 25] = 150.0
    result = images.network_input(maps)
    assert result.shape == (1, 40, 40, 1)
    assert result.dtype == np.float32
    assert result.sum() == result[0, 20, 20, 0] == 3.0


def test_fill_frame_knows_neither_extent_nor_amplitude():
    y, x = np.indices((73, 73)) - 36.0
    fields = []
    for radius, speed in ((10, 40.0), (20, 40.0), (20, 300.0), (34, 40.0)):
        field = speed * np.tanh(3 * x / radius)
        field[np.hypot(x, y) > radius] = np.nan
        fields.append(field)
    frames = images.fill_frame(np.array(fields))
    assert frames.shape == (4, 40, 40, 1) and frames.dtype == np.float32
    np.testing.assert_allclose(frames[1], frames[2], atol=1e-6)
    for frame in frames[1:]:
        assert np.mean(np.abs(frame - frames[0]) < 0.3) > 0.93
    assert frames.max() <= 2 and frames.min() >= -2


def test_fill_frame_of_nothing_is_zero():
    maps = np.full((3, 21, 21), np.nan)
    maps[1] = 0.0
    maps[2, 10, 10] = 5.0
    frames = images.fill_frame(maps)
    assert np.isfinite(frames).all()
    assert not frames[:2].any() and frames[2].any()


def test_grey_is_luminance_in_three_channels():
    colours = np.array([[255, 0, 0], [0, 255, 0], [0, 0, 255], [90, 90, 90]], np.uint8)
    result = images.grayscale(colours.reshape(1, 2, 2, 3))
    assert result.dtype == np.uint8
    assert (np.ptp(result, axis=-1) == 0).all()
    np.testing.assert_array_equal(result[..., 0].ravel(), [54, 182, 18, 90])


def test_shrink_averages_blocks_of_the_centre():
    stack = np.arange(2 * 10 * 10 * 3).reshape(2, 10, 10, 3).astype(np.uint16)
    result = images.block_average(stack, 3)
    assert result.shape == (2, 3, 3, 3)
    assert result.dtype == np.float32
    inside = stack[:, 0:9, 0:9]
    assert result[1, 2, 0, 1] == pytest.approx(inside[1, 6:9, 0:3, 1].mean())
    assert images.block_average(stack, 10) is stack
    with pytest.raises(ValueError, match="at most 10, received 11"):
        images.block_average(stack, 11)


def test_ring_colours_go_outwards():
    y, x = np.mgrid[:60, :60] - 29.5
    radius = 0.1 * np.hypot(y, x)
    image = np.stack([radius < 1, radius >= 1, np.ones_like(radius)], axis=-1)
    found = images.ring_colours(image[None] * 100.0, edges=(0, 1, 2))
    np.testing.assert_allclose(found, [[100, 0, 100, 0, 100, 100]])


FLUX = np.random.default_rng(0).normal(0, 0.02, (3, 8, 8, 3)) + np.array([0.1, 0.2, 0.4])


@pytest.mark.parametrize(
    ("how", "one"),
    [("max_each", [0, 1, 2]), ("max", [2]), ("log", [2]), ("max_g", [0]), ("max_r", [1])],
)
def test_normalisations_bring_the_maxima_they_name_to_one(how, one):
    scaled = images.normalise(FLUX, how)
    assert scaled.dtype == np.float32
    np.testing.assert_allclose(scaled[..., one].max(axis=(1, 2)), 1, rtol=1e-6)
    assert np.isfinite(scaled).all()


def test_only_one_maximum_for_all_filters_keeps_their_ratios():
    ratio = FLUX[..., 2] / FLUX[..., 0]
    by_g, by_each, by_all = (images.normalise(FLUX, how) for how in ("max_g", "max_each", "max"))
    for one in (by_g, by_all):
        np.testing.assert_allclose(one[..., 2] / one[..., 0], ratio, rtol=1e-5)
    assert np.abs(by_each[..., 2] / by_each[..., 0] / ratio - 1).min() > 0.5
    np.testing.assert_array_equal(images.normalise(FLUX, "none"), FLUX.astype(np.float32))


def test_logarithm_is_that_of_counts():
    pixels = np.full((1, 2, 2, 3), 10 * images.COUNT)
    pixels[0, 0, 0], pixels[0, 1, 1] = 1000 * images.COUNT, -3.0
    scaled = images.normalise(pixels, "log")[0, ..., 0]
    np.testing.assert_allclose(scaled, [[1, 1 / 3], [1 / 3, 0]], atol=1e-6)


def test_count_of_the_logarithm_is_the_faintest_light_that_is_left():
    pixels = np.full((1, 2, 2, 3), 0.1 * images.COUNT)
    pixels[0, 0, 0] = 10 * images.COUNT
    assert images.normalise(pixels, "log")[0, 1, 1, 0] == 0
    finer = images.normalise(pixels, "log", count=0.01 * images.COUNT)[0, 1, 1, 0]
    assert finer == pytest.approx(1 / 3, rel=1e-5)


def test_a_brighter_neighbour_does_not_scale_the_galaxy():
    pixels = np.full((1, 8, 8, 3), 0.1)
    pixels[0, 4, 4], pixels[0, 0, 0] = 1.0, 5.0
    scaled = images.normalise(pixels, "max", central=0.25)[0, ..., 0]
    np.testing.assert_allclose([scaled[4, 4], scaled[0, 0], scaled[2, 2]], [1, 1, 0.1], rtol=1e-6)
    assert images.normalise(pixels, "max")[0, 4, 4, 0] == pytest.approx(0.2)


def test_normalisation_refuses_a_dark_image():
    dark = np.concatenate([FLUX, -np.abs(FLUX[:1])])
    with pytest.raises(ValueError, match="max_r: expected a positive maximum, 1 images have none"):
        images.normalise(dark, "max_r")
    with pytest.raises(ValueError, match="expected one of none, max"):
        images.normalise(FLUX, "square")


def test_central_crop_of_colour_images():
    cropped = images.central_crop(FLUX, 4)
    np.testing.assert_array_equal(cropped, FLUX[:, 2:6, 2:6])


def test_fill_frame_with_a_unit_keeps_the_amplitude():
    x = np.tile(np.arange(-15.0, 16.0), (31, 1))
    frames = images.fill_frame(np.array([10 * x, 20 * x]), limit=8, unit=50.0)
    np.testing.assert_allclose(frames[1], 2 * frames[0])
    assert frames[0].max() == pytest.approx(3.0)


def test_a_frame_of_a_map_that_is_no_square():
    velocity = np.full((1, 20, 31), np.nan, dtype=np.float32)
    velocity[0, 4:16, 8:23] = 30
    square = np.full((1, 31, 31), np.nan, dtype=np.float32)
    square[:, 6:26] = velocity
    found = images.fill_frame(velocity, unit=50.0)
    np.testing.assert_array_equal(found, images.fill_frame(square, unit=50.0))
    assert found.max() == np.float32(0.6)
