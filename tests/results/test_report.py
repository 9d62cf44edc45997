import json

import numpy as np
import pandas as pd
import pytest

from galutils.results import tables
from galutils.results.record import Recorder
from galutils.results.report import merge


def record(results, notebook, item, **numbers):
    Recorder(notebook, "mock", "quick", results).numbers(item, numbers=numbers)


def test_the_index_holds_the_items_in_the_order_of_the_inventory(tmp_path):
    record(tmp_path, "sami/10_real_fields", "sami-x-auc", auc=0.9)
    record(tmp_path, "sami/02_data", "sami-n1", n_maps=2444)
    record(tmp_path, "sami/05_known_rotators", "sami-f2", auc=0.9)
    index = merge(tmp_path, machine="a machine")
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
    assert index["machine"] == "a machine"
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
    path.write_text(path.read_text().replace("sami-n1.csv", "sami-n1.png"))  # as in a fresh clone
    assert list(merge(tmp_path)["items"]) == ["sami-n1"]


def test_cells_of_what_is_missing_and_of_intervals():
    assert [tables.cell(value) for value in (None, np.nan, pd.NA)] == ["–"] * 3
    assert tables.cell({"value": -0.045, "low": -0.06, "high": -0.03}) == "-0.045 (-0.06 to -0.03)"
    assert tables.cell(np.int64(3)) == "3"
