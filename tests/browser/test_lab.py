"""Notebooks in a running JupyterLab, behind its token, by clicks and keys."""

import json
import os
import secrets
import shutil
import subprocess
import sys
import time
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import expect

import galutils
from book.tools.run_notebook import execute

ROOT = Path(galutils.__file__).parents[1]
BOOKKEEPING = "notebooks/beyond/05_bookkeeping.ipynb"  # needs no data and no training
PATIENCE = 120_000  # ms: a kernel starts, or a cell runs

# A galaxy in each corner of the plane, with a velocity field each.
SAMPLE = """import numpy as np
from astropy.table import Table
x = np.linspace(-1, 1, 20)
sample = Table({
    "catid": [101, 102, 103, 104],
    "ellipticity": [0.1, 0.1, 0.8, 0.8],
    "lambda_r": [0.1, 0.7, 0.1, 0.7],
    "velocity": np.arange(1, 5)[:, None, None] * np.ones((20, 1)) * x * 40,
})
sample["velocity"].unit = "km/s"
"""


class Lab:
    """A JupyterLab of a folder; nobody's settings are read or changed."""

    def __init__(self, folder):
        self.folder, self.token = folder, secrets.token_hex(16)
        private = folder.with_name("jupyter")
        settings = private / "config/lab/user-settings/@jupyterlab/apputils-extension"
        settings.mkdir(parents=True)
        quiet = {"fetchNews": "false", "checkForUpdates": False}  # they ask other hosts
        (settings / "notification.jupyterlab-settings").write_text(json.dumps(quiet))
        places = {
            f"JUPYTER_{name.upper()}_DIR": str(private / name)
            for name in ("config", "data", "runtime")
        }
        places |= {"JUPYTER_TOKEN": self.token, "IPYTHONDIR": str(private / "ipython")}
        options = ["--no-browser", "--ServerApp.ip=127.0.0.1", "--ServerApp.port=0"]
        options += ["--ServerApp.allow_root=True", f"--ServerApp.root_dir={folder}"]
        self.log = private / "log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "jupyterlab", *options],
                env=os.environ | places,
                stdout=log,
                stderr=log,
            )
        self.url = self._wait(private / "runtime")

    def _wait(self, runtime):
        """Return the address once the server answers."""
        for _ in range(600):
            assert self.process.poll() is None, self.log.read_text()
            for file in runtime.glob("jpserver-*.json"):
                try:
                    url = json.loads(file.read_text())["url"]
                    urlopen(f"{url}api", timeout=5).close()
                    return url
                except (OSError, ValueError):
                    pass  # half written, or not listening yet
            time.sleep(0.2)
        raise AssertionError(self.log.read_text())

    def open(self, page, notebook):
        """Open a notebook with the token and wait for its kernel."""
        workspace = f"{self.url}lab/workspaces/{Path(notebook).stem}"  # nothing else is open in it
        page.goto(f"{workspace}/tree/{notebook}?token={self.token}")
        expect(page.locator("#jp-bottom-panel")).to_contain_text("| Idle", timeout=PATIENCE)

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lab") / "project"
    place = folder / BOOKKEEPING
    place.parent.mkdir(parents=True)
    shutil.copy(ROOT / BOOKKEEPING, place)
    toy = new_notebook(
        cells=[new_code_cell(SAMPLE), new_code_cell("import galutils\ngalutils.explore(sample)")],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    )
    nbformat.write(toy, folder / "explore.ipynb")
    started = Lab(folder)
    yield started
    started.stop()


def run_cell_by_cell(page, cells):
    """Press Shift+Enter on every cell, and wait for each that is code."""
    page.locator(".jp-Notebook .jp-Cell").first.click()
    page.keyboard.press("Escape")
    count = 0
    for cell in cells:
        page.keyboard.press("Shift+Enter")
        if cell.cell_type == "code":
            count += 1
            prompt = page.locator(".jp-Notebook .jp-InputPrompt", has_text=f"[{count}]:")
            expect(prompt).to_have_count(1, timeout=PATIENCE)


def test_without_the_token_nothing_is_shown(lab, page):
    with pytest.raises(HTTPError) as refused:
        urlopen(f"{lab.url}api/contents")
    assert refused.value.code == 403
    refused.value.close()
    page.goto(f"{lab.url}lab/tree/explore.ipynb")
    assert "/login" in page.url
    assert page.locator(".jp-Notebook").count() == 0
    page.goto(f"{lab.url}lab?token={'0' * 32}")
    assert "/login" in page.url


def test_the_explorer_answers_a_click(lab, page):
    page.set_viewport_size({"width": 1500, "height": 1000})
    lab.open(page, "explore.ipynb")
    page.locator(".jp-Notebook").click()
    page.locator(".lm-MenuBar-itemLabel", has_text="Run").click()
    page.locator(".lm-Menu-itemLabel", has_text="Run All Cells").first.click()
    explorer = page.locator(".galutils-explorer")
    expect(explorer).to_be_visible(timeout=PATIENCE)
    expect(page.locator(".galutils-explorer-count")).to_contain_text("4")
    title = page.locator(".galutils-explorer-title")
    plane = explorer.locator(".jupyter-matplotlib-canvas-div").first
    expect(plane).to_be_visible()
    box = plane.bounding_box()
    corners = {"104": (0.8, 0.2), "102": (0.25, 0.2), "103": (0.8, 0.8), "101": (0.25, 0.8)}
    for identifier, (right, down) in corners.items():
        plane.click(position={"x": right * box["width"], "y": down * box["height"]})
        expect(title).to_contain_text(identifier)


def test_cell_by_cell_records_what_the_pipeline_records(lab, page, tmp_path):
    notebook = lab.folder / BOOKKEEPING
    cells = nbformat.read(notebook, as_version=4).cells
    given = {"results": str(tmp_path / "pipeline")}
    execute(notebook, tmp_path / "executed.ipynb", given, tmp_path / "log")
    lab.open(page, BOOKKEEPING)
    run_cell_by_cell(page, cells)
    page.keyboard.press("Control+s")
    expect(page.locator(".jp-mod-dirty")).to_have_count(0)
    saved = nbformat.read(notebook, as_version=4)
    outputs = [output for cell in saved.cells for output in cell.get("outputs", [])]
    assert outputs
    assert [output for output in outputs if output.output_type == "error"] == []
    here, there = lab.folder / "results", tmp_path / "pipeline"
    names = sorted(path.relative_to(there) for path in there.rglob("*.*"))
    assert len(names) > 5
    assert sorted(path.relative_to(here) for path in here.rglob("*.*")) == names
    differ = [name for name in names if (here / name).read_bytes() != (there / name).read_bytes()]
    assert differ == []
