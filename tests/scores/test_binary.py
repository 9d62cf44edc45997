"""Scores whose answers are known."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from galutils.scores import binary


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
    result = binary.scores(labels, probability)
    assert result["accuracy"] == pytest.approx(0.8)
    assert result["precision"] == pytest.approx(5 / 6)
    assert result["recall"] == pytest.approx(5 / 6)
    assert result["specificity"] == pytest.approx(3 / 4)
    assert result["balanced_accuracy"] == pytest.approx((5 / 6 + 3 / 4) / 2)
    assert binary.confusion(labels, probability).tolist() == [[3, 1], [1, 5]]


def test_auc_is_the_chance_of_right_order(scored):
    labels, probability, _ = scored
    fast, slow = probability[labels == 1], probability[labels == 0]
    assert binary.auc(labels, probability) == pytest.approx(np.mean(fast[:, None] > slow))
    assert np.isnan(binary.auc([1, 1], [0.2, 0.3]))
    tied = probability.round(1)
    assert binary.auc(labels, tied) == pytest.approx(roc_auc_score(labels, tied), abs=1e-12)


@pytest.mark.parametrize(
    ("labels", "scores"), [([0, 1, 2], [0.1, 0.2, 0.3]), ([0, 1], [0.1, np.nan])]
)
def test_auc_refuses_other_labels_and_missing_scores(labels, scores):
    with pytest.raises(ValueError, match="expected (0 and 1|finite numbers), received"):
        binary.auc(labels, scores)


def test_fold_scores_and_cuts(scored):
    labels, probability, groups = scored
    table = binary.fold_scores(labels, probability, groups % 5)
    assert table.index.tolist() == [0, 1, 2, 3, 4]
    assert table["accuracy"].mean() == pytest.approx(binary.scores(labels, probability)["accuracy"])
    assert binary.name_by_cuts([0.95, 0.96, 0.5, 0.05]) == {
        "n_unknown": 4, "n_fast": 2, "n_slow": 1,
    }  # fmt: skip


def test_per_class_is_table_3_of_the_perseus_thesis():
    truth, called = (
        np.repeat([0, 0, 1, 1], [233, 14, 14, 74]),
        np.repeat([0, 1, 0, 1], [233, 14, 14, 74]),
    )
    table = binary.per_class(truth, called).set_index("class")
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
    table = binary.per_class([0, 0, 0], [0.1, 0.2, 0.7]).set_index("class")
    assert table.loc["accuracy", "f1"] == pytest.approx(2 / 3)
    assert table.loc["cluster member", ["precision", "recall", "f1"]].tolist() == [0, 0, 0]
    assert len(binary.per_class([0, 0], [0.1, 0.2])) == 5
