"""Networks that have seen real galaxies: who judges which image, and how well by question."""

from functools import partial

import numpy as np

from galutils.inputs import augment, split
from galutils.networks import gz2_votes, train
from galutils.scores import roc
from galutils.surveys.gz2.decision_tree import PLACE, keys

LEAST = 10  # answers to a question, for its majority to count as the truth
SMOOTH = 0.8  # share of votes above which a galaxy is smooth beyond doubt
# Answer that is told from all others to the same question
ANSWERS = {
    "smooth": "t01_a01",
    "edge-on": "t02_a04",
    "bar": "t03_a06",
    "spiral": "t04_a08",
    "two arms": "t11_a32",
}
KINDS = ("smooth", "edge-on", "no spiral", "spiral")
SPIRAL = slice(4, None)  # among the outcomes of `gz2_votes.CLASSES`


def columns(answer):
    """Return the columns of the answers to the question of one answer, and its place in them."""
    of = [PLACE[key] for key in keys(int(answer[1:3]))]
    return of, of.index(PLACE[answer])


def asked(sample, answer, least=LEAST):
    """Tell which galaxies have enough votes on a question, of all questions of Galaxy Zoo 2."""
    of, _ = columns(answer)
    return sample["voted"] & (np.asarray(sample["counts"])[:, of].sum(axis=1) >= least)


def majority(sample, answer):
    """Tell for which galaxies an answer has more votes than any other to its question."""
    of, place = columns(answer)
    return np.asarray(sample["counts"])[:, of].argmax(axis=1) == place


def shares(scores, answer):
    """Compute the predicted share of an answer among those to its question, shape (n,)."""
    return gz2_votes.fractions(scores)[:, PLACE[answer]]


def clear(sample):
    """Tell smooth galaxies from spirals where the votes, or a class, leave no doubt.

    Parameters
    ----------
    sample : Table
        As of `galutils.surveys.gz2.labelled.load`.

    Returns
    -------
    ndarray of int, shape (n,)
        0 where more than `SMOOTH` of the votes are for smooth; 1 where more than half are for
        features, of these for not edge-on, and of these for a spiral pattern; -1 otherwise.
    """
    share = np.nan_to_num(gz2_votes.voted(np.asarray(sample["counts"])))
    spiral = np.all([share[:, PLACE[one]] > 0.5 for one in ("t01_a02", "t02_a05", "t04_a08")], 0)
    told = share[:, PLACE["t01_a01"]] > SMOOTH
    # a class of Galaxy Zoo 1 is for a spiral, without a question on features alone
    return np.select([spiral, told], [1, 0], -1)


def strata(sample):
    """Return what every fold should have its share of, for `galutils.inputs.split.folds`."""
    voted, arms = np.asarray(sample["voted"]), asked(sample, "t11_a32")
    conditions = [arms & majority(sample, "t11_a32"), arms, voted, sample["survey"] == "manga"]
    return np.select(conditions, [0, 1, 2, 3], 4)


def folds(sample, n_folds, seed):
    """Return rows to train on and to test, fold by fold; no galaxy is on both sides.

    Returns
    -------
    list of tuple of ndarray
    """
    return list(split.folds(strata(sample), np.asarray(sample["group"]), n_folds, seed))


def symmetric(network, images):
    """Compute the mean outputs over the eight symmetries of the square, which change no galaxy."""
    return augment.mean_over_symmetries(partial(train.outputs, network), images)


def judge(networks, parts, images, rows):
    """Compute scores and outcomes of images by the network that has not seen them.

    Parameters
    ----------
    networks : sequence of keras.Model
        As of `gz2_votes.decided`, one for each of `parts`.
    parts : list of tuple of ndarray
        As of `folds`.
    images : ndarray, shape (n, side, side, 3)
    rows : ndarray of bool, shape (n,)
        Which images are judged.

    Returns
    -------
    scores : ndarray, shape (n, 37)
        Means over the symmetries of the square; NaN in other rows.
    outcomes : ndarray, shape (n, 10)
        The same.
    """
    found = np.full((len(images), len(PLACE) + len(gz2_votes.CLASSES)), np.nan, np.float32)
    for network, (_, test) in zip(networks, parts, strict=True):
        test = test[rows[test]]
        found[test] = symmetric(gz2_votes.with_scores(network), images[test])
    return found[:, : len(PLACE)], found[:, len(PLACE) :]


def areas(sample, told, draws=500, rng=None):
    """Compute areas under the ROC curve by question, on galaxies with enough votes on it.

    Parameters
    ----------
    sample : Table
    told : dict of str to ndarray
        Question of `ANSWERS` to a score of each galaxy.
    draws, rng : int
        As of `galutils.scores.roc.areas`.

    Returns
    -------
    dict of str to dict
        Question to an interval.
    """
    found, group = {}, np.asarray(sample["group"])
    for question, score in told.items():
        rows = asked(sample, ANSWERS[question])
        truth = majority(sample, ANSWERS[question])[rows].astype(int)
        of = {question: np.asarray(score)[rows]}
        found |= roc.areas(truth, of, group[rows], draws=draws, rng=rng)
    return found


def followed(share):
    """Follow the majority of the volunteers from question to question.

    Parameters
    ----------
    share : ndarray, shape (n, 37)
        Fractions of the answers to each question.

    Returns
    -------
    ndarray of int, shape (n,)
        Index of `KINDS`; -1 of stars and artifacts.
    """
    first = share[:, columns("t01_a01")[0]].argmax(axis=1)
    edge_on = share[:, PLACE["t02_a04"]] > share[:, PLACE["t02_a05"]]
    spiral = share[:, PLACE["t04_a08"]] > share[:, PLACE["t04_a09"]]
    disc = first == 1
    return np.select([first == 0, disc & edge_on, disc & ~spiral, disc], [0, 1, 2, 3], -1)


def kinds(called):
    """Return the kind, index of `KINDS` or -1, of each outcome of `gz2_votes.CLASSES`."""
    names = [name.partition(":")[0] for name in gz2_votes.CLASSES]
    return np.array([KINDS.index(name) if name in KINDS else -1 for name in names])[called]


def closest(images, others):
    """Compute the largest correlation of each image with any of the others, shape (n,)."""
    grey = [one.reshape(len(one), -1, 3).mean(axis=-1) for one in (images, others)]
    grey = [one - one.mean(axis=1, keepdims=True) for one in grey]
    first, second = (one / np.linalg.norm(one, axis=1, keepdims=True) for one in grey)
    return (first @ second.T).max(axis=1)
