"""Score a classifier of several classes, with intervals over galaxies."""

import numpy as np

from galutils.scores.intervals import bootstrap_differences, percentiles
from galutils.store.measured import finite, floats

SCORES = ("precision", "recall", "f1")


def confusion(labels, predicted, n_classes):
    """Confusion matrix, rows truth and columns prediction.

    Parameters
    ----------
    labels, predicted : array_like of int, shape (n,)
        0 to `n_classes` - 1.
    n_classes : int

    Returns
    -------
    ndarray of int, shape (n_classes, n_classes)

    Raises
    ------
    ValueError
        If a label is missing, out of range or no whole number, or their numbers differ.
    """
    both = np.stack([floats(labels, name="labels"), floats(predicted, name="predicted")])
    if not np.isin(both, np.arange(n_classes)).all():
        raise ValueError(f"expected labels 0 to {n_classes - 1}, received {np.unique(both)}")
    labels, predicted = both.astype(int)
    counts = np.bincount(n_classes * labels + predicted, minlength=n_classes**2)
    return counts.reshape(n_classes, n_classes)


def decide(probability, names):
    """Choose a class for each galaxy, the kind first and then the class within it.

    A spiral whose number of arms is uncertain has small probabilities for each number, although
    it is surely a spiral. So the probabilities of a kind are added before the largest is taken.

    Parameters
    ----------
    probability : ndarray, shape (n, k)
    names : sequence of str
        Of the classes, ``kind: class`` where a kind has several.

    Returns
    -------
    ndarray of int, shape (n,)
        Index of a class.
    """
    kinds, kind = np.unique([name.partition(":")[0] for name in names], return_inverse=True)
    total = probability @ np.eye(len(kinds), dtype=probability.dtype)[kind]
    inside = kind == total.argmax(axis=1)[:, None]
    return np.where(inside, probability, -1).argmax(axis=1)


def scores(matrix):
    """Precision, recall and F1 of each class (Lee, Soo & Sharoni, equations 4.1 to 4.3).

    Parameters
    ----------
    matrix : array_like, shape (k, k)
        As of `confusion`.

    Returns
    -------
    ndarray, shape (3, k)
        Precision, recall, F1. Recall is NaN of a class without galaxies; precision
        of one that is never predicted too, and F1 is 0 there if it has galaxies.
    """
    matrix = np.asarray(matrix, dtype=float)
    hit, true, called = np.diag(matrix), matrix.sum(axis=1), matrix.sum(axis=0)
    pairs = ((hit, called), (hit, true), (2 * hit, np.where(true > 0, true + called, 0)))
    return np.stack([np.divide(a, b, out=np.full(len(hit), np.nan), where=b > 0) for a, b in pairs])


def summary(matrix):
    """Accuracy, and mean recall and F1 over the classes that have galaxies.

    Returns
    -------
    dict of str to float
        ``accuracy``, ``balanced_accuracy``, ``macro_f1``.
    """
    matrix = np.asarray(matrix, dtype=float)
    _, recall, f1 = scores(matrix)
    return {
        "accuracy": float(np.trace(matrix) / matrix.sum()),
        "balanced_accuracy": float(np.nanmean(recall)),
        "macro_f1": float(np.nanmean(f1)),
    }


def intervals(labels, probability, names, draws=300, rng=None):
    """Return all scores with intervals, by drawing galaxies of each class with replacement.

    Unlike `galutils.scores.intervals.bootstrap`, every draw keeps the number of galaxies in a
    class, so that a rare class is never missing.

    Parameters
    ----------
    labels : array_like of int, shape (n,)
        True class of each galaxy.
    probability : array_like, shape (n, k)
        The largest is the prediction.
    names : sequence of str
        Of the k classes.
    draws : int
        Resamples; each keeps the number of galaxies in a class.
    rng : int or numpy.random.Generator, optional
        Random state.

    Returns
    -------
    dict of str to dict
        ``"f1, 2"`` and so on for each score and class, then those of `summary`, to
        ``value``, ``low`` and ``high`` (95 per cent; NaN where a score is).
    """
    predicted = np.argmax(finite(probability, "probability"), axis=1)
    rng, size = np.random.default_rng(rng), len(names)
    whole = confusion(labels, predicted, size)
    # To draw galaxies of a class anew is to draw its row of the matrix anew.
    total = whole.sum(axis=1)
    shares = whole / np.maximum(total, 1)[:, None]
    drawn = [rng.multinomial(n, row, draws) for n, row in zip(total, shares, strict=True)]
    values = [_flat(matrix, names) for matrix in (whole, *np.stack(drawn, axis=1))]
    return {name: percentiles([one[name] for one in values]) for name in values[0]}


def _flat(matrix, names):
    keys = [f"{score}, {name}" for score in SCORES for name in names]
    return dict(zip(keys, scores(matrix).ravel(), strict=True)) | summary(matrix)


def difference(labels, first, second, names, draws=300, rng=None):
    """Compare two classifiers on the same galaxies.

    Parameters
    ----------
    labels : array_like of int, shape (n,)
        True class of each galaxy.
    first, second : array_like, shape (n, k)
        Probabilities of both.
    names : sequence of str
        Of the k classes.
    draws, rng
        As of `intervals`.

    Returns
    -------
    dict of str to dict
        The quantities of `summary`, first less second, to ``value``, ``low``, ``high``.
    """
    called = (np.argmax(finite(one, "probability"), axis=1) for one in (first, second))

    def metric(y, p):
        return summary(confusion(y, p, len(names)))

    return bootstrap_differences(labels, *called, np.arange(len(labels)), metric, draws, rng)
