"""Intervals of 95 per cent: bootstrap over galaxies, Student's t, Welch's t, and Wilson's.

All rows of a galaxy (copies, repeated observations) are drawn together, so that copies are no new
information. The bootstrap has two forms. `bootstrap` scores the drawn rows and takes any score;
`cluster_counts` says how often each row is drawn, for scores that are sums over rows and can be
computed for all draws at once. They take different random numbers from the same generator, and
recorded results hold both, so neither can stand for the other.
"""

import numpy as np
from scipy import special, stats

from galutils.scores import binary
from galutils.store.measured import floats, known, plain, takes


def interval(value, low, high):
    """Return an interval as it is recorded: ``value``, ``low`` and ``high`` as float."""
    return {"value": float(value), "low": float(low), "high": float(high)}


def percentiles(values, tail=0.025):
    """Return the percentile interval of bootstrap values.

    Parameters
    ----------
    values : array_like, shape (1 + draws,)
        The score of the data itself, then of every draw. Draws that are NaN, because a class is
        missing from them for example, are left out.
    tail : float
        Share of the draws beyond either end.

    Returns
    -------
    dict
        ``value``, ``low``, ``high``; the ends are NaN if no draw is left.
    """
    values = plain(values).astype(float)
    drawn = values[1:][~np.isnan(values[1:])]
    ends = np.quantile(drawn, [tail, 1 - tail]) if drawn.size else (np.nan, np.nan)
    return interval(values[0], *ends)


def cluster_counts(groups, draws, rng=None):
    """Draw galaxies with replacement and count how often each row is drawn.

    Parameters
    ----------
    groups : array_like, shape (n,)
        Galaxy of each row.
    draws : int
        Number of resamples.
    rng : numpy.random.Generator or int, optional
        Random state.

    Returns
    -------
    ndarray, shape (1 + draws, n)
        First the data itself, every row once; as `percentiles` takes the scores.
    """
    _, galaxy = np.unique(known(groups, "groups"), return_inverse=True)
    number = galaxy.max() + 1
    counts = np.random.default_rng(rng).multinomial(number, np.full(number, 1 / number), draws)
    return np.concatenate([np.ones((1, number)), counts])[:, galaxy]


def _cluster_rows(groups, draws, rng):
    """Draw galaxies with replacement and yield the rows of every draw, galaxy by galaxy."""
    rng = np.random.default_rng(rng)
    _, galaxy = np.unique(known(groups, "groups"), return_inverse=True)
    order, size = np.argsort(galaxy, kind="stable"), np.bincount(galaxy)
    start = np.cumsum(size) - size
    for _ in range(draws):
        chosen = rng.integers(len(size), size=len(size))
        before = np.cumsum(size[chosen]) - size[chosen]
        rows = np.repeat(start[chosen] - before, size[chosen])
        yield order[rows + np.arange(len(rows))]


def bootstrap(labels, probability, groups, metric=binary.scores, draws=500, rng=None):
    """Intervals of 95 per cent of scores by drawing galaxies with replacement.

    Parameters
    ----------
    labels, probability : array_like, shape (n,)
        Truth and score of each row.
    groups : array_like, shape (n,)
        Galaxy of each row; all rows of a drawn galaxy are drawn together.
    metric : callable
        Takes labels and probabilities, returns a dict of name to float.
    draws : int
        Number of resamples; NaN values (one class only) are left out.
    rng : numpy.random.Generator or int, optional
        Random state.

    Returns
    -------
    dict of str to dict
        Name of the score to ``value`` (on the data itself), ``low`` and ``high``.
    """
    labels, probability = plain(labels), plain(probability)
    values = [metric(labels, probability)]
    drawn = _cluster_rows(groups, draws, rng)
    values += [metric(labels[rows], probability[rows]) for rows in drawn]
    tail = (1 - 0.95) / 2  # 0.025 but for the last digits, which recorded results have
    return {name: percentiles([one[name] for one in values], tail) for name in values[0]}


def bootstrap_differences(labels, first, second, groups, metric=binary.scores, draws=500, rng=None):
    """Scores of one classifier less those of another on the same galaxies.

    Both are scored on the same draws, so that what they have in common cancels.

    Parameters
    ----------
    labels, groups, metric, draws, rng
        As of `bootstrap`.
    first, second : array_like, shape (n, ...)
        What `metric` takes beside the labels, of both classifiers.

    Returns
    -------
    dict of str to dict
        As of `bootstrap`.
    """

    def paired(y, p):
        one, other = metric(y, p[:, 0]), metric(y, p[:, 1])
        return {name: one[name] - other[name] for name in one}

    both = np.stack([plain(first), plain(second)], axis=1)
    return bootstrap(labels, both, groups, paired, draws, rng)


def bootstrap_trainings(
    labels, probabilities, groups, metric=binary.scores, draws=500, rng=None, other=None
):
    """Intervals of the scores of a mean of trainings that hold the chance of training too.

    A draw takes as many galaxies with replacement as there are, and as many trainings.

    Parameters
    ----------
    labels, groups, metric, draws, rng
        As of `bootstrap`.
    probabilities : array_like, shape (trainings, n)
        Of each training, which has not seen the galaxy.
    other : array_like, shape (trainings, n), optional
        Those of another classifier, whose scores are subtracted; one row if it is not trained
        by chance. Galaxies are the same in a draw, trainings are drawn apart.

    Returns
    -------
    dict of str to dict
        As of `bootstrap`.
    """
    rng, labels = np.random.default_rng(rng), plain(labels)
    sides = [np.atleast_2d(plain(one)) for one in (probabilities, other) if one is not None]

    def scored(rows, trainings):
        found = [
            metric(labels[rows], p[chosen][:, rows].mean(axis=0))
            for p, chosen in zip(sides, trainings, strict=True)
        ]
        one, *rest = found
        return {name: value - sum(less[name] for less in rest) for name, value in one.items()}

    values = [scored(slice(None), [slice(None)] * len(sides))]
    for rows in _cluster_rows(groups, draws, rng):
        values.append(scored(rows, [rng.integers(len(p), size=len(p)) for p in sides]))
    return {name: percentiles([one[name] for one in values]) for name in values[0]}


def mean_interval(values):
    """Mean over folds or seeds with Student's t interval of 95 per cent.

    Parameters
    ----------
    values : array_like
        At least two numbers; those that are masked, NaN or infinite are left out.

    Returns
    -------
    dict
        ``value``, ``low``, ``high``.

    Raises
    ------
    ValueError
        With fewer than two values.
    """
    values = floats(values).astype(float)
    values = values[np.isfinite(values)]
    if values.size < 2:
        raise ValueError(f"an interval needs two values or more, received {values.size}")
    half = stats.t.ppf(0.975, values.size - 1) * values.std(ddof=1) / np.sqrt(values.size)
    mean = values.mean()
    return interval(mean, mean - half, mean + half)


def mean_difference(first, second):
    """Difference of two means with Welch's interval of 95 per cent.

    Parameters
    ----------
    first, second : array_like
        Two values or more each; those that are masked, NaN or infinite are left out.

    Returns
    -------
    dict
        ``value``, ``low``, ``high``.
    """
    first, second = (one[np.isfinite(one)] for one in (floats(first), floats(second)))
    ends = stats.ttest_ind(first, second, equal_var=False).confidence_interval(0.95)
    return interval(np.mean(first) - np.mean(second), ends.low, ends.high)


def share_interval(count, total):
    """Share with its Wilson interval of 95 per cent.

    Parameters
    ----------
    count, total : int
        Of `total` at least one, `count` have it.

    Returns
    -------
    dict
        ``value``, ``low``, ``high``.
    """
    return _wilson(int(count) / int(total), int(total))


@takes(hit=None, weights=None)
def weighted_share(hit, weights):
    """Share with its Wilson interval of 95 per cent, of galaxies that count unequally.

    As `share_interval` with (sum w)^2 / sum w^2 galaxies (Kish 1965).

    Parameters
    ----------
    hit : array_like of bool, shape (n,)
    weights : array_like, shape (n,)
        Not negative.

    Returns
    -------
    dict
        ``value``, ``low``, ``high``; NaN without galaxies.
    """
    if not weights.sum() > 0:
        return interval(np.nan, np.nan, np.nan)
    return _wilson(np.average(hit, weights=weights), weights.sum() ** 2 / np.sum(weights**2))


def _wilson(share, size):
    """Wilson's interval of a share of a number of galaxies, which need not be whole.

    Newcombe (1998), method 3, in the order of operations of `scipy.stats.binomtest`, which takes
    whole numbers only.
    """
    z = special.ndtri(0.975)
    whole = 2 * (size + z**2)
    centre = (2 * size * share + z**2) / whole
    half = z / whole * np.sqrt(4 * size * share * (1 - share) + z**2)
    # At the ends rounding would leave a remainder.
    return interval(share, centre - half if share > 0 else 0, centre + half if share < 1 else 1)
