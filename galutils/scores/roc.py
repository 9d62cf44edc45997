"""ROC curves: areas with intervals, their differences, optimal thresholds and outcomes."""

import numpy as np

from galutils.scores import intervals
from galutils.scores.binary import checked
from galutils.store.measured import floats, known, plain

OUTCOMES = {
    "slow called fast": (0, 1),
    "fast called slow": (1, 0),
    "slow called slow": (0, 0),
    "fast called fast": (1, 1),
}


def drawn_areas(labels, scores, groups, quantity=None, width=np.inf, draws=500, rng=None):
    """Return areas under ROC curves of all galaxies, then of every draw, for each score.

    Arguments as of `areas`; the values are ndarray of shape (1 + draws,).
    """
    labels = known(labels)
    fast, slow = np.flatnonzero(labels == 1), np.flatnonzero(labels == 0)
    close = np.ones((len(fast), len(slow)), dtype=np.float32)
    if quantity is not None:
        quantity = floats(quantity)
        close[~(np.abs(quantity[fast][:, None] - quantity[slow]) <= width)] = 0
    if not close.any():
        raise ValueError(f"expected pairs of fast and slow within {width}, received none")
    weight = intervals.cluster_counts(groups, draws, rng).astype(np.float32)

    def weighed(pairs):
        """Sum a table of fast and slow rows over all draws, each pair as often as it is drawn."""
        return ((weight[:, fast] @ pairs) * weight[:, slow]).sum(axis=1, dtype=float)

    total, result = weighed(close), {}
    for name, score in scores.items():
        _, score = checked(labels, score)
        won = np.heaviside(score[fast][:, None] - score[slow], 0.5).astype(np.float32) * close
        with np.errstate(invalid="ignore"):  # a draw without any close pair
            result[name] = weighed(won) / total
    return result


def areas(labels, scores, groups, quantity=None, width=np.inf, draws=500, rng=None):
    """Areas under ROC curves with bootstrap intervals over galaxies.

    The area is the share of pairs of a fast and a slow galaxy in which the
    fast one has the larger score; ties count half. With a `width`, only pairs
    count whose values of another quantity differ by no more, which measures
    what the scores know beyond that quantity.

    Parameters
    ----------
    labels : array_like of {0, 1}, shape (n,)
        Truth, 1 fast.
    scores : mapping of str to array_like, shape (n,)
        Scores of several classifiers.
    groups : array_like, shape (n,)
        Galaxy of each row; all rows of a drawn galaxy are drawn together.
    quantity : ndarray, shape (n,), optional
        Quantity to hold fixed, such as the ellipticity; pairs without it do not count.
    width : float
        Largest distance of a pair in it.
    draws : int
        Number of resamples, the same for all scores.
    rng : numpy.random.Generator or int, optional
        Random state.

    Returns
    -------
    dict of str to dict
        ``value``, ``low`` and ``high`` (central 95 per cent) of each classifier.

    Raises
    ------
    ValueError
        If no pair is that close, or a class is missing.
    """
    drawn = drawn_areas(labels, scores, groups, quantity, width, draws, rng)
    return {name: intervals.percentiles(values) for name, values in drawn.items()}


def difference(labels, first, second, groups, draws=500, rng=None):
    """Area under the ROC curve of one classifier less that of another.

    Parameters
    ----------
    labels, groups, draws, rng
        As in `areas`; both classifiers see the same draws, so that what they
        have in common cancels.
    first, second : array_like, shape (n,)
        Scores.

    Returns
    -------
    dict
        ``value``, ``low`` and ``high``.
    """
    both = drawn_areas(labels, {1: first, 2: second}, groups, draws=draws, rng=rng)
    return intervals.percentiles(both[1] - both[2])


def areas_in_bins(labels, scores, groups, quantity, edges, draws=500, rng=None):
    """Areas under ROC curves within bins of another quantity.

    Parameters
    ----------
    labels, scores, groups, draws, rng
        As in `areas`.
    quantity : ndarray, shape (n,)
        Quantity by which the rows are binned.
    edges : sequence of float, length m + 1
        Limits of the bins, the lower one inside.

    Returns
    -------
    curves : dict of str to ndarray, shape (3, m)
        Value, low and high of each classifier; NaN where a bin lacks a class.
    counts : list of int
        Rows in each bin.
    """
    labels, groups, quantity = known(labels), known(groups, "groups"), floats(quantity)
    curves = {name: np.full((3, len(edges) - 1), np.nan) for name in scores}
    counts = []
    for k, (low, high) in enumerate(zip(edges[:-1], edges[1:], strict=True)):
        chosen = (quantity >= low) & (quantity < high)
        counts.append(int(chosen.sum()))
        if np.isin((0, 1), labels[chosen]).all():
            part = {name: plain(score)[chosen] for name, score in scores.items()}
            found = areas(labels[chosen], part, groups[chosen], draws=draws, rng=rng)
            for name, area in found.items():
                curves[name][:, k] = area["value"], area["low"], area["high"]
    return curves, counts


def standard_error(area, n_fast, n_slow):
    """Estimate the standard error of an area under the ROC curve from the area alone.

    Hanley & McNeil (1982), Radiology 143, 29, equations 1 and 2.

    Parameters
    ----------
    area : array_like
        Between 0 and 1.
    n_fast, n_slow : array_like
        Test galaxies of both classes.

    Returns
    -------
    ndarray
    """
    area = floats(area)
    two_fast, two_slow = area / (2 - area), 2 * area**2 / (1 + area)
    variance = area * (1 - area) + (n_fast - 1) * (two_fast - area**2)
    return np.sqrt((variance + (n_slow - 1) * (two_slow - area**2)) / (n_fast * n_slow))


def optimal_threshold(labels, probability):
    """Find the threshold with the largest true- less false-positive rate (Youden's J).

    Lopez Morales (2020), section 4.4, takes it where the curve changes slope.

    Parameters
    ----------
    labels : array_like of {0, 1}, shape (n,)
        Truth; both classes present.
    probability : array_like, shape (n,)
        Of class 1, called at the threshold and above.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If a class is missing.
    """
    from sklearn.metrics import roc_curve

    labels, probability = checked(labels, probability)
    if np.unique(labels).size < 2:
        raise ValueError("a threshold needs both classes, received one")
    false_positive, true_positive, thresholds = roc_curve(labels, probability)
    best = np.argmax((true_positive - false_positive)[1:]) + 1  # the first is infinite
    return float(thresholds[best])


def thresholds_out_of_fold(labels, probability, fold):
    """Find the optimal threshold for every row on the other folds.

    Parameters
    ----------
    labels, probability : ndarray, shape (n,)
        As in `optimal_threshold`.
    fold : ndarray of int, shape (n,)
        Fold in which a row was tested.

    Returns
    -------
    ndarray, shape (n,)
    """
    result = np.empty(len(labels))
    for k in np.unique(fold):
        others = fold != k
        result[~others] = optimal_threshold(labels[others], probability[others])
    return result


def outcomes(labels, called):
    """Name the outcome of every galaxy.

    Parameters
    ----------
    labels, called : array_like of {0, 1}, shape (n,)
        Truth and prediction, 1 fast.

    Returns
    -------
    ndarray of str, shape (n,)
        The keys of `OUTCOMES`, in the order of panels (a) to (d) of the thesis; '' where
        either is not known.
    """
    labels, called = floats(labels), floats(called)
    masks = [(labels == y) & (called == c) for y, c in OUTCOMES.values()]
    return np.select(masks, list(OUTCOMES), "")
