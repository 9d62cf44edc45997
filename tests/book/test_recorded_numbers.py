"""The role ``{num}``: in a page of Sphinx, and in every notebook and page of the book."""

import json
import re
import sys
from pathlib import Path

import pytest
from sphinx.application import Sphinx

import galutils
from galutils.results import reader

ROOT = Path(galutils.__file__).parents[1]
ROLE = re.compile(r"\{num\}`([^`]+)`")


def build(folder, text, monkeypatch):
    """Build one page and return its HTML and the warnings."""
    monkeypatch.syspath_prepend(str(ROOT / "book/_ext"))
    monkeypatch.delitem(sys.modules, "recorded_numbers", raising=False)
    (folder / "index.md").write_text(text)
    (folder / "conf.py").write_text("")
    options = {
        "extensions": ["myst_parser", "recorded_numbers"],
        "recorded_results": str(folder / "results"),
    }
    with (folder / "warnings").open("w+") as warnings:
        Sphinx(
            folder, folder, folder / "html", folder / "doctrees", "html", options,
            status=None, warning=warnings,
        ).build()  # fmt: skip
        warnings.seek(0)
        return (folder / "html/index.html").read_text(), warnings.read()


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "results/sami").mkdir(parents=True)
    record = {"numbers": {"accuracy": {"grouped": {"value": 0.8812, "low": 0.85, "high": 0.9}}}}
    (tmp_path / "results/sami/sami-f1.json").write_text(json.dumps(record))
    return tmp_path


def test_the_role_writes_the_number(folder, monkeypatch):
    text = "# Page\n\nIt is {num}`sami-f1:accuracy:grouped.interval:.2f` *here*.\n"
    html, warnings = build(folder, text, monkeypatch)
    assert "It is 0.88 (0.85–0.90) <em>here</em>." in html
    assert warnings == ""


def test_a_number_that_was_not_recorded_is_a_warning_of_the_page(folder, monkeypatch):
    _, warnings = build(folder, "# Page\n\n{num}`sami-f1:auc`\n", monkeypatch)
    assert "index.md:3: WARNING: {num}`sami-f1:auc`: " in warnings
    assert "expected 'auc' in the result sami-f1" in warnings


def test_every_role_of_the_book_resolves():
    example = re.compile(r"^```.*?^```|`{num}`", re.M | re.S)
    invented = ROOT / "book/docs/new_notebook.md"  # shows a notebook that is not there
    pages = set((ROOT / "book").rglob("*.md")) - {invented}
    texts = {path: example.sub("", path.read_text()) for path in pages}
    for path in (ROOT / "notebooks").rglob("*.ipynb"):
        cells = json.loads(path.read_text())["cells"]
        texts[path] = "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")
    failures = []
    for path, text in texts.items():
        if "_build" in path.parts:
            continue
        for role in ROLE.findall(text):
            try:
                reader.written(ROOT / "results", " ".join(role.split()))
            except ValueError as error:
                failures.append(f"{path.relative_to(ROOT)}: {error}")
    assert not failures, "\n".join(failures)
