"""A wheel, installed away from the repository, measures and classifies with shipped networks."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from classify_inputs import maps, write_map

from book.tools.imports import DATA
from galutils.store.package import PROJECT

BUILT_FROM = ("pyproject.toml", "README.md", "LICENSE", "galutils", "book/tools", "data")


def left_out(folder, names):
    """Leave out archives, caches and all networks but those with a card."""
    here = Path(folder)
    if here == PROJECT / "data":
        return set(names) - {"manifest.csv", "benchmark", "weights"}
    return {name for name in names if name == "__pycache__"}


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """Build a wheel, install it alone into a folder, and return what runs a command there."""
    folder = tmp_path_factory.mktemp("wheel")
    for name in BUILT_FROM:
        source, target = PROJECT / name, folder / "source" / name
        if source.is_dir():
            shutil.copytree(source, target, ignore=left_out)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    make = [*pip, "wheel", "./source", "--no-deps", "--no-build-isolation", "-w", "built"]
    subprocess.run(make, cwd=folder, check=True)
    [wheel] = (folder / "built").glob("*.whl")
    put = [*pip, "install", "--no-deps", "--no-index", "--target", "site", wheel]
    subprocess.run(put, cwd=folder, check=True)
    (folder / "elsewhere").mkdir()
    unset = ("GALUTILS_DATA", "GALUTILS_MOCK")
    environment = {k: v for k, v in os.environ.items() if k not in unset}
    environment["PYTHONPATH"] = str(folder / "site")

    def run(*words):
        command = [sys.executable, "-m", "galutils.cli", *words]
        where = {"cwd": folder / "elsewhere", "env": environment}
        return subprocess.run(command, capture_output=True, text=True, **where)

    run.folder = folder
    return run


def test_it_carries_what_it_needs_and_no_more(installed):
    inside = installed.folder / "site" / "galutils" / "shipped"
    assert (inside / "manifest.csv").is_file() and (inside / "benchmark" / "manga.csv").is_file()
    networks = sorted(path.name for path in (inside / "weights").iterdir())
    assert "manga_rotation.keras" in networks and "manga_rotation.card.json" in networks
    assert not [name for name in networks if name.startswith("perseus")]
    beside = {path for path in (PROJECT / "galutils").rglob("*.*") if path.suffix in DATA}
    site = installed.folder / "site"
    assert not [path for path in beside if not (site / path.relative_to(PROJECT)).is_file()]
    size = sum(path.stat().st_size for path in installed.folder.glob("built/*.whl"))
    assert size < 20e6


def test_a_folder_with_a_broken_file(installed):
    folder = installed.folder / "elsewhere" / "maps"
    for k, velocity in enumerate(maps(2)):
        write_map(folder / f"g{k}.fits", velocity, BUNIT="km/s")
    (folder / "broken.fits").write_bytes(b"SIMPLE  =")
    done = installed("measure", "maps", "--spaxel", "0.5", "-o", "measured.csv")
    assert done.returncode == 0, done.stderr
    assert "measured.csv: 2 of 3 inputs measured" in done.stdout
    table = pd.read_csv(folder.parent / "measured.csv")
    assert table["id"].tolist() == ["g0", "g1"] and np.isfinite(table["p_fast_network"]).all()
    [rejected] = pd.read_csv(folder.parent / "measured_rejected.csv").to_dict("records")
    assert rejected["id"] == "broken" and "received OSError" in rejected["reason"]
    done = installed("classify", "manga_rotation", "maps", "-o", "classes.csv")
    assert done.returncode == 0, done.stderr
    classes = pd.read_csv(folder.parent / "classes.csv")
    np.testing.assert_allclose(classes["probability"], table["p_fast_network"], atol=1e-5)


def test_what_belongs_to_the_book_says_so_in_one_line(installed):
    assert "manga" in installed("data", "status").stdout
    for command in ("run", "book", "report", "index", "drift"):
        done = installed(command)
        assert done.returncode == 2 and done.stderr.splitlines()[-1].startswith("Error: ")
    done = installed("classify", "sami_grouped", "maps")
    assert done.returncode == 2 and "a .keras file or one of " in done.stderr
