import csv
import math
import re

import numpy as np
import pytest

from galutils.studies import arithmetic, consistency


@pytest.fixture(scope="module")
def tables():
    return {study: consistency.table(study) for study in consistency.STUDIES}


def line(table, check):
    [row] = table[table["check"] == check].to_dict("records")
    return row


def test_the_layers_of_the_sami_network_sum_to_their_weights(tables):
    shapes, channels = [], 1
    for filters in (64, 128, 256):
        shapes += [(3, 3, channels, filters), (filters,), *[(filters,)] * 4]
        channels = filters
    for units, inputs in ((96, 2304), (32, 96), (1, 32)):
        shapes += [(inputs, units), (units,)]
    row = line(tables["sami"], "parameters of the network")
    assert row["gives"] == sum(np.prod(shape) for shape in shapes) == 595_873
    assert row["agrees"] == "implied" and row["stated"] == ""


def test_p_values_are_those_of_samples_with_that_statistic(tables):
    from scipy import stats

    first, second = 161, 11291
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=first), rng.normal(size=second)
    freedom = first + second - 2
    pooled = math.sqrt(((first - 1) * a.var(ddof=1) + (second - 1) * b.var(ddof=1)) / freedom)
    shift = 2.4429 * pooled * math.sqrt(1 / first + 1 / second)
    a += shift - a.mean() + b.mean()
    test = stats.ttest_ind(a, b)
    assert test.statistic == pytest.approx(2.4429)
    two = line(tables["arms"], "p of t, two-sided, labels, 1 arm")
    one = line(tables["arms"], "p of t, one-tailed as stated, labels, 1 arm")
    assert two["gives"] == pytest.approx(test.pvalue) and two["agrees"] == "yes"
    assert one["gives"] == pytest.approx(test.pvalue / 2) and one["agrees"] == "no"
    ks = stats.ks_2samp(a, b)
    values = {"ks": ks.statistic, "a": first, "b": second}
    assert arithmetic.compute("ks_two_sided(ks, a, b)", values) == pytest.approx(ks.pvalue)


def test_scores_of_the_independent_test_by_scikit_learn(tables):
    from sklearn.metrics import f1_score, precision_score

    truth = np.repeat([0, 0, 1, 1], [233, 14, 14, 74])
    named = np.repeat([0, 1, 0, 1], [233, 14, 14, 74])
    row = line(tables["perseus"], "precision, member, independent")
    assert row["gives"] == pytest.approx(precision_score(truth, named))
    assert (row["n"], row["agrees"]) == (88, "yes")
    row = line(tables["perseus"], "F1, member, independent")
    assert row["gives"] == pytest.approx(f1_score(truth, named))


def test_a_share_of_two_objects_has_wilsons_interval(tables):
    row = line(tables["perseus"], "precision, member, blue cloud")
    z, n, share = 1.959964, 2, 0.5
    half = z * math.sqrt(share * (1 - share) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    assert (row["n"], row["gives"]) == (2, share)
    assert (row["low"], row["high"]) == pytest.approx((0.5 - half, 0.5 + half), abs=1e-5)


def test_recall_and_specificity_give_back_accuracy_and_precision():
    positives, negatives = 1906, 1894
    recall = arithmetic.compute("recall_from(0.91, 0.95, 1906, 1894)", {})
    specificity = arithmetic.compute("specificity_from(0.91, 0.95, 1906, 1894)", {})
    true, false = recall * positives, (1 - specificity) * negatives
    assert true / (true + false) == pytest.approx(0.95)
    assert (true + negatives - false) / (positives + negatives) == pytest.approx(0.91)


def test_the_matrix_of_the_sami_script_by_scikit_learn(tables):
    from sklearn.metrics import accuracy_score, precision_score

    truth = np.repeat([0, 0, 1, 1], [1759, 135, 216, 1690])
    named = np.repeat([0, 1, 0, 1], [1759, 135, 216, 1690])
    accuracy = line(tables["sami"], "accuracy of the matrix of the script")
    precision = line(tables["sami"], "precision of the matrix of the script")
    assert accuracy["gives"] == pytest.approx(accuracy_score(truth, named))
    assert precision["gives"] == pytest.approx(precision_score(truth, named))
    assert (accuracy["agrees"], precision["agrees"]) == ("yes", "no")


def test_the_search_space_of_the_sami_text_is_counted(tables):
    row = line(tables["sami"], "configurations of the search")
    assert row["gives"] == 3 * sum(8**n for n in range(1, 5))


def test_another_constant_turns_the_verdict():
    constants = consistency.read_constants("sami")
    before = line(consistency.table("sami", constants), "fast rotators that went in")
    changed = constants | {"n_fast": constants["n_fast"] | {"value": 1067, "text": "1067"}}
    after = consistency.table("sami", changed)
    assert before["agrees"] == "no" and before["operation"] == "9603 / (1 + 8)"
    assert line(after, "fast rotators that went in")["agrees"] == "yes"
    assert line(after, "labelled galaxies")["agrees"] == "no"


@pytest.mark.parametrize(
    ("stated", "half", "low", "high", "relation", "verdict"),
    [
        (0.82, 0.005, 0.822, 0.832, "=", True),  # F1 of rounded precision and recall
        (0.82, 0.005, 0.826, 0.832, "=", False),
        (144, 0.5, 100, 100, "<=", False),
        (0.93, 0.005, 0.4, 0.4, ">=", True),
        (0.535, 0.0005, 0.5355, 0.5355, "=", True),  # rounding to even
    ],
)
def test_agreement_allows_for_rounding(stated, half, low, high, relation, verdict):
    assert consistency.agrees(stated, half, low, high, relation) is verdict


def test_rounding_of_inputs_is_carried_on_and_counts_have_none():
    constants = consistency.read_constants("perseus")
    value, low, high = consistency.span("f1(p_shoulder_m, r_shoulder_m)", constants)
    assert (low, high) == pytest.approx((0.82197, 0.83199), abs=5e-5)
    assert value == pytest.approx(2 * 0.78 * 0.88 / 1.66)
    assert len(set(consistency.span("n_member + n_background", constants))) == 1
    assert [consistency.half_unit(text) for text in ("0.95", "980", "1.2e3")] == [0.005, 0.5, 50]


@pytest.mark.parametrize("formula", ["a.b", "a < 1", "open(a)", "missing + 1", "f1(p, r=1)[0]"])
def test_only_arithmetic_is_evaluated(formula):
    with pytest.raises(ValueError, match="expected arithmetic"):
        arithmetic.compute(formula, {"a": 1, "p": 1, "r": 1})


@pytest.mark.parametrize("study", consistency.STUDIES)
def test_every_constant_is_used_and_has_its_place(study):
    constants = consistency.read_constants(study)
    assert all(row["place"] and row["what"] for row in constants.values())
    with consistency.CHECKS.open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["study"] == study]
    text = " ".join(row["stated"] + " " + row["formula"] + " " + row["n"] for row in rows)
    assert set(constants) == set(re.findall(r"[A-Za-z_]\w*", text)) - set(arithmetic.FUNCTIONS)
    assert len({row["what"] + row["stated"] + row["formula"] for row in rows}) == len(rows)


def test_constants_are_those_of_the_inventory():
    from galutils.results.inventory import published

    sami, arms = consistency.read_constants("sami"), consistency.read_constants("arms")
    said = published("sami-n1")
    assert {key: sami[key]["value"] for key in said if key in sami} == {
        key: value for key, value in said.items() if key in sami
    }
    for key, name in (("all", "b0_all_f1"), ("b0", "b0_down_f1"), ("v2m", "v2m_down_f1")):
        assert [arms[f"f_{key}_{m}"]["value"] for m in "12345u"] == published("arm-t3")[name]


def test_unknown_studies_are_named():
    with pytest.raises(ValueError, match="'moon'"):
        consistency.table("moon")


def test_whole_numbers_are_shown_as_such_and_notes_begin_with_the_interval(tables):
    shown = consistency.shown(tables["arms"])
    line = {row["check"].partition(" (")[0]: row for row in shown.to_dict("records")}
    value = line["parameters of V2M with 1024 units"]["gives"]
    assert value == 54_468_282 and isinstance(value, int)
    assert line["recall, 4 arms"]["note"].startswith("0.06 to 0.55 of 9.")
    assert " of " not in line["galaxies selected"]["note"]
    assert "(section" in line["galaxies selected"]["check"]
