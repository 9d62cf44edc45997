"""Scores of several classes against scikit-learn, and intervals against plain resampling."""

import numpy as np
import pytest
from scipy import stats
from sklearn import metrics

from galutils.scores import multiclass

NAMES = ("1", "2", "3")


@pytest.fixture(scope="module")
def scored():
    """Labels of three unequal classes, and probabilities of a good and a worse classifier."""
    rng = np.random.default_rng(0)
    labels = rng.permutation(np.repeat([0, 1, 2], (40, 200, 60)))
    good, worse = (np.eye(3)[labels] + rng.normal(0, sigma, (300, 3)) for sigma in (0.5, 0.9))
    return labels, good, worse


def test_the_matrix_is_that_of_scikit_learn_with_truth_in_rows(scored):
    labels, probability, _ = scored
    called = probability.argmax(axis=1)
    expected = metrics.confusion_matrix(labels, called, labels=range(4))
    np.testing.assert_array_equal(multiclass.confusion(labels, called, 4), expected)
    assert multiclass.confusion([0, 0, 1], [1, 1, 1], 2).tolist() == [[0, 2], [0, 1]]
    assert multiclass.confusion([], [], 2).tolist() == [[0, 0], [0, 0]]


@pytest.mark.parametrize(("labels", "called"), [([0, -1], [0, 1]), ([0, 1], [0, 2])])
def test_labels_out_of_range_are_refused(labels, called):
    with pytest.raises(ValueError, match="expected labels 0 to 1, received"):
        multiclass.confusion(labels, called, 2)


def test_scores_are_those_of_scikit_learn(scored):
    labels, probability, _ = scored
    called = probability.argmax(axis=1)
    matrix = multiclass.confusion(labels, called, 3)
    report = metrics.classification_report(labels, called, output_dict=True)
    for row, key in zip(
        multiclass.scores(matrix), ("precision", "recall", "f1-score"), strict=True
    ):
        np.testing.assert_allclose(row, [report[str(k)][key] for k in range(3)], rtol=1e-12)
    assert multiclass.summary(matrix) == pytest.approx(
        {
            "accuracy": metrics.accuracy_score(labels, called),
            "balanced_accuracy": metrics.balanced_accuracy_score(labels, called),
            "macro_f1": metrics.f1_score(labels, called, average="macro"),
        }
    )


def test_an_empty_class_and_one_never_predicted():
    # class 1 is never predicted, 2 is predicted but has no galaxies, 3 is neither
    matrix = [[6, 0, 2, 0], [2, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]
    precision, recall, f1 = multiclass.scores(matrix)
    np.testing.assert_allclose(precision, [6 / 8, np.nan, 0, np.nan])
    np.testing.assert_allclose(recall, [6 / 8, 0, np.nan, np.nan])
    np.testing.assert_allclose(f1, [12 / 16, 0, np.nan, np.nan])
    expected = {"accuracy": 0.6, "balanced_accuracy": 0.375, "macro_f1": 0.375}
    assert multiclass.summary(matrix) == pytest.approx(expected)


def test_intervals_hold_the_scores_and_follow_the_seed(scored):
    labels, probability, _ = scored
    found = multiclass.intervals(labels, probability, NAMES, rng=1)
    matrix = multiclass.confusion(labels, probability.argmax(axis=1), 3)
    table = multiclass.scores(matrix)
    expected = {
        f"{score}, {name}": table[i, k]
        for i, score in enumerate(multiclass.SCORES)
        for k, name in enumerate(NAMES)
    } | multiclass.summary(matrix)
    assert {name: one["value"] for name, one in found.items()} == pytest.approx(expected)
    assert all(one["low"] < one["value"] < one["high"] for one in found.values())
    assert found == multiclass.intervals(labels, probability, NAMES, rng=1)
    assert found != multiclass.intervals(labels, probability, NAMES, rng=2)


def test_the_interval_of_recall_is_binomial(scored):
    labels, probability, _ = scored
    found = multiclass.intervals(labels, probability, NAMES, draws=2000, rng=0)
    for k, name in enumerate(NAMES):
        one, n = found[f"recall, {name}"], np.sum(labels == k)
        low, high = stats.binom.ppf([0.025, 0.975], n, one["value"]) / n
        np.testing.assert_allclose([one["low"], one["high"]], [low, high], atol=1.01 / n)


def test_drawing_rows_of_the_matrix_is_drawing_galaxies(scored):
    labels, probability, _ = scored
    called = probability.argmax(axis=1)
    rng, drawn = np.random.default_rng(5), []
    for _ in range(2000):
        rows = [rng.choice(np.flatnonzero(labels == k), np.sum(labels == k)) for k in range(3)]
        y, p = (np.concatenate([one[of] for of in rows]) for one in (labels, called))
        precision = [np.mean(y[p == k] == k) for k in range(3)]
        f1 = [2 * np.sum((y == k) & (p == k)) / np.sum((y == k) * 1 + (p == k)) for k in range(3)]
        drawn.append([*precision, np.mean(f1)])
    expected = np.quantile(drawn, [0.025, 0.975], axis=0).T
    found = multiclass.intervals(labels, probability, NAMES, draws=2000, rng=0)
    names = (*(f"precision, {name}" for name in NAMES), "macro_f1")
    for name, (low, high) in zip(names, expected, strict=True):
        bounds = found[name]["low"], found[name]["high"]
        np.testing.assert_allclose(bounds, (low, high), atol=0.12 * (high - low), err_msg=name)


def test_intervals_of_an_empty_class_are_nan_and_the_others_are_not():
    probability = np.eye(3)[[0, 0, 1, 1, 1, 0]]
    found = multiclass.intervals([0, 0, 1, 1, 1, 1], probability, NAMES, draws=50, rng=0)
    for score in multiclass.SCORES:
        assert np.isnan(list(found[f"{score}, 3"].values())).all()
        assert np.isfinite(list(found[f"{score}, 2"].values())).all()
    assert found["recall, 1"] == {"value": 1, "low": 1, "high": 1}
    assert np.isfinite(list(found["macro_f1"].values())).all()


def test_a_precision_that_some_draws_lack_has_an_interval_from_the_others():
    # One of six is called 1: a third of the draws call none, and have no precision.
    probability = np.eye(2)[[0, 1, 1, 1, 1, 1]]
    found = multiclass.intervals([0] * 6, probability, NAMES[:2], draws=200, rng=0)
    assert found["precision, 1"] == {"value": 1, "low": 1, "high": 1}
    assert found["recall, 1"]["low"] == 0


def test_difference_is_first_less_second_on_the_same_galaxies(scored):
    labels, good, worse = scored
    found = multiclass.difference(labels, good, worse, NAMES, draws=200, rng=3)
    one, two = (
        multiclass.summary(multiclass.confusion(labels, p.argmax(axis=1), 3)) for p in (good, worse)
    )
    for name, gain in found.items():
        assert gain["value"] == pytest.approx(one[name] - two[name])
        assert 0 < gain["low"] < gain["value"] < gain["high"]
    assert found == multiclass.difference(labels, good, worse, NAMES, draws=200, rng=3)
    back = multiclass.difference(labels, worse, good, NAMES, draws=200, rng=3)
    for name, gain in found.items():
        assert back[name]["low"] == pytest.approx(-gain["high"])
    same = multiclass.difference(labels, good, good, NAMES, draws=20, rng=0)
    assert all(one == {"value": 0, "low": 0, "high": 0} for one in same.values())


def test_difference_is_paired(scored):
    """What two classifiers have in common cancels: one that differs in few galaxies is sure."""
    labels, good, _ = scored
    nearly = good.copy()
    nearly[:6] = np.roll(np.eye(3)[labels[:6]], 1, axis=1)
    gain = multiclass.difference(labels, good, nearly, NAMES, draws=200, rng=0)["accuracy"]
    alone = multiclass.intervals(labels, good, NAMES, rng=0)["accuracy"]
    assert gain["high"] - gain["low"] < 0.5 * (alone["high"] - alone["low"])


def test_the_kind_is_decided_before_the_class_within_it():
    names = ["smooth", "edge-on", "spiral: 1", "spiral: 2", "spiral: ?"]
    p = np.array([[0.4, 0.0, 0.1, 0.3, 0.2], [0.6, 0.0, 0.1, 0.2, 0.1], [0.2, 0.5, 0.1, 0.1, 0.1]])
    assert multiclass.decide(p, names).tolist() == [3, 0, 1]
    plain = np.random.default_rng(0).random((20, 4))
    np.testing.assert_array_equal(multiclass.decide(plain, list("dbca")), plain.argmax(axis=1))
