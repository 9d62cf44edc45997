"""Look up what the notebooks have recorded."""

from pathlib import Path

from galutils.store import files


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
        raise ValueError(
            f"{card}: expected the result {name} once in {results}, received {len(found)}"
        )
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
    numbers = item(results, name, card).get("numbers")
    if not isinstance(numbers, dict):
        received = type(numbers).__name__
        raise ValueError(f"{card}: expected numbers in the result {name}, received {received}")
    if quantity not in numbers:
        known = ", ".join(numbers) or "no number"
        raise ValueError(f"{card}: expected {quantity!r} in the result {name}, received {known}")
    found = numbers[quantity]
    if protocol is None:
        return found
    if not isinstance(found, dict) or protocol not in found:
        received = ", ".join(found) if isinstance(found, dict) else found
        raise ValueError(
            f"{card}: expected {quantity!r} of {name} under {protocol}, received {received}"
        )
    return found[protocol]
