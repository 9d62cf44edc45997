"""Crops and network inputs."""

import numpy as np
import pytest

from galutils import images


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


def test_network_input_has_zero_for_nan_and_units_of_100_km_s():
    maps = np.full((1, 50, 50), np.nan)
    maps[0, 25, 25] = 150.0
    result = images.network_input(maps)
    assert result.shape == (1, 40, 40, 1)
    assert result.dtype == np.float32
    assert result.sum() == result[0, 20, 20, 0] == 1.5
