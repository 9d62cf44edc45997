"""What it costs to begin: imports, command line, kernels; and the book by notebook."""

import json
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

ROOT = Path(__file__).parents[1]
CELLS = {
    "empty notebook": "",
    "notebook with TensorFlow": "import keras\nkeras.Model()",
}


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("import galutils", ["-c", "import galutils"]),
        ("galutils --help", ["-m", "galutils.cli", "--help"]),
    ],
)
def test_start(cost, name, arguments):
    command = [sys.executable, *arguments]
    cost(
        name, lambda: subprocess.run(command, check=True, capture_output=True, cwd=ROOT),
        says="a new process, Python's own start included", rounds=9,
    )  # fmt: skip


def seconds_of(source, folder):
    """Run a notebook of one cell, as `galutils run` does."""
    cells = [
        new_code_cell("profile: str = 'quick'  # none", metadata={"tags": ["parameters"]}),
        new_code_cell(source),
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    path, log = folder / "one.ipynb", folder / "one.log"
    nbformat.write(new_notebook(cells=cells, metadata={"kernelspec": kernel}), path)
    start = time.perf_counter()
    command = [
        sys.executable,
        "-m",
        "book.tools.run_notebook",
        path,
        folder / "out.ipynb",
        "--log",
        log,
    ]
    subprocess.run(command, check=True, capture_output=True, cwd=ROOT)
    return time.perf_counter() - start


@pytest.mark.parametrize("name", CELLS)
def test_notebook(cost, tmp_path, name):
    cost(
        name, lambda: seconds_of(CELLS[name], tmp_path),
        says="python -m book.tools.run_notebook of a notebook with one cell", rounds=3, warm=0,
    )  # fmt: skip


def test_book(collector):
    """Take what the executed notebooks of the last run say, where there was one."""
    steps = {}
    for path in sorted(ROOT.glob("build/notebooks/*/*.ipynb")):
        told = json.loads(path.read_text())["metadata"]["papermill"]
        steps[f"{path.parent.name}/{path.stem}"] = round(told["duration"], 1)
    kept = json.loads(collector.path.read_text())
    if not steps:
        return
    start = kept["notebook with TensorFlow"]["median"]
    collector.add(
        "book",
        {
            "ratio": None, "target": None, "unit": "s", "median": sum(steps.values()),
            "ours": "galutils run, quick profile: seconds of each notebook, two at a time",
            "notebooks": steps, "start_share": start * len(steps) / sum(steps.values()),
        },
    )  # fmt: skip
