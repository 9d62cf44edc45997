"""Metrics and intervals whose answers are known."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from galutils.scores import evaluate


@pytest.fixture
def scored():
    """Return labels, probabilities and galaxies; each galaxy has two rows."""
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(200), 2)
    labels = (groups % 4 > 0).astype(int)
    probability = 1 / (1 + np.exp(-(2 * labels - 1 + rng.normal(0, 1.2, 400))))
    return labels, probability, groups


def test_scores_of_a_known_matrix():
    labels = np.array([1] * 6 + [0] * 4)
    probability = np.array([0.9] * 5 + [0.2] + [0.7] + [0.1] * 3)
    result = evaluate.scores(labels, probability)
    assert result["accuracy"] == pytest.approx(0.8)
    assert result["precision"] == pytest.approx(5 / 6)
    assert result["recall"] == pytest.approx(5 / 6)
    assert result["specificity"] == pytest.approx(3 / 4)
    assert result["balanced_accuracy"] == pytest.approx((5 / 6 + 3 / 4) / 2)
    assert evaluate.confusion(labels, probability).tolist() == [[3, 1], [1, 5]]


def test_auc_is_the_chance_of_right_order(scored):
    labels, probability, _ = scored
    fast, slow = probability[labels == 1], probability[labels == 0]
    assert evaluate.auc(labels, probability) == pytest.approx(np.mean(fast[:, None] > slow))
    assert np.isnan(evaluate.auc([1, 1], [0.2, 0.3]))
    tied = probability.round(1)
    assert evaluate.auc(labels, tied) == pytest.approx(roc_auc_score(labels, tied), abs=1e-12)


@pytest.mark.parametrize(
    ("labels", "scores"), [([0, 1, 2], [0.1, 0.2, 0.3]), ([0, 1], [0.1, np.nan])]
)
def test_auc_refuses_other_labels_and_missing_scores(labels, scores):
    with pytest.raises(ValueError, match="expected labels 0 and 1 and finite scores"):
        evaluate.auc(labels, scores)


def test_bootstrap_draws_galaxies_not_rows(scored):
    labels, probability, groups = scored
    by_galaxy = evaluate.bootstrap(labels, probability, groups, draws=300, rng=1)["auc"]
    assert by_galaxy["low"] < by_galaxy["value"] < by_galaxy["high"]
    assert by_galaxy == evaluate.bootstrap(labels, probability, groups, draws=300, rng=1)["auc"]
    doubled = [np.concatenate([a, a]) for a in (labels, probability)]
    rows = evaluate.bootstrap(*doubled, np.arange(800), draws=300, rng=1)["auc"]
    twice = evaluate.bootstrap(*doubled, np.concatenate([groups, groups]), draws=300, rng=1)
    twice = twice["auc"]
    width = {k: v["high"] - v["low"] for k, v in {"rows": rows, "twice": twice}.items()}
    assert width["twice"] > 1.2 * width["rows"]  # copies are no new information


def test_intervals_hold_their_values(scored):
    intervals = evaluate.bootstrap(*scored, draws=100, rng=0)
    plain = evaluate.scores(*scored[:2])
    for name, interval in intervals.items():
        assert interval["value"] == pytest.approx(plain[name])
        assert interval["low"] <= interval["value"] <= interval["high"]


def test_mean_interval_is_students():
    result = evaluate.mean_interval([1.0, 2.0, 3.0, 4.0, 5.0])
    assert result["value"] == 3
    assert result["high"] - 3 == pytest.approx(2.7764 * np.sqrt(2.5 / 5), rel=1e-4)
    with pytest.raises(ValueError, match="two values"):
        evaluate.mean_interval([1.0])


def test_fold_scores_and_cuts(scored):
    labels, probability, groups = scored
    table = evaluate.fold_scores(labels, probability, groups % 5)
    assert table.index.tolist() == [0, 1, 2, 3, 4]
    assert table["accuracy"].mean() == pytest.approx(
        evaluate.scores(labels, probability)["accuracy"]
    )
    assert evaluate.name_by_cuts([0.95, 0.96, 0.5, 0.05]) == {
        "n_unknown": 4, "n_fast": 2, "n_slow": 1,
    }  # fmt: skip


def test_difference_of_a_classifier_and_a_worse_one(scored):
    labels, probability, groups = scored
    worse = probability + np.random.default_rng(2).normal(0, 1, 400)
    same = evaluate.bootstrap_difference(labels, probability, probability, groups, 50, rng=0)
    assert same == {"value": 0.0, "low": 0.0, "high": 0.0}
    drop = evaluate.bootstrap_difference(labels, probability, worse, groups, 200, rng=0)
    assert 0 < drop["low"] < drop["value"] < drop["high"]
    expected = evaluate.auc(labels, probability) - evaluate.auc(labels, worse)
    assert drop["value"] == pytest.approx(expected)


def test_per_class_is_table_3_of_the_perseus_thesis():
    truth, called = (
        np.repeat([0, 0, 1, 1], [233, 14, 14, 74]),
        np.repeat([0, 1, 0, 1], [233, 14, 14, 74]),
    )
    table = evaluate.per_class(truth, called).set_index("class")
    expected = {
        "background": (0.94, 0.94, 0.94, 247),
        "cluster member": (0.84, 0.84, 0.84, 88),
        "macro avg": (0.89, 0.89, 0.89, 335),
        "weighted avg": (0.92, 0.92, 0.92, 335),
    }
    for name, values in expected.items():
        np.testing.assert_allclose(table.loc[name].round(2).to_list(), values)
    assert table.loc["accuracy", "f1"].round(2) == 0.92
    assert table.loc["accuracy", ["precision", "recall"]].isna().all()


def test_per_class_where_one_class_is_missing():
    table = evaluate.per_class([0, 0, 0], [0.1, 0.2, 0.7]).set_index("class")
    assert table.loc["accuracy", "f1"] == pytest.approx(2 / 3)
    assert table.loc["cluster member", ["precision", "recall", "f1"]].tolist() == [0, 0, 0]
    assert len(evaluate.per_class([0, 0], [0.1, 0.2])) == 5


def test_difference_in_another_score(scored):
    labels, probability, groups = scored
    worse = np.where(groups % 5 == 0, 1 - probability, probability)
    result = evaluate.bootstrap_difference(
        labels, probability, worse, groups, draws=100, rng=0, quantity="balanced_accuracy"
    )
    expected = [evaluate.scores(labels, p)["balanced_accuracy"] for p in (probability, worse)]
    assert result["value"] == pytest.approx(expected[0] - expected[1])
    assert 0 < result["low"] < result["value"] < result["high"]


def test_share_interval_stays_within_zero_and_one():
    none, half = evaluate.share_interval(0, 20), evaluate.share_interval(50, 100)
    assert none["low"] == 0 < none["high"] < 0.2
    assert half["value"] == 0.5 and half["low"] == pytest.approx(0.4038, abs=1e-3)
