"""Set published numbers against those here: for the terminal, as Markdown and as CSV."""

import io
import math
import shutil

from galutils.results import reader
from galutils.results.record import INTERVAL, PROTOCOLS
from galutils.results.tables import cell, cells, markdown

FORMATS = ("terminal", "markdown", "csv")
HEADS = ("item", "quantity", "published", "as published", "by galaxy", "data")


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
        under ``as_published``. None where a number is not defined, NaN where it was not recorded.

    Raises
    ------
    ValueError
        If there is nothing of the study.
    """
    tidy = reader.frame(index, missing)
    if study is not None:
        if study not in (known := tidy["study"].unique()):
            expected = ", ".join(known) or "none"
            raise ValueError(f"study: expected one of {expected}, received {study!r}")
        tidy = tidy[tidy["study"] == study]
    keys, origin = ["item", "quantity"], ["source", "profile", "notebook"]
    wide = tidy.drop_duplicates(keys)[["study", "item", "shows", "quantity", "published", *origin]]
    protocols = tidy["protocol"].replace("", PROTOCOLS[0])
    for protocol in PROTOCOLS:
        names = dict(zip(INTERVAL, _ends(protocol), strict=True))
        part = tidy.loc[protocols == protocol, [*keys, *INTERVAL]].rename(columns=names)
        wide = wide.merge(part, how="left", on=keys)
    return wide[[name for name in wide if name not in origin] + origin]


def _ends(protocol):
    return (protocol, f"{protocol}_low", f"{protocol}_high")


def lines(frame):
    """Return the cells of a table of `HEADS`, with numbers rounded to four digits.

    Parameters
    ----------
    frame : pandas.DataFrame
        As `rows` returns it.

    Returns
    -------
    list of list of str
        What was not recorded or published is empty; what is not defined is a dash.
    """
    found = []
    for row in frame.to_dict("records"):
        said = "" if row["published"] is None else cell(row["published"])
        texts = [row["item"], row["quantity"].replace("_", " "), said]
        for protocol in PROTOCOLS:
            value, low, high = (row[name] for name in _ends(protocol))
            shown = value if low is None else {"value": value, "low": low, "high": high}
            texts.append("" if isinstance(value, float) and math.isnan(value) else cell(shown))
        data = f"{row['source']}, {row['profile']}" if row["source"] else "not recorded yet"
        found.append([*texts, data])
    return found


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
    # A recorded figure without numbers says nothing here; that an item is missing does.
    shown = lines(frame[(frame["quantity"] != "") | (frame["source"] == "")])
    return markdown(HEADS, shown) + "\n" if form == "markdown" else aligned(HEADS, shown, width)


def aligned(names, rows, width=None):
    """Return columns of text for a terminal; the widest ones are wrapped to fit it.

    Parameters
    ----------
    names : sequence of str
        Heads of the columns. The first column is never wrapped, so that it can be copied.
    rows : list of list of str
        Cells.
    width : int, optional
        Columns of the terminal; asked of it by default, 100 where there is none.

    Returns
    -------
    str
        Plain text, without colours.
    """
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    for number, name in enumerate(names):
        table.add_column(name, no_wrap=number == 0, overflow="fold")
    for row in rows:
        table.add_row(*row)
    width = width or shutil.get_terminal_size((100, 24)).columns
    page = io.StringIO()
    Console(file=page, width=width, markup=False, highlight=False, emoji=False).print(table)
    return "".join(f"{line.rstrip()}\n" for line in page.getvalue().splitlines())


def frame_text(frame, width=None):
    """Return any table of plain columns for a terminal; see `aligned`."""
    names, rows = cells(frame)
    shown = [["" if text == "–" else text for text in row] for row in rows]
    return aligned([name.replace("_", " ") for name in names], shown, width)
