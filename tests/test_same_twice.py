"""The same seed gives the same results in another process, and notebooks write where they may."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from kills import ROOT, contents

from galutils import mock, spatial
from galutils.mock import sami as mock_sami

# Runs in the kernel before the notebook, and lists what is opened for writing, moved or removed.
WATCH = """
import os, sys
def _watch(event, arguments, log=os.open({log!r}, os.O_WRONLY | os.O_CREAT | os.O_APPEND)):
    writes = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
    if event == "open" and isinstance(arguments[2], int) and not arguments[2] & writes:
        return
    if event in ("open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.link", "os.symlink",
                 "os.truncate", "shutil.rmtree"):
        names = [one for one in arguments[:2] if isinstance(one, (str, bytes, os.PathLike))]
        for name in names[: 2 if event == "os.rename" else 1]:
            os.write(log, (os.path.abspath(os.fsdecode(name)) + "\\n").encode())
sys.addaudithook(_watch)
del _watch
"""
NOTEBOOKS = {  # what they write besides results, and smaller settings
    "perseus/04_metrics": ({}, {}),
    "beyond/05_bookkeeping": ({}, {}),
    "sami/02_data": ({"sample_path": "sample.fits"}, {}),
    "sami/07_spatial_clustering": ({"moran_path": "moran.csv"}, {"sample_path": "sample.fits"}),
}
FREE = [Path("/dev"), Path("/proc"), Path.home() / ".cache", Path.home() / ".config"]


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    folder = tmp_path_factory.mktemp("archive") / "mock"
    mock.publish(mock_sami.write, folder / "sami", 150, 5)
    (folder.parent / "data").mkdir()
    return folder.parent


def execute(name, folder, archive, read):
    """Execute a notebook in a process of its own; return the paths it has written to."""
    for part in ("ipython/profile_default/startup", "scratch"):
        (folder / part).mkdir(parents=True)
    watched = folder / "watched"
    startup = folder / "ipython/profile_default/startup/watch.py"
    startup.write_text(WATCH.format(log=str(watched)))
    writes, reads = NOTEBOOKS[name]
    parameters = {"source": "mock", "results": str(folder / "results")}
    parameters |= {parameter: str(folder / file) for parameter, file in writes.items()}
    parameters |= {parameter: str(read / file) for parameter, file in reads.items()}
    environment = os.environ | {
        "PYTHONPATH": str(ROOT), "IPYTHONDIR": str(folder / "ipython"),
        "TMPDIR": str(folder / "scratch"), "GALUTILS_DATA": str(archive / "data"),
        "GALUTILS_MOCK": str(archive / "mock"), "PYTHONDONTWRITEBYTECODE": "1",
    }  # fmt: skip
    words = [sys.executable, "-m", "galutils.execute", f"notebooks/{name}.ipynb"]
    words += [str(folder / "out.ipynb"), "--log", str(folder / "log")]
    words += ["--parameters", json.dumps(parameters)]
    done = subprocess.run(
        words, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return [Path(line) for line in watched.read_text().splitlines()]


@pytest.fixture(scope="module")
def runs(tmp_path_factory, archive):
    """Execute each notebook twice; the second reads what the first of its kind wrote."""
    found = {}
    for name in NOTEBOOKS:
        folders = [tmp_path_factory.mktemp(name.replace("/", "_")) for _ in range(2)]
        reads = [found["sami/02_data"][k][0] if NOTEBOOKS[name][1] else None for k in range(2)]
        found[name] = [
            (folder, execute(name, folder, archive, read))
            for folder, read in zip(folders, reads, strict=True)
        ]
    return found


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_records_the_same_bytes_in_another_process(runs, name):
    first, second = (contents(folder / "results") for folder, _ in runs[name])
    different = [file for file in first if first[file] != second.get(file)]
    timed = [
        file
        for file in different
        if all("second" in line for line in changed(*(f / "results" / file for f, _ in runs[name])))
    ]
    assert first.keys() == second.keys() and len(first) > 1
    assert different == timed
    for file in NOTEBOOKS[name][0].values():
        if file.endswith(".csv"):
            assert (runs[name][0][0] / file).read_bytes() == (runs[name][1][0] / file).read_bytes()


def changed(one, other):
    """Return the lines of a file that differ from those of another."""
    lines = [path.read_text(errors="replace").splitlines() for path in (one, other)]
    return [a for a, b in zip(*lines, strict=True) if a != b]


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_writes_only_where_it_may(runs, name):
    folder, written = runs[name][0]
    allowed = [folder / "results", folder / "scratch", folder / "ipython", *FREE]
    own = [folder / file for file in NOTEBOOKS[name][0].values()]
    own += [path.with_name(f".{path.name}") for path in own]  # beginning of its temporary name
    strays = [
        path
        for path in written
        if not any(path.is_relative_to(place) for place in allowed)
        and not any(str(path).startswith(str(one)) for one in own)
        and path != folder
    ]
    assert any(path.is_relative_to(folder / "results") for path in written)
    assert strays == []


def test_one_seed_decides_over_permutations():
    velocity = np.random.default_rng(0).normal(size=(12, 12))
    found = [spatial.moran(velocity, permutations=99, rng=rng) for rng in (4, 4, 5)]
    p = [one.p_sim for one in found] if hasattr(found[0], "p_sim") else found
    assert p[0] == p[1]
    stack = [spatial.permutation_p_values(velocity[None], permutations=99, rng=r) for r in (4, 4)]
    np.testing.assert_array_equal(*stack)


def test_scores_agree_between_one_and_two_threads(tmp_path):
    """Stated in book/docs/batch.md: validation accuracy within 0.02."""
    histories = []
    for threads in ("1", "2"):
        folder = tmp_path / threads
        folder.mkdir()
        names = ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS")
        environment = os.environ | dict.fromkeys(names, threads) | {"PYTHONPATH": str(ROOT)}
        words = [sys.executable, "-W", "ignore", str(ROOT / "tests/fault_cases.py")]
        done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()[-2000:]
        histories.append(pd.read_csv(folder / "out/history.csv"))
    one, two = histories
    assert len(one) == len(two)
    np.testing.assert_allclose(one["val_accuracy"], two["val_accuracy"], atol=0.02)
    np.testing.assert_allclose(one["loss"], two["loss"], rtol=0.02)
