"""Classifiers of real galaxies: where they err, and what carries over to another survey."""

import numpy as np

from galutils.networks import wrappers
from galutils.networks.fused_batchnorm import compile_model


def error_by_quarter(values, wrong, labels):
    """Share of galaxies called wrongly in quarters of a quantity, both classes weighted alike.

    Parameters
    ----------
    values : ndarray of float, shape (n,)
        Quantity, NaN where not measured; those galaxies are left out.
    wrong : ndarray of bool, shape (n,)
        Whether a galaxy was called wrongly.
    labels : ndarray of {0, 1}, shape (n,)

    Returns
    -------
    ndarray, shape (4,)
        From the lowest quarter to the highest; NaN where a quarter lacks a class.
    """
    measured = np.isfinite(values)
    values, wrong, labels = values[measured], np.asarray(wrong)[measured], labels[measured]
    quarter = np.searchsorted(np.quantile(values, [0.25, 0.5, 0.75]), values, side="right")
    shares = np.full((4, 2), np.nan)
    for k in range(4):
        for value in (0, 1):
            chosen = (quarter == k) & (labels == value)
            shares[k, value] = wrong[chosen].mean() if chosen.any() else np.nan
    return shares.mean(axis=1)


def retrainable(model, learning_rate):
    """Return a compiled copy of a trained network of one probability, to be trained further.

    Parameters
    ----------
    model : keras.Model
    learning_rate : float
        Of Adam.

    Returns
    -------
    keras.Model
    """
    import keras

    adam = keras.optimizers.Adam(learning_rate)
    return compile_model(wrappers.copied(model), adam, "binary_crossentropy", "auto")


def outside(features, training, tail=0.005):
    """Share of the features of each map that lie outside nearly all of the training maps'.

    Parameters
    ----------
    features, training : pandas.DataFrame
        As `galutils.physics.map_features.map_features` returns them.
    tail : float
        Share of the training maps beyond either limit.

    Returns
    -------
    ndarray, shape (n,)
        A feature that is missing counts as outside.
    """
    low, high = (training.quantile(level) for level in (tail, 1 - tail))
    return 1 - ((features >= low) & (features <= high)).mean(axis=1).to_numpy()
