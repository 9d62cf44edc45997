import json

import numpy as np
import pandas as pd
import pytest

from galutils.networks.device import describe
from galutils.results import tables
from galutils.results.record import Recorder
from galutils.results.report import merge, page


def record(results, notebook, item, **numbers):
    study = notebook.split("/")[0]
    Recorder(notebook, "mock", "quick", results).numbers(item, numbers=numbers)


def test_the_index_holds_the_items_in_the_order_of_the_inventory(tmp_path):
    record(tmp_path, "sami/10_real_fields", "sami-x-auc", auc=0.9)
    record(tmp_path, "sami/02_data", "sami-n1", n_maps=2444)
    record(tmp_path, "sami/05_known_rotators", "sami-f2", auc=0.9)
    index = merge(tmp_path)
    assert list(index["items"]) == ["sami-f2", "sami-n1", "sami-x-auc"]
    assert index["items"]["sami-f2"] == {
        "study": "sami",
        "kind": "numbers",
        "notebook": "sami/05_known_rotators",
        "source": "mock",
        "profile": "quick",
        "files": [],
        "numbers": {"auc": 0.9},
        "published": {"auc": 0.95},
    }
    assert index["machine"] == describe()
    assert json.loads((tmp_path / "index.json").read_text()) == index


def test_only_the_named_notebooks_count(tmp_path):
    record(tmp_path, "sami/02_data", "sami-n1", n_maps=2444)
    record(tmp_path, "sami/gone", "sami-f2", auc=0.9)
    assert list(merge(tmp_path, ["sami/02_data"])["items"]) == ["sami-n1"]


def test_a_missing_file_is_named(tmp_path):
    record(tmp_path, "sami/02_data", "sami-n1", n_maps=2444)
    path = tmp_path / "sami" / "sami-n1.json"
    path.write_text(path.read_text().replace('"files": []', '"files": ["sami/sami-n1.csv"]'))
    with pytest.raises(FileNotFoundError, match=r"sami-n1\.csv: named by .*, not there"):
        merge(tmp_path)


def test_the_page_lists_every_item_of_the_study(tmp_path):
    accuracy = {"as_published": 0.93, "grouped": {"value": 0.881234, "low": 0.85, "high": 0.9}}
    record(tmp_path, "sami/05_known_rotators", "sami-f1", accuracy=accuracy, n_test=3)
    text = page(merge(tmp_path))
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert (
        "| [sami-f1](notebooks/sami/05_known_rotators.ipynb)<br>Confusion matrix on the test set "
        "| accuracy | 0.91 | 0.93 | 0.8812 (0.85 to 0.9) | mock, quick |"
    ) in rows
    assert "|  | precision | 0.95 |  |  | mock, quick |" in rows
    assert "|  | n test |  | 3 |  | mock, quick |" in rows
    assert "| sami-f2<br>ROC curve with logarithmic false-positive axis | auc | 0.95 " in text
    assert text.count("| sami-") + text.count("| [sami-") == 14
    assert "mor-f1" not in text


def test_what_no_publication_has_and_what_was_recorded_on_archives_stand_apart(tmp_path):
    record(tmp_path, "sami/10_real_fields", "sami-x-auc", auc=0.7)
    index = merge(tmp_path)
    real = {
        name: item | {"source": "archive", "numbers": {"auc": 0.9}}
        for name, item in index["items"].items()
    }
    text = page(index, {"items": real | {"sami-f2": real["sami-x-auc"] | {"source": "mock"}}})
    here, kept = text.split("## Recorded with real archives")
    assert "| auc |  | 0.7 |" in here.split("### What the publication does not have")[1]
    assert "| auc |  | 0.9 |" in kept and "archive, quick" in kept
    assert "sami-f2" not in kept
    assert "real archives" not in page(index)


def test_a_part_without_a_publication_has_one_table(tmp_path):
    record(tmp_path, "beyond/01_audit", "beyond-x-audit", recall=0.99)
    text = page(merge(tmp_path))
    assert "## What each claim is worth" in text
    assert "| recall | " in text
    assert "### What the publication" not in text


def test_cells_of_what_is_missing_and_of_intervals():
    assert [tables.cell(value) for value in (None, np.nan, pd.NA)] == ["–"] * 3
    assert tables.cell({"value": -0.045, "low": -0.06, "high": -0.03}) == "-0.045 (-0.06 to -0.03)"
    assert tables.cell(np.int64(3)) == "3"
