"""Every score refuses what was not measured, takes what networks give, and names other labels."""

import numpy as np
import pytest

from galutils.scores import abstention, binary, calibration, class_tests, intervals, multiclass, roc

LABELS = np.tile([0, 1, 1, 0, 1], 12)
P = np.random.default_rng(0).uniform(0.02, 0.98, 60)
GROUPS = np.arange(60)
# of labels and probabilities, the labels 0 and 1 or not looked at
SCORES = {
    "auc": binary.auc,
    "scores": binary.scores,
    "fold_scores": lambda y, p: binary.fold_scores(y, p, GROUPS % 2),
    "confusion": binary.confusion,
    "per_class": binary.per_class,
    "risks": abstention.risks,
    "risk_coverage": lambda y, p: abstention.risk_coverage(y, p, GROUPS, [0.5, 1], 9, 0),
    "risk_controlled_thresholds": abstention.risk_controlled_thresholds,
    "named": abstention.named,
    "reliability": calibration.reliability,
    "calibration.scores": calibration.scores,
    "calibration.intervals": lambda y, p: calibration.intervals(y, p, GROUPS, 9, 0),
    "temperature": calibration.temperature,
    "areas": lambda y, p: roc.areas(y, {"a": p}, GROUPS, draws=9, rng=0),
    "difference": lambda y, p: roc.difference(y, p, P, GROUPS, draws=9, rng=0),
    "areas_in_bins": lambda y, p: roc.areas_in_bins(y, {"a": p}, GROUPS, P, [0, 1], 9, 0)[0]["a"],
    "optimal_threshold": roc.optimal_threshold,
    "thresholds_out_of_fold": lambda y, p: roc.thresholds_out_of_fold(y, p, GROUPS % 2),
    "bootstrap": lambda y, p: intervals.bootstrap(y, p, GROUPS, draws=9, rng=0),
    "bootstrap_differences": lambda y, p: intervals.bootstrap_differences(
        y, p, P, GROUPS, draws=9, rng=0
    ),
}
ONLY_P = {
    "name_by_cuts": binary.name_by_cuts,
    "chance_error": lambda p: calibration.chance_error(p, rng=0),
    "expected_error": lambda p: calibration.expected_error(LABELS, p),
    "shift_weights": lambda p: abstention.shift_weights(p, P),
}


def holed(values):
    """Return values of which one was not measured, in each of the ways."""
    bad = np.arange(60) == 7
    return {
        "NaN": np.where(bad, np.nan, values),
        "infinite": np.where(bad, np.inf, values),
        "masked": np.ma.array(values, mask=bad),
        "masked objects": np.where(bad, None, values),
    }


@pytest.mark.parametrize("how", holed(P))
@pytest.mark.parametrize("name", SCORES)
def test_a_missing_probability_is_refused(name, how):
    with pytest.raises(ValueError, match="expected .*received|scores: expected finite"):
        SCORES[name](LABELS, holed(P)[how])


@pytest.mark.parametrize("how", holed(P))
@pytest.mark.parametrize("name", ONLY_P)
def test_a_missing_number_is_refused(name, how):
    with pytest.raises(ValueError, match="expected finite numbers, received 1 that are not"):
        ONLY_P[name](holed(P)[how])


@pytest.mark.parametrize("other", [-1, 2, 0.7, np.nan, np.ma.masked])
@pytest.mark.parametrize("name", SCORES)
def test_other_labels_are_refused_by_name(name, other):
    labels = np.ma.array(LABELS, dtype=float)
    labels[5] = other
    with pytest.raises(ValueError, match="labels: expected|expected one in every row"):
        SCORES[name](labels if other is np.ma.masked else labels.data, P)


@pytest.mark.parametrize("name", SCORES)
def test_probabilities_as_a_network_gives_them(name):
    if name in ("fold_scores", "thresholds_out_of_fold", "areas_in_bins"):
        pytest.skip("rows are chosen by the caller")

    def flat(found):
        if hasattr(found, "to_numpy"):
            return found.select_dtypes("number").to_numpy()
        if isinstance(found, dict):
            return np.concatenate([np.ravel(flat(one)) for one in found.values()])
        return found

    if name.startswith("bootstrap_"):
        return  # of two columns
    expected, found = SCORES[name](LABELS, P), SCORES[name](LABELS, P[:, None])
    np.testing.assert_allclose(flat(found), flat(expected))


def test_another_number_of_scores_is_refused():
    with pytest.raises(ValueError, match="expected a score for each label"):
        binary.confusion([0, 1, 1], [0.2])
    with pytest.raises(ValueError, match="expected a score for each label"):
        binary.auc([0, 1], [[0.2, 0.8], [0.5, 0.5]])


@pytest.mark.parametrize("bad", [np.nan, -1, 3, 0.5, np.ma.masked])
def test_several_classes_want_whole_known_labels(bad):
    labels = np.ma.array([0, 1, 2, 1], dtype=float)
    labels[1] = bad
    for given in ((labels, [0, 1, 2, 1]), ([0, 1, 2, 1], labels)):
        with pytest.raises(ValueError, match="expected labels 0 to 2, received"):
            multiclass.confusion(*given, 3)
    with pytest.raises(ValueError):
        multiclass.confusion([0, 1, 2], [0], 3)
    probability = np.ma.array(np.eye(3)[[0, 1, 2, 1]])
    probability[0, 0] = np.ma.masked
    for one in (probability, probability.filled(np.nan)):
        with pytest.raises(ValueError, match="probability: expected finite"):
            multiclass.intervals([0, 1, 2, 1], one, "abc")
        with pytest.raises(ValueError, match="probability: expected finite"):
            multiclass.difference([0, 1, 2, 1], probability.data, one, "abc")


def test_means_leave_out_what_was_not_measured():
    expected = intervals.mean_interval([1.0, 2.0, 4.0])
    for values in (
        np.ma.array([1.0, 99, 2, 4], mask=[0, 1, 0, 0]), [1, np.nan, 2, 4], [1, np.inf, 2, 4]
    ):  # fmt: skip
        assert intervals.mean_interval(values) == expected
        found = intervals.mean_difference(values, [1.0, 2.0])
        assert found == intervals.mean_difference([1, 2, 4], [1, 2])
    with pytest.raises(ValueError, match="received 1"):
        intervals.mean_interval([1.0, np.nan])
    assert np.isnan(intervals.weighted_share(np.ma.array([1, 0], mask=[0, 1]), [1, 1])["value"])


def test_pairs_without_the_quantity_that_is_held_fixed_do_not_count():
    quantity = np.where(GROUPS < 6, np.nan, P)
    known = ~np.isnan(quantity)
    given = {"draws": 5, "rng": 0}
    expected = roc.areas(LABELS[known], {"a": P[known]}, GROUPS[known], P[known], 0.2, **given)
    for one in (quantity, np.ma.array(P, mask=~known)):
        found = roc.areas(LABELS, {"a": P}, GROUPS, one, 0.2, **given)
        assert found["a"]["value"] == pytest.approx(expected["a"]["value"])
    curves, counts = roc.areas_in_bins(
        LABELS, {"a": P}, GROUPS, np.ma.array(P, mask=~known), [0, 1], **given
    )
    assert counts == [known.sum()]


def test_outcomes_of_unknown_galaxies_are_blank():
    labels, called = np.ma.array([0, 1, 1], mask=[0, 1, 0]), [0, 1, np.nan]
    assert roc.outcomes(labels, called).tolist() == ["slow called slow", "", ""]


def test_masses_behind_a_mask_are_no_masses():
    mass, classes = np.arange(20.0), np.arange(20) % 2
    bad = np.arange(20) > 15
    expected = class_tests.compare(np.where(bad, np.nan, mass), classes, "ab")
    found = class_tests.compare(np.ma.array(np.where(bad, 1e6, mass), mask=bad), classes, "ab")
    np.testing.assert_array_equal(found.iloc[:, 1:], expected.iloc[:, 1:])
    found = class_tests.compare(mass, np.ma.array(classes, mask=bad), "ab")
    np.testing.assert_array_equal(found.iloc[:, 1:], expected.iloc[:, 1:])
