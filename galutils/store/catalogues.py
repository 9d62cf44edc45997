"""A catalogue in any format of `galutils.store.tables`, and the rows that have an identifier.

Names are compared in small letters, ``-`` counts as ``_``, since releases differ
in both. A column is asked for by all the names it has had.
"""

import numpy as np
import pandas as pd
from astropy.table import Column, Table

from galutils.store import fits_files, tables, texts
from galutils.store.files import expect, first
from galutils.store.folders import find
from galutils.store.identifiers import BLANK, alike, identifiers
from galutils.store.sample import rejections

MISSING = -999  # and below: not measured
WHOLE = 2**53  # beyond it floats miss whole numbers


def wanted(module):
    """Columns to take from catalogues, listed in the CSV table beside a module.

    Parameters
    ----------
    module : str
        Its ``__file__``. The table has its name, and the columns ``catalogue``; ``column``, the
        name here; ``archive``, the names there, separated by blanks; ``unit``.

    Returns
    -------
    dict
        By catalogue, for `Catalogue.columns`.
    """
    found = {}
    for row in texts.beside(module):
        names = (row["archive"].split(), row["unit"])
        found.setdefault(row["catalogue"], {})[row["column"]] = names
    return found


def once(table, identifier, label, path, kept=True, reason=""):
    """Rows with an identifier of their own; of repeated ones, the first.

    Parameters
    ----------
    table : Table
    identifier : ndarray of str
        Of each row, '' where it has none.
    label : str
        Name of the identifier, for the reasons.
    path : pathlib.Path
        File the rows are from, for the reasons.
    kept : ndarray of bool
        Rows that count at all.
    reason : str
        Why the others do not.

    Returns
    -------
    table, rejected : Table

    Raises
    ------
    ArchiveError
        If no row is left.
    """
    kept = np.broadcast_to(kept, identifier.shape)
    counted = kept & (identifier != "")
    repeated = pd.Series(np.where(counted, identifier, "")).duplicated()
    nameless, again = f"expected a {label}, received none", "received a repeated row"
    whys = [reason, nameless, f"expected each {label} once, {again}"]
    reasons = np.select([~kept, ~counted, repeated.to_numpy()], whys, "")
    good = reasons == ""
    expect(good.any(), path, f"rows with a {label}", "none that counts")
    rejected = zip(identifier[~good], reasons[~good], strict=True)
    return table[good], rejections([(name, f"{path.name}: {why}") for name, why in rejected])


def join(table, key, columns, other):
    """Add columns of another table, NaN in rows that it lacks.

    Parameters
    ----------
    table : Table
        With the column `key`, each value once. Columns that it has keep the values of rows that
        the other table lacks.
    key : str
    columns : dict
        ``{name: (anything, unit)}``, as of `wanted`.
    other : Table or None
        With `key`, of which the first row counts, and the columns.
    """
    for name, (_, unit) in columns.items():
        if name not in table.colnames:
            table[name] = Column(np.full(len(table), np.nan), unit=unit)
    if other is not None:
        both = alike(table[key], other[key], key)
        _, ours, theirs = np.intersect1d(*both, return_indices=True)
        for name in columns:
            table[name][ours] = other[name][theirs]


class Catalogue:
    """Table of one file.

    Parameters
    ----------
    folder : path-like
    names : sequence of str
        File names, of which the first that is there is read.
    hdu : int or str
        Of a FITS file.
    texts : sequence of str
        Columns of a CSV file that hold texts, even if all of them look like numbers.

    Raises
    ------
    ArchiveError
        If no such file is there or the HDU holds no table; the methods raise it
        if the table lacks a column or a number is none.
    """

    def __init__(self, folder, names, hdu=1, texts=()):
        self.path = find(folder, names)
        expect(self.path, folder, " or ".join(names))
        self.table = tables.read(self.path, hdu, texts)
        lower = [name.lower().replace("-", "_") for name in self.table.colnames]
        expect(len(set(lower)) == len(lower), self.path, "each column once", self.table.colnames)
        self.table.rename_columns(self.table.colnames, lower)

    def has(self, names):
        """Tell whether the table has a column of one of these names."""
        return any(name in self.table.colnames for name in names)

    def _column(self, names, kinds):
        name = next((name for name in names if name in self.table.colnames), None)
        expected, received = f"column {' or '.join(names)}", ", ".join(self.table.colnames)
        expect(name, self.path, expected, received)
        column = np.ma.asarray(self.table[name])
        expected = "numbers" if "f" in kinds else "texts or whole numbers"
        received = f"{column.dtype} of shape {column.shape}"
        good = column.ndim == 1 and column.dtype.kind in kinds
        expect(good, self.path, f"{expected} in {names[0]}", received)
        return column

    def floats(self, names):
        """Values as float64, NaN where masked, one of `BLANK`, or not above `MISSING`."""
        column = self._column(names, "biufSU")
        if column.dtype.kind in "SU":  # as a CSV table has it with blanks or words for them only
            cells = np.char.strip(np.ma.filled(column.astype(str), "")).tolist()
            cells = ["nan" if cell.lower() in BLANK else cell for cell in cells]
            said = [repr(cell) for cell in cells if not texts.NUMBER.fullmatch(cell)]
            expect(not said, self.path, f"numbers in {names[0]}", first(said))
            column = np.ma.array([texts.number(cell) for cell in cells])
        values = np.ma.filled(column.astype(float), np.nan)
        return np.where((values > MISSING) & (values < np.inf), values, np.nan)

    def integers(self, names):
        """Values as int64, -1 where `floats` gives NaN."""
        values = self.floats(names)
        bad = values[(values % 1 != 0) & ~np.isnan(values) | (values >= WHOLE)]
        expect(not len(bad), self.path, f"whole numbers in {names[0]}", first(bad))
        return np.where(np.isnan(values), -1, values).astype(np.int64)

    def identifiers(self, names, kind=str):
        """Return identifiers or other texts, as of `galutils.store.identifiers.identifiers`."""
        return identifiers(self._column(names, "biufcSUO"), names[0], kind, self.path)

    def columns(self, wanted, optional=False):
        """Take columns ``{ours: (archive's, unit)}`` as a table of float64 with units.

        With `optional` a column that the archive lacks is NaN.
        """
        columns = {}
        for ours, (names, unit) in wanted.items():
            lacking = optional and not self.has(names)
            values = np.full(len(self.table), np.nan) if lacking else self.floats(names)
            columns[ours] = Column(values, unit=unit or None)
            for name in set(names) & set(self.table.colnames):
                fits_files.check_unit(self.table[name].unit, unit, self.path, name)
        return Table(columns)
