"""The selection of spirals by votes, and the classes of arm number."""

import os
from pathlib import Path

import numpy as np
import pytest
from astropy.table import Table

from galutils.studies import arm_selection
from galutils.studies.arm_selection import ANSWERS, CLASSES
from galutils.surveys import gz2

GOOD = {"t01_a02_fraction": 0.9, "t02_a05_fraction": 0.9, "t04_a08_fraction": 0.9}
REAL = Path(os.environ.get("GALUTILS_DATA", "")) / "gz2" / "gz2_table5_stripe82_coadd.csv.gz"


def galaxy(arms="2", p_m=0.9, n_spiral=30, **changes):
    """Votes of one galaxy that passes every cut, but for the changes."""
    fractions = dict.fromkeys((f"{answer}_debiased" for answer in ANSWERS), (1 - p_m) / 5)
    fractions[f"{ANSWERS[CLASSES.index(arms)]}_debiased"] = p_m
    return GOOD | fractions | {"t04_a08_count": n_spiral} | changes


def votes(*galaxies):
    return Table({name: [float(g[name]) for g in galaxies] for name in galaxies[0]})


def test_every_class_is_known_by_its_answer():
    classes, _ = arm_selection.select(votes(*(galaxy(arms) for arms in CLASSES)))
    assert classes.tolist() == [0, 1, 2, 3, 4, 5]
    assert classes.dtype == np.int64


def test_each_cut_takes_its_own_galaxy_and_a_value_at_the_cut_fails():
    table = votes(
        galaxy(t01_a02_fraction=0.430),
        galaxy(t02_a05_fraction=0.715),
        galaxy(t04_a08_fraction=0.715),
        galaxy(n_spiral=20),
        galaxy(p_m=0.8),
        galaxy(
            p_m=0.801,
            n_spiral=21,
            t01_a02_fraction=0.431,
            t02_a05_fraction=0.716,
            t04_a08_fraction=0.716,
        ),
    )
    classes, steps = arm_selection.select(table)
    assert classes.tolist() == [-1, -1, -1, -1, -1, 1]
    assert steps["galaxies"].tolist() == [6, 5, 4, 3, 2, 1]
    assert steps["cut"].tolist() == [
        "all",
        "p_features > 0.43",
        "p_not_edge_on > 0.715",
        "p_spiral > 0.715",
        "n_spiral > 20",
        "p_m > 0.8",
    ]
    looser, _ = arm_selection.select(table, 0.4, 0.7, 0.7, 19, 0.79)
    assert looser.tolist() == [1] * 6


def test_a_question_not_asked_fails_its_cut():
    unasked = {f"{answer}_debiased": np.nan for answer in ANSWERS}
    classes, steps = arm_selection.select(
        votes(galaxy(), galaxy(**unasked), galaxy(t02_a05_fraction=np.nan))
    )
    assert classes.tolist() == [1, -1, -1]
    assert steps["galaxies"].tolist() == [3, 3, 2, 2, 2, 1]
    assert arm_selection.arm_class(votes(galaxy(), galaxy(**unasked))).tolist() == [1, -1]


def test_groupings_merge_neighbours_and_leave_the_unselected():
    classes = np.array([0, 1, 2, 3, 4, 5, -1])
    expected = {
        "all": (CLASSES, [0, 1, 2, 3, 4, 5, -1]),
        "3+4": (("1", "2", "3, 4", "5+", "?"), [0, 1, 2, 2, 3, 4, -1]),
        "4 with 5+": (("1", "2", "3", "4, 5+", "?"), [0, 1, 2, 3, 3, 4, -1]),
    }
    assert set(expected) == set(arm_selection.GROUPINGS)
    for grouping, (names, numbers) in expected.items():
        assert arm_selection.group_names(grouping) == names
        assert arm_selection.regroup(classes, grouping).tolist() == numbers


def test_counts_stand_beside_the_published_ones():
    classes = np.array([1, 1, 3, 4, -1])
    counts = arm_selection.count(classes)
    assert sum(counts["published"]) == 11718  # section 2.1
    assert counts["galaxies"].tolist() == [0, 2, 0, 1, 1, 0]


def test_probabilities_of_merged_classes_add_up():
    probability = np.random.default_rng(0).dirichlet(np.ones(6), 20)
    before = probability.copy()
    one, two, three, four, more, unclear = probability.T
    expected = {
        "all": [one, two, three, four, more, unclear],
        "3+4": [one, two, three + four, more, unclear],
        "4 with 5+": [one, two, three, four + more, unclear],
    }
    for grouping, columns in expected.items():
        found = arm_selection.merge_probability(probability, grouping)
        np.testing.assert_allclose(found, np.stack(columns, axis=1))
        np.testing.assert_allclose(found.sum(axis=1), 1)
    np.testing.assert_array_equal(probability, before)
    assert arm_selection.merge_probability(probability[:0], "3+4").shape == (0, 5)
    with pytest.raises(ValueError, match="5 with 6"):
        arm_selection.merge_probability(probability, "5 with 6")


def test_agreement_is_told_of_each_class_by_its_largest_fraction():
    """The cut is "more than"; a class without galaxies has NaN, the unselected do not count."""
    table = votes(
        galaxy("2", p_m=0.5),
        galaxy("2", p_m=0.9),
        galaxy("2", p_m=0.8),
        galaxy("2", p_m=0.4) | {"t11_a36_debiased": np.nan},
        galaxy("5+", p_m=1.0),
        galaxy("1", p_m=0.95, n_spiral=3),
    )
    classes, _ = arm_selection.select(table, n_spiral=5, p_m=0)
    found = arm_selection.agreement(table, classes)
    assert found["class"].tolist() == list(CLASSES)
    assert found["galaxies"].tolist() == [0, 4, 0, 0, 1, 0]
    nan = np.nan
    np.testing.assert_allclose(found["fraction"], [nan, 2.6 / 4, nan, nan, 1, nan])
    np.testing.assert_allclose(found["agreed"], [nan, 0.25, nan, nan, 1, nan])
    looser = arm_selection.agreement(table, classes, p_m=0.45)
    assert looser["agreed"][1] == 0.75


def test_votes_that_cannot_be_judged_are_told():
    table = votes(galaxy(), galaxy())
    with pytest.raises(ValueError, match="t04_a08_count"):
        arm_selection.select(table[[name for name in table.colnames if "count" not in name]])
    table["t11_a31_debiased"] = np.nan  # as of Kaggle
    with pytest.raises(ValueError, match=r"t11_a31_debiased.*none in any row"):
        arm_selection.select(table)
    with pytest.raises(ValueError, match="3 with 4"):
        arm_selection.regroup([0], "3 with 4")


def test_no_galaxies_are_no_error():
    classes, steps = arm_selection.select(votes(galaxy())[:0])
    assert len(classes) == 0
    assert set(steps["galaxies"]) == {0}


@pytest.mark.skipif(not REAL.is_file(), reason="the real vote table is not there")
def test_the_real_table_of_the_coadds():
    # About 20 volunteers saw a coadded image, so hardly any galaxy has 20 votes for spiral.
    table, _ = gz2.load_votes(REAL.parent, "table5")
    classes, steps = arm_selection.select(table)
    assert steps["galaxies"].tolist() == [19761, 4943, 3893, 2618, 179, 66]
    assert arm_selection.count(classes)["galaxies"].tolist() == [1, 65, 0, 0, 0, 0]
    classes, _ = arm_selection.select(table, n_spiral=10)
    assert arm_selection.count(classes)["galaxies"].tolist() == [14, 540, 8, 4, 0, 10]
    loose, _ = arm_selection.select(table, n_spiral=10, p_m=0)
    found = arm_selection.agreement(table, loose)
    # those who agree are those of the last cut
    agreed = np.nan_to_num(found["agreed"] * found["galaxies"])
    np.testing.assert_allclose(agreed, arm_selection.count(classes)["galaxies"])
    weighted = np.stack([table[f"{answer}_fraction"] for answer in ANSWERS], axis=1)
    chosen = classes >= 0
    assert (weighted[chosen].argmax(axis=1) == classes[chosen]).all()
