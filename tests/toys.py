"""Small notebooks for the tests of the pipeline."""

import shutil

import nbformat
import yaml
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}


def write_notebook(path, parameters, *cells, title="A toy"):
    """Write a notebook with a title, a tagged parameters cell (None: untagged), and code cells."""
    tagged = [] if parameters is None else [parameters]
    first = [new_code_cell(source, metadata={"tags": ["parameters"]}) for source in tagged]
    notebook = new_notebook(
        cells=[new_markdown_cell(f"# {title}"), *first, *(new_code_cell(cell) for cell in cells)],
        metadata={"kernelspec": KERNEL},
    )
    # Cell ids are random; the same notebook shall be the same bytes.
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{number}"
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)
    return path


def keep_parts(book, *studies):
    """Take other studies, and the docs that lead to them, out of a copy of the book's sources."""
    toc = yaml.safe_load((book / "_toc.yml").read_text())
    for part in list(toc["parts"]):
        study = part["chapters"][0]["file"].partition("parts/")[2]
        if study and study not in studies:
            toc["parts"].remove(part)
            (book / "parts" / f"{study}.md").unlink()
        if study:
            part["chapters"][0]["sections"] = [{"glob": f"notebooks/{study}/*"}]
        part["chapters"] = [c for c in part["chapters"] if not c["file"].startswith("docs/")]
    shutil.rmtree(book / "docs", ignore_errors=True)
    (book / "_toc.yml").write_text(yaml.safe_dump(toc))


TOY_BOOK = {  # three pages in the book's own dress
    "_toc.yml": """format: jb-book
root: intro
chapters: [{file: published}, {glob: notebooks/sami/*}]
""",
    "intro.md": "# A toy\n\nFour publications.\n",
}


def write_toy_book(root, folder):
    """Copy the book's sources without most of its pages."""
    others = shutil.ignore_patterns("_build", "docs", "parts")
    shutil.copytree(root / "book", folder / "book", ignore=others)
    for name, text in TOY_BOOK.items():
        (folder / "book" / name).write_text(text)
    (folder / "results").mkdir(exist_ok=True)
    for name in ("CHANGELOG.md", "results/bad_input.json"):
        shutil.copy(root / name, folder / name)
