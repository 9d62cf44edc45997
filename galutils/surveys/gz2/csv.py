"""Large CSV tables of Galaxy Zoo 2 and SDSS, plain or gzipped.

A first line ``#Table1``, as SkyServer exports it, is passed over. Column names are
compared in small letters. No field of these tables holds a comma.
"""

import gzip
import zlib
from pathlib import Path

import numpy as np
import pandas as pd

from galutils.store import files
from galutils.store.files import ArchiveError
from galutils.store.fits_files import RATIO

DAMAGED = (OSError, EOFError, zlib.error, ValueError, OverflowError)
LONGEST = 1_000_000  # characters of a line; table 5 has 3000


def _open(path):
    opener = gzip.open if files.regular(path).suffix == ".gz" else open
    return opener(path, "rt", encoding="utf-8-sig", errors="replace")


def _lines(path):
    """Lines of a table, without more of them in memory than one; ValueError if it is no text."""
    left = RATIO * Path(path).stat().st_size
    with _open(path) as file:
        while line := file.readline(LONGEST):
            left -= len(line)
            if len(line) == LONGEST or left < 0:
                raise ValueError(f"lines beyond {LONGEST} or {RATIO} times its size when unpacked")
            if "\0" in line:
                raise ValueError("NUL characters")
            yield line


def _names(line):
    return [name.strip().strip('"').lower() for name in line.split(",")]


def tables(folder):
    """CSV tables of a folder: their paths, by name."""
    paths = sorted(Path(folder).glob("*.csv")) + sorted(Path(folder).glob("*.csv.gz"))
    return sorted(path for path in paths if path.is_file())


def header(path):
    """Names of the columns, in small letters; none where the file cannot be read."""
    try:
        lines = (line for line in _lines(path) if line.strip() and not line.startswith("#"))
        return _names(next(lines, ""))
    except DAMAGED:
        return []


def _scan(path):
    """Names of the columns, numbers of the lines with as many fields, reasons for the others."""
    names, lines, rejected = None, [], []
    for number, line in enumerate(_lines(path)):
        if not line.strip() or (names is None and line.startswith("#")):
            continue
        fields = line.count(",") + 1
        if names is None:
            names = _names(line)
        elif fields == len(names) and line.count('"') % 2 == 0:
            lines.append(number)
        else:
            received = f"{fields}" if fields != len(names) else "an open quote"
            reason = f"expected {len(names)} fields, received {received}"
            rejected.append((f"{Path(path).name} line {number + 1}", reason))
    return names or [], np.array(lines, dtype=int), rejected


def _identifier(text):
    """Value of an identifier, 0 where it is none of 64 bits."""
    text = text.strip() if isinstance(text, str) else ""
    known = text.isascii() and text.isdecimal() and len(text) < 20
    return int(text) if known and int(text) < 2**63 else 0


def _number(column):
    """Values of a column, NaN where blank; and which fields are no number."""
    values = pd.to_numeric(column, errors="coerce").astype(float)
    text = column.dtype == bool  # True and False
    return values, text | (values.isna() & column.notna()) | np.isinf(values)


def _check(path, names, wanted):
    missing = [name for name in wanted if name not in names]
    if missing:
        raise ArchiveError(
            f"{path}: expected columns {', '.join(wanted[:3])} ..., "
            f"received {len(names)} columns without {', '.join(missing[:3])}"
        )
    repeated = sorted({name for name in wanted if names.count(name) > 1})
    if repeated:
        raise ArchiveError(f"{path}: expected column {repeated[0]} once, received it repeated")


def read(path, numbers, identifiers=(), texts=()):
    """Read columns of a table.

    Parameters
    ----------
    path : path-like
    numbers, identifiers, texts : sequence of str
        Names of the columns to read, in small letters, by what they hold.

    Returns
    -------
    frame : pandas.DataFrame
        Rows that can be read: `numbers` float64, NaN where blank or ``null``;
        `identifiers` int64, above 0; `texts` str, '' where blank.
    rejected : list of (str, str)
        File and line, and the reason, of rows with another number of fields, a
        field that is no finite number, or no identifier.

    Raises
    ------
    ArchiveError
        If the file is missing or damaged, lacks a column, or has no row that
        can be read.
    """
    try:
        names, lines, rejected = _scan(path)
        wanted = [*identifiers, *texts, *numbers]
        _check(path, names, wanted)
        kept = set(lines.tolist())
        frame = pd.read_csv(
            path,
            header=None,
            names=names,
            usecols=wanted,
            skiprows=lambda number: number not in kept,
            dtype=dict.fromkeys((*identifiers, *texts), str),
            low_memory=False,
            encoding="utf-8-sig",
            encoding_errors="replace",
        )
        if len(frame) != len(lines):
            raise ValueError(f"{len(frame)} rows in {len(lines)} lines")
    except DAMAGED as error:
        raise ArchiveError(f"{path}: expected a CSV table, received {error}") from error
    reasons = np.full(len(frame), "", dtype=object)
    for name in numbers:
        values, bad = _number(frame[name])
        for row in np.flatnonzero(bad):
            reasons[row] = f"{name}: expected a number, received {frame[name][row]}"
        frame[name] = values
    for name in identifiers:
        values = np.array([_identifier(text) for text in frame[name]], dtype=np.int64)
        for row in np.flatnonzero(values == 0):
            reasons[row] = f"{name}: expected a whole number above 0, received {frame[name][row]}"
        frame[name] = values
    frame[list(texts)] = frame[list(texts)].fillna("")
    good = reasons == ""
    rejected += [(f"{Path(path).name} line {lines[k] + 1}", reasons[k]) for k in np.where(~good)[0]]
    if not good.any():
        raise ArchiveError(f"{path}: expected rows, received {len(rejected)} that cannot be read")
    return frame[good].reset_index(drop=True), rejected
