"""Text tables that may be damaged: decoding, and numbers as they are written."""

import csv
import re
from pathlib import Path

from galutils.store import files

NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[deDE][+-]?\d+)?|[+-]?(?:nan|inf)", re.A | re.I)
WHOLE = re.compile(r"[+-]?\d+", re.A)


def read(path, expected="a text table"):
    """Read a text in UTF-8, with or without a mark at its beginning.

    Parameters
    ----------
    path : path-like
    expected : str
        What it should be, for the message.

    Returns
    -------
    str
        Bytes that are no UTF-8 stand as U+FFFD, which no number holds.

    Raises
    ------
    ArchiveError
        If it is no file, or holds NUL, as texts in UTF-16 do; names it.
    """
    with files.guarded(path, expected):
        return files.read_text(path, errors="replace")


def records(path):
    """Read a CSV table of the project's own as a list of dict, one a row, all values str."""
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def beside(module, name=""):
    """Read the table `name` beside a module as of `records`, by default that of the same name.

    Parameters
    ----------
    module : str
        Its ``__file__``.
    name : str
        Such as ``columns.csv``.
    """
    return records(Path(module).with_name(name or f"{Path(module).stem}.csv"))


def number(text):
    """Return a decimal number; Python's own would take ``1_0`` and digits of any script.

    The letter of the exponent may be ``D``, as Fortran writes it.

    Raises
    ------
    ValueError
        If it is none.
    """
    files.require(NUMBER.fullmatch(text), "a number", repr(text))
    return float(text.upper().replace("D", "E"))


def whole(text):
    """Return a whole number, of which no digit gets lost.

    Raises
    ------
    ValueError
        If it is none, such as ``1.2e18``.
    """
    good = len(text) <= 40 and WHOLE.fullmatch(text)
    files.require(good, "a whole number", repr(text[:60]))
    return int(text)
