"""Tables as text: cells, Markdown and HTML."""

from html import escape

import numpy as np


def cell(value):
    """Return a value as text for a table; what is missing (None, NaN, NA) is a dash."""
    import pandas as pd

    value = value.item() if isinstance(value, np.generic) else value
    if isinstance(value, dict):
        return f"{cell(value['value'])} ({cell(value['low'])} to {cell(value['high'])})"
    if isinstance(value, list):
        return ", ".join(cell(one) for one in value)
    if pd.isna(value):
        return "–"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def cells(frame):
    """Return a frame of plain columns as text: its heads, and the cells of every row."""
    rows = [[cell(value) for value in row] for row in frame.itertuples(index=False)]
    return [str(name) for name in frame.columns], rows


def markdown(names, rows):
    """Return a Markdown pipe table of str cells."""
    lines = [names, ["---"] * len(names), *rows]
    return "\n".join(
        "| " + " | ".join(c.replace("|", "\\|") for c in line) + " |" for line in lines
    )


def html(names, rows, caption):
    """Return an HTML table with a caption, for the notebook itself."""
    lines = [
        "<tr>" + "".join(f"<{tag}>{escape(text)}</{tag}>" for text in line) + "</tr>"
        for tag, line in [("th", names), *(("td", row) for row in rows)]
    ]
    return f"<table><caption>{escape(caption)}</caption>\n" + "\n".join(lines) + "\n</table>"
