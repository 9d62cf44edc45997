"""Intervals whose answers are known."""

import numpy as np
import pytest
from scipy import stats

from galutils.scores import binary, intervals


@pytest.fixture
def scored():
    """Return labels, probabilities and galaxies; each galaxy has two rows."""
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(200), 2)
    labels = (groups % 4 > 0).astype(int)
    probability = 1 / (1 + np.exp(-(2 * labels - 1 + rng.normal(0, 1.2, 400))))
    return labels, probability, groups


def test_bootstrap_draws_galaxies_not_rows(scored):
    labels, probability, groups = scored
    by_galaxy = intervals.bootstrap(labels, probability, groups, draws=300, rng=1)["auc"]
    assert by_galaxy["low"] < by_galaxy["value"] < by_galaxy["high"]
    assert by_galaxy == intervals.bootstrap(labels, probability, groups, draws=300, rng=1)["auc"]
    doubled = [np.concatenate([a, a]) for a in (labels, probability)]
    rows = intervals.bootstrap(*doubled, np.arange(800), draws=300, rng=1)["auc"]
    twice = intervals.bootstrap(*doubled, np.concatenate([groups, groups]), draws=300, rng=1)
    twice = twice["auc"]
    width = {k: v["high"] - v["low"] for k, v in {"rows": rows, "twice": twice}.items()}
    assert width["twice"] > 1.2 * width["rows"]  # copies are no new information


def test_intervals_hold_their_values(scored):
    found = intervals.bootstrap(*scored, draws=100, rng=0)
    plain = binary.scores(*scored[:2])
    for name, interval in found.items():
        assert interval["value"] == pytest.approx(plain[name])
        assert interval["low"] <= interval["value"] <= interval["high"]


def test_mean_interval_is_students():
    result = intervals.mean_interval([1.0, 2.0, 3.0, 4.0, 5.0])
    assert result["value"] == 3
    assert result["high"] - 3 == pytest.approx(2.7764 * np.sqrt(2.5 / 5), rel=1e-4)
    with pytest.raises(ValueError, match="two values"):
        intervals.mean_interval([1.0])


def test_difference_of_a_classifier_and_a_worse_one(scored):
    labels, probability, groups = scored
    worse = probability + np.random.default_rng(2).normal(0, 1, 400)
    same = intervals.bootstrap_differences(
        labels, probability, probability, groups, draws=50, rng=0
    )
    assert same["auc"] == {"value": 0.0, "low": 0.0, "high": 0.0}
    drop = intervals.bootstrap_differences(labels, probability, worse, groups, draws=200, rng=0)
    drop = drop["auc"]
    assert 0 < drop["low"] < drop["value"] < drop["high"]
    expected = binary.auc(labels, probability) - binary.auc(labels, worse)
    assert drop["value"] == pytest.approx(expected)


def test_difference_in_another_score(scored):
    labels, probability, groups = scored
    worse = np.where(groups % 5 == 0, 1 - probability, probability)
    result = intervals.bootstrap_differences(labels, probability, worse, groups, draws=100, rng=0)
    result = result["balanced_accuracy"]
    expected = [binary.scores(labels, p)["balanced_accuracy"] for p in (probability, worse)]
    assert result["value"] == pytest.approx(expected[0] - expected[1])
    assert 0 < result["low"] < result["value"] < result["high"]


def test_share_interval_stays_within_zero_and_one():
    none, half = intervals.share_interval(0, 20), intervals.share_interval(50, 100)
    assert none["low"] == 0 < none["high"] < 0.2
    assert half["value"] == 0.5 and half["low"] == pytest.approx(0.4038, abs=1e-3)


def test_the_interval_of_a_difference_is_that_of_welch():
    rng = np.random.default_rng(4)
    first, second = rng.normal(1, 2, 30), rng.normal(0, 0.5, 200)
    found = intervals.mean_difference(first, second)
    parts = [x.var(ddof=1) / x.size for x in (first, second)]
    freedom = sum(parts) ** 2 / (parts[0] ** 2 / 29 + parts[1] ** 2 / 199)
    half = stats.t.ppf(0.975, freedom) * np.sqrt(sum(parts))
    middle = first.mean() - second.mean()
    expected = {"value": middle, "low": middle - half, "high": middle + half}
    assert found == pytest.approx(expected, rel=1e-12)
    back = intervals.mean_difference(second, first)
    assert back["low"] == pytest.approx(-found["high"])


def test_percentiles_leave_out_draws_without_a_score():
    found = intervals.percentiles([0.5, *np.linspace(0, 1, 41), np.nan])
    assert found == pytest.approx({"value": 0.5, "low": 0.025, "high": 0.975})
    assert np.isnan(intervals.percentiles([1.0, np.nan, np.nan])["low"])


def test_counts_are_the_same_for_all_rows_of_a_galaxy():
    counts = intervals.cluster_counts(["a", "b", "a", "c"], 50, rng=0)
    assert counts.shape == (51, 4) and (counts[0] == 1).all()
    np.testing.assert_array_equal(counts[:, 0], counts[:, 2])
    assert (counts[:, [0, 1, 3]].sum(axis=1) == 3).all()


@pytest.mark.parametrize(("count", "total"), [(0, 20), (7, 20), (50, 100), (333, 1021), (4, 4)])
def test_shares_have_the_interval_of_scipy(count, total):
    found = intervals.share_interval(count, total)
    expected = stats.binomtest(count, total).proportion_ci(method="wilson")
    assert (found["low"], found["high"]) == (expected.low, expected.high)
    weighted = intervals.weighted_share(np.arange(total) < count, np.full(total, 2.0))
    assert weighted == pytest.approx(found)


def test_an_interval_over_trainings_is_wider_where_they_differ(scored):
    labels, probability, groups = scored
    rng = np.random.default_rng(2)
    once = intervals.bootstrap_trainings(labels, [probability], groups, draws=200, rng=0)
    assert once["auc"]["value"] == binary.auc(labels, probability)
    moved = np.clip(probability + 0.5 * np.array([[-1], [0], [1]]), 0, 1)
    apart = intervals.bootstrap_trainings(labels, moved, groups, draws=200, rng=0)
    width = {
        name: one["accuracy"]["high"] - one["accuracy"]["low"]
        for name, one in (("once", once), ("apart", apart))
    }
    assert width["apart"] > width["once"]
    worse = rng.permutation(probability)
    less = intervals.bootstrap_trainings(
        labels, [probability] * 2, groups, draws=200, rng=0, other=worse
    )
    assert less["auc"]["value"] == binary.auc(labels, probability) - binary.auc(labels, worse)
    assert less["auc"]["low"] > 0
