import json

import numpy as np
import pandas
import pytest
from astropy.table import Table
from matplotlib import pyplot

from galutils.results import record
from galutils.results.inventory import INVENTORY, inventory, published
from galutils.results.record import Recorder
from galutils.store import texts
from galutils.store.files import write


@pytest.fixture
def recorder(tmp_path):
    return Recorder("sami/05_known_rotators", "mock", "quick", tmp_path)


@pytest.fixture
def shown(monkeypatch):
    """Collect what is displayed instead of printing it."""
    calls = []
    monkeypatch.setattr("IPython.display.display", lambda data, **more: calls.append((data, more)))
    return calls


def line():
    figure, axes = pyplot.subplots()
    axes.plot([0, 1])
    return figure


def read(tmp_path, item):
    return json.loads((tmp_path / "sami" / f"{item}.json").read_text())


def test_a_figure_is_written_shown_and_closed(recorder, shown, tmp_path):
    accuracy = {"as_published": 0.9, "grouped": {"value": 0.8, "low": 0.7, "high": 1}}
    recorder.figure(
        "sami-f1",
        line(),
        caption="Confusion matrix",
        alt="Four cells",
        numbers={
            "accuracy": {"as_published": 0.9, "grouped": {"value": 0.8, "low": 0.7, "high": 1}}
        },
    )
    assert pyplot.get_fignums() == []
    assert read(tmp_path, "sami-f1") == {
        "id": "sami-f1",
        "study": "sami",
        "kind": "figure",
        "notebook": "sami/05_known_rotators",
        "source": "mock",
        "profile": "quick",
        "files": ["sami/sami-f1.png"],
        "numbers": {"accuracy": accuracy},
        "published": {"accuracy": 0.91, "precision": 0.95},
        "caption": "Confusion matrix (mock SAMI)",
        "alt": "Four cells",
    }
    assert (tmp_path / "sami/sami-f1.png").read_bytes().startswith(b"\x89PNG")
    [(data, more)] = shown
    assert set(data) == {"image/png", "text/plain"}
    assert more["metadata"]["galutils"] == {
        "id": "sami-f1",
        "source": "mock",
        "caption": "Confusion matrix (mock SAMI)",
        "alt": "Four cells",
    }


def test_the_same_figure_gives_the_same_bytes(recorder, shown, tmp_path):
    contents = []
    for _ in range(2):
        recorder.figure("sami-f1", line(), caption="c", alt="a")
        contents.append((tmp_path / "sami/sami-f1.png").read_bytes())
    assert contents[0] == contents[1]


@pytest.mark.parametrize("kind", [pandas.DataFrame, Table])
def test_a_table_is_written_in_full_and_shown_rounded(recorder, shown, tmp_path, kind):
    recorder.table("sami-t1", kind({"layer": ["a|b"], "value": [0.123456789]}), caption="Layers")
    assert (tmp_path / "sami/sami-t1.csv").read_text() == "layer,value\na|b,0.123456789\n"
    [(data, more)] = shown
    assert data["text/markdown"].splitlines()[2] == "| a\\|b | 0.1235 |"
    assert "<td>0.1235</td>" in data["text/html"]
    assert "<caption>Layers (mock SAMI)</caption>" in data["text/html"]
    assert more["metadata"]["galutils"]["id"] == "sami-t1"


def test_numbers_become_plain_and_nan_becomes_null(recorder, tmp_path):
    numbers = {"n": np.int64(3), "auc": np.float32(0.5), "slope": np.nan, "text": "x"}
    recorder.numbers("sami-n1", numbers=numbers)
    assert read(tmp_path, "sami-n1")["numbers"] == {"n": 3, "auc": 0.5, "slope": None, "text": "x"}


@pytest.mark.parametrize(
    "value",
    [
        [1, 2],
        {"value": 1, "low": 0},
        {"grouped": {"as_published": 1}},
        {},
        np.arange(2),
        {"new": 1},
    ],
    ids=str,
)
def test_numbers_of_another_shape_are_refused(recorder, tmp_path, value):
    with pytest.raises(ValueError):
        recorder.numbers("sami-n1", numbers={"auc": value})
    assert not list(tmp_path.rglob("*.json"))


@pytest.mark.parametrize("item", ["sami-f99", "mor-f1", "extra", "morphology-x-roc"])
def test_an_id_of_nobody_or_of_another_study_is_refused(recorder, item):
    with pytest.raises(ValueError, match=f"{item}: expected an inventory id of sami"):
        recorder.numbers(item, numbers={})


def test_an_extra_has_nothing_published(recorder, tmp_path):
    recorder.numbers("sami-x-manga-auc", numbers={"auc": 0.99}, source="archive")
    assert read(tmp_path, "sami-x-manga-auc")["published"] == {}
    assert read(tmp_path, "sami-x-manga-auc")["source"] == "archive"


def test_the_source_stands_in_the_caption(recorder, shown, tmp_path):
    recorder.figure("sami-f1", line(), caption="One", alt="a", source="archive")
    recorder.figure("sami-f2", line(), caption="Two", alt="a", source="mock+archive")
    recorder.figure("sami-f3", line(), caption="Three", alt="a", source="none")
    assert read(tmp_path, "sami-f1")["caption"] == "One (archive)"
    assert read(tmp_path, "sami-f2")["caption"] == "Two (mock SAMI, archive)"


def test_another_survey_stands_in_the_caption(tmp_path, shown):
    recorder = Recorder("morphology/07", "mock", "quick", tmp_path, survey="TNG100")
    recorder.numbers("mor-n1", {"n": 1}, "Split")
    item = json.loads((tmp_path / "morphology" / "mor-n1.json").read_text())
    assert item["caption"] == "Split (mock TNG100)"


def test_a_figure_without_alt_text_and_an_unknown_source_are_refused(recorder, tmp_path):
    with pytest.raises(ValueError, match="sami-f1: a figure needs an alt text"):
        recorder.figure("sami-f1", None, caption="c", alt=" ")
    with pytest.raises(ValueError, match="source: expected one of mock, archive"):
        Recorder("sami/05_known_rotators", "auto", "quick", tmp_path)


def test_a_new_run_drops_what_the_same_notebook_recorded_before(recorder, shown, tmp_path):
    recorder.figure("sami-f1", line(), caption="c", alt="a")
    other = Recorder("sami/06_unknown_rotators", "mock", "quick", tmp_path)
    other.numbers("sami-n1", numbers={"n": 1})
    Recorder("sami/05_known_rotators", "mock", "quick", tmp_path)
    assert [path.name for path in (tmp_path / "sami").iterdir()] == ["sami-n1.json"]


def test_published_values_are_read_as_numbers():
    assert published("sami-f9") == {"moran": [0.910, 0.930]}
    assert published("sami-n1")["n_augmented"] == 19332
    assert published("sami-t1") == {"input": "40x40x1", "total_params": 595873}
    assert published("sami-f8") == {"note": "slow mostly 0.0-0.4; fast mostly 0.4-1.0"}
    assert published("sami-f3") == {}
    with pytest.raises(KeyError, match="sami-f99 is not in inventory.csv"):
        published("sami-f99")


def test_the_inventory_is_complete():
    rows = texts.records(INVENTORY)
    assert len({row["id"] for row in rows}) == len(rows)
    for row in rows:
        assert tuple(row) == ("id", "study", "kind", "section", "shows", "published")
        assert None not in row.values()
    counts = {}
    for row in inventory().values():
        counts[row["study"]] = counts.get(row["study"], 0) + 1
    assert counts == {"sami": 15, "morphology": 32, "arms": 18, "perseus": 38}


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    write(tmp_path / "a", "old")
    monkeypatch.setattr("os.replace", lambda *a: (_ for _ in ()).throw(OSError("full")))
    with pytest.raises(OSError, match="full"):
        write(tmp_path / "a", "new")
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("a", "old")]


def test_what_another_notebook_deletes_meanwhile_is_passed_over(recorder, tmp_path, monkeypatch):
    other = Recorder("sami/06_unknown_rotators", "mock", "quick", tmp_path)
    recorder.numbers("sami-n3", {"n": 1})
    other.numbers("sami-n4", {"n": 2})
    whole = record.read

    def deleting(path):
        if path.stem == "sami-n3":
            path.with_stem("sami-n4").unlink()
        return whole(path)

    monkeypatch.setattr(record, "read", deleting)
    record.forget(tmp_path, ["sami/05_known_rotators"])
    assert not list((tmp_path / "sami").glob("*.json"))
