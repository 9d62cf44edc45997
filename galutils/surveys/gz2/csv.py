"""Large CSV tables of Galaxy Zoo 2 and SDSS, plain or gzipped.

A first line ``#Table1``, as SkyServer exports it, is passed over. Column names are
compared in small letters. No field of these tables holds a comma.
"""

import gzip
import itertools
from pathlib import Path

import numpy as np
import pandas as pd
from astropy.table import Table

from galutils.store import files
from galutils.store.files import RATIO, expect, first
from galutils.store.measured import floats

LONGEST = 1_000_000  # characters of a line; table 5 has 3000


def _lines(path):
    """Numbers and texts of the lines that hold something, after the comments at the beginning.

    No more than one line is in memory; ValueError if it is no text.
    """
    opener = gzip.open if files.regular(path).suffix.lower() == ".gz" else open
    left, begun = RATIO * Path(path).stat().st_size, False
    with opener(path, "rt", encoding="utf-8-sig", errors="replace") as file:
        for number in itertools.count():
            line = file.readline(LONGEST)
            left -= len(line)
            if len(line) == LONGEST or left < 0:
                raise ValueError(f"lines beyond {LONGEST} or {RATIO} times its size when unpacked")
            if "\0" in line:
                raise ValueError("NUL characters")
            if not line:
                return
            begun |= bool(line.strip()) and not line.startswith("#")
            if begun and line.strip():
                yield number, line


def _names(line):
    return [name.strip().strip('"').lower() for name in line.split(",")]


def tables(folder):
    """CSV tables of a folder: their paths, by name."""
    paths = Path(folder).iterdir() if Path(folder).is_dir() else ()
    return sorted(p for p in paths if p.name.lower().endswith((".csv", ".csv.gz")) and p.is_file())


def chosen(folder, found, asked, expected):
    """Return which of the tables found is meant: the one asked for, or the first.

    Parameters
    ----------
    folder : path-like
    found : dict
        Tables by form or name.
    asked : str or None
    expected : str
        For the message.

    Raises
    ------
    ArchiveError
        If it is not there; lists all tables.
    """
    asked = asked or next(iter(found), None)
    received = ", ".join(path.name for path in tables(folder)) or "no table"
    expect(asked in found, folder, expected, received)
    return asked


def header(path):
    """Names of the columns, in small letters; none where the file cannot be read."""
    try:
        return _names(next(_lines(path), (0, ""))[1])
    except Exception:  # a hostile file may make a parser raise anything
        return []


def _scan(path):
    """Names of the columns, numbers of the lines with as many fields, reasons for the others."""
    lines, kept, rejected = _lines(path), [], []
    names = _names(next(lines, (0, ""))[1])
    for number, line in lines:
        fields = line.count(",") + 1
        if fields == len(names) and line.count('"') % 2 == 0:
            kept.append(number)
            continue
        received = fields if fields != len(names) else "an open quote"
        reason = f"expected {len(names)} fields, received {received}"
        rejected.append((f"{Path(path).name} line {number + 1}", reason))
    return names, kept, rejected


def _identifier(text):
    """Value of an identifier, 0 where it is none of 64 bits."""
    text = text.strip() if isinstance(text, str) else ""
    known = text.isascii() and text.isdecimal() and len(text) < 20
    return int(text) if known and int(text) < 2**63 else 0


def _number(column):
    """Values of a column, NaN where blank; and which fields are no number."""
    values = pd.to_numeric(column, errors="coerce").astype(float)
    text = column.dtype == bool  # True and False
    return floats(values), text | (values.isna() & column.notna()) | np.isinf(values)


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
        Rows that can be read: `numbers` float64, NaN where blank, ``null`` or a fill value of
        `galutils.store.measured`;
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
    with files.guarded(path, "a CSV table"):
        names, lines, rejected = _scan(path)
        wanted, kept = [*identifiers, *texts, *numbers], set(lines)
        missing = [name for name in wanted if name not in names]
        received = f"{len(names)} columns without {', '.join(missing[:3])}"
        expect(not missing, path, f"columns {', '.join(wanted[:3])} ...", received)
        repeated = sorted({name for name in wanted if names.count(name) > 1})
        expect(not repeated, path, f"column {first(repeated)} once", "it repeated")
        kinds = dict.fromkeys((*identifiers, *texts), str)
        columns = {"header": None, "names": names, "usecols": wanted, "dtype": kinds}
        options = {"encoding": "utf-8-sig", "encoding_errors": "replace", "low_memory": False}
        frame = pd.read_csv(path, skiprows=lambda number: number not in kept, **columns, **options)
        received = f"{len(frame)} rows in {len(lines)} lines"
        expect(len(frame) == len(lines), path, "a row in every line", received)
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
    expect(good.any(), path, "rows", f"{len(rejected)} that cannot be read")
    return frame[good].reset_index(drop=True), rejected


def to_table(frame):
    """Return a frame as an astropy table; NaN stays a number and is not masked."""
    numeric = pd.api.types.is_numeric_dtype
    return Table({n: frame[n].to_numpy(None if numeric(frame[n]) else str) for n in frame})
