"""Text tables that may be damaged: decoding, rows of one length, numbers as they are written."""

import csv
import re

from galutils.store import files
from galutils.store.files import ArchiveError

NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[+-]?(?:nan|inf)", re.A | re.I)
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
    try:
        text = files.regular(path).read_text(encoding="utf-8-sig", errors="replace")
    except FileNotFoundError:
        raise ArchiveError(f"{path}: expected {expected}, received none") from None
    except (OSError, ValueError) as error:
        raise ArchiveError(f"{path}: expected {expected}, received {error}") from error
    if "\0" in text:
        raise ArchiveError(f"{path}: expected {expected} in UTF-8, received NUL characters")
    return text


def records(path):
    """Read a CSV table of the project's own as a list of dict, one a row, all values str."""
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def check(path, text):
    """Refuse a CSV text with a name twice in its header, or a row of another length.

    Raises
    ------
    ArchiveError
        Names the file, and the column or the line.
    """
    rows = csv.reader(text.splitlines(), strict=True)
    try:
        names = next(rows, [])
        if not names:
            raise ArchiveError(f"{path}: expected a header of names, received none")
        repeated = sorted({name for name in names if names.count(name) > 1})
        if repeated:
            raise ArchiveError(f"{path}: expected column {repeated[0]!r} once, received it twice")
        for row in rows:
            if row and len(row) != len(names):
                raise ArchiveError(
                    f"{path}: expected {len(names)} fields in line {rows.line_num}, "
                    f"received {len(row)}"
                )
    except csv.Error as error:
        raise ArchiveError(f"{path}: expected a CSV table, received {error}") from error


def number(text):
    """Return a decimal number; Python's own would take ``1_0`` and digits of any script.

    Raises
    ------
    ValueError
        If it is none.
    """
    if not NUMBER.fullmatch(text):
        raise ValueError(f"expected a number, received {text!r}")
    return float(text)


def whole(text):
    """Return a whole number, of which no digit gets lost.

    Raises
    ------
    ValueError
        If it is none, such as ``1.2e18``.
    """
    if len(text) > 40 or not WHOLE.fullmatch(text):
        raise ValueError(f"expected a whole number, received {text[:60]!r}")
    return int(text)
