"""What a run on real archives recorded stands in a book that was built on the mock."""

import json

import pandas as pd
import pytest
from matplotlib import pyplot

from book.tools import archive
from galutils.results import reader
from galutils.results.record import Recorder


@pytest.fixture
def recorded(tmp_path, monkeypatch):
    """Record a figure and a table from an archive, and a number from the mock."""
    monkeypatch.setattr("IPython.display.display", lambda *a, **k: None)
    recorder = Recorder("sami/01_toy", "archive", "quick", tmp_path / "run")
    figure, _ = pyplot.subplots()
    recorder.figure("sami-f2", figure, "Real maps", "A\ncurve", {"auc": 0.94})
    recorder.table("sami-t1", pd.DataFrame({"a": [1]}), "Layers")
    recorder.numbers("sami-n1", {"n_maps": 7}, source="mock")
    return tmp_path / "run"


def test_kept_items_are_shown_and_written_into_prose(recorded, tmp_path):
    results = tmp_path / "results"
    assert archive.keep(recorded, ["sami/01_toy"], results) == ["sami-f2", "sami-t1"]
    index = json.loads((results / "archive.json").read_text())["items"]
    assert set(index) == {"sami-f2", "sami-t1"}
    assert reader.written(results, "archive:sami-f2:auc:.3f") == "0.940"
    assert archive.shown({"id": "sami-f2"}, results, "../archive") == (
        "````{figure} ../archive/sami/sami-f2.png\n:alt: A curve\n:name: archive-sami-f2\n\n"
        "Real maps (archive)\n````"
    )
    assert "| a |" in archive.shown({"id": "sami-t1"}, results, "..")
    assert archive.shown({"id": "sami-n1"}, results, "..") is None


def test_a_later_run_of_a_notebook_replaces_it_and_leaves_others(recorded, tmp_path):
    results = tmp_path / "results"
    archive.keep(recorded, ["sami/01_toy"], results)
    Recorder("sami/02_toy", "archive", "quick", recorded).numbers("sami-n1", {"n_maps": 8})
    archive.keep(recorded, ["sami/02_toy"], results)
    Recorder("sami/01_toy", "archive", "quick", recorded).numbers("sami-n3", {"n": 1})
    archive.keep(recorded, ["sami/01_toy"], results)
    assert set(json.loads((results / "archive.json").read_text())["items"]) == {
        "sami-n1",
        "sami-n3",
    }
    assert sorted(path.name for path in (results / "archive/sami").iterdir()) == [
        "sami-n1.json",
        "sami-n3.json",
    ]


def test_nothing_from_an_archive_is_refused(recorded, tmp_path):
    with pytest.raises(ValueError, match="expected items from archives of sami/09_none"):
        archive.keep(recorded, ["sami/09_none"], tmp_path / "results")
