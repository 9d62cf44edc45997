"""Where attribution lies: galaxies and neighbours of known place."""

import numpy as np
import pytest

from galutils.studies import attention

SIDE, SCALE = 32, 1.6


def frames():
    axis = np.arange(SIDE) - (SIDE - 1) / 2
    galaxy = np.exp(-np.hypot(axis, axis[:, None]) / 3)
    pixels = np.repeat(galaxy[None, ..., None], 3, axis=3).repeat(2, axis=0)
    pixels[1, 3:5, 20:22] += 1.0
    return pixels


def test_neighbours_are_found_and_the_galaxy_is_none():
    near, far = attention.neighbours(frames(), SCALE)
    assert not near[0].any() and near[1].sum() == 4 and near[1, 3:5, 20:22].all()
    assert not (near & far).any() and not far[:, 14:18, 14:18].any()


def test_shares_are_those_of_the_places():
    maps = np.zeros((2, SIDE, SIDE))
    maps[0, 15:17, 15:17] = -1.0  # all in the centre
    maps[1] = 0.1
    maps[1, 3:5, 20:22] = 0.4
    table = attention.attention(maps, frames(), SCALE)
    assert table["centre"][0] == 1 and table["outskirts"][0] == 0
    assert table["outskirts"][1] > 0.8 and np.isnan(table["neighbours over sky"][0])
    assert table["neighbours over sky"][1] == pytest.approx(4)
    assert table["light in the centre"][0] > table["light in the centre"][1]
