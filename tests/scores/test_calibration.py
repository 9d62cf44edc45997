"""Calibration measured, corrected, and cuts that keep their promise."""

import numpy as np
import pytest
from forecasts import drawn

from galutils.scores import calibration, intervals


def test_reliability_by_hand():
    labels = [0, 1, 1, 1, 0, 1]
    probability = [0.1, 0.15, 0.15, 0.8, 0.9, 1.0]
    table = calibration.reliability(labels, probability, bins=2)
    assert table["count"].tolist() == [3, 3]
    assert table["probability"].tolist() == pytest.approx([0.4 / 3, 0.9])
    assert table["value"].tolist() == pytest.approx([2 / 3, 2 / 3])
    assert table.loc[0, "low"] == intervals.share_interval(2, 3)["low"]
    error = calibration.expected_error(labels, probability, 2)
    assert error == pytest.approx((2 / 3 - 0.4 / 3) / 2 + (0.9 - 2 / 3) / 2)


def test_equal_counts_do_not_depend_on_the_order_of_ties():
    probability = np.repeat([0.0, 0.3, 1.0], [70, 10, 20])
    labels = np.arange(100) % 2
    counts = calibration.reliability(labels, probability, 5)["count"]
    assert counts.tolist() == [70, 10, 20]
    shuffled = np.random.default_rng(0).permutation(100)
    assert calibration.expected_error(labels, probability, 5) == pytest.approx(
        calibration.expected_error(labels[shuffled], probability[shuffled], 5)
    )


def test_perfect_probabilities_have_the_error_of_chance_and_others_more():
    inside = 0
    for seed in range(40):
        labels, truth, _ = drawn(400, seed=seed)
        chance = calibration.chance_error(truth, draws=300, rng=seed)
        assert 0.02 < chance["value"] < 0.07  # not zero
        inside += chance["low"] <= calibration.expected_error(labels, truth) <= chance["high"]
    assert inside >= 34  # 38 expected
    labels, _, said = drawn(400, sharpness=3)
    assert calibration.expected_error(labels, said) > calibration.chance_error(said)["high"]


def test_interval_of_the_calibration_error_holds_the_error_without_noise():
    _, truth, said = drawn(200000, sharpness=2)
    true_error = calibration.expected_error(truth, said)
    held = 0
    for seed in range(30):
        labels, _, said = drawn(300, sharpness=2, seed=100 + seed)
        ece = calibration.intervals(labels, said, np.arange(300), 100, seed)["ece"]
        assert 0 <= ece["low"] <= ece["value"] <= ece["high"]
        held += ece["low"] <= true_error <= ece["high"]
    assert held >= 25
    labels, truth, _ = drawn(300, seed=7)
    ece = calibration.intervals(labels, truth, np.arange(300), 100, 7)["ece"]
    assert ece["low"] < 0.01  # the quantiles themselves would start above the value


def test_scores_by_hand():
    found = calibration.scores([1, 0, 1, 0], [0.9, 0.2, 0.4, 0.0])
    assert found["brier"] == pytest.approx((0.01 + 0.04 + 0.36) / 4)
    assert found["log loss"] == pytest.approx(-np.log([0.9, 0.8, 0.4]).sum() / 4, abs=1e-6)
    # in order of certainty 0.0, 0.9, 0.2, 0.4: only the last is wrong
    assert found["risk area"] == pytest.approx((0 + 0 + 0 + 1 / 4) / 4)
    assert np.isfinite(calibration.scores([1, 0], [0.0, 1.0])["log loss"])
    assert calibration.scores([1, 0], np.array([1, 1e-9], np.float32))["log loss"] < 1e-5


def test_temperature_undoes_too_much_certainty_and_keeps_the_order():
    labels, truth, said = drawn(20000, sharpness=2.5)
    found = calibration.temperature(labels, said)
    assert found == pytest.approx(2.5, rel=0.06)
    np.testing.assert_allclose(calibration.tempered(said, found), truth, atol=0.02)
    inner = said[(said > 1e-6) & (said < 1 - 1e-6)]
    assert np.array_equal(np.argsort(calibration.tempered(inner, found)), np.argsort(inner))
    ends = calibration.tempered([0.0, 0.5, 1.0], 2.0)
    assert 0 < ends[0] < 0.01 and ends[1] == 0.5 and ends[2] == pytest.approx(1 - ends[0])


def test_prior_correction_is_the_theorem_of_bayes():
    rng = np.random.default_rng(1)
    one, zero = rng.random((2, 50))
    balanced = one / (one + zero)
    natural = 0.9 * one / (0.9 * one + 0.1 * zero)
    np.testing.assert_allclose(calibration.prior_corrected(balanced, 0.5, 0.9), natural)
    np.testing.assert_allclose(calibration.prior_corrected(natural, 0.9, 0.5), balanced)
    assert calibration.prior_corrected([0.0, 1.0], 0.5, 0.9).tolist() == [0, 1]
    with pytest.raises(ValueError, match="between 0 and 1, received 1 and"):
        calibration.prior_corrected(balanced, 1, 0.9)
