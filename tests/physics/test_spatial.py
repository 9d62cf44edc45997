"""Moran's I against esda, and on maps whose answer is known."""

import numpy as np
import pytest
from esda import Moran as EsdaMoran
from libpysal.weights import WSP, lat2SW

from galutils.physics import spatial


@pytest.fixture(scope="module")
def masked():
    rng = np.random.default_rng(0)
    maps = rng.normal(size=(20, 24, 24)).cumsum(axis=1).cumsum(axis=2)
    y, x = np.indices((24, 24)) - 11.5
    maps[:, np.hypot(x, y) > 10] = np.nan
    maps[rng.random(maps.shape) < 0.1] = np.nan
    return maps


def by_esda(values, contiguity, permutations=0):
    chosen = np.flatnonzero(np.isfinite(values))
    lattice = lat2SW(*values.shape, criterion=contiguity).tocsr().astype(float)
    weights = WSP(lattice[chosen][:, chosen]).to_W(silence_warnings=True)
    return EsdaMoran(values.ravel()[chosen], weights, permutations=permutations)


@pytest.mark.parametrize("contiguity", ["queen", "rook"])
def test_stack_equals_esda_on_masked_maps(masked, contiguity):
    expected = [by_esda(m, contiguity).I for m in masked]
    np.testing.assert_allclose(spatial.morans_i(masked, contiguity), expected, atol=1e-12, rtol=0)


def test_islands_have_no_weight():
    values = np.full((9, 9), np.nan)
    values[:4, :4] = np.random.default_rng(1).normal(size=(4, 4))
    values[8, 8] = 3.0
    assert spatial.morans_i(values[None])[0] == pytest.approx(by_esda(values, "queen").I, abs=1e-12)


def test_checkerboard_is_minus_one_and_gradient_near_plus_one():
    y, x = np.indices((16, 16))
    checkerboard = np.where((x + y) % 2, 1.0, -1.0)
    statistic = spatial.morans_i(np.stack([checkerboard, x.astype(float)]), "rook")
    assert statistic[0] == pytest.approx(-1, abs=1e-12)
    assert statistic[1] > 0.95


@pytest.mark.parametrize("value", [0.0, 0.1, -273.15])
def test_constant_and_empty_maps_are_undefined(value):
    maps = np.stack([np.full((6, 6), value), np.full((6, 6), np.nan)])
    assert np.isnan(spatial.morans_i(maps)).all()
    assert np.isnan(spatial.permutation_p_values(maps, rng=0)).all()
    with pytest.raises(ValueError, match="undefined"):
        spatial.moran(maps[0], rng=0)


def test_affine_change_of_values_changes_nothing(masked):
    np.testing.assert_allclose(
        spatial.morans_i(masked), spatial.morans_i(-3 * masked + 1000), atol=1e-9
    )


def test_p_values_agree_with_esda_in_distribution():
    rng = np.random.default_rng(3)
    noise = rng.normal(size=(60, 10, 10))
    ours = spatial.permutation_p_values(noise, permutations=499, rng=4)
    np.random.seed(5)  # noqa: NPY002 - esda draws from the global state
    theirs = np.array([by_esda(m, "queen", 499).p_sim for m in noise])
    # the same statistic against two draws of the same null: binomial scatter only
    scatter = np.sqrt(theirs * (1 - theirs) / 499) + 1 / 499
    assert np.all(np.abs(ours - theirs) < 6 * scatter)
    assert np.array_equal(ours, spatial.permutation_p_values(noise, permutations=499, rng=4))


def test_blocks_and_footprints_change_nothing(masked, monkeypatch):
    stack = np.concatenate([masked, np.nan_to_num(masked[:5])])
    whole = spatial.morans_i(stack)
    p_values = spatial.permutation_p_values(stack[:3], permutations=99, rng=1)
    monkeypatch.setattr(spatial, "BLOCK", 3 * 24 * 24)
    np.testing.assert_allclose(spatial.morans_i(stack), whole, atol=1e-14, rtol=0)
    again = spatial.permutation_p_values(stack[:3], permutations=99, rng=1)
    assert np.array_equal(again, p_values)


@pytest.mark.parametrize("n", [5, 8, 257])
def test_orders_are_permutations_and_equally_likely(n):
    drawn = spatial._shuffled(np.arange(n), 4000, np.random.default_rng(0))
    assert np.array_equal(np.sort(drawn, axis=1), np.tile(np.arange(n), (4000, 1)))
    # the place of each value: mean and spread of a uniform distribution
    places = np.argsort(drawn, axis=1)
    spread = np.sqrt((n**2 - 1) / 12)
    assert np.all(np.abs(places.mean(axis=0) - (n - 1) / 2) < 5 * spread / np.sqrt(4000))
    assert places.std(axis=0) == pytest.approx(spread, rel=0.06)


def test_ordered_map_has_smallest_p_value(masked):
    assert spatial.permutation_p_values(masked[:2], permutations=199, rng=0) == pytest.approx(
        1 / 200
    )


def test_scatter_plot_slope_is_the_statistic(masked):
    result = spatial.moran(masked[0], permutations=99, rng=0)
    assert result.statistic == pytest.approx(spatial.morans_i(masked[:1])[0], abs=1e-12)
    linked = result.lag != 0
    slope = np.sum(result.z * result.lag) / np.sum(result.z**2)
    assert slope == pytest.approx(result.statistic * linked.sum() / linked.size, rel=1e-6)


def test_unknown_contiguity_and_shape_are_refused(masked):
    with pytest.raises(ValueError, match="bishop"):
        spatial.morans_i(masked, "bishop")
    with pytest.raises(ValueError, match="shape"):
        spatial.morans_i(masked[0])


def test_the_seed_decides_over_permutations():
    values = np.random.default_rng(0).normal(size=(12, 12))
    found = [spatial.moran(values, permutations=99, rng=rng).p_value for rng in (4, 4, 5)]
    assert found[0] == found[1] != found[2]
    stack = [spatial.permutation_p_values(values[None], permutations=99, rng=4) for _ in "ab"]
    np.testing.assert_array_equal(*stack)
