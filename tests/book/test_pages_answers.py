"""The tables of the landing page and of the parts."""

import json
from pathlib import Path

import galutils
from book.tools import pages
from galutils.results.inventory import inventory

ROOT = Path(galutils.__file__).parents[1]


def index(**items):
    fixed = {"notebook": "sami/05_known_rotators", "source": "mock", "profile": "quick"}
    return {"items": {name.replace("_", "-"): fixed | {"numbers": n} for name, n in items.items()}}


def row(text, name):
    [line] = [line for line in text.splitlines() if f"| {name} |" in line]
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_a_recorded_measure_stands_beside_what_was_published():
    value = {"value": 0.8301, "low": 0.8017, "high": 0.85798}
    numbers = {"accuracy": {"as_published": value, "grouped": {**value, "value": 0.9}}}
    cells = row(pages.part(index(sami_f1=numbers), "sami"), "accuracy")
    assert cells == [
        "accuracy", "0.91", "0.83 (0.80\u00a0to\u00a00.86)", "0.90 (0.80\u00a0to\u00a00.86)",
        "mock SAMI, quick",
        "[](/notebooks/sami/05_known_rotators.ipynb)",
    ]  # fmt: skip


def test_what_is_missing_says_so():
    missing = ["–", "–", "not recorded yet", "–"]
    assert row(pages.part({"items": {}}, "sami"), "accuracy") == [
        "accuracy",
        "0.91",
        *missing,
    ]
    assert row(pages.answers({"items": {}})["overview"], "F1, tuned network")[-5:] == [
        "0.92",
        *missing,
    ]
    only_one = index(sami_f1={"precision": 0.9})
    assert row(pages.part(only_one, "sami"), "accuracy")[4] == "not recorded yet"


def test_one_number_is_the_publications_protocol_and_two_names_are_two_protocols():
    measured = {"truth, all galaxies": 1.0, "found, split by galaxy": 0.0}
    text = pages.part(index(beyond_x_audit_sami=measured), "beyond")
    assert row(text, "share of test maps whose galaxy also trains")[1:5] == [
        "–", "1.00", "0.00", "mock SAMI, quick",
    ]  # fmt: skip
    text = pages.part(index(per_f32={"accuracy": 0.9}), "perseus")
    assert row(text, "accuracy, galaxies of another search")[1:4] == ["0.92", "0.90", "–"]


def test_every_part_has_a_question_on_the_landing_page():
    made = pages.answers({"items": {}})
    assert set(made) == {"overview", *pages.ANSWERS}
    overview = made["overview"]
    for answer in pages.ANSWERS.values():
        assert overview.count(answer["question"]) == 1


def test_the_measures_are_those_the_book_records():
    ours, real = (
        json.loads((ROOT / "results" / name).read_text())["items"]
        for name in ("index.json", "archive.json")
    )
    for answer in pages.ANSWERS.values():
        for measure in answer["measures"]:
            assert measure["item"] in inventory() or "-x-" in measure["item"]
            names = {measure["quantity"], measure.get("grouped", measure["quantity"])}
            recorded = real if measure.get("real") else ours
            assert names <= set(recorded[measure["item"]]["numbers"]), measure


def test_a_real_measure_comes_from_what_was_kept_and_is_by_galaxy():
    value = {"value": 0.9432, "low": 0.93, "high": 0.95}
    kept = index(sami_x_rotation_auc={"auc networks and features": value})
    kept["items"]["sami-x-rotation-auc"]["source"] = "archive"
    cells = row(
        pages.answers({"items": {}}, kept)["sami"], "area under the ROC curve, real velocity fields"
    )
    assert cells[1:5] == ["0.95", "–", "0.94 (0.93\u00a0to\u00a00.95)", "archive, quick"]
