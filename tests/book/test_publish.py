import json
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import pytest
from matplotlib import pyplot
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output
from toys import keep_parts, write_notebook

import galutils
from book.tools.publish import VIEW, build, stage
from galutils.results.record import Recorder
from galutils.results.report import merge

ROOT = Path(galutils.__file__).parents[1]
ELSEWHERE = re.compile(r"^\s*(https?:)?//")


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Lay out the book's own sources with one executed notebook."""
    shutil.copytree(ROOT / "book", tmp_path / "book", ignore=shutil.ignore_patterns("_build"))
    keep_parts(tmp_path / "book", "sami")
    shutil.copy(ROOT / "CHANGELOG.md", tmp_path)
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, **more: shown.append((data, more)))
    recorder = Recorder("sami/01_toy", "mock", "quick", tmp_path / "results")
    figure, _ = pyplot.subplots()
    recorder.figure("sami-f1", figure, caption="Spin $x^2$", alt="An <empty> frame")
    recorder.table("sami-t1", pandas_table(), caption="Layers")
    merge(tmp_path / "results")
    shutil.copy(ROOT / "results/bad_input.json", tmp_path / "results")
    path = write_notebook(tmp_path / "build/notebooks/sami/01_toy.ipynb", "n: int = 1", "2", "3")
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[1].metadata.tags = ["injected-parameters"]
    for cell, (data, more) in zip(notebook.cells[2:], shown, strict=True):
        cell.outputs = [new_output("display_data", data, metadata=more["metadata"])]
    recorder.numbers("sami-n1", numbers={"n_maps": 2444})
    text = "See {numref}`sami-f1` and {numref}`sami-t1`: $\\lambda_R$, {num}`sami-n1:n_maps` maps."
    notebook.cells.append(new_markdown_cell(text, id="prose"))
    notebook.cells.append(explorer(shown[0][0]["image/png"]))
    notebook.metadata["widgets"] = {"application/vnd.jupyter.widget-state+json": {"state": {}}}
    nbformat.write(notebook, path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def explorer(png):
    """Return a cell that shows a widget, with a picture of it for those who only read."""
    recorded = {"id": "explore-toy", "caption": "As it opens", "alt": "A scatter and a map"}
    cell = new_code_cell("4", id="explorer")
    data = {VIEW: {"model_id": "a", "version_major": 2, "version_minor": 0}, "image/png": png}
    cell.outputs = [new_output("display_data", data, metadata={"galutils": recorded})]
    return cell


def pandas_table():
    import pandas

    return pandas.DataFrame({"layer": ["conv"], "parameters": [320]})


class Loads(HTMLParser):
    """Collect the addresses a page loads, and the images without alt text."""

    def __init__(self):
        super().__init__()
        self.addresses, self.silent, self.alts = [], [], []

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag in ("script", "img", "iframe", "source", "video", "audio", "embed"):
            self.addresses.append(attributes.get("src") or "")
        if tag == "link":
            self.addresses.append(attributes.get("href") or "")
        if tag == "img":
            self.alts.append(attributes.get("alt"))


def test_recorded_outputs_become_figures_and_tables(project):
    stage("book", "build/notebooks", "results", "build/book")
    notebook = json.loads((project / "build/book/notebooks/sami/01_toy.ipynb").read_text())
    _, parameters, figure, table, _, widget = notebook["cells"]
    assert parameters["metadata"]["tags"] == ["injected-parameters", "hide-input"]
    assert figure["metadata"]["mystnb"] == {
        "figure": {"name": "sami-f1", "caption": "Spin $x^2$ (mock SAMI)"},
        "image": {"alt": "An <empty> frame"},
    }
    assert table["outputs"][0]["data"] == {
        "text/markdown": "````{table} Layers (mock SAMI)\n:name: sami-t1\n\n"
        "| layer | parameters |\n| --- | --- |\n| conv | 320 |\n````"
    }
    assert set(widget["outputs"][0]["data"]) == {"image/png"}
    assert widget["metadata"]["mystnb"]["figure"]["name"] == "explore-toy"
    assert "widgets" not in notebook["metadata"]
    assert (
        "[sami-f1](notebooks/sami/01_toy.ipynb)"
        in (project / "build/book/published.md").read_text()
    )
    assert (project / "build/book/changelog.md").read_text() == (ROOT / "CHANGELOG.md").read_text()


def test_a_view_without_a_picture_keeps_its_state(project):
    path = project / "build/notebooks/sami/01_toy.ipynb"
    notebook = json.loads(path.read_text())
    notebook["cells"][-1]["outputs"][0]["metadata"] = {}
    path.write_text(json.dumps(notebook))
    stage("book", "build/notebooks", "results", "build/book")
    staged = json.loads((project / "build/book/notebooks/sami/01_toy.ipynb").read_text())
    assert VIEW in staged["cells"][-1]["outputs"][0]["data"]
    assert "widgets" in staged["metadata"]


def test_the_book_reads_offline_and_a_failed_build_leaves_it(project):
    assert build() == 0
    html = project / "book/_build/html"
    page = (html / "notebooks/sami/01_toy.html").read_text()
    [number] = re.findall(r'Fig. (\d+) </span><span class="caption-text">Spin', page)
    assert int(number) > 1  # the landing page has the first
    assert re.search(r'Table \d+ </span><span class="caption-text">Layers \(mock SAMI\)', page)
    assert 'caption-text">As it opens' in page
    assert ", 2444 maps." in page
    assert "embed-amd" not in page and "widget-state" not in page
    assert re.search(
        r'href="#sami-f1"><span class="std std-numref">Fig. ' + number + "</span>", page
    )

    landing = (html / "intro.html").read_text()
    assert 'Table 1 </span><span class="caption-text">What the book answers.' in landing
    assert re.search(r'href="glossary.html#term-mock" title="Files of a survey', landing)
    glossary = (html / "glossary.html").read_text()
    for anchor in re.findall(r'href="glossary.html#(term-[^"]+)"', landing):
        assert f'<dt id="{anchor}">' in glossary
    offered, executed = "_sources/notebooks/sami/01_toy.ipynb", "build/notebooks/sami/01_toy.ipynb"
    assert (html / offered).read_bytes() == (project / executed).read_bytes()
    assert 'href="../../_sources/notebooks/sami/01_toy.ipynb"' in page
    assert "mybinder" not in page
    assert "opens JupyterLab on the notebooks" in landing

    pages = sorted(html.rglob("*.html"))
    assert len(pages) > 6
    for path in pages:
        loads = Loads()
        loads.feed(path.read_text())
        assert [a for a in loads.addresses if ELSEWHERE.match(a)] == [], path
        assert None not in loads.alts and "" not in loads.alts, path
        assert "unpkg" not in path.read_text() and "jsdelivr" not in path.read_text(), path
    for path in html.rglob("*.css"):
        assert not re.search(r"(@import|url\()\s*[\"']?(https?:)?//", path.read_text()), path
    [mathjax] = re.findall(r'src="([^"?]*mathjax[^"?]*)', page)
    assert (html / "notebooks/sami" / mathjax).is_file()
    fonts = html / "_static/mathjax/output/chtml/fonts/woff-v2"
    assert len(list(fonts.glob("*.woff"))) == 23
    scripts = yaml_widgets()
    assert len(scripts) == 2
    for script in scripts:
        assert (html / "_static" / script).is_file()

    before = {path: path.read_bytes() for path in html.rglob("*") if path.is_file()}
    intro = project / "book/intro.md"
    intro.write_text(intro.read_text() + "\nSee {numref}`nowhere`.\n")
    assert build() != 0
    assert {path: path.read_bytes() for path in html.rglob("*") if path.is_file()} == before


def yaml_widgets():
    import yaml

    config = yaml.safe_load((ROOT / "book/_config.yml").read_text())
    return list(config["sphinx"]["config"]["nb_ipywidgets_js"])
