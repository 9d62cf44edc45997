"""A backbone that learns what volunteers say of galaxies, for later use on another question.

The stand-in for Zoobot (Walmsley et al. 2023, JOSS 8, 5312), trained as that is: on
the answers to all questions at once, each by as many votes as it has.
"""

import numpy as np

from galutils.inputs import augment
from galutils.networks import train
from galutils.networks.fused_batchnorm import built
from galutils.surveys.gz2.decision_tree import KEYS, QUESTIONS

# Columns of the answers to each question
BLOCKS = tuple(len(question.answers) for question in QUESTIONS)
EDGES = np.cumsum(BLOCKS)[:-1].tolist()


def vote_loss(counts, scores):
    """Mean over galaxies of the negative log likelihood of the votes, given a network's scores.

    A question is a multinomial distribution over its answers, the softmax of their
    scores; one that was not asked has no votes and does not count. Divided by the
    number of votes.

    Parameters
    ----------
    counts : array, shape (n, 37)
        Votes in the order of `gz2_tree.KEYS`.
    scores : array, shape (n, 37)
        Before the softmax.

    Returns
    -------
    array, shape (n,)
    """
    from keras import ops

    total = 0.0
    for votes, score in zip(
        ops.split(counts, EDGES, axis=1), ops.split(scores, EDGES, axis=1), strict=True
    ):
        total -= ops.sum(votes * ops.log_softmax(score, axis=-1), axis=-1)
    return total / ops.maximum(ops.sum(counts, axis=-1), 1.0)


def counts(votes):
    """Votes of each answer as an array.

    Parameters
    ----------
    votes : astropy.table.Table
        Columns as of `galutils.surveys.gz2.votes.load_votes`.

    Returns
    -------
    ndarray of float32, shape (n, 37)
        Zero where a question was not asked.
    """
    columns = [np.asarray(votes[f"{key}_count"], dtype=np.float32) for key in KEYS]
    return np.nan_to_num(np.stack(columns, axis=1))


def fractions(scores):
    """Predicted fractions of the answers to each question.

    Parameters
    ----------
    scores : ndarray, shape (n, 37)
        As a network gives them.

    Returns
    -------
    ndarray, shape (n, 37)
        Sums to 1 over the answers to a question.
    """
    from scipy.special import softmax

    parts = np.split(scores, EDGES, axis=1)
    return np.concatenate([softmax(part, axis=1) for part in parts], axis=1)


def voter(backbone, learning_rate=1e-3):
    """Put 37 scores on a backbone, compiled for training on votes.

    Parameters
    ----------
    backbone : keras.Model
        As of `arm_models.backbone`; its weights are shared.
    learning_rate : float or keras.optimizers.schedules.LearningRateSchedule
        For Adam.

    Returns
    -------
    keras.Model
        Input as the backbone's, output shape (None, 37).
    """
    import keras

    inputs = keras.Input(backbone.input_shape[1:])
    x = keras.layers.GlobalAveragePooling2D(name="average")(backbone(inputs))
    model = keras.Model(inputs, keras.layers.Dense(len(KEYS), name="scores")(x), name="voter")
    optimizer = keras.optimizers.Adam(learning_rate)
    model.compile(optimizer=optimizer, loss=vote_loss, jit_compile=False)
    return built(model)


def fit(model, images, votes, epochs, seed, batch_size=32, change=augment.turned):
    """Train on images changed at random in every epoch.

    Parameters
    ----------
    model : keras.Model
        As of `voter`; changed in place.
    images : ndarray, shape (n, side, side, c)
    votes : ndarray, shape (n, 37)
        As of `counts`.
    epochs, seed, batch_size : int
        Passes over the images; random state of the changes and the order.
    change : callable
        Takes images and a Generator, returns them changed.

    Returns
    -------
    list of float
        Loss of each epoch.
    """
    fed = train.changing(images, votes, batch_size, change, np.random.default_rng(seed))
    return model.fit(**fed, epochs=epochs, verbose=0).history["loss"]


def voted(votes, least=1):
    """Fractions of the answers to each question among votes, NaN where fewer than `least` voted.

    Parameters
    ----------
    votes : ndarray, shape (n, 37)
        As of `counts`.
    least : int
        1 or more.

    Returns
    -------
    ndarray of float, shape (n, 37)
    """
    parts = np.split(votes, EDGES, axis=1)
    totals = [part.sum(axis=1, keepdims=True) for part in parts]
    pairs = zip(parts, totals, strict=True)
    return np.concatenate([np.where(n >= least, p / np.maximum(n, 1), np.nan) for p, n in pairs], 1)


def correlations(first, second):
    """Pearson's coefficient of each answer over the galaxies where both fractions are known.

    Returns
    -------
    ndarray of float, shape (37,)
        NaN with fewer than three galaxies, or where either fraction is the same for all.
    """
    result = np.full(first.shape[1], np.nan)
    for column, (one, two) in enumerate(zip(first.T, second.T, strict=True)):
        known = np.isfinite(one) & np.isfinite(two)
        if known.sum() > 2 and np.ptp(one[known]) > 0 and np.ptp(two[known]) > 0:
            result[column] = np.corrcoef(one[known], two[known])[0, 1]
    return result
