"""Gather what the notebooks recorded, and set it beside what was published."""

from pathlib import Path

from galutils.networks.device import describe
from galutils.results.inventory import inventory, published
from galutils.results.record import PROTOCOLS, read
from galutils.results.tables import cell, markdown
from galutils.store.files import below, write_json

COLUMNS = ("item", "quantity", "published", "as published", "by galaxy", "data")
TITLES = {
    "sami": "Rotation class from SAMI velocity maps",
    "morphology": "Rotation class from images",
    "arms": "Number of spiral arms",
    "perseus": "Membership of the Perseus cluster",
    "beyond": "What each claim is worth",
}
INTRODUCTION = """# Published against here

Every item of the publications worked through so far; its id leads to the notebook that makes it.
*As published* is our number under the publication's own protocol, or the only one where no
network is split and trained; *by galaxy* is our number with the galaxies split before
augmentation, with its interval. *Data* says where they came from, and the profile of the run.
"""
WHY = {
    "sami": """
Where the numbers differ from the published ones, these are the reasons we know. The maps are
those of the mock unless *data* says otherwise, so scores depend on how hard the mock's galaxies
are. The quick profile has fewer copies and epochs than the publication. The published scores are
measured on copies of galaxies that were trained on, and on the maps that chose the epoch; the
column *by galaxy* has neither advantage, and its test galaxies keep their natural shares of
classes. Counts follow the size of the sample, which is not the publication's.
""",
    "morphology": """
Where the numbers differ from the published ones, these are the reasons we know. Images are those
of the mock unless *data* says otherwise. The quick profile averages them to 32x32 pixels, has a
quarter of the filters, six epochs, and two folds instead of a fifth for the test, so every network
has seen half of the galaxies. Two trainings of the same network differ by a few hundredths in area
there (`morphology-x-regularisation`), more than the interval over galaxies says. Thresholds follow
the shares of the classes, which are the mock's.
""",
    "arms": """
Where the numbers differ from the published ones, these are the reasons we know. Images and votes
are those of the mock unless *data* says otherwise. The quick profile has a small network on images
of 64x64 pixels; it begins with weights that this project has trained on votes for mock galaxies,
where the publication has Zoobot's and ImageNet's, and is trained for fewer epochs. The column *as
published* has the epoch that does best on the galaxies it is then scored on; *by galaxy* has the
last epoch, and for `arms-x` items one test set with the natural shares of the classes. Masses of
the mock were given the published weak trend, and classes of few galaxies differ by chance.
""",
    "beyond": """
No publication has these. The column *as published* is what the publication's own protocol gives,
where an item measures that; everything else stands under *by galaxy* or alone.
""",
}


def gather(results, notebooks=None):
    """Gather the recorded items.

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
        in the order of the inventory, extras last.

    Raises
    ------
    FileNotFoundError
        If a file of an item is missing.
    ValueError
        If a result is damaged; see `galutils.results.record.read`.
    """
    results = Path(results)
    items = {}
    for path in sorted(results.glob("*/*.json")):
        record = read(path)
        if notebooks is not None and record["notebook"] not in notebooks:
            continue
        for name in record["files"]:
            if not below(results, name).is_file():
                raise FileNotFoundError(f"{results / name}: named by {path}, not there")
        keys = ("study", "kind", "notebook", "source", "profile", "files", "numbers")
        items[record["id"]] = {key: record[key] for key in keys}
        items[record["id"]]["published"] = published(record["id"])
    order = [name for name in inventory() if name in items]
    order += sorted(set(items) - set(order))
    return {"items": {name: items[name] for name in order}}


def merge(results, notebooks=None):
    """Gather the recorded items into ``index.json`` of the results folder; see `gather`.

    The index also names the ``machine`` on which it is gathered, see `galutils.networks.device.describe`.
    """
    index = {"machine": describe()} | gather(results, notebooks)
    write_json(Path(results, "index.json"), index)
    return index


def page(index, reference=None):
    """Return the page "Published against here".

    Parameters
    ----------
    index : dict
        As returned by :func:`merge`.
    reference : dict, optional
        An index recorded earlier with real archives; what it has from them is listed apart.

    Returns
    -------
    str
        Markdown: for each study with a recorded item one table of all its items, recorded or not,
        and one of what no publication has; one row a quantity.
    """
    items = index["items"]
    text = INTRODUCTION
    for study in dict.fromkeys(item["study"] for item in items.values()):
        listed = [name for name, row in inventory().items() if row["study"] == study]
        extras = [n for n, i in items.items() if i["study"] == study and n not in listed]
        text += f"\n## {TITLES.get(study, study)}\n{WHY.get(study, '')}\n"
        if listed:
            text += f"{_table(listed, items)}\n### What the publication does not have\n\n"
        text += _table([name for name in extras if items[name]["numbers"]], items)
    real = {
        n: i for n, i in (reference or {"items": {}})["items"].items() if "archive" in i["source"]
    }
    real = {name: item for name, item in real.items() if item["numbers"]}
    if real:
        text += "\n## Recorded with real archives\n\nNumbers of an earlier run on real files, kept"
        text += " with the project in `results/archive.json`, whatever this book was built on.\n\n"
        text += _table(real, real)
    return text


def _table(names, items):
    """Return a table over the full width of the page."""
    rows = [row for name in names for row in _rows(name, items.get(name))]
    return f":::{{div}} full-width\n\n{markdown(COLUMNS, rows)}\n\n:::\n"


def _rows(name, item):
    """Return one row for every quantity of an item that is published or recorded."""
    said = published(name)
    numbers = item["numbers"] if item else {}
    link = f"[{name}](notebooks/{item['notebook']}.ipynb)" if item else name
    shows = _escape(inventory().get(name, {}).get("shows", ""))
    first = f"{link}<br>{shows}" if shows else link
    data = f"{item['source']}, {item['profile']}" if item else "not recorded yet"
    rows = []
    for quantity in dict.fromkeys([*said, *numbers]) or [""]:
        here = by_protocol(numbers.get(quantity, ""))
        values = [said.get(quantity, ""), *(here.get(protocol, "") for protocol in PROTOCOLS)]
        quantity = _escape(quantity.replace("_", " "))
        rows.append([first, quantity, *(_escape(cell(v)) for v in values), data])
        first = ""
    return rows


def by_protocol(value):
    """Return a recorded value by protocol; one that has none is the publication's own."""
    if isinstance(value, dict) and set(value) <= set(PROTOCOLS):
        return dict(value)
    return {"as_published": value}


def _escape(text):
    """Return text that Markdown shows as it stands."""
    for character in "\\*_$<`[":
        text = text.replace(character, f"\\{character}")
    return text
