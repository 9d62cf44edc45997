"""A full disk, or a place that cannot be written: one line, no traceback, status 1."""

import resource
import subprocess
import sys

import pytest
from classify_inputs import map_model, maps, write_maps
from kills import ROOT, environment
from toys import write_notebook, write_toy_book

LIMIT = 4096  # bytes a file may grow to: what a full disk does, for one process and its children


def full():
    resource.setrlimit(resource.RLIMIT_FSIZE, (LIMIT, LIMIT))


def run(folder, *words, room=True):
    return subprocess.run(
        [sys.executable, "-m", *words], cwd=folder, env=environment(folder),
        preexec_fn=None if room else full, capture_output=True, text=True, check=False,
    )  # fmt: skip


def assert_one_line(done, *texts, status=1):
    assert done.returncode == status
    assert "Traceback" not in done.stderr
    line = done.stderr.splitlines()[-1]  # after how far it came
    assert all(text in line for text in texts), line


@pytest.fixture
def project(tmp_path):
    """Lay out a book of three pages, and a file where one might expect a folder."""
    write_toy_book(ROOT, tmp_path)
    write_notebook(tmp_path / "build/notebooks/sami/02_use.ipynb", "n: int = 1", "1 + 1")
    (tmp_path / "results").mkdir(exist_ok=True)
    (tmp_path / "results/index.json").write_text('{"items": {}}')
    (tmp_path / "file").touch()
    return tmp_path


@pytest.mark.parametrize(
    ("room", "out", "text"), [(False, "mock/sami", "too large"), (True, "file/sami", "file")]
)
def test_mock(project, room, out, text):
    words = ["galutils.cli", "mock", "sami", "--n", "3", "--out", out]
    assert_one_line(run(project, *words, room=room), f"{out}: the mock could not be written", text)
    assert not list(project.glob("mock/*")) and not list(project.glob("mock/.*"))


def test_report(project):
    for out in ("file/numbers.csv", "/proc/galutils/numbers.csv"):
        words = ["galutils.cli", "report", "--format", "csv", "--out", out]
        assert_one_line(run(project, *words), out.rpartition("/")[0])
    words = ["galutils.cli", "report", "--format", "csv", "--out", "numbers.csv"]
    assert_one_line(run(project, *words, room=False), "File too large")
    assert not list(project.glob("*numbers*"))


def test_book(project):
    done = run(project, "galutils.cli", "book", room=False)
    assert_one_line(done, "too large")
    assert not (project / "book/_build").exists()


def test_run(project):
    for rest in project.glob("build/**/*.ipynb"):
        rest.unlink()
    (project / "build/notebooks/sami").rmdir()
    (project / "build/notebooks").rmdir()
    (project / "build").rmdir()
    (project / "build").touch()  # a file in the way of the folder
    common = 'profile: str = "quick"\nsource: str = "auto"\nresults: str = "results"\n'
    write_notebook(project / "notebooks/sami/02_use.ipynb", f"{common}n: int = 1", "1 + 1")
    (project / "notebooks/order.yml").write_text("sami/02_use: {}\n")
    (project / "notebooks/profiles.yml").write_text("quick: {}\n")
    (project / "notebooks/limits.yml").write_text("[]\n")
    assert_one_line(run(project, "galutils.cli", "run"), "build")


def test_a_notebook(project):
    path = write_notebook(project / "toy.ipynb", "n: int = 1", "1 + 1")
    words = ["book.tools.run_notebook", path.name, "file/toy.ipynb", "--log", "toy.log"]
    assert_one_line(run(project, *words), "file")


def test_fetch(project):
    words = ["galutils.cli", "data", "fetch", "atlas3d", "--root", "file"]
    assert_one_line(run(project, *words), "file", status=2)  # nothing was started


def test_classify(project):
    map_model(project)
    write_maps(project / "maps", maps(60))
    words = ["galutils.cli", "classify", "maps.keras", "maps", "-o"]
    assert_one_line(run(project, *words, "file/out.csv"), "file/out.csv")
    assert_one_line(run(project, *words, "out.csv", room=False), "out.csv")
    assert not (project / "out.csv").exists()
