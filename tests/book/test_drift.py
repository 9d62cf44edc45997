"""What differs between two sets of results, and whether by too much."""

import json
import subprocess
from pathlib import Path

import pytest
from toys import write_notebook

import galutils
from book.tools import drift
from book.tools.order import UsageError, exit_status, read
from galutils.networks import device

ROOT = Path(galutils.__file__).parents[1]


def files(table=None, profile="quick", **numbers):
    record = {"notebook": "sami/04_training", "profile": profile, "source": "mock", "files": []}
    found = {}
    if table is not None:
        record["files"] = ["sami/sami-t1.csv"]
        found["results/sami/sami-t1.csv"] = table.encode()
    return found | {"results/sami/sami-t1.json": json.dumps(record | {"numbers": numbers}).encode()}


def interval(value, low=0.8, high=0.9):
    return {"value": value, "low": low, "high": high}


@pytest.mark.parametrize(
    ("old", "new", "exact", "loose"),
    [
        (12, 13, True, False),
        (100, 131, True, True),
        (0.5, 0.5 + 1e-9, None, None),
        (0.5, 0.53, True, False),
        (0.5, 0.56, True, True),
        (200.0, 209.0, True, False),
        (None, None, None, None),
        (0.5, None, True, True),
        ("cnn", "resnet", True, False),
        (True, True, None, None),
        (interval(0.85), interval(0.85), None, None),
        (interval(0.85), interval(0.89, 0.85, 0.95), True, False),
        (interval(0.85), interval(0.91, 0.85, 0.95), True, True),
        ({"as_published": 0.9, "grouped": interval(0.85)}, {"as_published": 0.9,
          "grouped": interval(0.7)}, True, True),
    ],
)  # fmt: skip
def test_each_kind_of_number_has_its_tolerance(old, new, exact, loose):
    """`None`: no difference; else whether it is too much."""
    for trained, expected in (((), exact), (["sami/04_training"], loose)):
        frame, n, _ = drift.compare(files(a=old), files(a=new), trained)
        assert frame["beyond"].tolist() == ([] if expected is None else [expected])
        assert n == (2 if isinstance(old, dict) and "grouped" in old else 1)


def test_times_are_not_compared():
    old, new = (files(f"name,galaxies a CPU s,hours here\na,{n},{n}\n") for n in (1, 2))
    assert drift.compare(old, new)[0].empty
    old = files("name,seconds a fold\na,1\n", wall_seconds=3.0, **{"perm ms": 1.0, "terms": 1})
    new = files("name,seconds a fold\na,2\n", wall_seconds=4.0, **{"perm ms": 2.0, "terms": 1})
    assert drift.compare(old, new)[0].empty
    old, new = (files(f"quantity,here\nwall_seconds,{n}\n") for n in (1, 2))
    assert drift.compare(old, new)[0].empty


def test_tables_are_compared_cell_by_cell():
    old, new = files("name,n\na,1\nb,2\n"), files("name,n\na,1\nb,3\n")
    frame, n, _ = drift.compare(old, new)
    assert frame.iloc[0].tolist()[:4] == ["sami-t1", "n [2]", 2, 3]
    assert (n, len(frame)) == (5, 1)
    shorter = files("name,n\na,1\n")
    assert drift.compare(old, shorter)[0]["beyond"].all()
    frame, *_ = drift.compare(old, shorter, ["sami/04_training"])
    assert frame[["quantity", "beyond"]].values.tolist() == [["rows", False]]


def test_a_missing_item_is_too_much_and_a_new_one_is_not():
    assert drift.compare(files(a=1), {})[0]["beyond"].tolist() == [True]
    assert drift.compare({}, files(a=1))[0]["beyond"].tolist() == [False]


def test_other_profiles_are_left_out():
    frame, n, left_out = drift.compare(files(a=1), files(a=2, profile="full"))
    assert frame.empty and n == 0 and left_out == ["sami-t1"]


def test_what_was_trained_on_another_machine_is_shown_not_judged():
    for trained, beyond in (((), [True]), (["sami/04_training"], [False])):
        frame, *_ = drift.compare(files(a=0.5), files(a=0.9), trained, same_machine=False)
        assert frame["beyond"].tolist() == beyond
        frame, *_ = drift.compare(files(a=0.5), files(a=0.51), trained, same_machine=False)
        assert frame["beyond"].tolist() == [False]


def test_what_depends_on_a_training_is_known():
    trained = drift.trained(read(ROOT), ROOT)
    assert {"sami/03_architecture", "sami/04_training", "sami/09_discussion"} <= trained
    assert not {"sami/02_data", "arms/02_selection", "beyond/05_bookkeeping"} & trained


@pytest.fixture
def project(tmp_path, monkeypatch):
    (tmp_path / "notebooks/sami").mkdir(parents=True)
    write_notebook(tmp_path / "notebooks/sami/02_data.ipynb", "n: int = 1")
    (tmp_path / "notebooks/order.yml").write_text("sami/02_data: {}")
    (tmp_path / "results/sami").mkdir(parents=True)
    (tmp_path / "results/index.json").write_text('{"machine": "another", "items": {}}')
    monkeypatch.chdir(tmp_path)
    for name, content in files("name,n\na,1\n", n_maps=7).items():
        (tmp_path / name).write_bytes(content)
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b"]
    for words in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "Results"]):
        subprocess.run([*git, *words], check=True)
    return tmp_path


def test_the_command_compares_with_a_commit(project, capsys):
    assert exit_status(drift.run) == 0
    shown = capsys.readouterr()
    assert "4 values compared with HEAD: 0 differ, 0 too much" in shown.out
    assert "another" in shown.err and device.describe() in shown.err
    for name, content in files("name,n\na,20\n", n_maps=80).items():
        (project / name).write_bytes(content)
    assert exit_status(drift.run) == 1
    out = capsys.readouterr().out
    assert "n_maps" in out and "n [1]" in out and "2 differ, 2 too much" in out
    assert exit_status(drift.run, "nothing") == 2
    assert "nothing" in capsys.readouterr().err
    with pytest.raises(UsageError):
        drift.committed("HEAD", project / "notebooks")
