"""A catalogue in one HDU of a FITS file, and the rows of any that have an identifier.

Names are compared in small letters, ``-`` counts as ``_``, since releases differ
in both. A column is asked for by all the names it has had.
"""

from pathlib import Path

import numpy as np
from astropy.table import Column, Table

from galutils.store import fits_files
from galutils.store.files import ArchiveError
from galutils.store.sample import rejections

MISSING = -999  # and below: not measured
WHOLE = 2**53  # beyond it floats miss whole numbers


def find(folder, names):
    """Path of the first of these files that a folder has, None where it has none."""
    return next((path for path in (Path(folder) / name for name in names) if path.is_file()), None)


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
    reasons = np.where(np.broadcast_to(kept, identifier.shape), "", reason).astype(object)
    reasons[(identifier == "") & (reasons == "")] = f"expected a {label}, received none"
    counted = np.flatnonzero(reasons == "")
    _, first = np.unique(identifier[counted], return_index=True)
    repeated = np.delete(counted, first)
    reasons[repeated] = f"expected each {label} once, received a repeated row"
    good = reasons == ""
    if not good.any():
        raise ArchiveError(f"{path}: expected rows with a {label}, received none that counts")
    rejected = zip(identifier[~good], reasons[~good], strict=True)
    return table[good], rejections([(name, f"{path.name}: {why}") for name, why in rejected])


class Catalogue:
    """Table in one HDU.

    Parameters
    ----------
    folder : path-like
    names : sequence of str
        File names, of which the first that is there is read.
    hdu : int or str

    Raises
    ------
    ArchiveError
        If no such file is there or the HDU holds no table; the methods raise it
        if the table lacks a column or a number is none.
    """

    def __init__(self, folder, names, hdu=1):
        self.path = find(folder, names)
        if self.path is None:
            raise ArchiveError(f"{folder}: expected {' or '.join(names)}, received none")
        with fits_files.opened(self.path, f"a table in HDU {hdu}") as hdus:
            self.table = fits_files.table(hdus, hdu, self.path)
            lower = [name.lower().replace("-", "_") for name in self.table.colnames]
            self.table.rename_columns(self.table.colnames, lower)

    def has(self, names):
        """Tell whether the table has a column of one of these names."""
        return any(name in self.table.colnames for name in names)

    def _column(self, names, kinds):
        if not self.has(names):
            received = ", ".join(self.table.colnames)
            raise ArchiveError(
                f"{self.path}: expected column {' or '.join(names)}, received {received}"
            )
        column = np.ma.asarray(self.table[next(n for n in names if n in self.table.colnames)])
        if column.ndim != 1 or column.dtype.kind not in kinds:
            expected = "numbers" if "f" in kinds else "texts or whole numbers"
            received = f"{column.dtype} of shape {column.shape}"
            raise ArchiveError(
                f"{self.path}: expected {expected} in {names[0]}, received {received}"
            )
        return column

    def floats(self, names):
        """Values as float64, NaN where masked or not above `MISSING`."""
        values = np.ma.filled(self._column(names, "biuf").astype(float), np.nan)
        return np.where((values > MISSING) & (values < np.inf), values, np.nan)

    def integers(self, names):
        """Values as int64, -1 where `floats` gives NaN."""
        values = self.floats(names)
        bad = values[(values % 1 != 0) & ~np.isnan(values) | (values >= WHOLE)]
        if len(bad):
            raise ArchiveError(
                f"{self.path}: expected whole numbers in {names[0]}, received {bad[0]}"
            )
        return np.where(np.isnan(values), -1, values).astype(np.int64)

    def strings(self, names):
        """Values without blanks about them, '' where masked."""
        return np.char.strip(np.ma.filled(self._column(names, "SUiu").astype(str), ""))

    def columns(self, wanted):
        """Take columns ``{ours: (archive's, unit)}`` as a table of float64 with units."""
        columns = {o: Column(self.floats(names), unit=u) for o, (names, u) in wanted.items()}
        for names, unit in wanted.values():
            theirs = self.table[next(n for n in names if n in self.table.colnames)].unit
            fits_files.check_unit(theirs, unit or "", self.path, names[0])
        return Table(columns)
