"""Gather what the notebooks recorded, and set it beside what was published."""

import json
from pathlib import Path

from galutils.files import write_json
from galutils.inventory import inventory, published
from galutils.tables import cell, markdown

PROTOCOLS = ("as_published", "grouped")
COLUMNS = ("", "shows", "quantity", "published", "here, as published", "here, by galaxy", "data")
TITLES = {
    "sami": "Rotation class from SAMI velocity maps",
    "morphology": "Rotation class from images",
    "arms": "Number of spiral arms",
    "perseus": "Membership of the Perseus cluster",
}
INTRODUCTION = """---
html_theme.sidebar_secondary.remove: true
---

# Published against here

Every item of the publications worked through so far; its id leads to the notebook that makes it.
*Here, as published* is our number under the publication's own protocol, or the only one where no
network is split and trained; *here, by galaxy* is our number with the galaxies split before
augmentation, with its interval. *Data* says where they came from, and the profile of the run. Items
that no publication has stand last.
"""


def merge(results, notebooks=None):
    """Gather the recorded items into ``index.json``.

    Parameters
    ----------
    results : str or path
        Results folder.
    notebooks : collection of str, optional
        The notebooks of the book; what others recorded is left out. All by default.

    Returns
    -------
    dict
        ``{"items": {id: {study, kind, notebook, source, profile, files, numbers, published}}}``
        in the order of the inventory, extras last; as written.

    Raises
    ------
    FileNotFoundError
        If a file of an item is missing.
    """
    results = Path(results)
    items = {}
    for path in sorted(results.glob("*/*.json")):
        record = json.loads(path.read_text(encoding="utf-8"))
        if notebooks is not None and record["notebook"] not in notebooks:
            continue
        for name in record["files"]:
            if not (results / name).is_file():
                raise FileNotFoundError(f"{results / name}: named by {path}, not there")
        keys = ("study", "kind", "notebook", "source", "profile", "files", "numbers")
        items[record["id"]] = {key: record[key] for key in keys}
        items[record["id"]]["published"] = published(record["id"])
    order = [name for name in inventory() if name in items]
    order += sorted(set(items) - set(order))
    index = {"items": {name: items[name] for name in order}}
    write_json(results / "index.json", index)
    return index


def page(index):
    """Return the page "Published against here".

    Parameters
    ----------
    index : dict
        As returned by :func:`merge`.

    Returns
    -------
    str
        Markdown: for each study with a recorded item one table of all its items, recorded or not,
        one row a quantity.
    """
    items = index["items"]
    text = INTRODUCTION
    for study in dict.fromkeys(item["study"] for item in items.values()):
        listed = [name for name, row in inventory().items() if row["study"] == study]
        extras = [name for name in items if items[name]["study"] == study and name not in listed]
        rows = [row for name in [*listed, *extras] for row in _rows(name, items.get(name))]
        text += f"\n## {TITLES.get(study, study)}\n\n{markdown(COLUMNS, rows)}\n"
    return text


def _rows(name, item):
    """Return one row for every quantity of an item that is published or recorded."""
    said = published(name)
    numbers = item["numbers"] if item else {}
    first = [
        f"[{name}](notebooks/{item['notebook']}.ipynb)" if item else name,
        _escape(inventory().get(name, {}).get("shows", "")),
    ]
    data = f"{item['source']}, {item['profile']}" if item else "not recorded yet"
    rows = []
    for quantity in dict.fromkeys([*said, *numbers]) or [""]:
        here = numbers.get(quantity, "")
        if not (isinstance(here, dict) and set(here) <= set(PROTOCOLS)):
            here = {"as_published": here}
        values = [said.get(quantity, ""), *(here.get(protocol, "") for protocol in PROTOCOLS)]
        rows.append([*first, _escape(quantity), *(_escape(cell(v)) for v in values), data])
        first = ["", ""]
    return rows


def _escape(text):
    """Return text that Markdown shows as it stands."""
    for character in "\\*_$<`[":
        text = text.replace(character, f"\\{character}")
    return text
