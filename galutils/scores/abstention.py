"""Choose which galaxies to name, and count how many of those named are wrong."""

import numpy as np
from scipy.stats import beta

from galutils.scores.binary import checked
from galutils.scores.intervals import bootstrap, weighted_share
from galutils.store.measured import finite, known


def risks(labels, probability):
    """Return the share of errors among the 1, 2, ... n most certain galaxies.

    Parameters
    ----------
    labels, probability : array_like, shape (n,)
        Truth and probability of class 1, which is called at 0.5.

    Returns
    -------
    ndarray, shape (n,)
        Galaxies of equal certainty are averaged over all their orders.
    """
    labels, probability = checked(labels, probability)
    distance = np.abs(probability - 0.5)
    wrong = (probability >= 0.5) != (labels == 1)
    order = np.argsort(-distance)
    tied = np.cumsum(np.diff(distance[order], prepend=np.inf) != 0) - 1
    mean = np.bincount(tied, wrong[order]) / np.bincount(tied)
    return np.cumsum(mean[tied]) / np.arange(1, len(tied) + 1)


def risk_coverage(labels, probability, groups, coverage, draws=300, rng=None):
    """Return the error rate of the most certain galaxies against the share that is kept.

    Geifman & El-Yaniv (2017). A class is called at 0.5; the further a probability is from 0.5, the
    more certain it is.

    Parameters
    ----------
    labels, probability, groups, draws, rng
        As of `galutils.scores.intervals.bootstrap`.
    coverage : array_like
        Shares kept, above 0 and at most 1.

    Returns
    -------
    pandas.DataFrame
        ``coverage``, ``value``, ``low``, ``high``.
    """
    import pandas as pd

    def metric(y, p):
        kept = np.arange(1, len(y) + 1) / len(y)
        return dict(zip(coverage, np.interp(coverage, kept, risks(y, p)), strict=True))

    found = bootstrap(labels, probability, groups, metric, draws, rng=rng)
    table = pd.DataFrame.from_dict(found, orient="index")
    return table.rename_axis("coverage").reset_index()


def risk_controlled_thresholds(labels, probability, rate=0.05, level=0.95, candidates=10):
    """Find the loosest thresholds that keep an error rate with a given confidence.

    For either class some numbers of most certain galaxies are tried, the rate is bounded from
    above as by Clopper & Pearson (1934), and the largest number under the bound is taken. So
    that trying several costs no confidence, each bound holds at 1 - (1 - level) / candidates.

    Parameters
    ----------
    labels, probability : array_like, shape (n,)
        Truth and probability of class 1 (fast) of galaxies that are not tested.
    rate, level : float
        Error rate to keep among the named galaxies, and the confidence that it is kept.
    candidates : int
        Numbers tried, in equal steps of the logarithm from the smallest at which a class
        without an error would pass.

    Returns
    -------
    dict
        ``fast`` and ``slow``: thresholds at or beyond which a class is named; NaN where no
        threshold keeps the rate. ``fast rate`` and ``slow rate``: the lowest rate that could have
        been kept.
    """
    labels, probability = checked(labels, probability)
    tail, result = (1 - level) / candidates, {}
    fewest = int(np.ceil(np.log(tail) / np.log1p(-rate)))
    for name, label, sign in (("fast", 1, 1), ("slow", 0, -1)):
        called = (probability >= 0.5) == (label == 1)
        certain, wrong = sign * probability[called], labels[called] != label
        most = max(len(certain), 1)
        numbers = np.geomspace(min(fewest, most), most, candidates).round().astype(int)
        limits = np.unique(np.sort(certain)[::-1][numbers - 1]) if len(certain) else []
        bounds = [_upper_bound(wrong[certain >= limit], tail) for limit in limits]
        passed = [limit for limit, bound in zip(limits, bounds, strict=True) if bound <= rate]
        result[name] = float(sign * min(passed, default=np.nan))
        result[f"{name} rate"] = min(bounds, default=1.0)
    return result


def _upper_bound(wrong, tail):
    """Return the one-sided upper bound of an error rate by Clopper & Pearson (1934)."""
    errors, right = np.count_nonzero(wrong), np.count_nonzero(~wrong)
    return float(beta.ppf(1 - tail, errors + 1, right)) if right else 1.0


def named(labels, probability, low=0.05, high=0.95, weights=None):
    """Count the galaxies that two cuts name, and how many of them wrongly.

    Parameters
    ----------
    labels, probability : array_like, shape (n,)
        Truth and probability of class 1 (fast).
    low, high : float or array_like, shape (n,)
        Slow at `low` and below, fast at `high` and above; NaN names nothing.
    weights : array_like, shape (n,), optional
        Weight of each galaxy, in the error rates only.

    Returns
    -------
    dict
        ``n fast``, ``n slow``; ``fast``, ``slow``: their error rates with intervals, NaN where
        nothing is named.
    """
    labels, probability = checked(labels, probability)
    weights = np.ones(len(labels)) if weights is None else finite(weights, "weights")
    result = {}
    for name, chosen, label in (("fast", probability >= high, 1), ("slow", probability <= low, 0)):
        result[f"n {name}"] = int(chosen.sum())
        result[name] = weighted_share(labels[chosen] != label, weights[chosen])
    return result


def shift_weights(values, target, bins=10):
    """Weight galaxies so that a quantity is distributed as in other galaxies.

    Shimodaira (2000), with the density ratio from bins of equally many `values`. The outermost
    bins have no outer edge.

    Parameters
    ----------
    values : array_like, shape (n,)
        The quantity of galaxies to be weighted, finite.
    target : array_like
        The same of the other galaxies, finite.
    bins : int
        Number of bins.

    Returns
    -------
    ndarray, shape (n,)
        Mean 1.
    """
    values, target = finite(values, "values"), finite(target, "target")
    edges = np.quantile(values, np.linspace(0, 1, bins + 1)[1:-1])
    mine, other = (np.searchsorted(edges, one, side="right") for one in (values, target))
    have, want = (np.bincount(one, minlength=bins) for one in (mine, other))
    weights = (want / np.maximum(have, 1))[mine]
    return weights / weights.mean()


def published_weights(labels, groups, share):
    """Weight test copies so that every galaxy counts once and classes have natural shares.

    Parameters
    ----------
    labels, groups : array_like, shape (n,)
        Class and galaxy of each copy.
    share : float
        Natural share of class 1.

    Returns
    -------
    ndarray, shape (n,)
        Sum of each class is its share.
    """
    labels = known(labels)
    _, galaxy = np.unique(groups, return_inverse=True)
    once = 1 / np.bincount(galaxy)[galaxy]
    total = np.bincount(labels, once, minlength=2)
    return once * np.array([1 - share, share])[labels] / total[labels]
