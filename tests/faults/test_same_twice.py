"""The same seed gives the same results in another process, and notebooks write where they may."""

import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from kills import ROOT, contents
from watched import NOTEBOOKS, execute, strays

from galutils import mock
from galutils.mock import sami as mock_sami


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    folder = tmp_path_factory.mktemp("archive") / "mock"
    mock.publish(mock_sami.write, folder / "sami", 150, 5)
    (folder.parent / "data").mkdir()
    return folder.parent


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
    assert any(path.is_relative_to(folder / "results") for path in written)
    assert strays(name, folder, written) == []


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
