"""The selection of spirals by votes, and the classes of arm number."""

import os
from pathlib import Path

import numpy as np
import pytest
from astropy.table import Table

from galutils import arm_selection
from galutils.arm_selection import ANSWERS, CLASSES
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
    assert sum(arm_selection.count(classes)["published"]) == 11718  # section 2.1
    merged = arm_selection.count(classes, "4 with 5+")
    assert merged["galaxies"].tolist() == [0, 2, 0, 2, 0]
    assert merged["published"].tolist() == [165, 10677, 298, 59, 519]
    assert arm_selection.count(classes, "3+4")["published"].tolist()[2] == 326


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
    weighted = np.stack([table[f"{answer}_fraction"] for answer in ANSWERS], axis=1)
    chosen = classes >= 0
    assert (weighted[chosen].argmax(axis=1) == classes[chosen]).all()
