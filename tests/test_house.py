import ast
import functools
import itertools
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import nbformat
import pytest
import yaml
from packaging.requirements import Requirement

import galutils
from book.tools.imports import closure
from book.tools.order import read
from book.tools.run_notebook import inspect_parameters
from galutils.results.inventory import inventory

ROOT = Path(galutils.__file__).parents[1]
NOTEBOOKS = sorted(ROOT.glob("notebooks/*/*.ipynb"))
# Joined here, so that this file does not name them either.
REGISTRIES = [".".join(parts) for parts in [("pypi", "org"), ("pythonhosted", "org")]]
REGISTRIES += [
    ".".join(parts) for parts in [("npmjs", "org"), ("npmjs", "com"), ("anaconda", "org")]
]


def project():
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def requirements():
    return project()["dependencies"] + project()["optional-dependencies"]["dev"]


def locked():
    """Return (name, version, hashes) of every entry of the lock; markers may repeat a name."""
    text = re.sub(r"^\s*#.*\n", "", (ROOT / "requirements.lock").read_text(), flags=re.M)
    entry = r"^([^\s=]+)==([^ ;]+)[^\\\n]*((?: \\\n +--hash=sha256:[0-9a-f]{64})*)$"
    found = re.findall(entry, text, re.M)
    assert len(found) == len(re.findall(r"^\S", text, re.M)) > 200
    return found


@functools.cache
def ordered():
    """Return the notebooks of notebooks/order.yml, with the files they read and write."""
    return read(ROOT)


def code_cells(path):
    cells = nbformat.read(path, as_version=4).cells
    return [cell for cell in cells if cell.cell_type == "code"]


def name(path):
    return f"{path.parent.name}/{path.stem}"


def test_the_conda_route_agrees_with_the_project():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    [pip] = [entry["pip"] for entry in environment["dependencies"] if isinstance(entry, dict)]
    assert pip == [*requirements(), "--editable ."]


def test_the_lock_meets_the_project_and_has_hashes_and_no_address():
    lock = locked()
    for requirement in map(Requirement, requirements()):
        versions = [version for name, version, _ in lock if name == requirement.name]
        assert versions, requirement
        assert all(map(requirement.specifier.contains, versions)), requirement
    assert [name for name, _, hashes in lock if not hashes] == []
    text = (ROOT / "requirements.lock").read_text()
    assert not re.search(r"https?://|--(extra-)?index-url|--find-links| @ ", text)


def test_one_version_everywhere():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert project()["version"] == galutils.__version__ == str(citation["version"])
    assert f"## {galutils.__version__}" in (ROOT / "CHANGELOG.md").read_text()


def test_no_file_of_ours_names_a_registry():
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    files = [ROOT / file for file in listed.split("\0") if file]
    ours = [file for file in files if file.is_file() and "vendor" not in file.parts]
    assert len(ours) > 40
    for file in ours:
        text = file.read_bytes().decode(errors="replace")
        assert not [host for host in REGISTRIES if host in text], file


def test_importing_the_package_is_instant():
    code = (
        "import sys, time; start = time.perf_counter(); import galutils, galutils.cli;"
        "print(time.perf_counter() - start, 'numpy' in sys.modules)"
    )
    runs = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        for _ in range(3)
    ]
    seconds, numpy = zip(*(run.stdout.split() for run in runs), strict=True)
    assert min(map(float, seconds)) < 0.3
    assert set(numpy) == {"False"}


def test_the_order_names_every_notebook():
    assert sorted(ordered()) == [name(path) for path in NOTEBOOKS]
    for study, names in itertools.groupby(ordered(), lambda name: name.split("/")[0]):
        names = list(names)
        assert names == [n for n in sorted(ordered()) if n.startswith(f"{study}/")]


def test_what_a_notebook_reads_another_writes():
    specs = ordered().values()
    assert set().union(*specs) <= {"data", "uses", "reads", "writes", "after", "minutes", "weights"}
    written = [file for spec in specs for file in spec["writes"].values()]
    assert len(written) == len(set(written))
    assert [file for file in written if not file.startswith("build/")] == []
    for spec in specs:
        assert set(spec["reads"].values()) <= set(written)
        assert set(spec.get("after", [])) <= set(ordered())
        assert [file for file in spec.get("uses", []) if not (ROOT / file).exists()] == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
class TestNotebook:
    def test_has_no_outputs_and_no_counts(self, path):
        assert [c.id for c in code_cells(path) if c.outputs or c.execution_count] == []

    def test_defines_nothing(self, path):
        forbidden = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
        for cell in code_cells(path):
            nodes = ast.walk(ast.parse(cell.source))
            assert not [node for node in nodes if isinstance(node, forbidden)], cell.source

    def test_has_short_cells(self, path):
        """At most twelve statements: a step a cell. Lines would reward stretching them."""
        for cell in code_cells(path):
            nodes = ast.walk(ast.parse(re.sub(r"(?m)^[%!].*", "", cell.source)))
            imports = (ast.Import, ast.ImportFrom)
            found = [n for n in nodes if isinstance(n, ast.stmt) and not isinstance(n, imports)]
            if "parameters" not in cell.metadata.get("tags", []):
                assert len(found) <= 12, cell.source

    def test_shows_one_figure_or_table_a_cell(self, path):
        for cell in code_cells(path):  # the book would give both the name of the second
            assert len(re.findall(r"\brec\.(?:figure|table)\(", cell.source)) <= 1, cell.source

    def test_has_typed_and_commented_parameters(self, path):
        assert {"profile", "source", "results"} <= set(inspect_parameters(path))
        [cell] = [c for c in code_cells(path) if "parameters" in c.metadata.get("tags", [])]
        for statement in ast.parse(cell.source).body:
            last = cell.source.splitlines()[statement.end_lineno - 1]
            assert isinstance(statement, ast.AnnAssign), last
            assert "  # " in last, last

    def test_declares_in_the_order_what_it_reads_and_writes(self, path):
        spec = ordered()[name(path)]
        files = {
            parameter
            for parameter, (_, value) in inspect_parameters(path).items()
            if str(value).startswith("../../build/") and parameter.endswith("_path")
        }
        assert files - {"resume_path"} <= {*spec["reads"], *spec["writes"]}

    def test_has_lines_of_100_characters_but_for_captions(self, path):
        for cell in code_cells(path):
            nodes = ast.walk(ast.parse(cell.source))
            prose = [n for n in nodes if isinstance(n, ast.keyword) and n.arg in ("caption", "alt")]
            free = {line for n in prose for line in range(n.lineno, n.end_lineno + 1)}
            lines = enumerate(cell.source.splitlines(), 1)
            assert [line for n, line in lines if len(line) > 100 and n not in free] == []

    def test_says_its_own_name_to_the_recorder(self, path):
        source = "\n".join(cell.source for cell in code_cells(path))
        assert re.findall(r"Recorder\([^)]*?\"(\w+/\w+)\"", source) == [name(path)]


def recorded():
    """Return the ids the notebooks record, as often as they do."""
    pattern = re.compile(r"\.(?:figure|table|numbers)\(\s*\"([a-z]+-[^\"]+)\"")
    sources = [cell.source for path in NOTEBOOKS for cell in code_cells(path)]
    return [item for source in sources for item in pattern.findall(source)]


def test_every_item_is_recorded_once():
    ids = recorded()
    assert sorted(ids) == sorted(set(ids))


@pytest.mark.parametrize("study", ["sami", "morphology", "arms", "perseus"])
def test_every_item_of_the_study_is_recorded(study):
    items = {item for item, row in inventory().items() if row["study"] == study}
    assert items <= set(recorded())


ROLE = r"\{num\}`(?:archive:)?([^:`]+):"


def test_numbers_in_the_prose_are_of_recorded_items():
    pages = [*NOTEBOOKS, *ROOT.glob("book/*.md"), *ROOT.glob("book/parts/*.md")]
    roles = [role for path in pages for role in re.findall(ROLE, path.read_text())]
    assert set(roles) <= set(recorded())


def test_imports_are_followed_to_the_end(tmp_path):
    package = tmp_path / "galutils"
    for room in ("surveys", "inputs"):
        (package / room).mkdir(parents=True)
    files = {
        "__init__.py": "",
        "plots.py": "def draw():\n    from galutils import kinematics\n",
        "kinematics.py": "import numpy\nimport galutils.inputs.split\n",
        "inputs/split.py": "",
        "unused.py": "",
        "surveys/__init__.py": "from .. import images\n",
        "surveys/sami.py": "from . import atlas3d\nfrom galutils.surveys.manga import load\n",
        "surveys/manga.py": "load = 1\n",
        "surveys/atlas3d.py": "",
        "images.py": "",
    }
    tables = {"surveys/manga.csv": "a\n1", "surveys/other.csv": "a\n1"}
    for file, text in (files | tables).items():
        (package / file).write_text(text)
    cells = [
        {"cell_type": "code", "source": ["%matplotlib inline\n", "from galutils import plots\n"]}
    ]
    cells += [{"cell_type": "markdown", "source": ["import galutils.unused"]}]
    cells += [{"cell_type": "code", "source": "from galutils.surveys import sami"}]
    (tmp_path / "toy.ipynb").write_text(json.dumps({"cells": cells}))
    found = closure(tmp_path / "toy.ipynb", tmp_path)
    # a table beside a module counts if it has the module's name, or is named in it
    expected = set(files) - {"unused.py"} | {"surveys/manga.csv"}
    assert found == sorted(str(package / file) for file in expected)


# The rooms of galutils: each imports only those before it, and mock is for notebooks and tests.
ROOMS = "store physics scores results surveys inputs networks explain plots studies mock".split()
ROOMS += ["classify", "explorer"]
MODULES = sorted((ROOT / "galutils").rglob("*.py"))


def test_galutils_has_few_rooms_and_nothing_stands_beside_them():
    found = {path.relative_to(ROOT / "galutils").parts[0] for path in MODULES}
    assert {one for one in found if one.endswith(".py")} == {"__init__.py", "cli.py"}
    assert len(found - {"__init__.py"}) <= 14
    assert found - {"__init__.py", "cli.py"} == set(ROOMS)


def test_no_file_has_more_than_300_lines():
    files = [*MODULES, *(ROOT / "book").rglob("*.py")]
    assert [path for path in files if len(path.read_text().splitlines()) > 300] == []


def test_a_room_imports_only_rooms_before_it():
    wrong = []
    for path in MODULES:
        room = path.relative_to(ROOT / "galutils").parts[0]
        if room not in ROOMS:
            continue
        before = set(ROOMS[: ROOMS.index(room) + 1]) - ({"mock"} - {room})
        for file in imported(path):
            other = Path(file).parts[1]
            if other in ROOMS and other not in before:
                wrong.append(f"{path.relative_to(ROOT)} -> {file}")
    assert wrong == []


def imported(path):
    """Return the names of galutils' modules and packages that a file imports itself."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (n.name.replace(".", "/") for n in node.names if n.name[:9] == "galutils.")
        elif isinstance(node, ast.ImportFrom) and not node.level:
            base = (node.module or "").replace(".", "/")
            if base.split("/")[0] == "galutils":
                yield from (f"{base}/{n.name}" for n in node.names)
