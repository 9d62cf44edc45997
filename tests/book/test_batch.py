"""What is run: the order, selection, changed parameters, steps and sweeps."""

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
import yaml
from toys import write_notebook

import galutils
from book.tools import batch, parameter_overrides
from book.tools import steps as steps_module
from book.tools.order import UsageError, priorities, profile_values, read, select, upstream
from book.tools.parameter_overrides import parse, parse_sweep
from book.tools.steps import steps
from galutils.results.record import Recorder

ROOT = Path(galutils.__file__).parents[1]
ORDER = """
sami/02_data: {data: [sami], writes: [sample_path]}
sami/04_training: {reads: [sample_path], writes: [published_path], minutes: 5}
sami/06_unknown: {reads: [sample_path, published_path]}
beyond/11_cards: {after: [sami/04_training]}
"""
COMMON = 'profile: str = "quick"  # name\nsource: str = "auto"  # of the data\n'
COMMON += 'results: str = "../../results"  # folder\n'
SAMPLE = 'sample_path: str = "../../build/sami/sample.fits"  # file\n'
PUBLISHED = 'published_path: str = "../../build/sami/as_published.keras"  # file\n'
PARAMETERS = {
    "sami/02_data": f"{SAMPLE}seed: int = 2  # random state",
    "sami/04_training": f"{SAMPLE}{PUBLISHED}seed: int = 4  # random state\n"
    "epochs: int = 5\nrates: list = [0.1]",
    "sami/06_unknown": f"{SAMPLE}{PUBLISHED}high: float = 0.95  # probability above which\n"
    'name: str = "cnn"',
    "beyond/11_cards": "draws: int = 300",
}


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("toy")
    for name, text in PARAMETERS.items():
        write_notebook(folder / f"notebooks/{name}.ipynb", COMMON + text, title=f"On {name}")
    (folder / "notebooks/order.yml").write_text(ORDER)
    profiles = "quick: {}\nfull:\n  sami/04_training: {epochs: 200}\n"
    (folder / "notebooks/profiles.yml").write_text(profiles)
    limits = "- epochs >= 1\n- all(0 < rate < high for rate in rates)\n"
    limits += "- high > 0.9\n- name != 'cnn' or sami_04_training.epochs < 300\n"
    (folder / "notebooks/limits.yml").write_text(limits)
    return folder


@pytest.fixture
def order(project, monkeypatch):
    """Stand in the toy project and read its order."""
    monkeypatch.chdir(project)
    return read()


def resolve(order, *texts, targets=()):
    return parameter_overrides.resolve([parse(t) for t in texts], list(targets or order), order)


def test_the_order_takes_each_path_from_the_notebook_that_names_it(order, project, tmp_path):
    assert list(order) == list(PARAMETERS)
    assert order["sami/02_data"]["writes"] == {"sample_path": "build/sami/sample.fits"}
    assert order["sami/06_unknown"]["reads"] == {
        "sample_path": "build/sami/sample.fits",
        "published_path": "build/sami/as_published.keras",
    }
    assert list(read(ROOT))[0] == "sami/01_introduction"
    with pytest.raises(UsageError, match="run from the project's root"):
        read(project / "notebooks")
    (tmp_path / "notebooks").symlink_to(project / "notebooks")
    (tmp_path / "notebooks").unlink()
    write_notebook(tmp_path / "notebooks/sami/02_data.ipynb", COMMON)
    (tmp_path / "notebooks/order.yml").write_text("sami/02_data: {reads: [sample_path]}")
    with pytest.raises(UsageError, match="sami/02_data declares no parameter 'sample_path'"):
        read(tmp_path)


def test_targets_are_studies_notebooks_or_their_files(order):
    assert select([], order) == list(order)
    assert select(["sami"], order) == list(order)[:3]
    assert select(["beyond", "notebooks/sami/04_training.ipynb"], order) == [
        "sami/04_training", "beyond/11_cards",
    ]  # fmt: skip
    with pytest.raises(UsageError, match="did you mean sami/04_training"):
        select(["sami/04_trainings"], order)


def test_upstream_follows_files_and_results(order):
    assert upstream("sami/02_data", order) == set()
    assert upstream("beyond/11_cards", order) == {"sami/02_data", "sami/04_training"}


def test_what_begins_the_longest_chain_comes_first(order):
    assert priorities(order) == {
        "sami/02_data": 7, "sami/04_training": 6, "sami/06_unknown": 1, "beyond/11_cards": 1,
    }  # fmt: skip


def test_a_profile_is_one_of_those_there_are(project):
    assert profile_values("full", project) == {"sami/04_training": {"epochs": 200}}
    with pytest.raises(UsageError, match="expected one of quick, full, received 'fll'"):
        profile_values("fll", project)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("n=200", 200), ("n=-2", -2), ("n=1e-3", 0.001), ("n=True", True), ("n=true", True),
        ("n=cnn", "cnn"), ("n='5'", "5"), ("n=[1, 2]", [1, 2]), ("n=(1,2)", [1, 2]),
        ("n=[a, b]", ["a", "b"]), ("n=a=b", "a=b"),
    ],
)  # fmt: skip
def test_values_are_python_or_yaml(text, value):
    change = parse(f"sami/04_training:{text}")
    assert (change.scope, change.parameter, change.value) == ("sami/04_training", "n", value)
    assert type(change.value) is type(value)


@pytest.mark.parametrize("text", ["n", "=3", "n=", "2n=3", "a b:n=3", "n=[1", "n=010", "n=[1,-08]"])
def test_what_is_no_change_is_refused(text):
    with pytest.raises(UsageError, match="expected"):
        parse(text)


def test_a_plain_name_is_for_every_target_that_has_it_and_a_place_wins(order):
    found = resolve(order, "sami/04_training:seed=3", "seed=9")
    assert found == {
        "seed=9": {"sami/02_data": {"seed": 9}, "sami/04_training": {"seed": 9}},
        "sami/04_training:seed=3": {"sami/04_training": {"seed": 3}},
    }
    assert parameter_overrides.merged(found, "sami/04_training") == {"seed": 3}
    assert parameter_overrides.merged(found, "sami/06_unknown") == {}
    of_targets = resolve(order, "seed=9", targets=["sami/04_training"])
    assert set(of_targets["seed=9"]) == {"sami/04_training"}
    # What a target needs can be changed by naming it.
    assert resolve(order, "sami/02_data:seed=1", targets=["sami/06_unknown"])
    assert resolve(order, "high=1", targets=["sami/06_unknown"])  # an int passes for a float


@pytest.mark.parametrize(
    ("text", "targets", "message"),
    [
        ("epoch=3", ["sami/04_training"], "declares no epoch; did you mean epochs"),
        ("epochs=3", ["sami/02_data"], "sami/02_data declares no epochs; known: sample_path, seed"),
        ("epochs=2.5", [], "parameter epochs: expected int, received float 2.5"),
        ("name=5", [], "parameter name: expected str, received int 5"),
        ("epochs={a: 1}", [], "expected int, received dict"),
        ("sample_path=a", ["sami/02_data"], "sample_path is set by the pipeline"),
        ("source=mock", [], "source is set by --source"),
        ("beyond:draws=3", ["sami/04_training"], "beyond is not part of this run"),
    ],
)
def test_a_change_that_cannot_be_made_is_refused(order, text, targets, message):
    with pytest.raises(UsageError) as error:
        resolve(order, text, targets=targets)
    assert message in str(error.value)


def test_the_label_of_the_profile_tells_what_was_changed():
    resolved = {
        "rates=[0.1,0.2]": {"sami/04_training": {"rates": [0.1, 0.2]}},
        "beyond:draws=3": {"beyond/11_cards": {"draws": 3}},
    }
    assert parameter_overrides.label("quick", resolved, {"sami/02_data"}) == "quick"
    label = parameter_overrides.label("quick", resolved, {"sami/04_training", "beyond/11_cards"})
    assert label == "quick+rates=[0.1,0.2]+beyond:draws=3"


def test_a_sweep_is_a_range_or_a_list():
    assert [c.value for c in parse_sweep("seed=0..9")] == list(range(10))
    assert [c.value for c in parse_sweep("sami:name=cnn,resnet")] == ["cnn", "resnet"]
    assert [c.value for c in parse_sweep("sizes=[1,2],[3]")] == [[1, 2], [3]]
    assert [c.folder for c in parse_sweep("sami/4:s=-1..0")] == ["sami_4_s=-1", "sami_4_s=0"]
    for wrong in ("seed=9..0", "seed=1,1", "seed", "name=a/b,a-b,a:b"):
        with pytest.raises(UsageError, match="--sweep"):
            parse_sweep(wrong)


def test_a_step_has_the_parameters_of_the_profile_and_the_paths_of_the_order(order):
    _, step, *_ = steps(order, "full", "auto")
    assert (step.rule, step.title) == ("sami_04_training", "sami/04_training")
    assert step.executed == "build/notebooks/sami/04_training.ipynb"
    # Byte for byte, since another text would run every notebook again.
    assert step.parameters == (
        '{"profile": "full", "source": "auto", "results": "../../results", '
        '"sample_path": "../../build/sami/sample.fits", '
        '"published_path": "../../build/sami/as_published.keras", "epochs": 200}'
    )


def test_the_points_of_a_sweep_have_their_own_files_and_read_the_others(order):
    seeds = {f"seed={n}": {f"seed={n}": {"sami/04_training": {"seed": n}}} for n in (1, 2)}
    targets = ["sami/04_training", "sami/06_unknown"]
    sweep = {"folder": "build/sweeps/s", "points": seeds, "targets": targets}
    made = steps(order, "quick", "auto", {}, sweep)
    assert [step.title for step in made[len(order) :]] == [
        "sami/04_training [seed=1]", "sami/06_unknown [seed=1]",
        "sami/04_training [seed=2]", "sami/06_unknown [seed=2]",
    ]  # fmt: skip
    assert len({step.rule for step in made}) == len(made)
    last = made[-1]
    assert last.executed == "build/sweeps/s/seed=2/notebooks/sami/06_unknown.ipynb"
    assert last.reads == ["build/sami/sample.fits", "build/sweeps/s/seed=2/sami/as_published.keras"]
    given = json.loads(last.parameters)
    assert given["profile"] == "quick+seed=2"
    assert given["results"] == "../../build/sweeps/s/seed=2/results"
    assert given["published_path"] == "../../build/sweeps/s/seed=2/sami/as_published.keras"
    # The book's files are written by the book's steps only.
    written = [file for step in made for file in [*step.writes, step.executed]]
    assert len(set(written)) == len(written)


def point(folder, name, **numbers):
    """Lay out a point of a sweep: an executed notebook and what it recorded."""
    place = folder / name
    (place / "notebooks/sami").mkdir(parents=True)
    (place / "notebooks/sami/02_data.ipynb").touch()
    Recorder("sami/02_data", "mock", "quick", place / "results").numbers("sami-f2", numbers)


def collected(folder, points):
    """Collect a sweep; return the status and the table."""
    return batch.collect(folder / "s", points, ["sami/02_data"]), pd.read_csv(folder / "s.csv")


def test_the_table_of_a_sweep_has_every_number_and_their_spread(tmp_path):
    points = {change.folder: change for change in parse_sweep("seed=0..3")}
    for number, name in enumerate(points):
        auc = {"as_published": 0.9, "grouped": {"value": number / 10, "low": 0.0, "high": 1.0}}
        rest = {"n_test": number, "best": "cnn", "sure": True, "none": None}
        point(tmp_path / "s", name, auc=auc, **rest)
    status, table = collected(tmp_path, points)
    assert status == 0
    auc = table[(table["quantity"] == "auc") & (table["protocol"] == "grouped")]
    assert auc["seed"].tolist() == [0, 1, 2, 3]
    assert auc["value"].tolist() == [0.0, 0.1, 0.2, 0.3]
    np.testing.assert_allclose(auc["mean"], 0.15)
    np.testing.assert_allclose(auc["sd"], np.std([0, 0.1, 0.2, 0.3], ddof=1))
    assert set(auc["n"]) == {4} and set(auc["high"]) == {1.0}
    assert set(table["quantity"]) == {"auc", "n_test", "sure", "none"}
    assert table.loc[table["quantity"] == "none", "value"].isna().all()


def test_what_failed_or_is_damaged_is_rejected_and_the_rest_is_kept(tmp_path, capsys):
    points = {change.folder: change for change in parse_sweep("sizes=[1],[2],[3],[4]")}
    _, second, third, _ = points
    for name in points:
        point(tmp_path / "s", name, n_maps=2)
    (tmp_path / f"s/{second}/results/sami/sami-f2.json").write_text("{")
    (tmp_path / f"s/{third}/notebooks/sami/02_data.ipynb").unlink()
    status, table = collected(tmp_path, points)
    assert status == 1
    assert table["sizes"].tolist() == ["[1]", "[4]"] and table["value"].tolist() == [2, 2]
    told = capsys.readouterr().err.splitlines()
    assert [line.split(": ")[1] for line in told] == [second, third]
    assert "expected JSON, received JSONDecodeError" in told[0]
    assert f"see {tmp_path}/s/{third}/logs" in told[1]

    status, table = collected(tmp_path, {third: points[third]})
    assert status == 1 and table.empty


def options(**given):
    plain = {"targets": [], "profile": "quick", "source": "auto", "set": [], "sweep": None,
             "jobs": 2, "executor": "", "dry_run": False, "list": False, "more": []}  # fmt: skip
    return json.dumps({**plain, **given})


@pytest.fixture
def snakemake(order, monkeypatch):
    """Collect the commands that would be run; all fail."""
    calls = []
    monkeypatch.setattr(batch, "wait", lambda command, **_: calls.append(command) or 1)
    return calls


def call(monkeypatch, **given):
    monkeypatch.setattr(sys, "argv", ["batch", options(**given)])
    return batch.main()


def test_the_choice_is_handed_to_snakemake(snakemake, monkeypatch):
    assert call(monkeypatch, profile="full", source="mock", jobs=3, set=["seed=9"]) == 1
    [command] = snakemake
    assert command[1:7] == ["-m", "snakemake", "--cores", "3", "--configfile", "build/run.json"]
    assert "--dry-run" not in command
    config = json.loads(Path("build/run.json").read_text())
    assert (config["profile"], config["source"]) == ("full", "mock")
    assert set(config["set"]["seed=9"]) == {"sami/02_data", "sami/04_training"}
    more = {"executor": "slurm", "jobs": 9, "dry_run": True, "more": ["--quiet"]}
    assert call(monkeypatch, targets=["sami/02_data"], **more) == 1
    command = snakemake[1]
    assert command[3:8] == [
        "build/notebooks/sami/02_data.ipynb", "--executor", "slurm", "--jobs", "9",
    ]  # fmt: skip
    assert command[-2:] == ["--dry-run", "--quiet"]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"epochs": 0}, r"sami/04_training.ipynb: expected epochs >= 1, received {'epochs': 0}"),
        ({"epoch": 9}, r"sami/04_training.ipynb: unknown parameter epoch; expected one of"),
        ({"epochs": 9.5}, r"parameter epochs: expected int, received float 9.5"),
        # of a notebook that another one needs; rates and high are declared by no notebook together
        ({"epochs": 300, "rates": [2.0]}, r"sami/06_unknown.ipynb: expected name != 'cnn' or"),
    ],
)
def test_a_profile_that_contradicts_a_notebook_starts_nothing(
    snakemake, monkeypatch, capsys, given, message
):
    monkeypatch.setattr(steps_module, "profile_values", lambda profile: {"sami/04_training": given})
    assert call(monkeypatch) == 2 and snakemake == []
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("profile", ("quick", "thorough", "full"))
def test_every_profile_of_the_book_keeps_within_the_limits(profile, monkeypatch):
    monkeypatch.chdir(ROOT)
    steps_module.check(steps(read(), profile, "auto"), read())


def test_every_limit_holds_for_some_notebook(monkeypatch):
    """Each limit is checked where it should be, so its opposite is refused."""
    monkeypatch.chdir(ROOT)
    lines, order = yaml.safe_load(Path("notebooks/limits.yml").read_text()), read()
    made = steps(order, "quick", "auto")
    for line in lines:
        monkeypatch.setattr(
            steps_module.yaml, "safe_load", lambda text, line=line: [f"not ({line})"]
        )
        with pytest.raises(UsageError, match="expected not"):
            steps_module.check(made, order)


def test_full_crops_below_the_side_are_refused(monkeypatch):
    monkeypatch.chdir(ROOT)
    order, changed = read(), {"side=224": {"arms/06_image_size": {"side": 224}}}
    with pytest.raises(UsageError, match="arms/06_image_size.ipynb: expected all"):
        steps_module.check(steps(order, "full", "auto", changed), order)


def test_two_runs_in_one_folder_do_not_mix(snakemake, monkeypatch, capsys):
    import fcntl

    Path("build").mkdir(exist_ok=True)
    with open("build/.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert call(monkeypatch) == 75
    assert snakemake == []
    assert "another run is at work" in capsys.readouterr().err
    assert call(monkeypatch) == 1


def test_notebooks_and_parameters_are_listed(order, monkeypatch, capsys):
    assert call(monkeypatch, targets=["sami"], list=True) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "On sami/06_unknown" in lines[2]
    assert "needs sami/02_data, sami/04_training" in lines[2] and "needs sami" in lines[0]
    assert call(monkeypatch, targets=["sami/04_training"], profile="full", list=True) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.strip() for line in lines[1:3]] == [
        "seed: int = 4  # random state", "epochs: int = 200  #",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("code", "expected"), [("pass", 0), ("raise SystemExit(3)", 1), ("import os; os.abort()", 1)]
)
def test_a_command_ends_with_0_or_1(code, expected):
    assert batch.wait([sys.executable, "-c", code], stderr=subprocess.DEVNULL) == expected


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_is_passed_on(tmp_path, number, status):
    code = f"import signal, sys, time\nsignal.signal({int(number)}, lambda *_: sys.exit(0))\n"
    code += f"open({str(tmp_path / 'up')!r}, 'w')\ntime.sleep(60)"

    def stop():
        while not (tmp_path / "up").exists():
            time.sleep(0.02)
        signal.pthread_kill(threading.main_thread().ident, number)

    thread = threading.Thread(target=stop)
    thread.start()
    assert batch.wait([sys.executable, "-c", code]) == status
    thread.join()
