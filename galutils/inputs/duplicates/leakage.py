"""Pairs of rows that show one galaxy: what `galutils.inputs.split.audit` finds and how it says so."""

from dataclasses import dataclass

import numpy as np
from astropy.table import Table

from galutils.scores import intervals

HOW = ("identifier", "position", "near_copy")
COLUMNS = {
    "separation": np.nan,
    "correlation": np.nan,
    "angle": np.nan,
    "mirrored": False,
    "negative": False,
}


@dataclass(frozen=True)
class Audit:
    """Pairs of rows that show one galaxy.

    Attributes
    ----------
    pairs : astropy.table.Table
        One row a pair, by ``test``, then ``train``, both int. ``identifier``,
        ``position`` and ``near_copy`` bool, which of them agree. ``separation``
        float, arcsec, NaN unless the positions agree; ``correlation`` float of
        the small structure, ``angle`` float, deg, ``mirrored`` and ``negative``
        bool, see `galutils.inputs.duplicates.near_duplicates.compare`: NaN and False unless the maps do.
        ``conflict`` bool: their labels differ.
    n_train, n_test : int
        Rows of both sides.
    n_unseen : int
        Test rows without a map, or with too few pixels to tell copies.
    itself : bool
        Both sides are one set; pairs are named once, ``train`` < ``test``.
    """

    pairs: Table
    n_train: int
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
            (NaN without rows); ``unseen``. Within one set, rows of both sides
            are all rows in pairs.
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


def sides(**given):
    """Both sides of everything that is given, checked.

    Parameters
    ----------
    **given
        Name to None, a pair (train, test), or one value for one set.

    Returns
    -------
    sides : dict of str to tuple
        Without what is None.
    itself : bool
        Whether both sides are one set.
    sizes : (int, int)
        Rows of both.

    Raises
    ------
    ValueError
        See `galutils.inputs.split.audit`.
    """
    given = {name: value for name, value in given.items() if value is not None}
    if not set(given) - {"labels"}:
        raise ValueError("expected maps, ids or coords to compare, received none")
    pairs = {name: isinstance(value, tuple) and len(value) == 2 for name, value in given.items()}
    if len(set(pairs.values())) > 1:
        raise ValueError(f"expected (train, test) of everything or of nothing, received {pairs}")
    itself = not any(pairs.values())
    both = {name: (value, value) if itself else value for name, value in given.items()}
    sizes = {name: (len(first), len(second)) for name, (first, second) in both.items()}
    if len(set(sizes.values())) > 1:
        raise ValueError(f"expected equally many rows of everything, received {sizes}")
    return both, itself, next(iter(sizes.values()))


def known(values):
    """Whether identifiers or labels say something: not '', NaN or a negative number."""
    values = np.ma.getdata(np.ma.asarray(values)), np.ma.getmaskarray(np.ma.asarray(values))
    said = values[0] >= 0 if values[0].dtype.kind in "iuf" else values[0] != ""
    return said & ~values[1]


def equal(first, second):
    """Rows of equal identifiers, as columns of a table of pairs."""
    rows = [np.flatnonzero(known(one)) for one in (first, second)]
    first, second = np.asarray(first)[rows[0]], np.asarray(second)[rows[1]]
    order = np.argsort(first, kind="stable")
    low, high = (np.searchsorted(first, second, side, sorter=order) for side in ("left", "right"))
    number = high - low
    place = np.arange(number.sum()) - np.repeat(np.cumsum(number) - number, number)
    train = rows[0][order[np.repeat(low, number) + place]]
    return {"train": train, "test": np.repeat(rows[1], number)}


def close(first, second, separation):
    """Rows within `separation` arcsec on the sky, as columns of a table of pairs."""
    import astropy.units as u
    from astropy.coordinates import search_around_sky

    rows = [
        np.flatnonzero(np.isfinite(one.spherical.lon) & np.isfinite(one.spherical.lat))
        for one in (first, second)
    ]
    one, other, distance, _ = search_around_sky(
        first[rows[0]], second[rows[1]], separation * u.arcsec
    )
    return {
        "train": rows[0][one],
        "test": rows[1][other],
        "separation": distance.to_value("arcsec"),
    }


def joined(found, labels, n_test, itself):
    """One table of pairs from what was found each way.

    Parameters
    ----------
    found : dict of str to mapping
        One of `HOW` to columns ``train``, ``test`` and others of `Audit.pairs`.
    labels : (array_like, array_like) or None
        Of both sides.
    n_test : int
        Rows of the test side.
    itself : bool
        Keep only pairs with ``train`` < ``test``.

    Returns
    -------
    astropy.table.Table
    """
    found = {how: dict(columns.items()) for how, columns in found.items()}
    rows = {
        how: [np.asarray(columns[side], dtype=np.int64) for side in ("train", "test")]
        for how, columns in found.items()
    }
    keys = {how: test + train * max(n_test, 1) for how, (train, test) in rows.items()}
    every = np.unique(np.concatenate(list(keys.values())))
    train, test = np.divmod(every, max(n_test, 1))
    kept = train < test if itself else np.full(len(every), True)
    every, pairs = every[kept], Table({"train": train[kept], "test": test[kept]})
    place = {how: np.isin(key, every) for how, key in keys.items()}
    for how in HOW:
        pairs[how] = np.isin(every, keys.get(how, []))
    for name, empty in COLUMNS.items():
        pairs[name] = np.full(len(pairs), empty)
        for how, columns in found.items():
            if name in columns:
                at = np.searchsorted(every, keys[how][place[how]])
                pairs[name][at] = np.asarray(columns[name])[place[how]]
    pairs["separation"].unit, pairs["angle"].unit = "arcsec", "deg"
    pairs["conflict"] = False
    if labels is not None:
        first, second = (
            np.asarray(side)[pairs[name]]
            for side, name in zip(labels, ("train", "test"), strict=True)
        )
        pairs["conflict"] = (first != second) & known(first) & known(second)
    pairs.sort(["test", "train"])
    return pairs
