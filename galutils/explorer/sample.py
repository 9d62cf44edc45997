"""A sample as it is browsed: which of its columns are what, filters, tags, selections."""

from typing import NamedTuple

import numpy as np

from galutils.explorer import columns
from galutils.explorer.columns import KNOWN
from galutils.results import tables
from galutils.store.files import require
from galutils.store.identifiers import identifiers
from galutils.store.measured import floats

JITTER = 0.3  # half width over which points of a class are spread along its axis


class Filters(NamedTuple):
    """Select the galaxies of a sample that are shown.

    Attributes
    ----------
    group : str
        Name of the class; empty for all.
    column : str
        Numeric column with a range; empty for none.
    low, high : float
        The range, ends included; rows without a value are not in it.
    text : str
        Part of the identifier, small and capital letters alike.
    """

    group: str = ""
    column: str = ""
    low: float = -np.inf
    high: float = np.inf
    text: str = ""

    def stated(self):
        """Return those that are set, for a file's header."""
        kept = {name: value for name, value in self._asdict().items() if value != ""}
        if not self.column:
            del kept["low"], kept["high"]
        return kept


class Catalogue:
    """A sample, and what the explorer knows of it.

    Parameters
    ----------
    sample : astropy.table.Table
        One row a galaxy, as the readers give it.
    identifier, classes : str, optional
        Columns to use for the name and the class; the first known one otherwise. A sample may be
        without classes.
    names : mapping, optional
        Value of the class column to its name.
    asked : bool
        The column ``probability`` is that of a network, computed when it is needed.

    Attributes
    ----------
    picture : {"velocity", "image"}
        Column that is shown.
    identifiers : ndarray of str
    groups : list of Group
    scalars, numeric : list of str
        Columns of one value a galaxy, and those of them that can be an axis or be filtered.
    names : dict
        Value of the class column to its name.
    tags : dict of int to (tag, note)
        By row.

    Raises
    ------
    ValueError
        If there is no row, no identifier, no map or image, not two numeric columns, or the class
        column has too many values.
    """

    def __init__(self, sample, identifier=None, classes=None, names=None, asked=False):
        require(len(sample), "galaxies", "an empty table", "sample")
        self.sample, self.asked, self.tags = sample, asked, {}
        self.identifier = columns.identifier(sample, identifier)
        self.identifiers = identifiers(sample[self.identifier], self.identifier, str)
        self.picture = columns.picture(sample)
        self.classes = columns.class_column(sample, classes)
        self.names = columns.usual_names(sample, self.classes) | dict(names or {})
        self.groups = columns.groups(sample, self.classes, self.names)
        self.scalars = [name for name in sample.colnames if sample[name].ndim == 1]
        kinds = {name: sample[name].dtype.kind for name in self.scalars if name != self.identifier}
        self.numeric = [name for name, kind in kinds.items() if kind in "iuf"]
        good, received = len(self.numeric) >= 2, self.numeric or "none"
        require(good, "two numeric columns to plot", received, "sample")

    def __len__(self):
        """Return the number of galaxies."""
        return len(self.sample)

    def values(self, name):
        """Numbers of a column, NaN where masked.

        Raises
        ------
        ValueError
            If there is no such numeric column.
        """
        if name not in self.numeric:
            raise ValueError(f"{name}: expected one of {', '.join(self.numeric)}")
        return floats(self.sample[name]).astype(float)

    def drawn(self, name):
        """Return where the points lie along an axis; classes are spread, to be seen each."""
        values = self.values(name)
        if name != self.classes:
            return values
        return values + np.random.default_rng(0).uniform(-JITTER, JITTER, len(values))

    def label(self, name):
        """Name of a quantity with its unit."""
        unit = self.sample[name].unit
        unit = f" [{unit}]".replace(" / ", "/") if unit else ""
        return f"{KNOWN['symbols'].get(name, name.replace('_', ' '))}{unit}"

    def plain(self, name):
        """Name of a quantity for running text."""
        return KNOWN["plain"].get(name, name.replace("_", " "))

    def name_of(self, value):
        """Name of a value of the class column, which is also a column of a network's output."""
        return str(self.names.get(value, value))

    def ticks(self):
        """Values and names of the classes, for an axis."""
        values = self.values(self.classes)
        values = sorted(set(values[np.isfinite(values)].tolist()))
        return values, [self.name_of(value) for value in values]

    def plane(self, x=None, y=None):
        """Names of the two columns to begin with.

        lambda_R over ellipticity, r over g - z, or class over mass, whichever the sample has with
        numbers in it; else its first two numeric columns that vary, places and classes apart.

        Raises
        ------
        ValueError
            If a column asked for is none of the numeric ones.
        """
        for name in (x, y):
            if name is not None:
                self.values(name)
        whole = [pair for pair in KNOWN["planes"] if all(self._varies(name) for name in pair)]
        varying = [n for n in self.numeric if self._varies(n) and n not in columns.DULL]
        first = whole[0] if whole else (*varying, *self.numeric)[:2]
        return x or first[0], y or first[1]

    def _varies(self, name):
        values = self.values(name) if name in self.numeric else np.array([])
        return np.unique(values[np.isfinite(values)]).size > 1

    def group_of(self, row):
        """Name of a galaxy's class; empty if the sample has none."""
        return next((one.name for one in self.groups if self.classes and one.rows[row]), "")

    def chosen(self, filters):
        """Return which rows pass the filters, as ndarray of bool."""
        keep = np.ones(len(self), dtype=bool)
        if filters.group:
            keep &= next(one.rows for one in self.groups if one.name == filters.group)
        if filters.column:
            values = self.values(filters.column)
            keep &= (values >= filters.low) & (values <= filters.high)
        if filters.text:
            part = filters.text.strip().casefold()
            keep &= np.array([part in one.casefold() for one in self.identifiers])
        return keep

    def said(self, name, row):
        """Value of a quantity of one galaxy as text; that of the class by its name."""
        if name == self.classes:
            return self.group_of(row)
        return tables.cell(self.values(name)[row])

    def row(self, row):
        """Name, value and unit of each scalar column of one galaxy, as text."""
        return [
            (one.name, tables.cell(None if np.ma.is_masked(one[row]) else one[row]),
             f"{one.unit or ''}".replace(" / ", "/"))
            for one in (self.sample[name] for name in self.scalars)
        ]  # fmt: skip

    def selection(self, rows, filters):
        """Rows of the sample without maps and images, with tags, notes and the filters.

        Parameters
        ----------
        rows : array_like of int
            Which, in their order.
        filters : Filters
            Kept in ``meta["explorer"]`` with the number of rows and of galaxies.

        Returns
        -------
        astropy.table.Table
        """
        rows = np.asarray(rows, dtype=int)
        table = self.sample[self.scalars][rows]
        for place, name in enumerate(("tag", "note")):
            table[name] = np.array([self.tags.get(row, ("", ""))[place] for row in rows], dtype=str)
        about = {"galaxies": len(self), "exported": len(rows), "filters": filters.stated()}
        table.meta["explorer"] = about
        return table
