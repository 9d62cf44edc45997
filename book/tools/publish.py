"""Stage the book's sources with the executed notebooks, build it, and publish it only if it built.

Jupyter Book never executes anything here: it renders what the pipeline has run.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from book.tools import archive, pages, preloaded
from book.tools.order import exit_status
from galutils.store import files

VIEW = "application/vnd.jupyter.widget-view+json"
HIDDEN = shutil.ignore_patterns(".*")


def build(sources="book", executed="build/notebooks", results="results", staged="build/book"):
    """Build the book and, only if nothing went wrong, publish it in ``<sources>/_build/html``.

    Warnings count as errors. The last good book stays in place until the new one is whole.

    Parameters
    ----------
    sources, executed, results, staged : str or path
        The book's sources, the executed notebooks, the recorded results with ``index.json``, and
        the folder they are brought together in (made anew), which ``_config.yml`` expects to be
        two folders below that of the results.

    Returns
    -------
    int
        0, or the exit status of jupyter-book.
    """
    stage(sources, executed, results, staged)
    # pages on functions import all libraries
    tool = [sys.executable, preloaded.__file__, "book.tools.jupyter_book"]
    options = ["--warningiserror", "--keep-going", "--quiet"]
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    command = [*tool, "build", staged, *options]
    status = subprocess.run(command, check=False, env=environment).returncode
    if status == 0:
        built = Path(staged, "_build", "html")
        # A page offers the notebook as it was run, not as it was prepared for the page.
        shutil.copytree(executed, built / "_sources/notebooks", dirs_exist_ok=True, ignore=HIDDEN)
        with files.replacing(Path(sources, "_build", "html"), folder=True) as place:
            os.rename(built, place)
    return status


def stage(sources, executed, results, staged):
    """Bring the book's sources, executed notebooks and generated pages together in one folder.

    Parameters
    ----------
    sources, executed, results, staged : str or path
        As for :func:`build`.
    """
    sources, executed, staged = Path(sources), Path(executed), Path(staged)
    shutil.rmtree(staged, ignore_errors=True)
    shutil.copytree(sources, staged, ignore=shutil.ignore_patterns("_build"))
    shutil.copy(sources.parent / "CHANGELOG.md", staged / "changelog.md")
    for path in sorted(executed.rglob("[!.]*.ipynb")):
        notebook = json.loads(path.read_text(encoding="utf-8"))
        notebook["cells"] = [
            new for cell in notebook["cells"] for new in (*_kept(cell, results), _prepare(cell))
        ]
        if VIEW not in json.dumps(notebook["cells"]):  # the page then loads nothing for widgets
            notebook["metadata"].pop("widgets", None)
        target = staged / "notebooks" / path.relative_to(executed)
        files.write(target, json.dumps(notebook))
    if Path(results, archive.FOLDER).is_dir():
        shutil.copytree(Path(results, archive.FOLDER), staged / archive.FOLDER)
    index = json.loads(Path(results, "index.json").read_text(encoding="utf-8"))
    kept = Path(results, "archive.json")
    reference = json.loads(kept.read_text(encoding="utf-8")) if kept.is_file() else None
    records = files.read_json(Path(results, "bad_input.json"), list)
    files.write(staged / "bad_input.md", pages.bad_input(records))
    files.write(staged / "published.md", pages.published(index, reference))
    for name, text in pages.answers(index, reference).items():
        files.write(staged / f"answers/{name}.md", text)


def _kept(cell, results):
    """Return a cell with what is kept from real archives of the items that a cell recorded."""
    metadata = [output.get("metadata", {}) for output in cell.get("outputs", [])]
    items = [one["galutils"] for one in metadata if "galutils" in one]
    items = [one for one in items if one.get("source") != "archive"]
    texts = [archive.shown(one, results, f"../../{archive.FOLDER}") for one in items]
    return [
        {"cell_type": "markdown", "id": f"archive-{one['id']}"[:64], "metadata": {}, "source": text}
        for one, text in zip(items, texts, strict=True)
        if text
    ]


def _prepare(cell):
    """Turn what `galutils.results.record` left in a cell's outputs into metadata for MyST-NB."""
    tags = cell["metadata"].get("tags", [])
    source = "".join(cell["source"])
    shows_nothing = source.startswith(("import ", "from ")) or "rec.numbers(" in source
    if "injected-parameters" in tags or shows_nothing:
        tags.append("hide-input")
        cell["metadata"]["tags"] = tags
    for output in cell.get("outputs", []):
        recorded = output.get("metadata", {}).get("galutils")
        if not recorded:
            continue
        if "text/markdown" in output["data"]:
            body = "".join(output["data"]["text/markdown"])
            output["data"] = {"text/markdown": archive.table(recorded, recorded["id"], body)}
        else:
            output["data"].pop(VIEW, None)  # the picture stands for it
            cell["metadata"]["mystnb"] = {
                "figure": {"name": recorded["id"], "caption": recorded["caption"]},
                "image": {"alt": recorded["alt"]},
            }
    return cell


if __name__ == "__main__":
    sys.exit(exit_status(build))
