"""What a run on real archives recorded, kept with the project for books built without them.

``results/archive/`` is laid out as ``results/``; ``results/archive.json`` is the index of all that
was ever kept. ``python -m book.tools.archive RESULTS NOTEBOOK...`` keeps what the notebooks have
recorded from archives in another folder of results.
"""

import shutil
import sys
from pathlib import Path

from galutils.results import report
from galutils.results.record import forget, read
from galutils.results.tables import cells, markdown
from galutils.store import files

FOLDER = "archive"


def keep(recorded, notebooks, results="results"):
    """Replace what is kept of some notebooks by what they recorded from archives.

    Parameters
    ----------
    recorded : path-like
        Folder of results that the run wrote.
    notebooks : sequence of str
    results : path-like
        Folder of the project's results.

    Returns
    -------
    list of str
        The items that are kept now.

    Raises
    ------
    ValueError
        If the notebooks recorded nothing from archives, or a record is damaged.
    """
    recorded, results = Path(recorded), Path(results)
    new = {path: read(path) for path in sorted(recorded.glob("*/*.json"))}
    new = {path: one for path, one in new.items() if one["notebook"] in notebooks}
    new = {path: one for path, one in new.items() if "archive" in one["source"]}
    if not new:
        raise ValueError(f"{recorded}: expected items from archives of {', '.join(notebooks)}")
    forget(results / FOLDER, notebooks)
    for path, one in new.items():
        for name in (*one["files"], f"{one['study']}/{path.name}"):
            target = files.below(results / FOLDER, name)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(recorded / name, target)
    index = Path(results, "archive.json")
    items = files.read_json(index)["items"] if index.is_file() else {}
    items = {name: one for name, one in items.items() if one["notebook"] not in notebooks}
    files.write_json(index, {"items": items | report.gather(results / FOLDER)["items"]})
    return [one["id"] for one in new.values()]


def shown(record, results, place):
    """Write what is kept of an item as Markdown, to stand before the same item of a mock.

    Parameters
    ----------
    record : dict
        The item as the book's own run recorded it, at least its ``id``.
    results : path-like
        Folder of the project's results.
    place : str
        Path from the page to the folder of pictures.

    Returns
    -------
    str or None
        None where nothing is kept.
    """
    found = sorted(Path(results, FOLDER).glob(f"*/{record['id']}.json"))
    kept = read(found[0]) if found else {"files": []}
    if not kept["files"]:
        return None
    [name] = kept["files"]
    label = f"archive-{kept['id']}"
    if name.endswith(".png"):
        caption, alt = (" ".join(kept[key].split()) for key in ("caption", "alt"))
        return f"````{{figure}} {place}/{name}\n:alt: {alt}\n:name: {label}\n\n{caption}\n````"
    import pandas as pd

    return table(kept, label, markdown(*cells(pd.read_csv(Path(results, FOLDER, name)))))


def table(record, label, body):
    """Write a MyST directive, so that a table is numbered and can be referred to.

    Parameters
    ----------
    record : dict
        With the ``caption``.
    label, body : str
        What it is referred to by, and the table in Markdown.

    Returns
    -------
    str
    """
    caption = " ".join(record["caption"].split())
    return f"````{{table}} {caption}\n:name: {label}\n\n{body}\n````"


if __name__ == "__main__":
    sys.stdout.write("\n".join(keep(sys.argv[1], sys.argv[2:])) + "\n")
