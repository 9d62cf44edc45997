"""Splits and folds of galaxies, and the publications' own way of splitting.

All functions return integer row numbers. A *group* is whatever identifies a
galaxy: its catalogue number, or the match number of its sky position.
"""

import numpy as np


def folds(labels, groups, n_folds=5, rng=None):
    """Cross-validation folds that never divide a galaxy, stratified by label.

    Parameters
    ----------
    labels : array_like, shape (n,)
        Class of each row.
    groups : array_like, shape (n,)
        Galaxy of each row.
    n_folds : int
        Number of folds.
    rng : int or numpy.random.Generator, optional
        Random state.

    Yields
    ------
    train, test : ndarray of int
        Rows of either side.

    Raises
    ------
    ValueError
        If a class has fewer galaxies than there are folds.
    """
    from sklearn.model_selection import StratifiedGroupKFold

    labels, groups = np.asarray(labels), np.asarray(groups)
    for label in np.unique(labels):
        galaxies = np.unique(groups[labels == label]).size
        if galaxies < n_folds:
            raise ValueError(f"class {label} has {galaxies} galaxies, {n_folds} folds need as many")
    seed = int(np.random.default_rng(rng).integers(2**31))
    splitter = StratifiedGroupKFold(n_folds, shuffle=True, random_state=seed)
    yield from splitter.split(np.zeros(len(labels)), labels, groups)


def by_galaxy(labels, groups, fractions=(0.7, 0.15, 0.15), rng=None):
    """Training, validation and test rows with every galaxy on one side only.

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
    """
    if not np.isclose(sum(fractions), 1):
        raise ValueError(f"fractions must add up to 1, received {fractions}")
    rng = np.random.default_rng(rng)
    labels, groups = np.asarray(labels), np.asarray(groups)
    galaxies, first = np.unique(groups, return_index=True)
    part_of_galaxy = np.empty(len(galaxies), dtype=int)
    for label in np.unique(labels[first]):
        members = rng.permutation(np.flatnonzero(labels[first] == label))
        edges = np.round(np.cumsum(fractions)[:-1] * len(members)).astype(int)
        for part, chosen in enumerate(np.split(members, edges)):
            part_of_galaxy[chosen] = part
    part_of_row = part_of_galaxy[np.searchsorted(galaxies, groups)]
    return [np.flatnonzero(part_of_row == part) for part in range(len(fractions))]


def as_published(labels, test_fraction=0.2, rng=None):
    """Random rows for training and test, blind to which galaxy they show.

    What the publications do *after* augmentation: copies of one galaxy stand
    on both sides. Kept to reproduce them and to measure what it is worth; for
    anything else take `by_galaxy` or `folds`.

    Returns
    -------
    train, test : ndarray of int
    """
    from sklearn.model_selection import train_test_split

    seed = int(np.random.default_rng(rng).integers(2**31))
    rows = np.arange(len(labels))
    return train_test_split(rows, test_size=test_fraction, stratify=labels, random_state=seed)


def shared_galaxies(groups, *parts):
    """Galaxies that stand in more than one part.

    Parameters
    ----------
    groups : array_like, shape (n,)
        Galaxy of each row.
    *parts : array_like of int
        Rows of each part.

    Returns
    -------
    ndarray
        Their identifiers, sorted; empty for an honest split.
    """
    groups = np.asarray(groups)
    seen, count = np.unique(
        np.concatenate([np.unique(groups[part]) for part in parts]), return_counts=True
    )
    return seen[count > 1]


def audit(train=None, test=None, labels=None, ids=None, coords=None, separation=3.0, neighbours=5):
    """Find galaxies that stand on both sides of a split, or twice in one set.

    Looks for equal identifiers, for positions close together, and for maps
    that are copies of each other: turned by any angle, mirrored, shifted by a
    few pixels, zoomed by up to 5 per cent each, velocity maps also with their
    sign changed (see `galutils.inputs.duplicates.near_duplicates`, with its error rates). What is not
    given is not looked at. Two observations of one galaxy are no near-copies:
    they differ in noise; only identifier or position can name them.

    Parameters
    ----------
    train, test : ndarray, optional
        Maps (n, h, w) or (n, h, w, 1), NaN or 0 where not measured, or images
        (n, h, w, channels) of any number type. Without anything for a test
        side, the training side is compared with itself.
    labels, ids : array_like or pair of array_like, optional
        Class and identifier of each row: a tuple (train, test), or one array
        for one set. '', NaN and negative numbers are unknown and equal nothing.
    coords : SkyCoord or pair of SkyCoord, optional
        Positions, likewise; those not finite match nothing.
    separation : float
        Largest distance of equal positions, arcsec.
    neighbours : int
        Most near-copies looked for of each test row.

    Returns
    -------
    galutils.inputs.duplicates.leakage.Audit
        Its ``pairs`` are a table, its ``summary()`` a dict.

    Raises
    ------
    ValueError
        If nothing to compare is given, only one side of something is, or the
        numbers of rows differ.
    """
    from galutils.inputs.duplicates import leakage, near_duplicates

    maps = train if test is None else (train, test)
    sides, itself, (n_train, n_test) = leakage.sides(
        maps=maps, labels=labels, ids=ids, coords=coords
    )
    unseen, found = n_test, {}
    if "ids" in sides:
        found["identifier"] = leakage.equal(*sides["ids"])
    if "coords" in sides:
        found["position"] = leakage.close(*sides["coords"], separation)
    if "maps" in sides:
        found["near_copy"], judged = near_duplicates.find(train, test, neighbours)
        unseen = n_test - int(judged.sum())
    pairs = leakage.joined(found, sides.get("labels"), n_test, itself)
    return leakage.Audit(pairs, n_train, n_test, unseen, itself)
