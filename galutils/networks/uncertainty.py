"""Estimate how uncertain a network is: deep ensembles, and dropout while predicting."""

import itertools

import numpy as np

from galutils.inputs import augment
from galutils.networks import train, wrappers
from galutils.store.measured import finite


def deep_ensemble(x, labels, groups, seed, build, copies, members, epochs, batch_size=32):
    """Train networks that differ in their random state only (Lakshminarayanan et al. 2017).

    Parameters
    ----------
    x, labels : ndarray
        Inputs (n, h, w, 1) and classes of training galaxies.
    groups : ndarray
        Not used; `galutils.networks.shipped.Family` passes it.
    seed : int
        Random state of the copies and of the first network, from which the others count on.
    build : callable
        As in `train.fit`.
    copies : mapping of label to int
        As in `augment.augment_to_balance`; all networks see the same copies.
    members, epochs, batch_size : int
        Number of networks; epochs of each, of which the last counts; maps in a batch.

    Returns
    -------
    networks : tuple of keras.Model
    history : pandas.DataFrame
        As of `train.fit`, one network below the other, with ``member``.
    """
    import pandas as pd

    x, row = augment.augment_to_balance(x, labels, copies, rng=seed)
    networks, histories = [], []
    for member in range(members):
        model, history = train.fit(
            build, x, labels[row], None, epochs, seed + member, None, batch_size
        )
        networks.append(wrappers.copied(model))  # `build` may hand out this one again
        histories.append(history.assign(member=member))
    return tuple(networks), pd.concat(histories)


def dropout_draws(model, x, draws=30, rng=None, batch_size=256):
    """Predict several times with dropout at work (Gal & Ghahramani 2016).

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
        values, repeated = finite(x[start : start + batch_size], "x", None), False
        for layer, drops in zip(chain, dropping, strict=True):
            if drops and not repeated:
                values, repeated = keras.ops.concatenate([values] * draws), True
            if drops:
                values = keras.random.dropout(values, layer.rate, layer.noise_shape, seeds)
            else:
                values = layer(values, training=False)
        result.append(np.asarray(values)[:, -1].reshape(draws, -1))
    return np.concatenate(result, axis=1)
