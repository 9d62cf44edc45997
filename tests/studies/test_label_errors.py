import numpy as np
import pytest

from galutils.studies import label_errors

SHAPE = np.full(2000, 0.25)  # the boundary lies at 0.155
TRUTH = np.random.default_rng(0).uniform(0, 0.8, 2000)


def measured(error, draws=20):
    return TRUTH + error * np.random.default_rng(1).standard_normal((draws, TRUTH.size))


def test_without_errors_a_perfect_classifier_is_perfect():
    found = label_errors.ceiling(TRUTH, measured(0), SHAPE, rng=1)
    assert {found[m]["value"] for m in ("accuracy", "balanced_accuracy", "auc")} == {1.0}


def test_random_errors_lower_every_score_and_more_so_the_larger_they_are():
    small, large = (label_errors.ceiling(TRUTH, measured(e), SHAPE, rng=1) for e in (0.02, 0.1))
    for name in ("accuracy", "balanced_accuracy", "auc"):
        assert large[name]["high"] < small[name]["low"] < small[name]["value"] < 1
    # Of a uniform density, errors of sigma bring sigma sqrt(2 / pi) over 0.8 to the other side.
    wrong = 1 - small["accuracy"]["value"]
    assert wrong == pytest.approx(0.02 * np.sqrt(2 / np.pi) / 0.8, rel=0.15)


def test_a_shift_costs_calls_and_no_ranks():
    found = label_errors.ceiling(TRUTH + 0.05, measured(0), SHAPE, rng=1)
    assert found["auc"]["value"] == 1
    assert found["balanced_accuracy"]["value"] < 0.9


def test_errors_come_from_galaxies_of_similar_lambda_r():
    known = np.random.default_rng(2).permutation(np.linspace(0, 1, 1001))
    drawn = label_errors.similar_errors(
        np.array([0.0, 0.5, 1.0]), known, known, 300, similar=50, rng=3
    )
    assert drawn.shape == (300, 3)
    assert np.abs(drawn - [0.0, 0.5, 1.0]).max() <= 0.051
    assert drawn[:, 1].min() < 0.46 and drawn[:, 1].max() > 0.54


def test_the_ceiling_falls_with_mistakes_and_with_the_labels_that_may_be_mistaken():
    labels, some = np.tile([0, 1], 200), np.arange(400) < 200
    free = label_errors.mistaken_ceiling(labels, some, (0, 0), (9999, 9999), draws=200, rng=1)
    assert free["accuracy"]["low"] > 0.99
    half = label_errors.mistaken_ceiling(labels, some, (0, 200), (1000, 1000), draws=200, rng=1)
    assert half["accuracy"]["value"] == pytest.approx(1 - 0.2 / 4, abs=0.005)
    every = label_errors.mistaken_ceiling(labels, some | True, (0, 2), (10, 10), draws=200, rng=1)
    assert every["accuracy"]["value"] < half["accuracy"]["value"]
    sure = label_errors.mistaken_ceiling(labels, some & False, (5, 5), (9, 9), draws=50, rng=1)
    assert sure["accuracy"] == {"value": 1, "low": 1, "high": 1}
