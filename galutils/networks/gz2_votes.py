"""Train a backbone on the votes of Galaxy Zoo 2, for later use on another question.

It replaces Zoobot (Walmsley et al. 2023, JOSS 8, 5312) and is trained in the same way: on the
answers to all questions at once, each weighted by its number of votes.
"""

from functools import partial

import keras
import numpy as np
from keras import ops

from galutils.inputs import augment
from galutils.networks import train
from galutils.networks.fused_batchnorm import compile_model
from galutils.store.measured import floats
from galutils.surveys.gz2.decision_tree import KEYS, PLACE, QUESTIONS, keys

# Columns of the answers to each question
BLOCKS = tuple(len(question.answers) for question in QUESTIONS)
EDGES = np.cumsum(BLOCKS)[:-1].tolist()


# Outcomes of the tree; the part before the colon is decided first
CLASSES = ("smooth", "star or artifact", "edge-on", "no spiral")
CLASSES += tuple(f"spiral: {m}" for m in ("1", "2", "3", "4", "5+", "?"))


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
    inputs = keras.Input(backbone.input_shape[1:])
    x = keras.layers.GlobalAveragePooling2D(name="average")(backbone(inputs))
    model = keras.Model(inputs, keras.layers.Dense(len(KEYS), name="scores")(x), name="voter")
    return compile_model(model, keras.optimizers.Adam(learning_rate), vote_loss, metrics=None)


def decided(voter):
    """Follow the tree of questions from 37 scores to the probabilities of what a galaxy is.

    A galaxy is smooth, or a star or artifact, or a disc; a disc is edge-on, or has no spiral
    pattern, or is a spiral with a number of arms. So a probability of two arms is that of a disc,
    not edge-on, with a spiral pattern, times the share of two arms among the answers.

    Parameters
    ----------
    voter : keras.Model
        As of `voter`, with outputs before the softmax.

    Returns
    -------
    keras.Model
        Input as the voter's, output (None, 10) in the order of `CLASSES`; they sum to 1.
    """
    shares = [ops.softmax(part, axis=-1) for part in ops.split(voter.output, EDGES, axis=1)]
    first, edge_on, spiral, arms = (shares[number - 1] for number in (1, 2, 4, 11))
    disc, face_on = first[:, 1:2], edge_on[:, 1:2]
    parts = [first[:, 0:1], first[:, 2:3], disc * edge_on[:, 0:1]]
    parts += [disc * face_on * spiral[:, 1:2], disc * face_on * spiral[:, 0:1] * arms]
    return keras.Model(voter.input, ops.concatenate(parts, axis=-1), name="decided")


def with_scores(network):
    """Return a network of `decided` with the 37 scores beside its probabilities, (None, 47)."""
    both = [network.get_layer("scores").output, network.output]
    return keras.Model(network.input, keras.layers.Concatenate(name="both")(both))


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


ZOOMED = partial(augment.random_affine, shift=0.02, zoom=(0.85, 1.2), flatten=False)
ARMS = slice(PLACE[keys(11)[0]], len(KEYS))
EMPHASIS = 3  # of votes on the number of arms, and of the galaxies that have some


def trained(
    x, y, groups, seed, start, epochs, learning_rate=1e-3, batch_size=64, beside=None
):  # fmt: skip
    """Train a network on the votes of real galaxies, perhaps with mock galaxies beside them.

    Galaxies with votes on the number of arms are few. They are shown `EMPHASIS` times in every
    epoch, and these votes count as many times.

    Parameters
    ----------
    x : ndarray of uint8, shape (n, side, side, 3)
    y : ndarray, shape (n, 37)
        Votes, as of `counts`; 0 where a question was not asked.
    groups : ndarray
        Not used; `galutils.networks.shipped.Family` passes it.
    seed : int
        Random state of the weights, of the order and of changes.
    start : callable
        Returns the backbone to begin with; called after the seed is set.
    epochs, batch_size : int
        Passes over the galaxies; images in a batch.
    learning_rate : float
        Of Adam at the beginning; falls to zero along a cosine.
    beside : callable, optional
        Returns images and votes of other galaxies, to train on as well.

    Returns
    -------
    model : keras.Model
        As of `decided`, not compiled.
    history : pandas.DataFrame
        ``epoch`` (from 1) and ``loss``.
    """
    keras.utils.set_random_seed(seed)
    rows = np.repeat(np.arange(len(x)), np.where(y[:, ARMS].sum(axis=1) > 0, EMPHASIS, 1))
    images, votes = x[rows], y[rows]
    if beside:
        more = beside()
        images, votes = np.concatenate([images, more[0]]), np.concatenate([votes, more[1]])
    votes[:, ARMS] *= EMPHASIS
    steps = epochs * -(-len(images) // batch_size)
    rate = keras.optimizers.schedules.CosineDecay(learning_rate, steps)
    model = voter(start(), rate)
    loss = fit(model, images, votes, epochs, seed, batch_size, ZOOMED)
    return decided(model), train.history_table({"loss": loss})


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
