"""Processes that start with the libraries imported: what is asked for, its status, and its end."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from toys import write_notebook

from book.tools import preloaded

ASK = [sys.executable, preloaded.__file__]
REPORT = """
import json, os, sys
known = "tensorflow" in sys.modules
print(json.dumps([sys.argv[1:], os.getcwd(), os.environ.get("COLOUR"), known, os.getpid()]))
"""
WAIT = "import os, time\nprint(os.getpid(), flush=True)\ntime.sleep(60)\n"


@pytest.fixture(scope="module")
def environment():
    with preloaded.server(OMP_NUM_THREADS="1") as found:
        yield found


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "report.py").write_text(REPORT)
    (tmp_path / "wait.py").write_text(WAIT)
    (tmp_path / "leave.py").write_text("import sys\nsys.exit(int(sys.argv[1]))\n")
    (tmp_path / "fail.py").write_text("raise ValueError('no such spaxel')\n")
    return tmp_path


def asked(folder, environment, *words):
    return subprocess.run(
        [*ASK, *words], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def waiting(folder, environment):
    process = subprocess.Popen(
        [*ASK, "wait"], cwd=folder, env=environment, stdout=subprocess.PIPE, text=True
    )
    with process.stdout:
        return process, int(process.stdout.readline())


def ended(number):
    for _ in range(300):
        if not Path(f"/proc/{number}").exists():
            return True
        time.sleep(0.1)
    return False


def test_a_module_gets_what_it_was_given(folder, environment):
    result = asked(folder, environment | {"COLOUR": "g - r"}, "report", "a b", "ü")
    words, where, colour, known, _ = json.loads(result.stdout)
    assert (words, where, colour) == (["a b", "ü"], str(folder.resolve()), "g - r")
    assert known
    assert result.returncode == 0


def test_modules_are_imported_anew(folder, environment):
    asked(folder, environment, "report")
    (folder / "report.py").write_text("print('changed')")
    assert asked(folder, environment, "report").stdout == "changed\n"


def test_status_and_errors_come_back(folder, environment):
    assert asked(folder, environment, "leave", "3").returncode == 3
    result = asked(folder, environment, "fail")
    assert result.returncode == 1
    assert result.stderr.endswith("ValueError: no such spaxel\n")


def test_without_a_server_the_module_runs_all_the_same(folder, environment):
    plain = {key: value for key, value in environment.items() if key != preloaded.ADDRESS}
    dead = environment | {preloaded.ADDRESS: str(folder / "nobody")}
    for one in (plain, dead):
        assert not json.loads(asked(folder, one, "report").stdout)[3]
        assert asked(folder, one, "leave", "3").returncode == 3


def test_signals_are_handed_on(folder, environment):
    for number, expected in ((signal.SIGINT, 1), (signal.SIGTERM, 137)):
        process, worker = waiting(folder, environment)
        process.send_signal(number)
        assert process.wait(timeout=20) == expected
        assert ended(worker)


def test_neither_outlives_the_other(folder, environment):
    process, worker = waiting(folder, environment)
    os.kill(worker, signal.SIGKILL)
    assert process.wait(timeout=20) == 137
    process, worker = waiting(folder, environment)
    process.kill()
    process.wait()
    assert ended(worker)


def test_the_server_ends_with_its_parent(folder):
    code = "from book.tools import preloaded\nwith preloaded.server() as e:\n"
    code += " import json\n print(json.dumps(e), flush=True)\n import time\n time.sleep(60)"
    root = Path(preloaded.__file__).parents[2]
    parent = subprocess.Popen(
        [sys.executable, "-c", code], cwd=root, stdout=subprocess.PIPE, text=True
    )
    with parent.stdout:
        environment = json.loads(parent.stdout.readline())
    server = json.loads(asked(folder, environment, "report").stdout)[4]
    parent.kill()
    parent.wait()
    assert ended(server)
    assert not json.loads(asked(folder, environment, "report").stdout)[3]


def test_a_notebook_runs_in_two_of_them(folder, environment):
    notebook = folder / "notebook.ipynb"
    write_notebook(notebook, 'profile: str = "quick"', "import sys\n'tensorflow' in sys.modules")
    root, made, log = Path(preloaded.__file__).parents[2], folder / "made.ipynb", folder / "log"
    words = ["book.tools.run_notebook", str(notebook), str(made), "--log", str(log)]
    result = asked(root, environment, *words)
    assert result.returncode == 0, result.stderr
    assert "True" in made.read_text()
    assert not result.stderr
    assert "Ctrl-C" not in log.read_text()  # a note for kernels that know of no parent
