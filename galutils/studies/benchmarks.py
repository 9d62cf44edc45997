"""Read measured speeds, and estimate the time that many galaxies need.

``make bench`` measures and writes ``results/benchmarks.json``; this module reads the file.
"""

import json
from pathlib import Path

import pandas as pd

HOUR, DAY = 3600, 86400  # seconds


def read(path):
    """Read the results of `make bench`.

    Parameters
    ----------
    path : path-like
        ``results/benchmarks.json``.

    Returns
    -------
    dict
        Name to item, as ``benchmarks/conftest.py`` describes it.

    Raises
    ------
    ValueError
        If the file is missing or holds something else; names the file.
    """
    try:
        items = json.loads(Path(path).read_text(encoding="utf-8"))
        if not all({"ratio", "target", "median", "unit"} <= set(item) for item in items.values()):
            raise ValueError("an item without ratio, target, median or unit")
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise ValueError(
            f"{path}: expected the results of `make bench`, received {error}"
        ) from error
    return items


def ratios(items):
    """List comparisons and their targets.

    Parameters
    ----------
    items : dict
        As of `read`.

    Returns
    -------
    pandas.DataFrame
        ``name``, ``ratio`` with quartiles ``low`` and ``high``, ``target``, ``ours`` and
        ``theirs`` (what either side is), ``reason`` ("" where the target is met).
    """
    columns = ["name", "ratio", "low", "high", "target", "ours", "theirs", "reason"]
    rows = [{"name": name} | item for name, item in items.items() if item["ratio"] is not None]
    table = pd.DataFrame(rows, columns=columns)
    return table.assign(reason=table["reason"].fillna(""))


def per_galaxy(items):
    """List the seconds that one galaxy or map takes, of every item measured so.

    Parameters
    ----------
    items : dict
        As of `read`.

    Returns
    -------
    pandas.DataFrame
        ``name`` and ``seconds``, the slowest first.
    """
    rows = [
        (name, item["median"] / 1000)
        for name, item in items.items()
        if item["unit"].startswith("s per 1000 ")
    ]
    table = pd.DataFrame(rows, columns=["name", "seconds"])
    return table.sort_values("seconds", ascending=False, ignore_index=True)


def needs(scaling, galaxies, cores):
    """Estimate the time and storage that classifying many galaxies needs, from those of one.

    Parameters
    ----------
    scaling : dict
        The item ``classify, scaling``: ``median`` in core-seconds for each galaxy,
        ``input_bytes`` and ``output_bytes`` of each.
    galaxies : sequence of int
        How many.
    cores : sequence of int
        Of the machines; all are assumed to be as fast as the one measured, and never idle.

    Returns
    -------
    pandas.DataFrame
        ``galaxies``, ``core-hours``, ``days on <n> cores`` of each, ``input`` and ``output`` in
        GB (1e9 bytes).
    """
    rows = []
    for n in galaxies:
        seconds = n * scaling["median"]
        days = {f"days on {k:,} cores": seconds / k / DAY for k in cores}
        sizes = {side: n * scaling[f"{side}_bytes"] / 1e9 for side in ("input", "output")}
        rows.append({"galaxies": int(n), "core-hours": seconds / HOUR, **days, **sizes})
    return pd.DataFrame(rows)
