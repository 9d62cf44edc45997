"""Gather what the notebooks recorded into one index."""

from pathlib import Path

from galutils.results.inventory import inventory, published
from galutils.results.record import read
from galutils.store.files import below, write_json

INDEXED = ("study", "kind", "notebook", "source", "profile", "files", "numbers")


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
        If a table of an item is missing. A figure may be, as it is in a fresh clone.
    ValueError
        If a result is damaged; see `galutils.results.record.read`.
    """
    results, items = Path(results), {}
    for path in sorted(results.glob("*/*.json")):
        record = read(path)
        if notebooks is not None and record["notebook"] not in notebooks:
            continue
        for name in record["files"]:
            if not (name.endswith(".png") or below(results, name).is_file()):  # git keeps none
                raise FileNotFoundError(f"{results / name}: named by {path}, not there")
        items[record["id"]] = {key: record[key] for key in INDEXED}
        items[record["id"]]["published"] = published(record["id"])
    order = [name for name in inventory() if name in items]
    order += sorted(set(items) - set(order))
    return {"items": {name: items[name] for name in order}}


def merge(results, notebooks=None, machine=None):
    """Gather the recorded items into ``index.json`` of the results folder.

    Parameters
    ----------
    results, notebooks
        As of `gather`.
    machine : str, optional
        What the results were computed on, as `galutils.networks.device.describe` states it.

    Returns
    -------
    dict
        As of `gather`, with the ``machine`` ahead.
    """
    index = {"machine": machine} | gather(results, notebooks)
    write_json(Path(results, "index.json"), index)
    return index
