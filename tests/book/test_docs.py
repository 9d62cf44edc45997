"""The code on the pages of the documentation runs, and the pages name what there is."""

import ast
import json
import pkgutil
import re
import sys
from pathlib import Path

import nbformat
import pytest
import test_house
import yaml
from nbformat.v4 import new_code_cell, new_markdown_cell
from toys import KERNEL

import galutils
from book.tools.run_notebook import execute
from galutils.mock import sami as mock_sami
from galutils.store import sample
from galutils.surveys import sami, sources

ROOT = Path(galutils.__file__).parents[1]
DOCS = ROOT / "book" / "docs"
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)
FILE = re.compile(r"# (\w+\.py)\n")


def blocks(page, *languages):
    """Fenced blocks of a page, (language, text) each."""
    found = BLOCK.findall((DOCS / f"{page}.md").read_text(encoding="utf-8"))
    return [(language, text) for language, text in found if language in languages]


def commands(page):
    lines = "".join(text for _, text in blocks(page, "sh")).splitlines()
    return [line.partition("#")[0].split() for line in lines if line.startswith("galutils ")]


def test_a_survey_of_your_own(tmp_path, monkeypatch, capsys):
    """The page's files and its steps, in a folder that has a network and no archive."""
    from galutils.networks import saved, velocity_cnn

    small = velocity_cnn.sami_cnn(filters=(4, 4, 4), jit_compile=False)
    small.optimizer.build(small.trainable_variables)  # as after training
    saved.save(small, tmp_path / "build" / "sami" / "grouped.keras")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("GALUTILS_MOCK", str(tmp_path / "mock"))
    monkeypatch.setenv("GALUTILS_DATA", str(tmp_path / "data"))
    (tmp_path / "data").mkdir()
    names, written = {}, []
    for _, text in blocks("new_survey", "python"):
        file = FILE.match(text)
        if file:
            (tmp_path / file[1]).write_text(text, encoding="utf-8")
            written.append(file[1].removesuffix(".py"))
        else:
            exec(compile(text, "new_survey.md", "exec"), names)
    assert written == ["atlas3d_maps", "atlas3d_mock"]
    for module in written:
        sys.modules.pop(module)
    table = names["sample"]
    assert table.meta["source"] == "mock" and table.meta["seed"] == 20110414
    assert table["velocity"].shape == (4, 50, 50) and str(table["velocity"].unit) == "km / s"
    assert list(table["rotator"]) == [1, 1, 0, 0]
    assert ((table["probability"] >= 0) & (table["probability"] <= 1)).all()
    assert (tmp_path / "atlas3d.png").stat().st_size > 10_000
    assert "mock 4 galaxies, 0 left out" in capsys.readouterr().out


def test_the_readers_map_has_north_up_and_east_left(tmp_path, monkeypatch):
    """A bin in the north-east of the galaxy lands high and left, where there is a row for it."""
    import astropy.units as u
    import numpy as np
    from astropy.table import QTable

    [text] = [t for _, t in blocks("new_survey", "python") if t.startswith("# atlas3d_maps.py")]
    names = {}
    exec(compile(text, "atlas3d_maps.py", "exec"), names)
    y, x = (np.indices((21, 21)) - 10.0) * u.arcsec  # x to the west
    velocity = np.where((x < 0) & (y > 0), 100.0, 0.0) * u.km / u.s
    bins = QTable({"x": x.ravel(), "y": y.ravel(), "velocity": velocity.ravel()})
    made = names["to_map"](bins)
    rows, columns = np.nonzero(np.nan_to_num(made) > 99)
    assert rows.min() > 24 and columns.max() < 25
    assert np.isnan(made[0, 0]) and np.isfinite(made[24, 24])


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """The page's notebook in its place, and the sample that it reads."""
    root = tmp_path_factory.mktemp("project")
    cells = []
    for language, text in blocks("new_notebook", "md", "python"):
        make = new_markdown_cell if language == "md" else new_code_cell
        cells.append(make(text.rstrip("\n"), id=f"12-{len(cells):02d}"))
        if text.startswith("profile: str"):
            cells[-1].metadata["tags"] = ["parameters"]
    path = root / "notebooks" / "beyond" / "12_spin_and_shape.ipynb"
    path.parent.mkdir(parents=True)
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": KERNEL}), path)
    mock_sami.write(_new(root / "archive" / "sami"), n=24, rng=11)
    galaxies, _ = sami.load(root / "archive", source="archive")
    galaxies.meta["source"] = "mock"
    (root / "build" / "sami").mkdir(parents=True)
    sample.write(galaxies, root / "build" / "sami" / "sample.fits")
    return root


RULES = [name for name in vars(test_house.TestNotebook) if name.startswith("test_")]
RULES.remove("test_declares_in_the_order_what_it_reads_and_writes")  # checked below


class TestNotebook:
    def _path(self, project):
        return project / "notebooks" / "beyond" / "12_spin_and_shape.ipynb"

    @pytest.mark.parametrize("rule", RULES)
    def test_it_keeps_the_rules(self, project, rule):
        getattr(test_house.TestNotebook(), rule)(self._path(project))

    def test_its_name_is_free_and_its_prose_names_what_it_records(self, project):
        others = "".join(path.read_text() for path in test_house.NOTEBOOKS)
        assert "beyond-x-spin-and-shape" not in others
        roles = re.findall(r"\{num\}`([^:`]+):", self._path(project).read_text())
        assert roles == ["beyond-x-spin-and-shape"]

    def test_its_entry_in_the_order_names_parameters_it_declares(self, project):
        entry, profiles = (yaml.safe_load(text) for _, text in blocks("new_notebook", "yaml"))
        [(name, spec)] = entry.items()
        assert name == "beyond/12_spin_and_shape" and name not in test_house.ordered()
        declared = test_house.inspect_parameters(self._path(project))
        assert set(spec["reads"]) <= set(declared)
        assert set(profiles["full"][name]) <= set(declared)

    def test_it_runs_and_records(self, project):
        path, output = self._path(project), project / "build" / "notebooks" / "out.ipynb"
        execute(path, output, {"n_resampled": 20}, project / "build" / "out.log")
        [item] = (project / "results" / "beyond").glob("*.json")
        record = json.loads(item.read_text())
        assert record["caption"] == "Spin against ellipticity. (mock SAMI)"
        spearman = record["numbers"]["spearman"]
        assert -1 <= spearman["low"] <= spearman["value"] <= spearman["high"] <= 1
        assert item.with_suffix(".png").stat().st_size > 5000


def _new(folder):
    folder.mkdir(parents=True)
    return folder


def _has_code(module):
    """Leave out what runs as a command, and packages of a docstring alone."""
    spec = module.module_finder.find_spec(module.name)
    return (
        not module.name.endswith("__main__")
        and len(ast.parse(spec.loader.get_source(module.name)).body) > 1
    )


def test_every_module_stands_once_in_the_reference():
    """A new module wants a heading and a block in one of the pages of book/docs/api."""
    found = pkgutil.walk_packages(galutils.__path__, "galutils.")
    modules = sorted(module.name for module in found if _has_code(module))
    pages = {path: path.read_text() for path in sorted((DOCS / "api").glob("*.md"))}
    listed = re.findall(r"^\.\. automodule:: (\S+)$", "\n".join(pages.values()), re.M)
    assert sorted(listed) == modules
    headings = re.findall(r"^## (galutils\S*)$", "\n".join(pages.values()), re.M)
    assert headings == listed
    index = (DOCS / "api.md").read_text()
    assert [path for path in pages if f"(api/{path.name})" not in index] == []


def test_pages_that_are_linked_exist():
    for page in DOCS.rglob("*.md"):
        text = BLOCK.sub("", page.read_text(encoding="utf-8"))
        for target in re.findall(r"\]\(([^)#:]+\.md)\)", text):
            assert (page.parent / target).is_file(), f"{page.name}: {target}"


@pytest.mark.parametrize("page", ["archives", "classify", "install", "new_notebook"])
def test_commands_are_those_of_the_program(page, capsys):
    """Each is parsed up to its options, none is run."""
    from galutils import cli

    for command in commands(page):
        known = []
        for word in command[1:]:
            if not word.startswith("-"):
                known.append(word)
            else:
                break
        verb = [w for w in known if re.fullmatch(r"[a-z]+", w)][: 2 if known[:1] == ["data"] else 1]
        assert cli.main([*verb, "--help"]) == 0
        shown = capsys.readouterr().out
        for option in (word for word in command if word.startswith("--")):
            assert option in shown, command


def test_the_page_on_archives_names_every_survey_and_what_needs_a_person():
    text = (DOCS / "archives.md").read_text(encoding="utf-8")
    for row in sources.manifest():
        assert f"fetch {row['survey']}" in text
        if row["access"] in ("form", "account", "author"):
            assert row["file"] in text or row["file"].partition(".")[0] in text, row["file"]
