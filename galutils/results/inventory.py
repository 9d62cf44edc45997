"""The inventory of what the four publications show: one row a figure, table or number."""

import csv
import functools
from pathlib import Path

INVENTORY = Path(__file__).with_name("inventory.csv")


@functools.cache
def inventory():
    """Return the published items; the file is read once.

    Returns
    -------
    dict
        ``{id: {study, kind, section, shows, published}}``, not to be changed.
    """
    rows = csv.DictReader(INVENTORY.read_text(encoding="utf-8").splitlines())
    return {row.pop("id"): row for row in rows}


def published(item):
    """Return what was published under an inventory id.

    Parameters
    ----------
    item : str
        Inventory id, for example ``"sami-f1"``; an extra ``"<study>-x-..."`` has nothing published.

    Returns
    -------
    dict
        One entry per published quantity: float, int, list of these, or str. What is not of the
        form ``name=value`` stands as one str under ``"note"``.

    Raises
    ------
    KeyError
        If the id is neither in the inventory nor an extra.
    """
    rows = inventory()
    if item not in rows:
        if "-x-" in item:
            return {}
        raise KeyError(f"{item} is not in {INVENTORY.name}")
    values, notes = {}, []
    for part in filter(None, (part.strip() for part in rows[item]["published"].split(";"))):
        name, equals, text = part.partition("=")
        if equals and name.isidentifier():
            values[name] = _parse(text)
        else:
            notes.append(part)
    if notes:
        values["note"] = "; ".join(notes)
    return values


def _parse(text):
    """Read ``"0.91"``, ``"4672"`` or ``"0.5,0.65"`` as numbers; leave any other text alone."""
    try:
        numbers = [float(n) if "." in n else int(n) for n in text.split(",")]
    except ValueError:
        return text
    return numbers if len(numbers) > 1 else numbers[0]
