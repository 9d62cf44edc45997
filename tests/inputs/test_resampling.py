"""Each treatment makes classes equal in its own way."""

import numpy as np
import pytest

from galutils.inputs import resampling

LABELS = np.random.default_rng(0).permutation(np.repeat([0, 1, 4], (10, 1000, 100)))


def test_down_sampling_keeps_small_classes_whole():
    rows = resampling.capped(LABELS, 30, rng=1)
    assert np.bincount(LABELS[rows]).tolist() == [10, 30, 0, 0, 30]
    assert np.all(np.diff(rows) > 0)
    assert set(np.flatnonzero(LABELS == 0)) <= set(rows)
    np.testing.assert_array_equal(rows, resampling.capped(LABELS, 30, rng=1))
    assert resampling.capped(LABELS, 2000).tolist() == list(range(len(LABELS)))


def test_down_sampling_draws_at_random_from_all_of_a_class():
    drawn = np.concatenate([resampling.capped(LABELS, 50, rng=seed) for seed in range(200)])
    often = np.bincount(drawn, minlength=len(LABELS))[LABELS == 4]
    assert often.min() > 60 and often.max() < 140  # 100 expected, standard deviation 7


def test_over_sampling_gives_every_class_the_same_chance():
    rows = resampling.oversampled(LABELS, rng=2)
    assert len(rows) == len(LABELS)
    counts = np.bincount(LABELS[rows])[[0, 1, 4]]
    assert np.all(np.abs(counts - 370) < 65)  # four standard deviations
    np.testing.assert_array_equal(rows, resampling.oversampled(LABELS, rng=2))
    assert set(rows[LABELS[rows] == 0]) == set(np.flatnonzero(LABELS == 0))
    # in random order: the first half is as mixed as the second
    assert abs(np.mean(LABELS[rows[:555]] == 0) - 1 / 3) < 0.08


def test_weights_by_effective_number():
    weights = resampling.effective_weights(LABELS, beta=0.99)
    expected = [(1 - 0.99) / (1 - 0.99 ** np.sum(LABELS == label)) for label in LABELS]
    np.testing.assert_allclose(weights, np.array(expected) / np.mean(expected), rtol=1e-12)
    assert weights.mean() == pytest.approx(1)


def test_the_limits_of_the_weights_are_none_and_inverse_frequency():
    np.testing.assert_allclose(resampling.effective_weights(LABELS, beta=0), 1)
    weights = resampling.effective_weights(LABELS, beta=1 - 1e-9)
    sums = [weights[LABELS == label].sum() for label in (0, 1, 4)]
    np.testing.assert_allclose(sums, len(LABELS) / 3, rtol=1e-4)
    # far beyond 1 / (1 - beta) a class gains nothing from being larger
    weights = resampling.effective_weights(LABELS, beta=0.9)
    large, middle = weights[LABELS == 1][0], weights[LABELS == 4][0]
    assert middle / large == pytest.approx(1, abs=1e-4)


def test_adjusted_probabilities_are_those_of_equal_classes():
    """Bayes: what is left is the likelihood of each class, whatever the shares were."""
    rng = np.random.default_rng(3)
    likelihood = rng.uniform(0.1, 1, (50, 3))
    labels = np.repeat([0, 1, 2], (1, 89, 10))
    posterior = likelihood * [0.01, 0.89, 0.1]
    posterior /= posterior.sum(axis=1, keepdims=True)
    before = posterior.copy()
    found = resampling.adjusted(posterior, labels)
    expected = likelihood / likelihood.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    np.testing.assert_array_equal(posterior, before)
    equal = resampling.adjusted(posterior, [2, 0, 1])
    np.testing.assert_allclose(equal, posterior)
