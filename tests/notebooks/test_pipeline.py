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
ORDER = {
    "sami/01_read": {"data": ["toy"], "writes": {"sum_path": "build/sami/sum.txt"}},
    "sami/02_use": {"reads": {"sum_path": "build/sami/sum.txt"}},
    "sami/03_apart": {},
}
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


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """Lay out and build the toy project once; the tests below follow one another."""
    folder = tmp_path_factory.mktemp("project")
    ignored = shutil.ignore_patterns("_build", "__pycache__")
    shutil.copytree(ROOT / "galutils", folder / "galutils", ignore=ignored)
    write_toy_book(ROOT, folder)
    text = (ROOT / "Snakefile").read_text()
    text, count = re.subn(r"^NOTEBOOKS = \{.*?^\}", f"NOTEBOOKS = {ORDER}", text, flags=re.M | re.S)
    assert count == 1
    (folder / "Snakefile").write_text(text)
    (folder / "data").mkdir()
    (folder / "galutils/toyphysics.py").write_text("OFFSET = 10\n")
    (folder / "galutils/toyplots.py").write_text("")
    (folder / "galutils/mock/toy.py").write_text(MOCK)
    write_notebooks(folder)
    profiles = "quick: {}\nfull:\n  sami/02_use: {sum_path: ../../build/sami/sum.txt}\n"
    (folder / "notebooks/profiles.yml").write_text(profiles + "more:\n  sami/01_read: {more: 5}\n")
    return folder


def write_notebooks(folder):
    notebooks = folder / "notebooks/sami"
    write_notebook(
        notebooks / "01_read.ipynb", SUM + "more: int = 0  # galaxies", READ, title="One"
    )
    write_notebook(notebooks / "02_use.ipynb", SUM + "scale: int = 1  # factor", USE, title="Two")
    write_notebook(notebooks / "03_apart.ipynb", COMMON, "1 + 1", title="Three")


def environment(folder, data=None):
    kept = {k: v for k, v in os.environ.items() if not k.startswith("GALUTILS_")}
    return kept | {"PYTHONPATH": str(folder)} | ({"GALUTILS_DATA": str(data)} if data else {})


def run(folder, *options, data=None):
    return subprocess.run(
        [sys.executable, "-m", "galutils.cli", "run", *options],
        cwd=folder, env=environment(folder, data), capture_output=True, text=True, check=False,
    )  # fmt: skip


def started(folder, *options, data=None):
    """Return what would run, and why."""
    done = run(folder, "--dry-run", *options, data=data)
    assert done.returncode == 0, done.stderr
    return dict(re.findall(r"would  (.*?)  because (.*)", done.stderr))


def contents(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def edited(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_the_book_is_built_with_a_line_for_every_step(project):
    done = run(project)
    assert done.returncode == 0, done.stderr
    assert (project / "book/_build/html/notebooks/sami/02_use.html").is_file()
    items = json.loads((project / "results/index.json").read_text())["items"]
    assert items["sami-n1"]["numbers"] == {"n_maps": 13}
    steps = ["mock toy", "sami/01_read", "sami/02_use", "sami/03_apart", "results", "book"]
    for step in steps:
        assert len(re.findall(rf"start +{step}$", done.stderr, re.M)) == 1
        ended = rf"done +{step}  \d+ s  \(\d of 6(, about \d+ \w+ left)?\)$"
        assert len(re.findall(ended, done.stderr, re.M)) == 1
    assert re.search(r"plan   6 steps$", done.stderr, re.M)
    assert len(done.stderr.splitlines()) == 1 + 2 * len(steps)
    times = json.loads((project / "build/times.json").read_text())["quick"]
    assert set(times) == {
        "mock_toy",
        "sami_01_read",
        "sami_02_use",
        "sami_03_apart",
        "index",
        "book",
    }


def test_again_nothing_runs(project):
    done = run(project)
    assert done.returncode == 0
    assert re.fullmatch(r"\S+  done   nothing to run, all is up to date\n", done.stderr)


LAST = {"results", "book"}


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        ("notebooks/sami/02_use.ipynb", "Two", "Zwei", {"sami/02_use"}),
        ("notebooks/sami/01_read.ipynb", "One", "Eins", {"sami/01_read", "sami/02_use"}),
        ("galutils/toyplots.py", "", "A = 1", {"sami/02_use"}),
        (
            "galutils/toyphysics.py",
            "10",
            "11",
            {"mock toy", "sami/01_read", "sami/02_use"},
        ),
    ],
)
def test_a_change_reruns_its_dependents_only(project, file, old, new, expected):
    path = project / file
    text = path.read_text()
    edited(path, old, new)
    found = started(project)
    assert set(found) == expected | LAST
    assert f"{file} changed" in {why for name, why in found.items() if name in expected}
    assert found["results"] == "sami/02_use runs first" if len(expected) == 1 else True
    path.write_text(text)
    assert started(project) == {}


def test_a_change_of_the_book_or_the_report_reruns_no_notebook(project):
    edited(project / "book/intro.md", "Four publications", "The four publications")
    assert set(started(project)) == {"book"}
    edited(project / "galutils/results/report.py", "Published against here", "Published and here")
    assert set(started(project)) == LAST


def test_a_changed_parameter_reruns_its_dependents_only(project):
    found = started(project, "--profile", "more")
    assert found["sami/01_read"] == "parameter more: the notebook's own, now 5"
    assert "sami/01_read runs first" in found["sami/02_use"]
    unknown = run(project, "--profile", "huge")
    assert unknown.returncode == 2
    assert "profile: expected one of quick, full, more, received 'huge'" in unknown.stderr


def test_other_data_rerun_what_reads_them(project, tmp_path):
    (tmp_path / "toy").mkdir()
    (tmp_path / "toy/galaxy.fits").write_text("1")
    assert set(started(project, data=tmp_path)) == {"sami/01_read", "sami/02_use"} | LAST
    done = run(project, data=tmp_path / "nowhere")
    assert done.returncode == 1
    assert f"GALUTILS_DATA: expected a folder, received {tmp_path}/nowhere" in done.stderr


def test_a_part_runs_with_what_it_needs_and_its_results_are_gathered(project):
    before = contents(project / "book/_build/html")
    edited(project / "notebooks/sami/01_read.ipynb", "One", "Eins")
    done = run(project, "sami/02_use", "--set", "sami/01_read:more=4")
    assert done.returncode == 0, done.stderr
    steps = re.findall(r"start +(.*)", done.stderr)
    assert steps == ["sami/01_read", "sami/02_use"]
    item = json.loads((project / "results/index.json").read_text())["items"]["sami-n1"]
    assert item["numbers"] == {"n_maps": 17}
    assert item["profile"] == "quick+sami/01_read:more=4"  # it stands on what was changed
    assert contents(project / "book/_build/html") == before
    write_notebooks(project)
    assert run(project, "sami").returncode == 0
    item = json.loads((project / "results/index.json").read_text())["items"]["sami-n1"]
    assert (item["numbers"], item["profile"]) == ({"n_maps": 13}, "quick")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["sami/02_use", "--set", "mor=4"], "sami/02_use declares no mor; known: scale, sum_path"),
        (["--set", "mor=4"], "none of the 3 notebooks declares mor; did you mean more?"),
        (["--set", "more=4.5"], "parameter more: expected int, received float 4.5"),
        (["--set", "sum_path=a"], "sum_path cannot be set; the Snakefile sets it"),
        (["--set", "profile=full"], "profile cannot be set; --profile says which"),
        (["sami/01_read", "--set", "sami/02_use:more=1"], "sami/02_use is not part of this run"),
        (["--set", "more"], "expected [STUDY or NOTEBOOK:]NAME=VALUE"),
        (["sami/01_raed"], "no study or notebook of the book; did you mean sami/01_read"),
        (["--sweep", "more=0..1"], "expected at least one study or notebook"),
    ],
)
def test_a_line_that_cannot_be_done_starts_nothing(project, options, message):
    done = run(project, *options)
    assert done.returncode == 2
    assert message in done.stderr
    assert "start" not in done.stderr


def test_a_sweep_runs_beside_the_book_and_one_bad_point_does_not_stop_it(project):
    kept = [project / name for name in ("results", "build/notebooks", "build/sami", "book/_build")]
    before = [contents(folder) for folder in kept]
    sweep = ["sami/02_use", "--name", "toy", "--sweep", "sami/01_read:more=-1,0,2"]
    done = run(project, *sweep)
    assert done.returncode == 1, done.stderr
    assert done.stdout == "build/sweeps/toy.csv: 2 rows of 3 points, 1 rejected\n"
    text = (project / "build/sweeps/toy.csv").read_text()
    assert text.splitlines() == [
        "item,quantity,protocol,sami/01_read:more,value,low,high,mean,sd,n",
        f"sami-n1,n_maps,,0,13.0,,,14.0,{2**0.5},2",
        f"sami-n1,n_maps,,2,15.0,,,14.0,{2**0.5},2",
    ]
    rejected = (project / "build/sweeps/toy_rejected.csv").read_text().splitlines()
    assert rejected[1].startswith(
        "sami_01_read_more=-1,sami/01_read,AssertionError: fewer than none"
    )
    assert rejected[2].startswith('sami_01_read_more=-1,sami/02_use,"not run: what it needs failed')

    sweep[-1] = "sami/01_read:more=0,2"
    done = run(project, *sweep)
    assert done.returncode == 0
    assert "nothing to run" in done.stderr
    assert (project / "build/sweeps/toy.csv").read_text() == text
    assert [contents(folder) for folder in kept] == before


def test_points_share_what_they_do_not_change(project):
    sweep = ["sami/02_use", "--sweep", "scale=1..2"]
    points = {"sami/02_use [scale=1]", "sami/02_use [scale=2]"}
    assert set(started(project, *sweep)) == points
    assert set(started(project, *sweep, "--set", "sami/01_read:more=3")) == points | {
        "sami/01_read [shared]"
    }
    both = ["sami", "--sweep", "more=0,3", "--sweep", "sami/02_use:scale=1..2"]
    found = set(started(project, *both))
    assert len(found) == 12
    assert "sami/03_apart [more=3,sami_02_use_scale=1]" in found


def test_a_cluster_gets_the_same_jobs(project):
    edited(project / "notebooks/sami/01_read.ipynb", "One", "Eins")
    slurm = ["--executor", "slurm", "--jobs", "20"]
    account = ["--", "--default-resources", "slurm_account=astro", "slurm_partition=cpu"]
    found = started(project, *slurm, *account)
    assert set(found) == {"sami/01_read", "sami/02_use"} | LAST
    write_notebooks(project)


def test_an_interrupt_reaches_everything_and_the_next_run_goes_on(project):
    source = 'Path("../../build/begun").touch()\nimport time\ntime.sleep(600)'
    slow = "from pathlib import Path\n" + source
    write_notebook(project / "notebooks/sami/03_apart.ipynb", COMMON, slow, title="Three")
    process = subprocess.Popen(
        [sys.executable, "-m", "galutils.cli", "run", "sami/03_apart"],
        cwd=project, env=environment(project), stderr=subprocess.PIPE, text=True,
        # what a shell starts in the background ignores interrupts, and so would its children
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip
    begun = project / "build/begun"
    end = time.monotonic() + 120
    while not begun.exists() and time.monotonic() < end:
        time.sleep(0.1)
    assert run(project).returncode == 75  # another run is at work
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 130
    write_notebooks(project)
    done = run(project)
    assert done.returncode == 0, done.stderr
    assert re.findall(r"start +(.*)", done.stderr) == ["sami/03_apart", "results", "book"]


def test_a_broken_notebook_fails_loudly_and_leaves_the_book(project):
    before = contents(project / "book/_build/html")
    write_notebook(project / "notebooks/sami/02_use.ipynb", SUM, "maps = 0\n1 / maps", title="Two")
    done = run(project)
    assert done.returncode == 1
    assert "maps = 0\n1 / maps" in done.stderr
    assert "ZeroDivisionError: division by zero" in done.stderr
    assert "FAILED sami/02_use" in done.stderr
    assert contents(project / "book/_build/html") == before
    assert not (project / "build/notebooks/sami/02_use.ipynb").exists()
    assert (project / "build/logs/sami/02_use.failed.ipynb").is_file()

    write_notebooks(project)
    assert run(project).returncode == 0
    assert not (project / "build/logs/sami/02_use.failed.ipynb").exists()
