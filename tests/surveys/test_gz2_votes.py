"""The vote tables of Galaxy Zoo 2, on tables written here, and once on the real one."""

import gzip

import numpy as np
import pandas as pd
import pytest
from gz2_layout import COADD, DR7, REAL, SMOOTH, SPIRAL, galaxies, kaggle, needs_real, write

from galutils.store.files import ArchiveError
from galutils.surveys import gz2
from galutils.surveys.gz2 import csv as gz2_csv
from galutils.surveys.gz2 import decision_tree as gz2_decision_tree
from galutils.surveys.gz2 import votes as gz2_votes


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "gz2"
    path.mkdir()
    return path


@pytest.mark.parametrize(
    ("form", "identifiers", "name", "first"),
    [
        ("skyserver", "skyserver", "zoo2MainSpecz.csv", "#Table1\n"),
        ("skyserver", "skyserver", "zoo2MainSpecz.csv.gz", ""),
        ("skyserver", "coadd", "zoo2Stripe82Coadd1.csv", ""),
        ("hart", "hart", "gz2_hart16.csv", ""),
        ("table5", "table5", "gz2_table5.csv.gz", ""),
    ],
)
def test_every_form_gives_the_same_columns(folder, form, identifiers, name, first):
    write(folder / name, galaxies(identifiers, (COADD, SPIRAL), (DR7, SMOOTH)), first)
    votes, rejected = gz2.load_votes(folder)
    assert votes.meta["form"] == form
    assert votes.meta["debiased"] == ("Hart et al. (2016)" if form == "hart" else gz2_votes.WILLETT)
    assert len(rejected) == 0
    assert votes["objid"].tolist() == [COADD, DR7]  # more digits than a float holds
    assert votes["objid"].dtype == np.int64
    kinds = ("count", "fraction", "debiased")
    expected = [f"{key}_{kind}" for key in gz2_decision_tree.KEYS for kind in kinds]
    assert votes.colnames == ["objid", "sample", "ra", "dec", *expected]
    assert votes["ra"].unit == votes["dec"].unit == "deg"
    spiral, smooth = votes
    assert spiral["t11_a32_count"] == 27
    assert spiral["t11_a32_fraction"] == 0.9
    assert spiral["t11_a32_debiased"] == pytest.approx(0.89)
    assert spiral["t11_a31_fraction"] == 0
    assert np.isnan(spiral["t08_a38_fraction"])
    assert np.isnan(smooth["t11_a32_fraction"])
    assert np.isnan(smooth["t11_a32_debiased"])
    assert smooth["t11_a32_count"] == 0


def test_kaggle_probabilities_become_conditional(folder):
    row = kaggle(
        100008,
        **{"Class1.1": 0.4, "Class1.2": 0.6, "Class2.2": 0.6, "Class4.1": 0.3, "Class4.2": 0.3},
        **{"Class11.2": 0.24, "Class11.6": 0.06, "Class6.1": 0.1, "Class6.2": 0.9, "Class8.7": 0.1},
    )
    write(folder / "training_solutions_rev1.csv", [row, kaggle(100023, **{"Class1.3": 1.0})])
    votes, _ = gz2.load_votes(folder)
    assert (votes.meta["form"], votes["objid"].tolist()) == ("kaggle", [100008, 100023])
    first, second = votes
    expected = {"t02_a05": 1, "t04_a08": 0.5, "t11_a32": 0.8, "t11_a37": 0.2, "t08_a38": 1}
    for key, value in expected.items():
        assert first[f"{key}_fraction"] == pytest.approx(value), key
    assert np.isnan(second["t11_a32_fraction"])
    assert np.isnan([first["ra"], first["t11_a32_count"], first["t11_a32_debiased"]]).all()


def test_the_preferred_form_is_taken_and_any_can_be_asked_for(folder):
    write(folder / "training_solutions_rev1.csv", [kaggle(1)])
    write(folder / "gz2_hart16.csv", galaxies("hart", (2, SPIRAL)))
    write(folder / "gz2_table5.csv", galaxies("table5", (3, SPIRAL)))
    write(folder / "zoo2MainPhotoz.csv", galaxies("skyserver", (4, SPIRAL)))
    write(folder / "zoo2MainSpecz.csv", galaxies("skyserver", (5, SPIRAL)))
    write(folder / "match.csv", [row | {"logMstar": 10} for row in galaxies("table5", (6, SPIRAL))])
    write(folder / "gz2_filename_mapping.csv", [{"objid": 7, "sample": "extra", "asset_id": 1}])
    assert list(gz2.find_votes(folder)) == ["skyserver", "hart", "table5", "kaggle"]
    assert gz2.load_votes(folder)[0]["objid"].tolist() == [5]
    read = {form: gz2.load_votes(folder, form)[0]["objid"][0] for form in gz2_votes.FORMS}
    assert read == {"skyserver": 5, "hart": 2, "table5": 3, "kaggle": 1}
    with pytest.raises(ValueError, match="hart17"):
        gz2.load_votes(folder, "hart17")


def test_bad_rows_are_rejected_and_the_rest_goes_on(folder):
    rows = galaxies("table5", *((number, SPIRAL) for number in range(1, 10)))
    rows[1]["t11_arms_number_a32_2_debiased"] = "many"
    rows[2]["objid"] = "5.87e17"
    rows[3]["ra"] = 400
    rows[4]["objid"] = 1
    rows[5]["t04_spiral_a08_spiral_count"] = np.inf
    rows[6]["t11_arms_number_a31_1_weighted_fraction"] = -999.0
    rows[7]["t11_arms_number_a31_1_debiased"] = "NULL"
    path = folder / "gz2_table5.csv"
    write(path, rows)
    lines = path.read_text().splitlines()
    lines[9] += ",1"
    path.write_text("\n".join([*lines[:3], "", *lines[3:]]) + "\n")
    votes, rejected = gz2.load_votes(folder)
    assert votes["objid"].tolist() == [1, 7, 8]
    assert np.isnan(votes["t11_a31_fraction"][1])
    assert votes["t11_a32_fraction"][1] == 0.9
    assert np.isnan(votes["t11_a31_debiased"][2])
    reasons = dict(zip(rejected["name"], rejected["reason"], strict=True))
    assert reasons.keys() == {
        *(f"gz2_table5.csv line {k}" for k in (3, 5, 8, 11)),
        "4",
        "1",
    }
    assert "received many" in reasons["gz2_table5.csv line 3"]
    assert "received 5.87e17" in reasons["gz2_table5.csv line 5"]
    assert "received inf" in reasons["gz2_table5.csv line 8"]
    assert "received 229" in reasons["gz2_table5.csv line 11"]
    assert "400" in reasons["4"]
    assert "repeated" in reasons["1"]


def test_a_table_that_cannot_be_used_is_named(folder):
    with pytest.raises(ArchiveError, match="expected a vote table"):
        gz2.load_votes(folder)
    rows = galaxies("table5", (1, SPIRAL))
    missing = "t11_arms_number_a36_more_than_4_debiased"
    path = folder / "gz2_table5.csv"
    write(path, [{k: v for k, v in row.items() if k != missing} for row in rows])
    with pytest.raises(ArchiveError, match=r"gz2_table5.csv.*without t11_a36_..._debiased"):
        gz2.load_votes(folder)
    write(path, [row | {"objid": "none"} for row in rows])
    with pytest.raises(ArchiveError, match=r"gz2_table5.csv: expected rows, received 1"):
        gz2.load_votes(folder)
    path.unlink()
    data = gzip.compress(pd.DataFrame(rows * 200).to_csv(index=False).encode())
    (folder / "gz2_table5.csv.gz").write_bytes(data[:-20])
    with pytest.raises(ArchiveError, match=r"gz2_table5.csv.gz: expected a CSV table"):
        gz2.load_votes(folder)
    with pytest.raises(ArchiveError, match=r"received none|No such file"):
        gz2_csv.read(folder / "absent.csv", ["ra"])


def test_the_mapping_keeps_the_first_image_of_an_object(folder):
    rows = [(DR7, "original", 1), (COADD, "stripe82_coadd_1", 2), (COADD, "stripe82_coadd_2", 3)]
    names = ("objid", "sample", "asset_id")
    write(folder / gz2.MAPPING, [dict(zip(names, row, strict=True)) for row in rows])
    mapping, rejected = gz2.load_mapping(folder)
    assert [tuple(row) for row in mapping] == rows[:2]
    assert rejected["name"].tolist() == [str(COADD)]


def test_questions_are_counted_by_how_many_were_asked(folder):
    few = {"t01_a01": 5, "t07_a17": 4, "t06_a15": 9}
    rows = ((1, SPIRAL), (2, SMOOTH), (3, few), (4, SPIRAL | {"t11_a32": 7}))
    write(folder / "gz2_table5.csv", galaxies("table5", *rows))
    votes, _ = gz2.load_votes(folder)
    found = gz2_votes.asked(votes)
    assert found["task"].tolist() == [f"{k:02d}" for k in range(1, 12)]
    assert found["question"][10] == "How many spiral arms are there?"
    by_task = {row["task"]: (row["share"], row["votes"]) for row in found}
    assert by_task["01"] == (1, 47.5)  # of 50, 45, 5 and 50
    assert by_task["04"] == (0.5, 40)
    assert by_task["07"] == (0.5, 24)
    assert by_task["11"] == (0.5, 20)  # of 30 and 10
    assert by_task["08"][0] == 0 and np.isnan(by_task["08"][1])
    least = gz2_votes.asked(votes, least=10)
    assert (least["share"][6], least["votes"][6]) == (0.25, 44)
    assert (least["share"][5], least["votes"][5]) == (0.75, 50)


def test_kaggles_volunteers_cannot_be_counted(folder):
    write(folder / "training_solutions_rev1.csv", [kaggle(1, **{"Class1.1": 1.0})])
    found = gz2_votes.asked(gz2.load_votes(folder)[0])
    assert set(found["share"]) == {0} and np.isnan(found["votes"]).all()


@needs_real
def test_the_real_votes_are_conditional_fractions():
    votes, rejected = gz2.load_votes(REAL, "table5")
    assert (len(votes), len(rejected)) == (19761, 0)
    assert votes["objid"].min() > 2**60
    for question in gz2_decision_tree.QUESTIONS:
        names = gz2_decision_tree.keys(question.number)
        fractions = np.stack([votes[f"{name}_fraction"] for name in names], axis=1)
        asked = np.isfinite(fractions).all(axis=1)
        np.testing.assert_allclose(fractions[asked].sum(axis=1), 1, atol=0.0025)
        counts = np.sum([votes[f"{name}_count"] for name in names], axis=0)
        assert not np.isfinite(fractions[counts == 0]).any()
    # As many answered a question as gave the answers before it: the tree is the one they saw.
    for name, before in (("t04", "t02_a05"), ("t11", "t04_a08"), ("t09", "t02_a04")):
        answers = [key for key in gz2_decision_tree.KEYS if key.startswith(name)]
        asked = np.sum([votes[f"{key}_count"] for key in answers], axis=0)
        assert np.mean(np.abs(asked - votes[f"{before}_count"]) <= 1) > 0.99, name


@needs_real
def test_the_real_volunteers_were_asked_as_the_tree_says():
    votes, _ = gz2.load_votes(REAL, "table5")
    found = gz2_votes.asked(votes, least=5)
    share = dict(zip(found["task"].tolist(), found["share"].tolist(), strict=True))
    assert share["01"] == 1
    # a question is reached by fewer than the one before it
    for first, then in (("01", "02"), ("02", "03"), ("04", "10"), ("06", "08")):
        assert share[first] > share[then]
    assert abs(share["10"] - share["11"]) < 0.01
    assert 10 < found["votes"][0] < 60
