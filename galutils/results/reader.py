"""Read what the notebooks have recorded: as a table, one number, or written into prose."""

import re
from pathlib import Path

from galutils.results.inventory import inventory, published
from galutils.results.record import INTERVAL, PROTOCOLS
from galutils.store import files

COLUMNS = ("study", "item", "shows", "quantity", "protocol", *INTERVAL, "published")
COLUMNS += ("source", "profile", "notebook")
PART = re.compile(r"(.+)\.(value|low|high|interval)")
PROTOCOL = re.compile(r"(as_published|grouped)(\.(value|low|high|interval))?")


def frame(index, missing=False):
    """Return everything that was recorded as one table.

    Parameters
    ----------
    index : dict
        As `galutils.results.report.gather` returns it.
    missing : bool
        If true, the items of the inventory that were not recorded have rows too, ahead of those
        that no publication has.

    Returns
    -------
    pandas.DataFrame
        One row for each item, quantity and protocol. ``study``, ``item``, ``shows`` (what the
        inventory says of it), ``quantity`` (empty where the item has none); ``protocol``:
        ``as_published``, ``grouped``, empty where the number has none, None where the quantity was
        not recorded; ``value``, ``low``, ``high``: number or text, None where there is none;
        ``published``: the published value or None; ``source``, ``profile``, ``notebook``: empty
        where the item was not recorded.
    """
    import pandas as pd

    entries, items = inventory(), index["items"]
    rows = []
    for name in dict.fromkeys([*(entries if missing else ()), *items]):
        entry, recorded, said = entries.get(name, {}), items.get(name, {}), published(name)
        numbers = recorded.get("numbers", {})
        about = (recorded.get("study") or entry["study"], name, entry.get("shows", ""))
        origin = [recorded.get(key, "") for key in ("source", "profile", "notebook")]
        for quantity in dict.fromkeys([*said, *numbers]) or [""]:
            parts = by_protocol(numbers[quantity]) if quantity in numbers else [(None,) * 4]
            rows += [(*about, quantity, *part, said.get(quantity), *origin) for part in parts]
    return pd.DataFrame(rows, columns=COLUMNS, dtype=object)


def by_protocol(number):
    """Take a recorded number apart.

    Parameters
    ----------
    number : number, str, None or dict
        As `galutils.results.record.Recorder.numbers` accepts it.

    Yields
    ------
    tuple
        Protocol (empty where the number has none), value, low and high (None where it has none).
    """
    both = isinstance(number, dict) and set(number) <= set(PROTOCOLS)
    for protocol, one in number.items() if both else [("", number)]:
        interval = one if isinstance(one, dict) else {"value": one}
        yield protocol, *(interval.get(key) for key in INTERVAL)


def item(results, name, card=""):
    """Return what was recorded under an id, in whichever study.

    Parameters
    ----------
    results : path-like
        Folder of recorded results.
    name : str
        Id of the item.
    card : str
        Who asks, for the message.

    Returns
    -------
    dict
        The content of the item's JSON.

    Raises
    ------
    ValueError
        If it is not there, or in two studies.
    """
    found = sorted(Path(results).glob(f"*/{name}.json"))
    if len(found) != 1:
        expected = f"the result {name} once in {results}"
        raise ValueError(f"{card}: expected {expected}, received {len(found)}")
    return files.read_json(found[0])


def number(results, name, quantity, protocol=None, card=""):
    """Return a recorded number.

    Parameters
    ----------
    results, name, card
        As of `item`.
    quantity : str
        Name of the number.
    protocol : str, optional
        ``as_published`` or ``grouped``, where the number has both.

    Returns
    -------
    number, or dict with ``value``, ``low``, ``high``

    Raises
    ------
    ValueError
        If the item, the quantity or the protocol was not recorded.
    """
    found = entry(item(results, name, card).get("numbers"), quantity, f"the result {name}", card)
    return entry(found, protocol, f"{quantity!r} of {name}", card) if protocol else found


def entry(found, key, place, card=""):
    """Return an entry of a part of a recorded item.

    Parameters
    ----------
    found : object
        The part; only a dict has entries.
    key : str
    place, card : str
        What the part is, and who asks, for the message.

    Raises
    ------
    ValueError
        If there is no such entry.
    """
    if not isinstance(found, dict) or key not in found:
        kind = type(found).__name__
        received = ", ".join(found) or "nothing" if kind == "dict" else f"{kind} {found}"
        raise ValueError(f"{card}: expected {key!r} in {place}, received {received}")
    return found[key]


def written(results, text):
    """Write a recorded number as the prose has it: the content of the role ``{num}``.

    What follows ``archive:`` is taken from the folder ``archive`` of the results, where runs on
    real archives are kept.

    Parameters
    ----------
    results : path-like
        Folder of recorded results.
    text : str
        ``item:quantity``, ``item:quantity:format``, ``item:quantity:protocol`` or
        ``item:quantity:protocol:format``. A colon followed by a space belongs to a name. The
        protocol is ``as_published`` or ``grouped``. The last name before the format may end in
        ``.low``, ``.high`` (ends of an interval) or ``.interval`` (``0.91 (0.89–0.93)``,
        ``-0.02 (-0.03 to 0.01)``). The quantity ``@source``, ``@profile`` or ``@notebook`` is what
        was recorded of the item itself; ``@published.NAME`` is a published value of the inventory.
        The format is Python's; by default floats have three significant digits.

    Returns
    -------
    str

    Raises
    ------
    ValueError
        If the item, the quantity or the protocol was not recorded, or the format does not fit.
    """
    if text.startswith("archive:"):
        return written(Path(results, "archive"), text.removeprefix("archive:"))
    name, *rest = re.split(r":(?! )", text)
    form = rest.pop() if len(rest) > 1 and not PROTOCOL.fullmatch(rest[-1]) else ""
    if len(rest) not in (1, 2):
        raise ValueError(f"{text}: expected item:quantity[:protocol][:format]")
    part = "value"
    if rest[0].startswith("@"):
        found = item(results, name, text)
        for key in rest[0][1:].split("."):
            found = entry(found, key, "the recorded item", text)
    else:
        if ending := PART.fullmatch(rest[-1]):
            rest[-1], part = ending.groups()
        found = number(results, name, *rest, card=text)
    try:
        if isinstance(found, dict) and part == "interval":
            value, low, high = (_formatted(found[key], form) for key in INTERVAL)
            dash = " to " if low.startswith("-") or high.startswith("-") else "–"
            return f"{value} ({low}{dash}{high})"
        return _formatted(found[part] if isinstance(found, dict) else found, form)
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{text}: expected a number to write, received {found!r}") from error


def _formatted(value, form):
    if value is None:
        return "not defined"
    if not form and isinstance(value, float):
        form = ".3g"
    return format(value, form)
