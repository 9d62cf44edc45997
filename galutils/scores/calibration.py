"""Whether a probability is one: reliability, and what mends it."""

import itertools

import numpy as np

from galutils.inputs import augment
from galutils.networks import train
from galutils.scores import abstention, evaluate

SMALLEST = 1e-6  # probabilities stay this far from 0 and 1 where a logarithm is taken
BINS = 10


def _bin_of(probability, bins, equal):
    """Bin of each probability; equal ones share a bin, so that some may stay empty."""
    if equal not in ("count", "width"):
        raise ValueError(f"equal: expected count or width, received {equal!r}")
    inner = np.linspace(0, 1, bins + 1)[1:-1]
    edges = np.quantile(probability, inner) if equal == "count" else inner
    return np.searchsorted(edges, probability)


def reliability(labels, probability, bins=BINS, equal="count"):
    """Observed share of class 1 beside the mean probability, bin by bin.

    Parameters
    ----------
    labels : array_like of {0, 1}, shape (n,)
        Truth.
    probability : array_like, shape (n,)
        Of class 1.
    bins : int
        How many.
    equal : {"count", "width"}
        Bins of equally many galaxies, or of equal width.

    Returns
    -------
    pandas.DataFrame
        One row a bin that is not empty: ``count``, ``probability`` (mean), ``value``, ``low``
        and ``high`` (share with its Wilson interval of 95 per cent).
    """
    import pandas as pd

    labels, probability = np.asarray(labels), np.asarray(probability, dtype=float)
    index, rows = _bin_of(probability, bins, equal), []
    for one in np.unique(index):
        inside = index == one
        share = evaluate.share_interval(labels[inside].sum(), inside.sum())
        rows.append({"count": inside.sum(), "probability": probability[inside].mean()} | share)
    return pd.DataFrame(rows)


def expected_error(labels, probability, bins=BINS, equal="count"):
    """Return the expected calibration error: mean distance of share and probability.

    Guo et al. (2017), equation 3, for the probability of class 1. Even a perfect forecaster
    has more than 0, by chance; see `chance_error`. Arguments as of `reliability`.

    Returns
    -------
    float
    """
    probability = np.asarray(probability, dtype=float)
    gap = np.bincount(_bin_of(probability, bins, equal), np.asarray(labels) - probability)
    return float(np.abs(gap).sum() / len(probability))


def chance_error(probability, bins=BINS, equal="count", draws=1000, rng=None):
    """Return the calibration error that perfect probabilities would have.

    Labels are drawn from the probabilities themselves.

    Parameters
    ----------
    probability, bins, equal
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
    rng, probability = np.random.default_rng(rng), np.asarray(probability, dtype=float)
    inside = np.eye(bins)[_bin_of(probability, bins, equal)]
    labels = rng.random((draws, len(probability))) < probability
    drawn = np.abs((labels - probability) @ inside).sum(axis=1) / len(probability)
    low, high = np.quantile(drawn, [0.025, 0.975])
    return {"value": float(drawn.mean()), "low": float(low), "high": float(high)}


def scores(labels, probability):
    """Brier score, log loss (nats a galaxy) and area under the risk-coverage curve.

    All are better the lower. Probabilities are kept 1e-6 from 0 and 1 in the log loss.

    Returns
    -------
    dict of str to float
    """
    labels, probability = np.asarray(labels), np.asarray(probability, dtype=float)
    inner = np.clip(probability, SMALLEST, 1 - SMALLEST)
    return {
        "brier": float(np.mean((labels - probability) ** 2)),
        "log loss": -float(np.mean(np.where(labels == 1, np.log(inner), np.log1p(-inner)))),
        "risk area": float(abstention.risks(labels, probability).mean()),
    }


def intervals(labels, probability, groups, draws=500, rng=None):
    """Calibration error and `scores` with intervals over galaxies.

    Resampling adds to the calibration error what chance has added already, so the quantiles of
    its resamples lie too high. Its interval is theirs mirrored at the value (the basic
    bootstrap), between 0 and, at least, the value.

    Parameters
    ----------
    labels, probability, groups, draws, rng
        As of `evaluate.bootstrap`.

    Returns
    -------
    dict of str to dict
        ``ece``, ``brier``, ``log loss``, ``risk area`` to ``value``, ``low``, ``high``.
    """

    def metric(y, p):
        return {"ece": expected_error(y, p)} | scores(y, p)

    found = evaluate.bootstrap(labels, probability, groups, metric, draws, rng=rng)
    value, low, high = found["ece"].values()
    found["ece"] |= {"low": max(0.0, 2 * value - high), "high": max(value, 2 * value - low)}
    return found


def differences(labels, first, second, groups, draws=500, rng=None):
    """`scores` of one set of probabilities less those of another, on the same galaxies.

    Parameters
    ----------
    labels, first, second, groups, draws, rng
        As of `evaluate.bootstrap_difference`.

    Returns
    -------
    dict of str to dict
    """

    def metric(y, p):
        one, other = scores(y, p[:, 0]), scores(y, p[:, 1])
        return {name: one[name] - other[name] for name in one}

    return evaluate.bootstrap(
        labels, np.column_stack([first, second]), groups, metric, draws, rng=rng
    )


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

    inner = np.clip(np.asarray(probability, dtype=float), SMALLEST, 1 - SMALLEST)
    return expit(logit(inner) / temperature)


def prior_corrected(probability, trained, natural):
    """Probabilities for other shares of the classes than in training.

    Saerens et al. (2002), equation 4; what a galaxy of given class looks like must be the same.

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
    probability = np.asarray(probability, dtype=float)
    one = probability * natural / trained
    return one / (one + (1 - probability) * (1 - natural) / (1 - trained))


def deep_ensemble(build, x, labels, copies, members, epochs, seed, batch_size=32):
    """Train networks that differ in their random state only (Lakshminarayanan et al. 2017).

    Parameters
    ----------
    build : callable
        As in `train.fit`. From `train.reused` it hands out one model again and again, which must
        then be used before the next is asked for.
    x, labels : ndarray
        Inputs (n, h, w, 1) and classes of training galaxies.
    copies : mapping of label to int
        As in `augment.balanced`; all networks see the same copies.
    members, epochs, seed, batch_size : int
        Number of networks; epochs of each, of which the last counts; random state of the first,
        which the others count on from; maps in a batch.

    Yields
    ------
    keras.Model
    """
    copied, row = augment.augment_to_balance(x, labels, copies, rng=seed)
    for member in range(members):
        yield train.fit(build, copied, labels[row], None, epochs, seed + member, None, batch_size)[
            0
        ]


def dropout_draws(model, x, draws=30, rng=None, batch_size=256):
    """Predictions with dropout at work (Gal & Ghahramani 2016).

    Calling a model with ``training=True`` would also let batch normalisation take the means of
    the batch at hand, so that a prediction would depend on the galaxies beside it. Here dropout
    alone is at work. What lies before the first dropout is computed once.

    Parameters
    ----------
    model : keras.Model
        A chain of layers with dropout among them.
    x : ndarray, shape (n, ...)
        Inputs.
    draws : int
        Predictions of each.
    rng : numpy.random.Generator or int, optional
        Random state.
    batch_size : int
        Inputs at a time.

    Returns
    -------
    ndarray, shape (draws, n)
        Last output: the probability of class 1.

    Raises
    ------
    ValueError
        If the model is no chain or drops nothing.
    """
    import keras

    chain = [one for one in model.layers if not isinstance(one, keras.layers.InputLayer)]
    dropping = [isinstance(layer, keras.layers.Dropout) for layer in chain]
    joined = all(after.input is before.output for before, after in itertools.pairwise(chain))
    if not (joined and any(dropping)):
        raise ValueError(f"{model.name}: expected a chain of layers with dropout")
    seeds = keras.random.SeedGenerator(int(np.random.default_rng(rng).integers(2**31)))
    result = []
    for start in range(0, len(x), batch_size):
        values, repeated = x[start : start + batch_size], False
        for layer, drops in zip(chain, dropping, strict=True):
            if drops and not repeated:
                values, repeated = keras.ops.concatenate([values] * draws), True
            if drops:
                values = keras.random.dropout(values, layer.rate, layer.noise_shape, seeds)
            else:
                values = layer(values, training=False)
        result.append(np.asarray(values)[:, -1].reshape(draws, -1))
    return np.concatenate(result, axis=1)
