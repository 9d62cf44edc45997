"""The Snakefile, with three toy notebooks and a toy survey in place of the book's own."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from toys import keep_parts, write_notebook

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
total = int((mock_root() / "toy" / "numbers.txt").read_text()) + more
Path(sum_path).write_text(str(total))"""
USE = """from pathlib import Path
from galutils.record import Recorder
from galutils import toyplots
rec = Recorder("sami", "sami/02_use", "mock", profile, results)
rec.numbers("sami-n1", numbers={"n_maps": int(Path(sum_path).read_text())})"""


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """Lay out and build the toy project once; the tests below follow one another."""
    folder = tmp_path_factory.mktemp("project")
    ignored = shutil.ignore_patterns("_build", "__pycache__")
    for name in ("galutils", "book"):
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    keep_parts(folder / "book", "sami")
    shutil.copy(ROOT / "CHANGELOG.md", folder)
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
    write_notebook(notebooks / "02_use.ipynb", SUM, USE, title="Two")
    write_notebook(notebooks / "03_apart.ipynb", COMMON, "1 + 1", title="Three")


def run(folder, *options, data=None):
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GALUTILS_")}
    environment |= {"PYTHONPATH": str(folder)} | ({"GALUTILS_DATA": str(data)} if data else {})
    return subprocess.run(
        [sys.executable, "-m", "galutils.cli", "run", *options],
        cwd=folder, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip


def started(folder, *options, data=None):
    """Return what would start."""
    done = run(folder, "--dry-run", *options, data=data)
    assert done.returncode == 0, done.stderr
    return set(re.findall(r"start +(.*)", done.stderr))


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
        assert len(re.findall(rf"done +{step}  \d+ s  \(\d of 6\)$", done.stderr, re.M)) == 1
    assert len(done.stderr.splitlines()) == 2 * len(steps)


def test_again_nothing_runs(project):
    done = run(project)
    assert (done.returncode, done.stderr) == (0, "")


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
    assert started(project) == expected | LAST
    path.write_text(text)
    assert started(project) == set()


def test_a_change_of_the_book_or_the_report_reruns_no_notebook(project):
    edited(project / "book/intro.md", "Four publications", "The four publications")
    assert started(project) == {"book"}
    edited(project / "galutils/report.py", "Published against here", "Published and here")
    assert started(project) == LAST


def test_a_changed_parameter_reruns_its_dependents_only(project):
    assert started(project, "--profile", "more") >= {"sami/01_read", "sami/02_use"}
    unknown = run(project, "--profile", "huge")
    assert unknown.returncode == 1
    assert "profile: expected one of quick, full, more, received 'huge'" in unknown.stderr


def test_other_data_rerun_what_reads_them(project, tmp_path):
    (tmp_path / "toy").mkdir()
    (tmp_path / "toy/galaxy.fits").write_text("1")
    assert started(project, data=tmp_path) == {"sami/01_read", "sami/02_use"} | LAST
    done = run(project, data=tmp_path / "nowhere")
    assert done.returncode == 1
    assert f"GALUTILS_DATA: expected a folder, received {tmp_path}/nowhere" in done.stderr


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
