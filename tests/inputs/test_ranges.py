"""Maps unlike those of training are told by what is unlike, and others are not."""

import json

import numpy as np
import pytest

from galutils.inputs import ranges


def discs(n, seed, side=50):
    """Return turning discs of many sizes and speeds about a systemic velocity, NaN outside."""
    rng = np.random.default_rng(seed)
    y, x = np.indices((side, side)) - (side - 1) / 2
    angle, reach = rng.uniform(0, 2 * np.pi, (n, 1, 1)), rng.uniform(9, 15, (n, 1, 1))
    amplitude = np.exp(rng.uniform(np.log(30), np.log(250), (n, 1, 1)))
    field = amplitude * np.tanh((x * np.cos(angle) + y * np.sin(angle)) / 4)
    field += amplitude * rng.normal(0, 0.15, (n, 1, 1)) + rng.normal(0, 4, (n, side, side))
    return np.where(np.hypot(x, y) < reach, field, np.nan).astype("f4")


RANGES = ranges.of(discs(800, 0))
CLEAN = discs(200, 1)


def half(maps):
    maps = maps.copy()
    maps[:, :, 25:] = np.nan
    return maps


def hole(maps):
    maps = maps.copy()
    maps[:, 18:32, 18:32] = np.nan
    return maps


FAULTS = {
    "two amplitudes of systemic velocity": (
        lambda m: m + 2 * np.nanstd(m, axis=(1, 2), keepdims=True), "offset",
    ),
    "in m/s": (lambda m: m * 1000, "amplitude"),
    "normalised": (lambda m: m / np.nanstd(m, axis=(1, 2), keepdims=True), "amplitude"),
    "half of the map": (half, "coverage"),
    "a hole in the middle": (hole, "coverage"),
    "spaxels of 0.25 arcsec": (lambda m: np.repeat(np.repeat(m, 2, 1), 2, 2), "scale"),
    "spaxels of 1 arcsec": (lambda m: m[:, 1::2, 1::2], "scale"),
    "-500 where not measured": (lambda m: np.nan_to_num(m, nan=-500), "repeated_value"),
    "9999 where not measured": (lambda m: np.nan_to_num(m, nan=9999), "repeated_value"),
    "clipped at 20 km/s": (lambda m: np.clip(m, -20, 20), "repeated_value"),
    "0 where not measured": (np.nan_to_num, "scale"),
}  # fmt: skip


def told(maps):
    return [ranges.unlike(one, RANGES) for one in maps]


def test_clean_maps_are_almost_never_told():
    found = told(CLEAN)
    assert np.mean([bool(names) for names in found]) < 0.05
    assert told(discs(800, 0)[:1]) == [[]]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_told_by_its_name(fault):
    change, name = FAULTS[fault]
    found = told(change(CLEAN))
    assert np.mean([name in names for names in found]) > 0.95


@pytest.mark.parametrize("fault", ["in m/s", "normalised"])
def test_a_fault_that_changes_one_thing_is_told_as_that_alone(fault):
    found = told(FAULTS[fault][0](CLEAN))
    assert np.mean([one == ["amplitude"] for one in found]) > 0.9


def test_ranges_are_what_json_takes_and_hold_the_training_maps():
    assert json.loads(json.dumps(RANGES)) == RANGES and tuple(RANGES) == ranges.QUANTITIES
    assert all(low <= high for low, high in RANGES.values())
    assert RANGES["offset"][0] == RANGES["repeated_value"][0] == 0
    inside = [not names for names in told(discs(800, 0))]
    assert 0.95 < np.mean(inside) < 1


def test_a_map_at_rest_about_zero_is_no_offset():
    still = discs(1, 5) * 0 + 7
    assert "offset" in ranges.unlike(still[0], RANGES)  # all of it is offset
    odd = CLEAN[0] - np.nanmedian(CLEAN[0])
    assert "offset" not in ranges.unlike(odd, RANGES)


def test_maps_without_a_number_do_not_count():
    stack = np.concatenate([discs(50, 3), np.full((5, 50, 50), np.nan)])
    assert ranges.of(stack) == ranges.of(stack[:50])
    assert ranges.of(np.ma.masked_invalid(stack)) == ranges.of(stack)
