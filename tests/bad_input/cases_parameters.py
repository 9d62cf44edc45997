"""Parameters of notebooks: in the notebook, on the command line, and names of notebooks."""

import json

import nbformat
from toys import write_notebook

from book.tools import order, parameter_overrides
from book.tools.run_notebook import check_parameters, execute, inspect_parameters

from . import kinds
from .case import Case, Reader, nothing

TOY = "toy.ipynb"
SAID = ("expected",)  # on the command line what was received stands before it
DECLARED = """n: int = 3  # galaxies
seeing: float = 2.0  # arcsec
name: str = "sami"
fast: bool = True
edges: list[float] = [0.05, 0.95]
out: str = "out.json"
"""
BODY = """import json
from pathlib import Path
Path(out).write_text(json.dumps([n, seeing, name, fast, edges]))"""
CODE = '"); __import__("os").system("touch canary"); ("'
ORDER = {"sami/01_data": {}, "sami/02_use": {}, "arms/01_data": {}}


def write(folder):
    write_notebook(folder / TOY, DECLARED, BODY)


def given(**values):
    return lambda folder: check_parameters(folder / TOY, values) or values


INSPECT = Reader(
    "execute.inspect_parameters", write, lambda f: inspect_parameters(f / TOY), always=SAID
)
CHECK = Reader("execute.check_parameters", write, given(n=4), always=SAID)
SET = Reader("changes.parse", write, lambda folder: parameter_overrides.parse("n=4"), always=SAID)
SWEEP = Reader(
    "changes.parse_sweep",
    write,
    lambda folder: parameter_overrides.parse_sweep("n=1..3"),
    always=SAID,
)
SELECT = Reader("order.select", write, lambda folder: order.select(["sami"], ORDER), always=())
NOTEBOOK = {
    "empty": (kinds.content(b""), "JSONDecodeError"),
    "cut to a third": (kinds.cut, "JSONDecodeError"),
    "an HTML page": (kinds.content(kinds.HTML), "JSONDecodeError"),
    "random bytes": (kinds.noise, "received"),
    "in UTF-16": (kinds.change(lambda data: data.decode().encode("utf-16")), "received"),
    "a pipe": (kinds.pipe, "a pipe"),
    "a folder": (kinds.folder, "a folder"),
    "a list": (kinds.content(b"[1, 2]"), "received"),
    "a cell without a type": (kinds.text("cell_type", "cell_kind"), "cell_type"),
    "no cells": (kinds.content(b"{}"), "received"),
    "in brackets 100000 deep": (kinds.content(b"[" * 100_000), "RecursionError"),
}
CELLS = {
    "code in place of a value": ("n: int = __import__('os').system('touch canary')", "plain value"),
    "a statement": ("import os", "received 'import os'"),
    "a call": ("print(1)", "received 'print(1)'"),
    "no Python": ("n: int = = 3", "invalid syntax"),
    "a default of another type": ("n: int = 2.5", "expected int"),
    "a default that is no number": ("x: float = 1e999", "JSON compliant"),
    "a type of its own": ("n: bytes = b''", "bytes"),
    "a set as a key": ("n: int = {[]: 1}", "plain value"),
    "brackets 500 deep": ("edges: list = " + "[" * 500 + "]" * 500, "received"),
    "a name twice": ("n: int = 1\nn: int = 2", "n twice"),
}
VALUES = {
    "a text for a number": ({"n": "3"}, "expected int"),
    "a float for a whole number": ({"n": 3.0}, "received float"),
    "true for a number": ({"n": True}, "received bool"),
    "1 for true": ({"fast": 1}, "expected bool"),
    "NaN": ({"seeing": float("nan")}, "JSON compliant"),
    "infinity": ({"seeing": float("inf")}, "JSON compliant"),
    "NaN in a list": ({"edges": [0.1, float("nan")]}, "JSON compliant"),
    "an object in a list": ({"edges": [object]}, "not JSON serializable"),
    "nothing": ({"n": None}, "NoneType"),
    "a list for a text": ({"name": ["sami"]}, "expected str"),
    "bytes for a text": ({"name": b"sami"}, "received bytes"),
    "an unknown name": ({"m": 3}, "unknown parameter m"),
    "a name with code": ({"n=1; import os": 3}, "unknown parameter"),
    "a name with a path": ({"../n": 3}, "unknown parameter"),
    "a name on two lines": ({"n\nimport os": 3}, "unknown parameter"),
}
SETS = {
    "no value": ("n=", "NAME=VALUE"),
    "no name": ("=3", "NAME=VALUE"),
    "a name with code": ("os.system('ls')=3", "NAME=VALUE"),
    "brackets 2000 deep": ("n=" + "[" * 2_000, "plain value"),
    "YAML that calls a program": (
        "n=!!python/object/apply:os.system ['touch canary']",
        "plain value",
    ),
    "YAML with a tab": ("n={a:\t[", "plain value"),
}
SWEEPS = {
    "a thousand million values": ("n=1..1000000000", "at most 1000"),
    "ends of 5000 digits": (f"n=1..{'9' * 5000}", "at most 1000"),
    "from high to low": ("n=5..1", "at least one value"),
    "the same value twice": ("n=1,1", "different values"),
    "an open bracket": ("n=1,[2", "plain value"),
    "no values": ("n=", "NAME="),
}
NAMES = ("../../etc/passwd", "/etc/passwd", "sami/../arms", "sami\n", "", "sami/99_none")


def _cases():
    for what, (damage, word) in NOTEBOOK.items():
        yield Case(INSPECT, what, lambda f, damage=damage: damage(f / TOY), (TOY, word))
    for what, (cell, word) in CELLS.items():
        replaced = lambda f, cell=cell: write_notebook(f / TOY, cell)  # noqa: E731
        yield Case(INSPECT, what, replaced, (TOY, word))
    for what, number in (("no parameters", None), ("parameters twice", 2)):

        def tagged(folder, number=number):
            notebook = nbformat.read(folder / TOY, as_version=4)
            for cell in notebook.cells[1:]:
                cell.metadata["tags"] = ["parameters"] if number else []
            nbformat.write(notebook, folder / TOY)

        yield Case(INSPECT, what, tagged, (TOY, "expected one cell"))
    for what, (values, word) in VALUES.items():
        yield Case(CHECK, what, nothing, (TOY, word), "error", given(**values))
    for what, values in (("a list of parameters", [1]), ("a text of parameters", "n=3")):
        read = lambda f, values=values: check_parameters(f / TOY, values)  # noqa: E731
        yield Case(CHECK, what, nothing, (TOY, "by name"), "error", read)
    for what, (text, word) in SETS.items():
        read = lambda f, text=text: parameter_overrides.parse(text)  # noqa: E731
        yield Case(SET, what, nothing, (word,), "error", read)
    for what, (text, word) in SWEEPS.items():
        read = lambda f, text=text: parameter_overrides.parse_sweep(text)  # noqa: E731
        yield Case(SWEEP, what, nothing, (word,), "error", read)
    for name in NAMES:
        read = lambda f, name=name: order.select([name], ORDER)  # noqa: E731
        words = (json.dumps(name)[1:-1].replace("\\n", ""), "no study or notebook")
        yield Case(SELECT, f"name {name!r}", nothing, words, "error", read)
    yield Case(EXECUTE, "code in every text", nothing, (), "read", _run(CODE))


def _run(text):
    """Run the notebook with a text in all texts; the result is what it must be."""

    def read(folder):
        values = {"name": text, "edges": [text, "\n!touch canary\n", 0.5]}
        execute(folder / TOY, folder / "done.ipynb", values, folder / "log.txt")
        found = json.loads((folder / "out.json").read_text())
        return found == [3, 2.0, text, True, values["edges"]]

    return read


EXECUTE = Reader("execute.execute", write, _run("plain"), heavy=True)
CASES = list(_cases())
