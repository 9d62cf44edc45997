"""Measure calibration error and correct it."""

import numpy as np

from galutils.scores import abstention
from galutils.scores.binary import checked
from galutils.scores.intervals import bootstrap, interval, share_interval
from galutils.store.measured import finite, floats

SMALLEST = 1e-6  # probabilities stay this far from 0 and 1 where a logarithm is taken
BINS = 10


def _bin_of(probability, bins):
    """Bin of each probability; equal ones share a bin, so that some may stay empty."""
    edges = np.quantile(probability, np.linspace(0, 1, bins + 1)[1:-1])
    return np.searchsorted(edges, probability)


def reliability(labels, probability, bins=BINS):
    """Compare the observed share of class 1 with the mean probability, bin by bin.

    Parameters
    ----------
    labels : array_like of {0, 1}, shape (n,)
        Truth.
    probability : array_like, shape (n,)
        Of class 1.
    bins : int
        Number of bins of equally many galaxies.

    Returns
    -------
    pandas.DataFrame
        One row a bin that is not empty: ``count``, ``probability`` (mean), ``value``, ``low``
        and ``high`` (share with its Wilson interval of 95 per cent).
    """
    import pandas as pd

    labels, probability = checked(labels, probability)
    index, rows = _bin_of(probability, bins), []
    for one in np.unique(index):
        inside = index == one
        share = share_interval(labels[inside].sum(), inside.sum())
        rows.append({"count": inside.sum(), "probability": probability[inside].mean()} | share)
    return pd.DataFrame(rows)


def expected_error(labels, probability, bins=BINS):
    """Return the expected calibration error: mean distance of share and probability.

    Guo et al. (2017), equation 3, for the probability of class 1. Even a perfect forecaster
    has more than 0, by chance; see `chance_error`. Arguments as of `reliability`.

    Returns
    -------
    float
    """
    labels, probability = finite(labels, "labels").ravel(), finite(probability, "scores").ravel()
    gap = np.bincount(_bin_of(probability, bins), labels - probability)
    return float(np.abs(gap).sum() / len(probability))


def chance_error(probability, bins=BINS, draws=1000, rng=None):
    """Return the calibration error that perfect probabilities would have.

    Labels are drawn from the probabilities themselves.

    Parameters
    ----------
    probability, bins
        As of `reliability`.
    draws : int
        Sets of labels.
    rng : numpy.random.Generator or int, optional
        Random state.

    Returns
    -------
    dict
        ``value`` (mean), ``low`` and ``high`` (2.5 and 97.5 per cent of the draws).
    """
    rng, probability = np.random.default_rng(rng), finite(probability, "probability")
    inside = np.eye(bins)[_bin_of(probability, bins)]
    labels = rng.random((draws, len(probability))) < probability
    drawn = np.abs((labels - probability) @ inside).sum(axis=1) / len(probability)
    return interval(drawn.mean(), *np.quantile(drawn, [0.025, 0.975]))


def scores(labels, probability):
    """Brier score, log loss (nats a galaxy) and area under the risk-coverage curve.

    All are better the lower. Probabilities are kept 1e-6 from 0 and 1 in the log loss.

    Returns
    -------
    dict of str to float
    """
    labels, probability = checked(labels, probability)
    inner = np.clip(probability, SMALLEST, 1 - SMALLEST)
    return {
        "brier": float(np.mean((labels - probability) ** 2)),
        "log loss": -float(np.mean(np.where(labels == 1, np.log(inner), np.log1p(-inner)))),
        "risk area": float(abstention.risks(labels, probability).mean()),
    }


def intervals(labels, probability, groups, draws=500, rng=None):
    """Return the calibration error and `scores` with intervals over galaxies.

    Resampling adds to the calibration error what chance has added already, so the quantiles of
    its resamples lie too high. Its interval is theirs mirrored at the value (the basic
    bootstrap), between 0 and, at least, the value.

    Parameters
    ----------
    labels, probability, groups, draws, rng
        As of `galutils.scores.intervals.bootstrap`.

    Returns
    -------
    dict of str to dict
        ``ece``, ``brier``, ``log loss``, ``risk area`` to ``value``, ``low``, ``high``.
    """

    def metric(y, p):
        return {"ece": expected_error(y, p)} | scores(y, p)

    found = bootstrap(labels, probability, groups, metric, draws, rng=rng)
    value, low, high = found["ece"].values()
    found["ece"] |= {"low": max(0.0, 2 * value - high), "high": max(value, 2 * value - low)}
    return found


def temperature(labels, probability):
    """Find the temperature that gives the lowest log loss (Guo et al. 2017, section 4.2).

    Parameters
    ----------
    labels : array_like of {0, 1}, shape (n,)
        Of galaxies that neither train nor test.
    probability : array_like, shape (n,)
        Of class 1.

    Returns
    -------
    float
        Between 0.05 and 20; above 1 the network was too sure of itself.
    """
    from scipy.optimize import minimize_scalar

    def loss(logarithm):
        return scores(labels, tempered(probability, np.exp(logarithm)))["log loss"]

    return float(np.exp(minimize_scalar(loss, bounds=np.log([0.05, 20]), method="bounded").x))


def tempered(probability, temperature):
    """Divide the logits by the temperature; 0 and 1 count as 1e-6 and 1 - 1e-6."""
    from scipy.special import expit, logit

    inner = np.clip(floats(probability).astype(float), SMALLEST, 1 - SMALLEST)
    return expit(logit(inner) / temperature)


def prior_corrected(probability, trained, natural):
    """Correct probabilities for other shares of the classes than in training.

    Saerens et al. (2002), equation 4. The galaxies of a class must look the same in both.

    Parameters
    ----------
    probability : array_like
        Of class 1.
    trained, natural : float
        Share of class 1 among the training maps, copies included, and where it is used.

    Returns
    -------
    ndarray

    Raises
    ------
    ValueError
        If a share is not between 0 and 1.
    """
    if not (0 < trained < 1 and 0 < natural < 1):
        raise ValueError(f"expected shares between 0 and 1, received {trained} and {natural}")
    probability = floats(probability).astype(float)
    one = probability * natural / trained
    return one / (one + (1 - probability) * (1 - natural) / (1 - trained))
