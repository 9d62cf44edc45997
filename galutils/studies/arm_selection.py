"""Spiral galaxies with a clear number of arms, chosen by votes.

Lee, Soo & Sharoni, sections 2.1 (cuts) and 5.2 (groupings of the classes).
"""

import numpy as np
from astropy.table import Table

from galutils.store.measured import floats

CLASSES = ("1", "2", "3", "4", "5+", "?")  # arms, "?": cannot tell
ANSWERS = ("t11_a31", "t11_a32", "t11_a33", "t11_a34", "t11_a36", "t11_a37")
PUBLISHED = (165, 10677, 298, 28, 31, 519)  # galaxies of each class
UNSELECTED = -1
# section 5.2: name of each grouping, and of its classes by the six of `CLASSES`
GROUPINGS = {
    "all": CLASSES,
    "3+4": ("1", "2", "3, 4", "3, 4", "5+", "?"),
    "4 with 5+": ("1", "2", "3", "4, 5+", "4, 5+", "?"),
}


def _values(votes, name):
    if name not in votes.colnames:
        raise ValueError(f"votes: expected column {name}, received none")
    values = floats(votes[name], name=name).astype(float)
    if len(values) and np.isnan(values).all():
        raise ValueError(f"votes: expected numbers in {name}, received none in any row")
    return values


def _fractions(votes):
    """Debiased fraction of each answer on the number of arms, (n, 6), NaN where not asked."""
    return np.stack([_values(votes, f"{answer}_debiased") for answer in ANSWERS], axis=1)


def arm_class(votes):
    """Return the class of each galaxy by the answer with the largest debiased fraction.

    Parameters
    ----------
    votes : Table
        Columns as of `galutils.surveys.gz2.votes.load_votes`.

    Returns
    -------
    ndarray of int64
        Index of `CLASSES`: of equal fractions, the fewest arms; -1 where the question was not
        asked.

    Raises
    ------
    ValueError
        If a column is missing, or empty for all galaxies.
    """
    fractions = _fractions(votes)
    known = np.isfinite(fractions).any(axis=1)
    return np.where(known, np.nan_to_num(fractions, nan=-1).argmax(axis=1), UNSELECTED)


def select(votes, p_features=0.430, p_not_edge_on=0.715, p_spiral=0.715, n_spiral=20, p_m=0.8):
    """Select galaxies by the published cuts, each of them "more than".

    The publication calls the answer with the largest weighted fraction the truth.
    Here it is that with the largest debiased fraction, which alone can exceed
    0.8, since they sum to about 1; in table 5 both agree for every galaxy chosen.

    Parameters
    ----------
    votes : Table
        Columns as of `galutils.surveys.gz2.votes.load_votes`.
    p_features, p_not_edge_on, p_spiral : float
        Weighted fractions of the answers that lead to the number of arms.
    n_spiral : float
        Votes for a spiral pattern.
    p_m : float
        Debiased fraction of the number of arms.

    Returns
    -------
    classes : ndarray of int64, shape (n,)
        Index of `CLASSES`, -1 where a cut fails or its fraction is NaN.
    steps : Table
        ``cut`` str and ``galaxies`` int64, how many are left after it; the
        first row is all of them.

    Raises
    ------
    ValueError
        If a column is missing, or empty for all galaxies: Kaggle's solutions
        have neither counts nor debiased fractions.
    """
    largest = np.fmax.reduce(_fractions(votes), axis=1)
    cuts = {
        f"p_features > {p_features:g}": _values(votes, "t01_a02_fraction") > p_features,
        f"p_not_edge_on > {p_not_edge_on:g}": _values(votes, "t02_a05_fraction") > p_not_edge_on,
        f"p_spiral > {p_spiral:g}": _values(votes, "t04_a08_fraction") > p_spiral,
        f"n_spiral > {n_spiral:g}": _values(votes, "t04_a08_count") > n_spiral,
        f"p_m > {p_m:g}": largest > p_m,
    }
    left = np.ones(len(votes), dtype=bool)
    rows = [("all", len(votes))]
    for name, passed in cuts.items():
        left &= passed
        rows.append((name, int(left.sum())))
    steps = Table(rows=rows, names=("cut", "galaxies"), dtype=(str, np.int64))
    return np.where(left, arm_class(votes), UNSELECTED), steps


def group_names(grouping):
    """Return the names of the classes of a grouping, in order.

    Raises
    ------
    ValueError
        If there is no such grouping.
    """
    if grouping not in GROUPINGS:
        raise ValueError(f"grouping: expected one of {list(GROUPINGS)}, received {grouping!r}")
    return tuple(dict.fromkeys(GROUPINGS[grouping]))


def regroup(classes, grouping):
    """Merge classes as a grouping does.

    Parameters
    ----------
    classes : array_like of int
        As of `select`.
    grouping : str
        ``all`` six classes; ``3+4`` or ``4 with 5+`` merged into one.

    Returns
    -------
    ndarray of int64
        Index of `group_names`; -1 stays.

    Raises
    ------
    ValueError
        If there is no such grouping.
    """
    names = group_names(grouping)
    numbers = [names.index(name) for name in GROUPINGS[grouping]] + [UNSELECTED]
    return np.array(numbers, dtype=np.int64)[np.asarray(classes)]


def merge_probability(probability, grouping):
    """Sum the probabilities of the six classes to those of a grouping.

    Parameters
    ----------
    probability : ndarray, shape (n, 6)
    grouping : str
        See `regroup`.

    Returns
    -------
    ndarray, shape (n, k)
    """
    place = regroup(np.arange(len(CLASSES)), grouping)
    return np.stack([probability[:, place == k].sum(axis=1) for k in np.unique(place)], axis=1)


def count(classes):
    """Count galaxies by class, for a table beside the published numbers.

    Parameters
    ----------
    classes : array_like of int
        As of `select`.

    Returns
    -------
    Table
        ``class`` str, ``galaxies`` and ``published`` int64.
    """
    classes = np.asarray(classes)
    here = np.bincount(classes[classes >= 0], minlength=len(CLASSES))
    return Table([CLASSES, here, PUBLISHED], names=("class", "galaxies", "published"))


def agreement(votes, classes, p_m=0.8):
    """Measure how far volunteers agree on the number of arms, by the answer with most votes.

    Parameters
    ----------
    votes : Table
        As of `select`.
    classes : ndarray of int
        Of `select` without the last cut; rows of -1 are left out.
    p_m : float
        Debiased fraction of that cut.

    Returns
    -------
    Table
        ``class`` str, ``galaxies`` int64, ``fraction`` (mean of the largest debiased fraction)
        and ``agreed`` (share of galaxies where it exceeds `p_m`); NaN of an empty class.
    """
    largest = np.fmax.reduce(_fractions(votes), axis=1)
    rows = []
    for number, name in enumerate(CLASSES):
        mine = largest[np.asarray(classes) == number]
        means = (mine.mean(), (mine > p_m).mean()) if mine.size else (np.nan, np.nan)
        rows.append((name, mine.size, *means))
    return Table(rows=rows, names=("class", "galaxies", "fraction", "agreed"))
