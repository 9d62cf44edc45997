"""Find galaxies that are on both sides of a split, or twice in one sample."""

from dataclasses import dataclass
from functools import partial, reduce

import numpy as np
import pandas as pd
from astropy.table import Table

from galutils.inputs.duplicates import near_duplicates
from galutils.scores import intervals
from galutils.store.files import require
from galutils.store.identifiers import alike

HOW = ("identifier", "position", "near_copy")
# Columns of pairs besides the rows, and their values where a way has not found a pair.
COLUMNS = dict.fromkeys(HOW, False)
COLUMNS |= dict.fromkeys(("separation", "correlation", "angle"), np.nan)
COLUMNS |= dict.fromkeys(("mirrored", "negative"), False)


@dataclass(frozen=True)
class Audit:
    """Pairs of rows that show one galaxy.

    Attributes
    ----------
    pairs : astropy.table.Table
        One row a pair, sorted by ``test``, then ``train``, both int.
        ``identifier``, ``position`` and ``near_copy``, bool, say which of them
        agree. ``separation`` is a float in arcsec, NaN unless the positions
        agree. ``correlation`` (float, of the small structure), ``angle``
        (float, deg), ``mirrored`` and ``negative`` (bool) are those of
        `galutils.inputs.duplicates.near_duplicates.compare`: NaN and False
        unless the maps agree. ``conflict``, bool: the labels differ.
    n_test : int
        Rows of the test side.
    n_unseen : int
        Test rows without a map, or with too few pixels to recognise copies.
    itself : bool
        Both sides are one sample; every pair is listed once, ``train`` < ``test``.
    """

    pairs: Table
    n_test: int
    n_unseen: int
    itself: bool

    def summary(self):
        """Count pairs, rows and conflicts.

        Returns
        -------
        dict
            ``pairs``; ``identifier``, ``position`` and ``near_copy``, the pairs
            that agree in each; ``conflicts``; ``train_rows`` and ``test_rows``
            in pairs; ``test_share``, the share of test rows in pairs, a dict
            ``value``, ``low``, ``high`` with the Wilson interval of 95 per cent
            (NaN without rows); ``unseen``. Within one sample, the rows of both
            sides are all rows in pairs.
        """
        rows = {side: set(self.pairs[side].tolist()) for side in ("train", "test")}
        if self.itself:
            rows = dict.fromkeys(rows, rows["train"] | rows["test"])
        share = dict.fromkeys(("value", "low", "high"), float("nan"))
        if self.n_test:
            share = intervals.share_interval(len(rows["test"]), self.n_test)
        return {
            "pairs": len(self.pairs),
            **{name: int(np.sum(self.pairs[name])) for name in HOW},
            "conflicts": int(np.sum(self.pairs["conflict"])),
            "train_rows": len(rows["train"]),
            "test_rows": len(rows["test"]),
            "test_share": share,
            "unseen": self.n_unseen,
        }


def audit(train=None, test=None, labels=None, ids=None, coords=None, separation=3.0, neighbours=5):
    """Find galaxies that are on both sides of a split, or twice in one sample.

    The function looks for equal identifiers, for positions close together, and
    for maps that are copies of each other: rotated by any angle, mirrored,
    shifted by a few pixels, zoomed by up to 5 per cent each, velocity maps also
    with their sign changed (see `galutils.inputs.duplicates.near_duplicates`,
    also for the error rates). Whatever is not given is not compared. Two
    observations of one galaxy are not near-copies, since their noise differs;
    only an identifier or a position can reveal them.

    Parameters
    ----------
    train, test : ndarray, optional
        Maps (n, h, w) or (n, h, w, 1), NaN or 0 where not measured, or images
        (n, h, w, channels) of any number type. If nothing is given for a test
        side, the training side is compared with itself.
    labels, ids : array_like or pair of array_like, optional
        Class and identifier of each row: a tuple (train, test), or one array
        for one sample. '', NaN and negative numbers are unknown and equal nothing. Identifiers
        are as of `galutils.store.identifiers.alike`.
    coords : SkyCoord or pair of SkyCoord, optional
        Positions, given likewise; those not finite match nothing.
    separation : float
        Largest distance of equal positions, arcsec.
    neighbours : int
        Largest number of near-copies searched for each test row.

    Returns
    -------
    Audit
        Its ``pairs`` are a table, its ``summary()`` is a dict.

    Raises
    ------
    ValueError
        If nothing to compare is given, if something is given for one side only, if the numbers of
        rows differ, or if identifiers are floats.
    """
    maps = train if test is None else (train, test)
    given = {"maps": maps, "labels": labels, "ids": ids, "coords": coords}
    sides, itself, n_test = _sides(given)
    unseen, found = n_test, []
    if "ids" in sides:
        found.append(_equal_identifiers(*sides["ids"]))
    if "coords" in sides:
        found.append(_close_positions(*sides["coords"], separation))
    if "maps" in sides:
        copies, judged = near_duplicates.find(train, test, neighbours)
        found.append(copies.to_pandas().assign(near_copy=True))
        unseen = n_test - int(judged.sum())
    return Audit(_combined(found, sides.get("labels"), itself), n_test, unseen, itself)


def _sides(given):
    """Return both sides of everything given, whether they are one sample, and rows to test."""
    given = {name: value for name, value in given.items() if value is not None}
    require(set(given) - {"labels"}, "maps, ids or coords to compare", "none")
    pairs = {name: isinstance(value, tuple) and len(value) == 2 for name, value in given.items()}
    paired = len(set(pairs.values())) == 1
    require(paired, "(train, test) of everything or of nothing", pairs)
    itself = not any(pairs.values())
    both = {name: (value, value) if itself else value for name, value in given.items()}
    sizes = {name: (len(first), len(second)) for name, (first, second) in both.items()}
    require(len(set(sizes.values())) == 1, "equally many rows of everything", sizes)
    return both, itself, next(iter(sizes.values()))[1]


def _known(values):
    """Return where identifiers or labels are known: not '', NaN, masked or a negative number."""
    data, mask = np.ma.getdata(np.ma.asarray(values)), np.ma.getmaskarray(np.ma.asarray(values))
    return (data >= 0 if data.dtype.kind in "iuf" else data != "") & ~mask


def _equal_identifiers(first, second):
    """Return the pairs of rows with equal identifiers."""
    both = alike(first, second, "ids")
    sides = [
        pd.DataFrame({"id": ids, side: np.arange(len(ids))})[_known(ids)]
        for side, ids in zip(("train", "test"), both, strict=True)
    ]
    return pd.merge(*sides, on="id").assign(identifier=True)


def _close_positions(first, second, separation):
    """Return the pairs of rows within `separation` arcsec on the sky."""
    import astropy.units as u
    from astropy.coordinates import search_around_sky

    train, test = (
        np.flatnonzero(np.isfinite(one.spherical.lon) & np.isfinite(one.spherical.lat))
        for one in (first, second)
    )
    one, other, distance, _ = search_around_sky(first[train], second[test], separation * u.arcsec)
    found = {"train": train[one], "test": test[other], "separation": distance.to_value("arcsec")}
    return pd.DataFrame(found).assign(position=True)


def _combined(found, labels, itself):
    """Combine what was found each way into one table of pairs, as of `Audit`.

    Parameters
    ----------
    found : list of pandas.DataFrame
        Each with the columns ``train``, ``test`` and some of `COLUMNS`.
    labels : (array_like, array_like) or None
        Labels of both sides.
    itself : bool
        Keep only pairs with ``train`` < ``test``.

    Returns
    -------
    astropy.table.Table
    """
    rows = reduce(partial(pd.merge, on=["train", "test"], how="outer"), found)
    rows = rows.sort_values(["test", "train"])
    rows = rows[rows["train"] < rows["test"]] if itself else rows
    values = rows.reindex(columns=list(COLUMNS))
    values = values.where(values.notna(), pd.Series(COLUMNS), axis=1)
    values = values.astype({name: type(empty) for name, empty in COLUMNS.items()})
    rows = rows[["train", "test"]].join(values)
    pairs = Table({name: rows[name].to_numpy() for name in rows})
    pairs["separation"].unit, pairs["angle"].unit = "arcsec", "deg"
    pairs["conflict"] = False
    if labels is not None:
        first, second = pairs["train"], pairs["test"]
        unlike = np.asarray(labels[0])[first] != np.asarray(labels[1])[second]
        pairs["conflict"] = unlike & _known(labels[0])[first] & _known(labels[1])[second]
    return pairs
