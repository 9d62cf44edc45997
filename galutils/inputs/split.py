"""Divide a sample into training, validation and test galaxies, or into folds.

All functions return integer row numbers. A *group* is whatever identifies a
galaxy: its catalogue number, or the match number of its sky position.
"""

import numpy as np

from galutils.store.identifiers import identifiers
from galutils.store.measured import known


def _galaxies(groups):
    """Return the galaxy of each row; ValueError if one is missing or a float."""
    return identifiers(known(groups, "groups"), "groups")


def folds(labels, groups, n_folds=5, rng=None):
    """Make cross-validation folds that never divide a galaxy, stratified by label.

    Parameters
    ----------
    labels : array_like, shape (n,)
        Class of each row.
    groups : array_like, shape (n,)
        Galaxy of each row.
    n_folds : int or array_like of int, shape (n,)
        Number of folds, or the fold of each row where folds are fixed already.
    rng : int or numpy.random.Generator, optional
        Random state.

    Yields
    ------
    train, test : ndarray of int
        Rows of either side.

    Raises
    ------
    ValueError
        If a row has no label or galaxy, a class fewer galaxies than there are folds, or fixed
        folds divide a galaxy.
    """
    from sklearn.model_selection import PredefinedSplit, StratifiedGroupKFold

    groups = _galaxies(groups)
    if np.ndim(n_folds):  # labels may be targets, some of them not known
        pairs = np.unique(np.stack([np.unique(groups, return_inverse=True)[1], n_folds]), axis=1)
        galaxies, counts = np.unique(pairs[0], return_counts=True)
        if (counts > 1).any():
            name = np.unique(groups)[galaxies[counts > 1][0]]
            raise ValueError(f"expected each galaxy in one fold, received {name} in several")
        yield from PredefinedSplit(n_folds).split()
        return
    labels = known(labels)
    for label in np.unique(labels):
        galaxies = np.unique(groups[labels == label]).size
        if galaxies < n_folds:
            raise ValueError(f"class {label} has {galaxies} galaxies, {n_folds} folds need as many")
    seed = int(np.random.default_rng(rng).integers(2**31))
    splitter = StratifiedGroupKFold(n_folds, shuffle=True, random_state=seed)
    yield from splitter.split(np.zeros(len(labels)), labels, groups)


def by_galaxy(labels, groups, fractions=(0.7, 0.15, 0.15), rng=None):
    """Draw training, validation and test rows with every galaxy on one side only.

    Parameters
    ----------
    labels, groups : array_like, shape (n,)
        Class and galaxy of each row. Galaxies are drawn class by class (by
        the class of a galaxy's first row).
    fractions : sequence of float
        Shares of the parts; they must add up to 1.
    rng : int or numpy.random.Generator, optional
        Random state.

    Returns
    -------
    list of ndarray of int
        One array of sorted row numbers for each fraction.

    Raises
    ------
    ValueError
        If a row has no label or galaxy, or the shares do not add up.
    """
    if not np.isclose(sum(fractions), 1):
        raise ValueError(f"fractions must add up to 1, received {fractions}")
    rng = np.random.default_rng(rng)
    labels, groups = known(labels), _galaxies(groups)
    galaxies, first = np.unique(groups, return_index=True)
    part_of_galaxy = np.empty(len(galaxies), dtype=int)
    for label in np.unique(labels[first]):
        members = rng.permutation(np.flatnonzero(labels[first] == label))
        edges = np.round(np.cumsum(fractions)[:-1] * len(members)).astype(int)
        for part, chosen in enumerate(np.split(members, edges)):
            part_of_galaxy[chosen] = part
    part_of_row = part_of_galaxy[np.searchsorted(galaxies, groups)]
    return [np.flatnonzero(part_of_row == part) for part in range(len(fractions))]


def random_split(labels, test_fraction=0.2, rng=None):
    """Draw random rows for training and test, without regard to the galaxy they show.

    The publications do this *after* augmentation, so that copies of one galaxy
    are on both sides. The function serves to reproduce them and to measure the
    effect; for anything else use `by_galaxy` or `folds`.

    Returns
    -------
    train, test : ndarray of int
    """
    from sklearn.model_selection import train_test_split

    seed = int(np.random.default_rng(rng).integers(2**31))
    rows, labels = np.arange(len(labels)), known(labels)
    return train_test_split(rows, test_size=test_fraction, stratify=labels, random_state=seed)


def shared_galaxies(groups, *parts):
    """Find the galaxies that are in more than one part.

    Parameters
    ----------
    groups : array_like, shape (n,)
        Galaxy of each row.
    *parts : array_like of int
        Rows of each part.

    Returns
    -------
    ndarray
        Their identifiers, sorted; empty if no galaxy is in two parts.
    """
    groups = _galaxies(groups)
    galaxies = np.concatenate([np.unique(groups[part]) for part in parts])
    seen, count = np.unique(galaxies, return_counts=True)
    return seen[count > 1]
