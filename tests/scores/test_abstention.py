import numpy as np
import pytest
from forecasts import drawn
from scipy.stats import binomtest

from galutils.scores import abstention, intervals


def test_ties_count_as_the_mean_of_all_orders():
    labels = np.array([1, 1, 0, 0, 1, 1])
    risks = [
        abstention.risks(labels[order], np.full(6, 0.8))
        for order in (slice(None), slice(None, None, -1))
    ]
    np.testing.assert_allclose(risks, np.full((2, 6), 1 / 3))


def test_risk_coverage_ends_at_the_error_rate():
    labels, truth, _ = drawn(500)
    curve = abstention.risk_coverage(labels, truth, np.arange(500), [0.2, 0.6, 1.0], 50, 0)
    assert curve["coverage"].tolist() == [0.2, 0.6, 1.0]
    assert curve["value"].iloc[-1] == pytest.approx(np.mean((truth >= 0.5) != labels))
    assert curve["value"].is_monotonic_increasing
    assert (curve["low"] <= curve["value"]).all() and (curve["value"] <= curve["high"]).all()


def test_cuts_keep_their_promise_on_other_galaxies():
    broken, found = 0, []
    for seed in range(60):
        labels, truth, _ = drawn(800, spread=3, seed=seed)
        chosen = abstention.risk_controlled_thresholds(labels, truth, 0.1)
        found += [chosen["fast"], chosen["slow"]]
        fast, slow = truth >= chosen["fast"], truth <= chosen["slow"]
        for named, wrong in ((fast, 1 - truth), (slow, truth)):  # the rate, not that of a sample
            broken += named.any() and wrong[named].mean() > 0.1
    assert broken <= 6  # 5 per cent of 120
    assert np.isfinite(found).mean() > 0.8
    assert np.nanmin(found[::2]) >= 0.5 > np.nanmax(found[1::2])


def test_no_cut_where_none_can_be_promised():
    labels, truth, _ = drawn(60)
    chosen = abstention.risk_controlled_thresholds(labels, truth, 0.05)
    assert np.isnan([chosen["fast"], chosen["slow"]]).all()
    assert 0.05 < chosen["fast rate"] < 1 and 0.05 < chosen["slow rate"] < 1
    one_sided = abstention.risk_controlled_thresholds(np.ones(300, int), np.linspace(0.6, 1, 300))
    assert one_sided["fast"] == pytest.approx(0.6) and np.isnan(one_sided["slow"])
    assert one_sided["slow rate"] == 1
    # ten numbers are tried, so each bound holds at 99.5 per cent
    assert one_sided["fast rate"] == pytest.approx(1 - 0.005 ** (1 / 300))
    wrong = np.arange(40) < 3
    exact = binomtest(3, 40, alternative="less").proportion_ci(0.99, method="exact").high
    assert abstention._upper_bound(wrong, 0.01) == pytest.approx(exact)
    # of one galaxy, wrongly called, nothing can be promised
    assert abstention.risk_controlled_thresholds([0], [0.9])["fast rate"] == 1


def test_cuts_name_the_galaxy_on_the_cut():
    probability = np.concatenate([np.full(150, 0.05 + 1e-17), np.full(150, 1 / 3), [0.7]])
    labels = np.concatenate([np.zeros(150, int), np.arange(150) % 2, [1]])
    chosen = abstention.risk_controlled_thresholds(labels, probability)
    assert abstention.named(labels, probability, chosen["slow"], chosen["fast"])["n slow"] == 150


def test_named_counts_and_weighs():
    labels, probability = np.array([1, 0, 1, 0, 1]), np.array([0.99, 0.96, 0.95, 0.05, 0.04])
    found = abstention.named(labels, probability)
    assert (found["n fast"], found["n slow"]) == (3, 2)
    expected = intervals.share_interval(1, 3)
    assert found["fast"] == pytest.approx(expected) and found["slow"]["value"] == 0.5
    weighted = abstention.named(labels, probability, weights=[1, 3, 0, 1, 1])
    assert weighted["fast"]["value"] == 0.75
    assert weighted["n fast"] == 3
    nothing = abstention.named(labels, probability, np.nan, [0.999] * 5)
    assert nothing["n slow"] == 0 and np.isnan(nothing["fast"]["low"])


def test_shift_weights_move_a_distribution():
    rng = np.random.default_rng(4)
    values, target = rng.normal(0, 1, 4000), rng.normal(0.7, 1, 3000)
    weights = abstention.shift_weights(values, target, 20)
    assert weights.mean() == pytest.approx(1)
    assert np.average(values, weights=weights) == pytest.approx(0.7, abs=0.08)
    np.testing.assert_allclose(abstention.shift_weights(values, values), 1)


def test_weights_of_copies_count_each_galaxy_once():
    labels, groups = np.array([1, 1, 1, 0, 0, 0, 0]), np.array([1, 1, 2, 3, 3, 3, 4])
    weights = abstention.published_weights(labels, groups, 0.9)
    assert weights[labels == 1].sum() == pytest.approx(0.9)
    assert weights.sum() == pytest.approx(1)
    assert weights[:2].sum() == pytest.approx(weights[2])
    assert weights[3:6].sum() == pytest.approx(weights[6])
