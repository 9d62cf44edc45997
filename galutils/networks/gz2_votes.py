"""Train a backbone on the votes of Galaxy Zoo 2, for later use on another question.

It replaces Zoobot (Walmsley et al. 2023, JOSS 8, 5312) and is trained in the same way: on the
answers to all questions at once, each weighted by its number of votes.
"""

import numpy as np

from galutils.inputs import augment
from galutils.networks import train
from galutils.networks.fused_batchnorm import build_optimizer
from galutils.store.measured import floats
from galutils.surveys.gz2.decision_tree import KEYS, QUESTIONS

# Columns of the answers to each question
BLOCKS = tuple(len(question.answers) for question in QUESTIONS)
EDGES = np.cumsum(BLOCKS)[:-1].tolist()


def vote_loss(counts, scores):
    """Compute the negative log likelihood of the votes, given a network's scores.

    A question q has a multinomial distribution over its answers a, the softmax p of
    their scores. With v_qa votes the loss of a galaxy is

        - sum_q sum_a v_qa log p_qa / sum_q sum_a v_qa

    A question that was not asked has no votes and does not count.

    Parameters
    ----------
    counts : array, shape (n, 37)
        Votes in the order of `galutils.surveys.gz2.decision_tree.KEYS`.
    scores : array, shape (n, 37)
        Before the softmax.

    Returns
    -------
    array, shape (n,)
        0 for a galaxy without votes.
    """
    from keras import ops

    questions = zip(*(ops.split(one, EDGES, axis=1) for one in (counts, scores)), strict=True)
    total = sum(ops.sum(v * ops.log_softmax(s, axis=-1), axis=-1) for v, s in questions)
    return -total / ops.maximum(ops.sum(counts, axis=-1), 1.0)


def counts(votes):
    """Return the votes of each answer as an array.

    Parameters
    ----------
    votes : astropy.table.Table
        Columns as of `galutils.surveys.gz2.votes.load_votes`.

    Returns
    -------
    ndarray of float32, shape (n, 37)
        Zero where a question was not asked.
    """
    columns = [floats(votes[f"{key}_count"]) for key in KEYS]
    return np.nan_to_num(np.stack(columns, axis=1)).astype(np.float32)


def fractions(scores):
    """Predict the fractions of the answers to each question.

    Parameters
    ----------
    scores : ndarray, shape (n, 37)
        Outputs of a network.

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
        As of `galutils.networks.efficientnet.backbone`; its weights are shared.
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
    return build_optimizer(model)


def fit(model, images, votes, epochs, seed, batch_size=32, change=augment.random_dihedral):
    """Train on images changed at random in every epoch.

    Parameters
    ----------
    model : keras.Model
        As of `voter`; changed in place.
    images : ndarray, shape (n, side, side, c)
    votes : ndarray, shape (n, 37)
        As of `counts`.
    epochs, seed, batch_size : int
        Passes over the images; random state of the changes and the order; images
        in a batch.
    change : callable
        Takes images and a Generator, returns them changed.

    Returns
    -------
    list of float
        Mean loss of each epoch.
    """
    fed = train.augmented_batches(images, votes, batch_size, change, np.random.default_rng(seed))
    return model.fit(**fed, epochs=epochs, verbose=0).history["loss"]


def voted(votes, least=1):
    """Compute the fractions of the answers to each question among the votes.

    Parameters
    ----------
    votes : ndarray, shape (n, 37)
        As of `counts`.
    least : int
        Smallest number of votes for a question, 1 or more.

    Returns
    -------
    ndarray of float, shape (n, 37)
        NaN where fewer than `least` volunteers voted.
    """
    totals = np.repeat(np.add.reduceat(votes, [0, *EDGES], axis=1), BLOCKS, axis=1)
    return np.where(totals >= least, votes / np.maximum(totals, 1), np.nan)


def correlations(first, second):
    """Correlate two sets of fractions over the galaxies where both are known.

    Parameters
    ----------
    first, second : ndarray, shape (n, 37)
        Fractions of the answers, NaN where not known.

    Returns
    -------
    ndarray of float, shape (37,)
        Pearson's coefficient of each answer; NaN with fewer than three galaxies, or where
        either fraction is the same for all.
    """
    result = np.full(first.shape[1], np.nan)
    for column, (one, two) in enumerate(zip(first.T, second.T, strict=True)):
        known = np.isfinite(one) & np.isfinite(two)
        if known.sum() > 2 and np.ptp(one[known]) > 0 and np.ptp(two[known]) > 0:
            result[column] = np.corrcoef(one[known], two[known])[0, 1]
    return result
