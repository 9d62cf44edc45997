"""Kernels forked from a server: the same notebooks, and nothing left behind."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest
from toys import write_notebook

from book.tools import kernels
from book.tools.run_notebook import NotebookError, execute

SOURCE = """import os, subprocess, sys
import random
print(os.getppid(), os.getpid(), os.getcwd(), os.environ.get("TOLD"), sys.argv[0])
print(random.random(), subprocess.run(["false"]).returncode, "pandas" in sys.modules)"""


@pytest.fixture
def served(monkeypatch):
    """Let a server fork the kernels."""
    with kernels.server() as (environment, _):
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        yield


def run(folder, *cells):
    """Execute a notebook and return the words its last cell printed."""
    source = write_notebook(folder / "toy.ipynb", "n: int = 1  # none", *cells)
    execute(source, folder / "out.ipynb", {}, folder / "toy.log")
    return nbformat.read(folder / "out.ipynb", as_version=4).cells[-1].outputs[0].text.split()


def gone(pid):
    """Wait until a process has ended."""
    for _ in range(200):
        if not Path(f"/proc/{pid}").exists():
            return True
        time.sleep(0.05)
    return False


def test_a_forked_kernel_is_like_another_and_ends_with_its_notebook(served, tmp_path, monkeypatch):
    monkeypatch.setenv("TOLD", "afterwards")
    first, second = run(tmp_path, SOURCE), run(tmp_path, SOURCE)
    assert first[0] == second[0] != str(os.getpid())  # children of one server
    assert first[1] != second[1]
    assert first[2:5] == second[2:5] == [str(tmp_path), "afterwards", "ipykernel_launcher"]
    assert first[5] != second[5]
    assert first[6:] == ["1", "False"]
    assert gone(first[1])
    assert gone(second[1])


def test_modules_are_imported_once_where_that_pays(served, tmp_path, monkeypatch):
    found = [run(tmp_path, SOURCE)[-1] for _ in range(kernels.WORTH)]
    assert found == ["False"] * (kernels.WORTH - 1) + ["True"]
    drawn = "import matplotlib.pyplot as plt\n_ = plt.plot([1, 2])"
    source = write_notebook(tmp_path / "toy.ipynb", "n: int = 1  # none", drawn)
    execute(source, tmp_path / "out.ipynb", {}, tmp_path / "toy.log")
    [output] = nbformat.read(tmp_path / "out.ipynb", as_version=4).cells[-1].outputs
    assert "image/png" in output.data


def test_a_kernel_that_dies_is_told(served, tmp_path):
    with pytest.raises((NotebookError, RuntimeError), match="died"):
        run(tmp_path, "import os\nos._exit(3)")


def test_without_an_answer_the_relay_becomes_a_kernel(tmp_path, monkeypatch):
    monkeypatch.setenv(kernels.VARIABLE, str(tmp_path / "nobody"))
    words = run(tmp_path, SOURCE)
    assert words[0] == str(os.getpid())


def answers(address):
    """Whether a server listens."""
    with socket.socket(socket.AF_UNIX) as connection:
        return connection.connect_ex(address) == 0


def test_the_server_outlives_who_started_it_for_those_who_hold_it():
    code = """import os, subprocess
from book.tools import kernels
with kernels.server() as (environment, held):
    nowhere = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    holder = subprocess.Popen(["sleep", "60"], pass_fds=[held], **nowhere)
    print(environment[kernels.VARIABLE], holder.pid, flush=True)
    os._exit(0)"""
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    address, holder = done.stdout.split()
    assert answers(address)
    os.kill(int(holder), signal.SIGKILL)
    deadline = time.monotonic() + 10
    while answers(address):
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_a_kernel_ends_with_its_server(served, tmp_path):
    cell = f"import os, time\nos.kill(os.getppid(), {signal.SIGKILL:d})\ntime.sleep(60)"
    with pytest.raises((NotebookError, RuntimeError), match="died"):
        run(tmp_path, cell)
