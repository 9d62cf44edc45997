import json
import subprocess
import sys

import nbformat
import papermill
import pytest
from toys import write_notebook

from book.tools.run_notebook import ParameterError, check_parameters, execute, inspect_parameters

PARAMETERS = """# what the notebook takes
n: int = 3  # galaxies
seeing: float = 2.0  # arcsec
name: str = "sami"
fast: bool = True
edges: list[float] = [0.05, 0.95]
offset: float = -1.5"""


@pytest.fixture
def notebook(tmp_path):
    cells = ["from pathlib import Path", 'print("in", Path.cwd().name, "with", n)']
    return write_notebook(tmp_path / "source" / "toy.ipynb", PARAMETERS, *cells)


def run(source, output, parameters, log):
    command = [sys.executable, "-m", "book.tools.run_notebook", str(source), str(output)]
    command += ["--parameters", json.dumps(parameters), "--log", str(log)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_parameters_are_read_with_type_and_default(notebook):
    assert inspect_parameters(notebook) == {
        "n": (int, 3),
        "seeing": (float, 2.0),
        "name": (str, "sami"),
        "fast": (bool, True),
        "edges": (list, [0.05, 0.95]),
        "offset": (float, -1.5),
    }


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        (None, "expected one cell tagged 'parameters', found 0"),
        ("import os", "expected 'name: type = value', .* received 'import os'"),
        ("n: int = len('a')", "a plain value .* received 'n: int = len"),
        ("n: int = 2.5", "parameter n: expected int, received float 2.5"),
        ("n: bytes = b''", "one of int, float, str, bool, list, received 'n: bytes"),
        ("n = None", "expected 'name: type = value'"),
        ("n: int = 1\nn: int = 2", "expected each parameter once, received n twice"),
        ("n: int", "expected 'name: type = value'"),
    ],
)
def test_a_bad_parameters_cell_is_refused(tmp_path, cell, message):
    path = write_notebook(tmp_path / "toy.ipynb", cell)
    with pytest.raises(ParameterError, match=message.replace("(", r"\(")) as error:
        inspect_parameters(path)
    assert str(path) in str(error.value)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"m": 1}, "unknown parameter m; expected one of n, seeing"),
        ({"n": 1.0}, "parameter n: expected int, received float 1.0"),
        ({"n": True}, "parameter n: expected int, received bool True"),
        ({"seeing": True}, "parameter seeing: expected float, received bool"),
        ({"fast": 1}, "parameter fast: expected bool, received int"),
        ({"name": 1}, "parameter name: expected str, received int"),
        ({"edges": "0.05"}, "parameter edges: expected list, received str"),
    ],
)
def test_wrong_parameters_are_refused_before_a_kernel_starts(
    notebook, tmp_path, monkeypatch, parameters, message
):
    monkeypatch.setattr(papermill, "execute_notebook", lambda *a, **k: pytest.fail("started"))
    with pytest.raises(ParameterError, match=message):
        execute(notebook, tmp_path / "out.ipynb", parameters, tmp_path / "log")
    assert not (tmp_path / "out.ipynb").exists()


def test_an_int_passes_for_a_float(notebook):
    check_parameters(notebook, {"seeing": 2, "offset": 0})


def test_a_notebook_runs_in_its_own_folder_with_its_parameters(notebook, tmp_path):
    output, log = tmp_path / "deep" / "out.ipynb", tmp_path / "logs" / "toy.log"
    done = run(notebook, output, {"n": 5}, log)
    assert (done.returncode, done.stderr) == (0, "")
    assert "in source with 5" in log.read_text()
    assert [path.name for path in output.parent.iterdir()] == ["out.ipynb"]
    cells = nbformat.read(output, as_version=4).cells
    assert "in source with 5\n" == cells[-1].outputs[0].text


def test_a_failing_notebook_says_where_and_leaves_the_old_output(tmp_path):
    source = write_notebook(tmp_path / "toy.ipynb", "n: int = 0", "spaxels = 1\nspaxels / n")
    output, log = tmp_path / "out" / "toy.ipynb", tmp_path / "toy.log"
    output.parent.mkdir()
    output.write_text("the last good one")
    done = run(source, output, {}, log)
    assert done.returncode == 1
    for text in (done.stderr, log.read_text()):
        assert "spaxels = 1\nspaxels / n" in text
        assert "ZeroDivisionError: division by zero" in text
    assert output.read_text() == "the last good one"
    assert [path.name for path in output.parent.iterdir()] == ["toy.ipynb"]
    failed = nbformat.read(tmp_path / "toy.failed.ipynb", as_version=4)
    assert failed.cells[-1].outputs[-1].ename == "ZeroDivisionError"


def test_a_dead_kernel_is_told_with_its_cell_and_what_ran_is_kept(tmp_path):
    cells = ["print('before')", "import os; os.kill(os.getpid(), 9)", "print('after')"]
    path = write_notebook(tmp_path / "toy.ipynb", "n: int = 1", *cells)
    done = run(path, tmp_path / "out.ipynb", {}, tmp_path / "toy.log")
    assert done.returncode == 1 and "Traceback" not in done.stderr
    where = [cell["source"] for cell in nbformat.read(path, 4).cells].index(cells[1])
    assert f"toy.ipynb: cell {where} failed" in done.stderr and cells[1] in done.stderr
    assert "the kernel died (out of memory?)" in done.stderr
    assert "the kernel died" in (tmp_path / "toy.log").read_text()
    kept = nbformat.read(tmp_path / "toy.failed.ipynb", 4)
    assert any("before" in str(cell.get("outputs")) for cell in kept.cells)
    assert not (tmp_path / "out.ipynb").exists() and not list(tmp_path.glob(".*.ipynb"))
