"""What is run: selection, changed parameters, steps and sweeps."""

import json
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from astropy.table import Table
from toys import write_notebook

import galutils
from book.tools import batch, parameter_overrides, parameter_sweep
from book.tools.listing import notebooks, parameters
from book.tools.order import UsageError, priorities, read, select, upstream
from book.tools.steps import own_steps, steps
from galutils.results.record import Recorder

ROOT = Path(galutils.__file__).parents[1]
ORDER = {
    "sami/02_data": {"data": ["sami"], "writes": {"sample_path": "build/sami/sample.fits"}},
    "sami/04_training": {
        "reads": {"sample_path": "build/sami/sample.fits"},
        "writes": {"published_path": "build/sami/as_published.keras"},
    },
    "sami/06_unknown": {
        "reads": {
            "sample_path": "build/sami/sample.fits",
            "published_path": "build/sami/as_published.keras",
        }
    },
    "beyond/11_cards": {"after": ["sami/04_training"]},
}
COMMON = 'profile: str = "quick"  # name\nsource: str = "auto"  # of the data\n'
COMMON += 'results: str = "../../results"  # folder\n'
PARAMETERS = {
    "sami/02_data": 'sample_path: str = ""  # file\nseed: int = 2  # random state',
    "sami/04_training": "seed: int = 4  # random state\nepochs: int = 5\nrates: list = [0.1]",
    "sami/06_unknown": 'high: float = 0.95  # probability above which\nname: str = "cnn"',
    "beyond/11_cards": "draws: int = 300",
}


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("toy")
    for name, text in PARAMETERS.items():
        write_notebook(folder / f"notebooks/{name}.ipynb", COMMON + text, title=f"On {name}")
    (folder / "Snakefile").write_text(f"import os\n\nNOTEBOOKS = {ORDER}\n\nPROFILE = config\n")
    profiles = "quick: {}\nfull:\n  sami/04_training: {epochs: 200}\n"
    (folder / "notebooks/profiles.yml").write_text(profiles)
    return folder


def resolve(project, *texts, targets=tuple(ORDER)):
    return parameter_overrides.resolve(
        [parameter_overrides.parse(t) for t in texts], list(targets), ORDER, project
    )


def test_the_order_is_read_from_the_snakefile(project):
    assert read(project) == ORDER
    assert list(read(ROOT))[0] == "sami/01_introduction"
    with pytest.raises(UsageError, match="run from the project's root"):
        read(project / "notebooks")


def test_targets_are_studies_notebooks_or_their_files():
    assert select([], ORDER) == list(ORDER)
    assert select(["sami"], ORDER) == list(ORDER)[:3]
    assert select(["beyond", "notebooks/sami/04_training.ipynb"], ORDER) == [
        "sami/04_training", "beyond/11_cards",
    ]  # fmt: skip
    with pytest.raises(UsageError, match="did you mean sami/04_training"):
        select(["sami/04_trainings"], ORDER)


def test_upstream_follows_files_and_results():
    assert upstream("sami/02_data", ORDER) == set()
    assert upstream("beyond/11_cards", ORDER) == {"sami/02_data", "sami/04_training"}


def test_what_begins_the_longest_chain_comes_first():
    seconds = {"sami_02_data": 10, "sami_04_training": 300, "sami_06_unknown": 5, "mock_sami": 7}
    assert priorities(ORDER, seconds, usual=20) == {
        "mock_sami": 337, "sami_02_data": 330, "sami_04_training": 320, "sami_06_unknown": 5,
        "beyond_11_cards": 20,
    }  # fmt: skip
    assert priorities({"sami/01_a": {}}, {}, usual=20) == {"sami_01_a": 20}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("n=200", 200), ("n=-2", -2), ("n=1e-3", 0.001), ("n=True", True), ("n=true", True),
        ("n=cnn", "cnn"), ("n='5'", "5"), ("n=[1, 2]", [1, 2]), ("n=(1,2)", [1, 2]),
        ("n=[a, b]", ["a", "b"]), ("n=a=b", "a=b"),
    ],
)  # fmt: skip
def test_values_are_python_or_yaml(text, value):
    change = parameter_overrides.parse(f"sami/04_training:{text}")
    assert (change.scope, change.parameter, change.value) == ("sami/04_training", "n", value)
    assert type(change.value) is type(value)


@pytest.mark.parametrize("text", ["n", "=3", "n=", "2n=3", "a b:n=3", "n=[1"])
def test_what_is_no_change_is_refused(text):
    with pytest.raises(UsageError, match="expected"):
        parameter_overrides.parse(text)


def test_a_plain_name_is_for_every_target_that_has_it_and_a_place_wins(project):
    found = resolve(project, "sami/04_training:seed=3", "seed=9")
    assert found == {
        "seed=9": {"sami/02_data": {"seed": 9}, "sami/04_training": {"seed": 9}},
        "sami/04_training:seed=3": {"sami/04_training": {"seed": 3}},
    }
    assert parameter_overrides.merged(found, "sami/04_training") == {"seed": 3}
    assert parameter_overrides.merged(found, "sami/06_unknown") == {}
    of_targets = resolve(project, "seed=9", targets=["sami/04_training"])
    assert set(of_targets["seed=9"]) == {"sami/04_training"}
    # What a target needs can be changed by naming it.
    assert resolve(project, "sami/02_data:seed=1", targets=["sami/06_unknown"])
    assert resolve(project, "high=1", targets=["sami/06_unknown"])  # an int passes for a float


@pytest.mark.parametrize(
    ("text", "targets", "message"),
    [
        ("epoch=3", ["sami/04_training"], "declares no epoch; did you mean epochs"),
        ("epochs=3", ["sami/02_data"], "sami/02_data declares no epochs; known: sample_path, seed"),
        ("epochs=2.5", list(ORDER), "parameter epochs: expected int, received float 2.5"),
        ("name=5", list(ORDER), "parameter name: expected str, received int 5"),
        ("epochs={a: 1}", list(ORDER), "expected int, received dict"),
        ("sample_path=a", ["sami/02_data"], "sample_path cannot be set"),
        ("source=mock", list(ORDER), "--source says which"),
        ("beyond:draws=3", ["sami/04_training"], "beyond is not part of this run"),
    ],
)
def test_a_change_that_cannot_be_made_is_refused(project, text, targets, message):
    with pytest.raises(UsageError) as error:
        resolve(project, text, targets=targets)
    assert message in str(error.value)


def test_the_label_of_the_profile_tells_what_was_changed_and_is_read_back():
    resolved = {
        "rates=[0.1,0.2]": {"sami/04_training": {"rates": [0.1, 0.2]}},
        "beyond:draws=3": {"beyond/11_cards": {"draws": 3}},
    }
    assert parameter_overrides.label("quick", resolved, {"sami/02_data"}) == "quick"
    label = parameter_overrides.label("quick", resolved, {"sami/04_training", "beyond/11_cards"})
    assert label == "quick+rates=[0.1,0.2]+beyond:draws=3"
    assert parameter_overrides.recorded(label, "sami/04_training") == (
        "quick",
        {"rates": [0.1, 0.2]},
    )
    assert parameter_overrides.recorded(label, "beyond/11_cards")[1] == {
        "rates": [0.1, 0.2],
        "draws": 3,
    }
    assert parameter_overrides.recorded("full", "sami/04_training") == ("full", {})


def test_sweeps_are_ranges_or_lists_and_combine():
    assert [c.value for c in parameter_overrides.parse_sweep("seed=0..9")] == list(range(10))
    assert [c.value for c in parameter_overrides.parse_sweep("sami:name=cnn,resnet")] == [
        "cnn",
        "resnet",
    ]
    assert [c.value for c in parameter_overrides.parse_sweep("sizes=[1,2],[3]")] == [[1, 2], [3]]
    points = parameter_overrides.points(
        [
            parameter_overrides.parse_sweep("e=5,10"),
            parameter_overrides.parse_sweep("sami/4:s=-1..0"),
        ]
    )
    assert list(points) == [
        "e=5,sami_4_s=-1", "e=5,sami_4_s=0", "e=10,sami_4_s=-1", "e=10,sami_4_s=0",
    ]  # fmt: skip
    for wrong in ("seed=9..0", "seed=1,1", "seed"):
        with pytest.raises(UsageError, match="--sweep"):
            parameter_overrides.parse_sweep(wrong)
    with pytest.raises(UsageError, match="different parameters"):
        parameter_overrides.points([parameter_overrides.parse_sweep("e=5")] * 2)
    with pytest.raises(UsageError, match="punctuation"):
        parameter_overrides.points([parameter_overrides.parse_sweep("name=a/b,a-b,a:b")])


def test_without_changes_a_step_is_what_it_always_was():
    [(_, first), *_] = steps(ORDER, "full", "auto", {"full": {"sami/02_data": {"seed": 7}}})
    assert (first.rule, first.title) == ("sami_02_data", "sami/02_data")
    assert first.executed == "build/notebooks/sami/02_data.ipynb"
    # Byte for byte, since another text would run every notebook again.
    assert first.parameters == (
        '{"profile": "full", "source": "auto", "results": "../../results", '
        '"sample_path": "../../build/sami/sample.fits", "seed": 7}'
    )


def test_points_have_their_own_files_and_share_the_others():
    seeds = {f"seed={n}": {f"seed={n}": {"sami/04_training": {"seed": n}}} for n in (1, 2)}
    sweep = {"folder": "build/sweeps/s", "points": seeds, "targets": ["sami/06_unknown"]}
    made = steps(ORDER, "quick", "auto", {"quick": {}}, {}, sweep | {"fresh": ["sami/02_data"]})
    extra = [step for _, step in made[len(ORDER) :]]
    assert [step.title for step in extra] == [
        "sami/04_training [seed=1]", "sami/06_unknown [seed=1]",
        "sami/04_training [seed=2]", "sami/06_unknown [seed=2]",
    ]  # fmt: skip
    assert len({step.rule for _, step in made}) == len(made)
    last = extra[-1]
    assert last.executed == "build/sweeps/s/seed=2/notebooks/sami/06_unknown.ipynb"
    assert last.reads == ["build/sami/sample.fits", "build/sweeps/s/seed=2/sami/as_published.keras"]
    given = json.loads(last.parameters)
    assert given["profile"] == "quick+seed=2"
    assert given["results"] == "../../build/sweeps/s/seed=2/results"
    assert given["published_path"] == "../../build/sweeps/s/seed=2/sami/as_published.keras"

    made = steps(ORDER, "quick", "auto", {"quick": {}}, {}, sweep | {"fresh": []})
    [shared] = [step for _, step in made if step.title.endswith("[shared]")]
    assert shared.writes == ["build/sweeps/s/shared/sami/sample.fits"]
    # The book's files are written by the book's steps only.
    written = [file for _, step in made for file in [*step.writes, step.executed]]
    assert len(set(written)) == len(written)


def test_a_point_runs_what_is_changed_what_follows_and_what_is_read_of_results():
    first = {"seed=1": {"sami/02_data": {"seed": 1}}}
    assert own_steps(first, ["sami/06_unknown"], ORDER) == set(list(ORDER)[:3])
    assert own_steps({}, ["sami/06_unknown"], ORDER) == {"sami/06_unknown"}
    assert own_steps({}, ["beyond/11_cards"], ORDER) == {"sami/04_training", "beyond/11_cards"}


def record(folder, notebook, item, **numbers):
    Recorder(notebook, "mock", "quick", folder).numbers(item, numbers)


def test_the_table_of_a_sweep_has_every_number_and_means_over_seeds(tmp_path):
    points = parameter_overrides.points(
        [
            parameter_overrides.parse_sweep("epochs=5,10"),
            parameter_overrides.parse_sweep("seed=0..1"),
        ]
    )
    for number, point in enumerate(points):
        auc = {"as_published": 0.9, "grouped": {"value": number / 10, "low": 0.0, "high": 1.0}}
        recorded = {"auc": auc, "n_test": number, "best": "cnn", "sure": True, "none": None}
        record(tmp_path / point / "results", "sami/02_data", "sami-f2", **recorded)
    ran = dict.fromkeys(points, ["sami/02_data"])
    table, rejected = parameter_sweep.collect(tmp_path, points, ran)
    assert rejected.empty
    auc = table[(table["quantity"] == "auc") & (table["protocol"] == "grouped")]
    assert auc[["epochs", "seed"]].values.tolist() == [[5, 0], [5, 1], [10, 0], [10, 1]]
    assert auc["value"].tolist() == [0.0, 0.1, 0.2, 0.3]
    np.testing.assert_allclose(auc["mean"], [0.05, 0.05, 0.25, 0.25])
    np.testing.assert_allclose(auc["sd"], np.sqrt(0.005))
    assert set(auc["n"]) == {2} and set(auc["high"]) == {1.0}
    assert set(table["quantity"]) == {"auc", "n_test", "sure", "none"}
    assert table.loc[table["quantity"] == "none", "value"].isna().all()
    frame = parameter_sweep.summary(table)
    row = frame[(frame["quantity"] == "n_test") & (frame["epochs"] == 10)].iloc[0]
    assert (row["mean"], row["lowest"], row["highest"], row["n"]) == (2.5, 2.0, 3.0, 2)


def test_what_failed_or_is_damaged_is_rejected_and_the_rest_is_kept(tmp_path):
    points = parameter_overrides.points([parameter_overrides.parse_sweep("seed=0..3")])
    for point in points:
        record(tmp_path / point / "results", "sami/02_data", "sami-n1", n_maps=2)
    (tmp_path / "seed=1/results/sami/sami-n1.json").write_text("{")
    unfinished = {("seed=2", "sami/02_data"): "ValueError: no"}
    ran = dict.fromkeys(points, ["sami/02_data"])
    table, rejected = parameter_sweep.collect(tmp_path, points, ran, unfinished)
    assert table["seed"].tolist() == [0, 3]
    assert rejected["point"].tolist() == ["seed=2", "seed=1"]
    assert "expected JSON, received JSONDecodeError" in rejected["reason"][1]
    place = parameter_sweep._write(tmp_path / "s", table, rejected, {"profile": "quick"})
    again = Table.read(tmp_path / "s.ecsv")
    assert again.meta["profile"] == "quick"
    assert pd.read_csv(place)["value"].tolist() == list(again["value"]) == [2.0, 2.0]

    nothing, _ = parameter_sweep.collect(tmp_path, points, dict.fromkeys(points, []))
    parameter_sweep._write(tmp_path / "s", nothing, rejected, {})
    assert pd.read_csv(place).empty


def test_notebooks_and_parameters_are_listed(project):
    heads, lines = notebooks(["sami"], project)
    assert heads == ["notebook", "title", "data", "needs"]
    assert lines[2] == [
        "sami/06_unknown",
        "On sami/06_unknown",
        "",
        "sami/02_data, sami/04_training",
    ]
    assert lines[0][2] == "sami"
    _, lines = parameters("sami/04_training", "full", project)
    assert lines[:2] == [["seed", "int", "4", "random state"], ["epochs", "int", "200", ""]]
    with pytest.raises(UsageError, match="expected one of quick, full, received 'fll'"):
        parameters("sami/04_training", "fll", project)


@pytest.mark.parametrize(
    ("code", "expected"), [("pass", 0), ("raise SystemExit(3)", 1), ("import os; os.abort()", 1)]
)
def test_a_command_ends_with_0_or_1(tmp_path, code, expected):
    with batch.lock(tmp_path / "build") as locked:
        command = [sys.executable, "-c", code]
        assert batch.call(command, locked, stderr=subprocess.DEVNULL) == expected


def test_a_termination_is_passed_on_and_the_lock_is_held_to_the_end(tmp_path):
    code = "import signal, sys, time\nsignal.signal(signal.SIGTERM, lambda *_: sys.exit(0))\n"
    code += f"open({str(tmp_path / 'up')!r}, 'w')\ntime.sleep(60)"

    def stop():
        while not (tmp_path / "up").exists():
            time.sleep(0.02)
        with batch.lock(tmp_path) as second:
            assert second is None
        signal.pthread_kill(threading.main_thread().ident, signal.SIGTERM)

    thread = threading.Thread(target=stop)
    with batch.lock(tmp_path) as locked:
        thread.start()
        assert batch.call([sys.executable, "-c", code], locked) == 143
    thread.join()
