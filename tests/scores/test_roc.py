"""ROC curves against definitions and against scikit-learn."""

import numpy as np
import pytest

from galutils.scores import binary, intervals, roc

RNG = np.random.default_rng(4)
LABELS = (RNG.random(400) < 0.7).astype(int)
SCORE = RNG.normal(LABELS, 1.0)
GROUPS = np.arange(400)


def test_area_is_that_of_scikit_learn_and_narrows_with_more_galaxies():
    few, all_ = (roc.areas(LABELS[:n], {"s": SCORE[:n]}, GROUPS[:n], rng=1)["s"] for n in (60, 400))
    assert all_["value"] == pytest.approx(binary.auc(LABELS, SCORE), abs=1e-6)
    assert all_["low"] < all_["value"] < all_["high"]
    assert few["high"] - few["low"] > 1.5 * (all_["high"] - all_["low"])


def test_intervals_are_those_of_the_plain_bootstrap():
    ours = roc.areas(LABELS, {"s": SCORE}, GROUPS, rng=2)["s"]
    plain = intervals.bootstrap(LABELS, SCORE, GROUPS, rng=3)["auc"]
    for bound in ("low", "high"):
        assert ours[bound] == pytest.approx(plain[bound], abs=0.01)


def test_repeat_observations_count_as_one_galaxy():
    twice = np.tile(np.arange(400), 2)
    labels, score = np.tile(LABELS, 2), np.tile(SCORE, 2)
    once = roc.areas(LABELS, {"s": SCORE}, GROUPS, rng=1)["s"]
    assert roc.areas(labels, {"s": score}, twice, rng=1)["s"] == pytest.approx(once, abs=1e-6)


def test_difference_is_paired():
    worse = SCORE + RNG.normal(0, 0.05, 400)
    paired = roc.difference(LABELS, SCORE, worse, GROUPS, rng=0)
    alone = roc.areas(LABELS, {"s": SCORE}, GROUPS, rng=0)["s"]
    expected = binary.auc(LABELS, SCORE) - binary.auc(LABELS, worse)
    assert paired["value"] == pytest.approx(expected, abs=1e-6)
    assert paired["high"] - paired["low"] < 0.2 * (alone["high"] - alone["low"])


def test_optimal_threshold_is_the_best_of_all():
    threshold = roc.optimal_threshold(LABELS, SCORE)

    def youden(cut):
        called = cut <= SCORE
        return called[LABELS == 1].mean() - called[LABELS == 0].mean()

    assert youden(threshold) == pytest.approx(max(youden(cut) for cut in SCORE))


def test_threshold_needs_both_classes():
    with pytest.raises(ValueError, match="both classes"):
        roc.optimal_threshold(np.ones(5), np.arange(5))


def test_thresholds_come_from_the_other_folds():
    fold = GROUPS % 4
    chosen = roc.thresholds_out_of_fold(LABELS, SCORE, fold)
    expected = roc.optimal_threshold(LABELS[fold != 2], SCORE[fold != 2])
    assert (chosen[fold == 2] == expected).all()
    changed = np.where(fold == 2, -SCORE, SCORE)
    again = roc.thresholds_out_of_fold(LABELS, changed, fold)
    assert (again[fold == 2] == expected).all()


def test_outcomes_are_named_as_in_the_thesis():
    named = roc.outcomes([0, 1, 0, 1], [1, 0, 0, 1])
    assert named.tolist() == list(roc.OUTCOMES)


def test_fixed_quantity_leaves_what_it_does_not_know():
    quantity = RNG.normal(LABELS, 1.0)
    other = RNG.normal(LABELS, 1.0)
    scores = {"quantity": quantity, "both": quantity + other}
    free = roc.areas(LABELS, scores, GROUPS, rng=0)
    fixed = roc.areas(LABELS, scores, GROUPS, quantity, 0.1, rng=0)
    assert free["quantity"]["value"] > 0.7
    assert fixed["quantity"]["value"] == pytest.approx(0.5, abs=0.08)
    assert fixed["both"]["low"] > 0.6


def test_area_by_close_pairs():
    labels, score = np.array([1, 1, 0, 0]), np.array([2.0, 5.0, 3.0, 5.0])
    quantity = np.array([0.1, 0.5, 0.12, 0.52])
    result = roc.areas(labels, {"s": score}, np.arange(4), quantity, 0.05, rng=0)
    assert result["s"]["value"] == pytest.approx(0.25)  # one pair lost, one tie
    with pytest.raises(ValueError, match="expected pairs of fast and slow within 0.001"):
        roc.areas(labels, {"s": score}, np.arange(4), quantity, 0.001)


def test_standard_error_agrees_with_the_bootstrap():
    area = roc.areas(LABELS, {"s": SCORE}, GROUPS, draws=2000, rng=1)["s"]
    error = roc.standard_error(area["value"], LABELS.sum(), 400 - LABELS.sum())
    assert error == pytest.approx((area["high"] - area["low"]) / 2 / 1.96, rel=0.1)
    assert roc.standard_error(0.5, 1, 1) == pytest.approx(0.5)


def test_bins_are_scored_apart_and_empty_ones_are_nan():
    quantity = np.where(GROUPS < 200, 0.1, 0.3)
    scores = {"s": np.where(GROUPS < 200, SCORE, LABELS)}
    curves, counts = roc.areas_in_bins(LABELS, scores, GROUPS, quantity, [0, 0.2, 0.4, 0.9], rng=0)
    assert counts == [200, 200, 0]
    value, low, high = curves["s"]
    assert value[0] == pytest.approx(binary.auc(LABELS[:200], SCORE[:200]), abs=1e-6)
    assert value[1] == low[1] == high[1] == 1
    assert np.isnan(curves["s"][:, 2]).all()
