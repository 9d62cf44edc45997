"""Published against here as a table: for the terminal, as Markdown and as CSV."""

import shutil
import textwrap

from galutils.results.inventory import inventory, published
from galutils.results.record import INTERVAL, PROTOCOLS
from galutils.results.report import by_protocol
from galutils.results.tables import cell, markdown

FORMATS = ("terminal", "markdown", "csv")


def rows(index, study=None, missing=True):
    """Set every recorded number beside the published one.

    Parameters
    ----------
    index : dict
        As `galutils.results.report.gather` returns it.
    study : str, optional
        Only this one.
    missing : bool
        Also items of the inventory that were not recorded.

    Returns
    -------
    pandas.DataFrame
        One row a quantity: ``study``, ``item``, ``shows``, ``quantity``, ``published``,
        ``as_published`` and ``grouped`` (number or text, each followed by its ``_low`` and
        ``_high``), ``source``, ``profile``, ``notebook``. A number that has no protocol stands
        under ``as_published``.

    Raises
    ------
    ValueError
        If there is nothing of the study.
    """
    import pandas as pd

    listed = {name: row["study"] for name, row in inventory().items()} if missing else {}
    listed |= {name: item["study"] for name, item in index["items"].items()}
    if study is not None and study not in listed.values():
        known = ", ".join(dict.fromkeys(listed.values())) or "none"
        raise ValueError(f"study: expected one of {known}, received {study!r}")
    names = [name for name, of in listed.items() if study in (None, of)]
    return pd.DataFrame([row for name in names for row in _item(name, index["items"].get(name))])


def text(frame, form="terminal", width=None):
    """Write the table of `rows`.

    Parameters
    ----------
    frame : pandas.DataFrame
        As `rows` returns it.
    form : {"terminal", "markdown", "csv"}
        Numbers are rounded to four digits but in CSV.
    width : int, optional
        Columns of the terminal; asked of it by default.

    Returns
    -------
    str
        Ends with a newline.

    Raises
    ------
    ValueError
        For another form.
    """
    if form not in FORMATS:
        raise ValueError(f"format: expected one of {', '.join(FORMATS)}, received {form!r}")
    if form == "csv":
        return frame.to_csv(index=False)
    names = ["item", "quantity", "published", "as published", "by galaxy", "data"]
    # A figure without numbers says nothing here, but that one is missing does.
    told = [row for row in frame.to_dict("records") if row["quantity"] or not row["source"]]
    lines = [_line(row) for row in told]
    if form == "markdown":
        return markdown(names, lines) + "\n"
    return aligned(names, lines, width)


def aligned(names, lines, width=None):
    """Return columns of text for a terminal; the widest ones are wrapped to fit it.

    Parameters
    ----------
    names : list of str
        Heads of the columns.
    lines : list of list of str
        Cells.
    width : int, optional
        Columns of the terminal; asked of it by default, 100 where there is none.
    """
    width = width or shutil.get_terminal_size((100, 24)).columns
    table = [list(names), *lines]
    columns = list(zip(*table, strict=True))
    widths = [max(map(len, column)) for column in columns]
    # No word is broken, since names are there to be copied.
    words = [max(len(word) for c in column for word in [*c.split(), ""]) for column in columns]
    while sum(widths) + 2 * (len(widths) - 1) > width and widths != words:
        room = [w - least for w, least in zip(widths, words, strict=True)]
        widths[room.index(max(room))] -= 1
    out = []
    for number, line in enumerate(table):
        cells = [
            textwrap.wrap(c, w, break_on_hyphens=False) or [""]
            for c, w in zip(line, widths, strict=True)
        ]
        for i in range(max(map(len, cells))):
            parts = [c[i] if i < len(c) else "" for c in cells]
            out.append("  ".join(p.ljust(w) for p, w in zip(parts, widths, strict=True)).rstrip())
        if number == 0:
            out.append("  ".join("-" * w for w in widths))
    return "\n".join(out) + "\n"


def frame_text(frame, width=None):
    """Return any table of plain columns for a terminal; see `aligned`."""
    lines = [[_shown(value) for value in row] for row in frame.itertuples(index=False)]
    return aligned([str(name).replace("_", " ") for name in frame.columns], lines, width)


def _item(name, item):
    """Yield one row for every quantity of an item that is published or recorded."""
    said = published(name)
    numbers = item["numbers"] if item else {}
    entry = inventory().get(name, {})
    for quantity in dict.fromkeys([*said, *numbers]) or [""]:
        here = by_protocol(numbers.get(quantity))
        row = {"study": item["study"] if item else entry["study"], "item": name}
        row |= {"shows": entry.get("shows", ""), "quantity": quantity}
        row["published"] = said.get(quantity)
        for protocol in PROTOCOLS:
            row |= _spread(protocol, here.get(protocol))
        keys = ("source", "profile", "notebook")
        yield row | {key: item[key] if item else "" for key in keys}


def _spread(name, value):
    interval = value if isinstance(value, dict) else {"value": value}
    value, low, high = (interval.get(key) for key in INTERVAL)
    return {name: value, f"{name}_low": low, f"{name}_high": high}


def _line(row):
    def protocol(name):
        text = _shown(row[name])
        low, high = _shown(row[f"{name}_low"]), _shown(row[f"{name}_high"])
        return f"{text} ({low} to {high})" if low else text

    data = f"{row['source']}, {row['profile']}" if row["source"] else "not recorded yet"
    here = [protocol(name) for name in PROTOCOLS]
    return [row["item"], row["quantity"].replace("_", " "), _shown(row["published"]), *here, data]


def _shown(value):
    """Return a value as text, what is missing as nothing."""
    text = cell(value)
    return "" if text == "–" else text
