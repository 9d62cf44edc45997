"""The Snakefile, with three toy notebooks and a toy survey in place of the book's own."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from toys import write_notebook, write_toy_book

import galutils

ROOT = Path(galutils.__file__).parents[1]
ORDER = """
sami/01_read: {data: [toy], writes: [sum_path], minutes: 2}
sami/02_use: {reads: [sum_path]}
sami/03_apart: {}
"""
COMMON = """profile: str = "quick"  # name
source: str = "auto"  # of the data
results: str = ""  # folder
"""
SUM = COMMON + 'sum_path: str = "../../build/sami/sum.txt"  # file\n'
MOCK = """from galutils import toyphysics

def write(folder, rng, n=3):
    (folder / "numbers.txt").write_text(str(n + toyphysics.OFFSET))
"""
READ = """from pathlib import Path
from galutils.surveys import mock_root
assert more >= 0, "fewer than none"
total = int((mock_root() / "toy" / "numbers.txt").read_text()) + more
Path(sum_path).write_text(str(total))"""
USE = """from pathlib import Path
from galutils.results.record import Recorder
from galutils import toyplots
rec = Recorder("sami/02_use", "mock", profile, results)
rec.numbers("sami-n1", numbers={"n_maps": scale * int(Path(sum_path).read_text())})"""
LAST = {"results", "book"}


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Lay out and build the toy project once; return its folder and how the run ended."""
    folder = tmp_path_factory.mktemp("my galaxies – ü")
    ignored = shutil.ignore_patterns("_build", "__pycache__")
    shutil.copytree(ROOT / "galutils", folder / "galutils", ignore=ignored)
    write_toy_book(ROOT, folder)
    shutil.copy(ROOT / "Snakefile", folder)
    (folder / "galutils/toyphysics.py").write_text("OFFSET = 10\n")
    (folder / "galutils/toyplots.py").write_text("")
    (folder / "galutils/mock/toy.py").write_text(MOCK)
    more, scale = SUM + "more: int = 0  # galaxies", SUM + "scale: int = 1  # factor"
    write_notebook(folder / "notebooks/sami/01_read.ipynb", more, READ, title="One")
    write_notebook(folder / "notebooks/sami/02_use.ipynb", scale, USE, title="Two")
    write_notebook(folder / "notebooks/sami/03_apart.ipynb", COMMON, "1 + 1", title="Three")
    (folder / "notebooks/order.yml").write_text(ORDER)
    (folder / "notebooks/limits.yml").write_text("- scale > 0\n")
    profiles = "quick: {}\nfull:\n  sami/02_use: {sum_path: ../../build/sami/sum.txt}\n"
    (folder / "notebooks/profiles.yml").write_text(profiles + "more:\n  sami/01_read: {more: 5}\n")
    done = run(folder)
    assert done.returncode == 0, done.stderr
    return folder, done


@pytest.fixture
def project(built, tmp_path):
    """Copy the built project, with the times of its files, so that each test has its own."""
    return Path(shutil.copytree(built[0], tmp_path / "my galaxies – ü"))


def environment(folder, data=None):
    kept = {k: v for k, v in os.environ.items() if not k.startswith("GALUTILS_")}
    # The place of the archives is a parameter of what reads them, so it is the same for all copies.
    return kept | {"PYTHONPATH": str(folder), "GALUTILS_DATA": str(data or ROOT / "tests")}


def run(folder, *options, data=None):
    return subprocess.run(
        [sys.executable, "-m", "galutils.cli", "run", *options],
        cwd=folder, env=environment(folder, data), capture_output=True, text=True, check=False,
    )  # fmt: skip


def planned(folder, *options, data=None):
    """Return what would run, and why."""
    done = run(folder, "--dry-run", *options, data=data)
    assert done.returncode == 0, done.stderr
    return dict(re.findall(r"would  (.*?): (.*)", done.stderr))


def contents(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def edited(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_the_book_is_built_with_a_line_for_every_step_and_then_nothing_runs(built):
    folder, done = built
    assert (folder / "book/_build/html/notebooks/sami/02_use.html").is_file()
    items = json.loads((folder / "results/index.json").read_text())["items"]
    assert items["sami-n1"]["numbers"] == {"n_maps": 13}
    steps = ["mock toy", "sami/01_read", "sami/02_use", "sami/03_apart", "results", "book"]
    for step in steps:
        assert len(re.findall(rf"start +{step}$", done.stderr, re.M)) == 1
        assert len(re.findall(rf"done +{step} \(\d of 6\)$", done.stderr, re.M)) == 1
    assert len(done.stderr.splitlines()) == 2 * len(steps)
    again = run(folder)
    assert again.returncode == 0
    assert re.fullmatch(r"\S+  done   nothing to run, all is up to date\n", again.stderr)


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        ("notebooks/sami/02_use.ipynb", "Two", "Zwei", {"sami/02_use"} | LAST),
        ("notebooks/sami/01_read.ipynb", "One", "Eins", {"sami/01_read", "sami/02_use"} | LAST),
        ("galutils/toyplots.py", "", "A = 1", {"sami/02_use"} | LAST),
        (
            "galutils/toyphysics.py",
            "10",
            "11",
            {"mock toy", "sami/01_read", "sami/02_use"} | LAST,
        ),
        ("book/intro.md", "Four publications", "The four publications", {"book"}),
        ("galutils/results/report.py", '"""Gather', '"""Collect', LAST),
    ],
)
def test_a_change_reruns_its_dependents_only(project, file, old, new, expected):
    edited(project / file, old, new)
    found = planned(project)
    assert set(found) == expected
    assert file in " ".join(found.values())


def test_a_changed_parameter_reruns_its_dependents_only(project):
    found = planned(project, "--set", "more=5")
    assert set(found) == {"sami/01_read", "sami/02_use"} | LAST
    assert "Params have changed" in found["sami/01_read"]
    found = planned(project, "--profile", "more")
    assert '"more": 5' in found["sami/01_read"] and '"more": 5' not in found["sami/03_apart"]


def test_other_data_rerun_what_reads_them(project, tmp_path):
    (tmp_path / "toy").mkdir()
    (tmp_path / "toy/galaxy.fits").write_text("1")
    assert set(planned(project, data=tmp_path)) == {"sami/01_read", "sami/02_use"} | LAST
    done = run(project, data=tmp_path / "nowhere")
    assert done.returncode == 1
    assert (
        f"GALUTILS_DATA: expected a folder that can be read, received {tmp_path}/nowhere"
        in done.stderr
    )


def test_a_part_runs_with_what_it_needs_and_its_results_are_gathered(project):
    before = contents(project / "book/_build/html")
    edited(project / "notebooks/sami/01_read.ipynb", "One", "Eins")
    done = run(project, "sami/02_use", "--set", "sami/01_read:more=4")
    assert done.returncode == 0, done.stderr
    assert re.findall(r"start +(.*)", done.stderr) == ["sami/01_read", "sami/02_use"]
    item = json.loads((project / "results/index.json").read_text())["items"]["sami-n1"]
    assert item["numbers"] == {"n_maps": 17}
    assert item["profile"] == "quick+sami/01_read:more=4"  # it depends on what was changed
    assert contents(project / "book/_build/html") == before
    # Without --set the parameter is another again.
    assert set(planned(project, "sami/02_use")) == {"sami/01_read", "sami/02_use"}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["sami/02_use", "--set", "mor=4"], "sami/02_use declares no mor; known: scale, sum_path"),
        (["--set", "mor=4"], "none of the 3 notebooks declares mor; did you mean more?"),
        (["--set", "more=4.5"], "parameter more: expected int, received float 4.5"),
        (["--set", "sum_path=a"], "sum_path is set by the pipeline"),
        (["--set", "profile=full"], "profile is set by --profile"),
        (["sami/01_read", "--set", "sami/02_use:more=1"], "sami/02_use is not part of this run"),
        (["--set", "more"], "expected [STUDY or NOTEBOOK:]NAME=VALUE"),
        (["sami/01_raed"], "no study or notebook of the book; did you mean sami/01_read"),
        (["--sweep", "more=0..1"], "expected at least one study or notebook"),
        (["sami/02_use", "--sweep", "sami/01_read:more=0,1"], "name sami/01_read among the noteb"),
        (["--profile", "huge"], "expected one of quick, full, more, received 'huge'"),
    ],
)
def test_a_line_that_cannot_be_done_starts_nothing(built, options, message):
    done = run(built[0], *options)
    assert done.returncode == 2
    assert message in done.stderr
    assert "start" not in done.stderr


def test_a_sweep_runs_beside_the_book_and_one_bad_point_does_not_stop_it(project):
    kept = [project / name for name in ("results", "build/notebooks", "build/sami", "book/_build")]
    before = [contents(folder) for folder in kept]
    sweep = ["sami/01_read", "sami/02_use", "--sweep", "more=-1,0,2"]
    done = run(project, *sweep)
    assert done.returncode == 1, done.stderr
    table = project / "build/sweeps/sami-01_read-sami-02_use-more.csv"
    assert done.stdout.endswith("more.csv: 2 rows of 3 points, 1 rejected\n")
    text = table.read_text()
    assert text.splitlines() == [
        "item,quantity,protocol,more,value,low,high,mean,sd,n",
        f"sami-n1,n_maps,,0,13.0,,,14.0,{2**0.5},2",
        f"sami-n1,n_maps,,2,15.0,,,14.0,{2**0.5},2",
    ]
    assert re.findall(r"rejected: (\S+):", done.stderr) == ["more=-1"]
    log = project / "build/sweeps/sami-01_read-sami-02_use-more/more=-1/logs/sami/01_read.log"
    assert "AssertionError: fewer than none" in log.read_text()

    sweep[-1] = "more=0,2"
    done = run(project, *sweep)
    assert done.returncode == 0
    assert "nothing to run" in done.stderr
    assert table.read_text() == text
    assert [contents(folder) for folder in kept] == before


def test_a_cluster_gets_the_same_jobs(project):
    edited(project / "notebooks/sami/01_read.ipynb", "One", "Eins")
    slurm = ["--executor", "slurm", "--jobs", "20"]
    account = ["--", "--default-resources", "slurm_account=astro", "slurm_partition=cpu"]
    found = planned(project, *slurm, *account)
    assert set(found) == {"sami/01_read", "sami/02_use"} | LAST


def test_an_interrupt_reaches_everything_and_the_next_run_goes_on(project):
    notebook = project / "notebooks/sami/03_apart.ipynb"
    kept = notebook.read_text()
    slow = 'from pathlib import Path\nPath("../../build/begun").touch()\nimport time\n'
    write_notebook(notebook, COMMON, slow + "time.sleep(600)", title="Three")
    process = subprocess.Popen(
        [sys.executable, "-m", "galutils.cli", "run", "sami/03_apart"],
        cwd=project, env=environment(project), stderr=subprocess.PIPE, text=True,
        # as a shell starts what runs in the background
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),
    )  # fmt: skip
    begun = project / "build/begun"
    end = time.monotonic() + 120
    while not begun.exists() and time.monotonic() < end:
        time.sleep(0.1)
    assert run(project).returncode == 75  # another run is at work
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 130
    notebook.write_text(kept)
    done = run(project, "sami/03_apart")
    assert done.returncode == 0, done.stderr
    assert re.findall(r"start +(.*)", done.stderr) == ["sami/03_apart"]


def test_a_broken_notebook_fails_loudly_and_leaves_the_book(project):
    before = contents(project / "book/_build/html")
    notebook = project / "notebooks/sami/02_use.ipynb"
    kept = notebook.read_text()
    write_notebook(notebook, SUM, "maps = 0\n1 / maps", title="Two")
    done = run(project)
    assert done.returncode == 1
    assert "maps = 0\n1 / maps" in done.stderr
    assert "ZeroDivisionError: division by zero" in done.stderr
    assert "FAILED sami/02_use" in done.stderr
    assert contents(project / "book/_build/html") == before
    assert not (project / "build/notebooks/sami/02_use.ipynb").exists()
    assert (project / "build/logs/sami/02_use.failed.ipynb").is_file()

    notebook.write_text(kept)
    assert run(project, "sami/02_use").returncode == 0
    assert not (project / "build/logs/sami/02_use.failed.ipynb").exists()
