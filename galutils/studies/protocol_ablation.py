"""Measure what the habits of the publications add to a score, one habit less on every step.

Four habits are removed one after the other: copying galaxies before they are divided (A),
choosing the epoch on the rows that are reported (A and B), dividing rows without regard to the
galaxy they show (A to C), and reporting one test side (A to D). The first test side is the same
from B to D, and so are its originals in A', so that a step changes only the habit; from A' to B
the training side also loses the rows that are watched.
"""

from collections import namedtuple

import numpy as np
import pandas as pd

from galutils.inputs import split
from galutils.networks import train
from galutils.scores import binary

Training = namedtuple("Training", "steps fold inner watched test")


def plan(labels, groups, origin, n_folds=3, share=0.15, seed=0):
    """Divide images for every step of the ladder.

    Parameters
    ----------
    labels, groups : array_like, shape (n,)
        Class and galaxy of each row.
    origin : array_like of int, shape (m,)
        Row of each image: the n originals in their order, then the copies.
    n_folds : int
        Number of parts; every test side is one of them.
    share : float
        Of the other rows, those that are watched.
    seed : int

    Returns
    -------
    list of Training
        ``steps``: letters of the steps that use the training; ``fold``; ``inner``, ``watched`` and
        ``test``: images for training, for choosing the epoch without being reported, and for the
        report. Step A only where there are copies, D only where galaxies have several rows.

    Raises
    ------
    ValueError
        If the originals do not come first, or too few rows are left to watch any.
    """
    labels, groups, origin = (np.asarray(one) for one in (labels, groups, origin))
    rows = np.arange(len(labels))
    if not np.array_equal(origin[: len(rows)], rows):
        raise ValueError("origin: expected the originals in their order, then the copies")

    def divided(steps, fold, side, test, identity):
        parts = split.by_galaxy(labels[side], identity[side], (1 - share, share), rng=seed)
        inner, watched = (side[part] for part in parts)
        if watched.size == 0:
            raise ValueError(f"share: expected rows to watch, received none of {len(side)} rows")
        return Training(steps, fold, np.flatnonzero(np.isin(origin, inner)), watched, test)

    blind = list(split.folds(labels, rows, n_folds, rng=seed))
    side, test = blind[0]
    trainings = []
    if len(origin) > len(rows):
        copies = np.arange(len(rows), len(origin))
        kept, apart = split.random_split(labels[origin[copies]], 1 / n_folds, rng=seed)
        parts = np.append(side, copies[kept]), rows[:0], np.append(test, copies[apart])
        trainings.append(Training("A", 0, *parts))
    if len(np.unique(groups)) == len(rows):  # the first fold is the test side of B and C
        return trainings + [
            divided("E" if fold else "BCE", fold, *parts, rows) for fold, parts in enumerate(blind)
        ]
    apart = side[~np.isin(groups[side], groups[test])]
    trainings += [divided("BC", 0, side, test, rows), divided("D", 0, apart, test, groups)]
    folds = enumerate(split.folds(labels, groups, n_folds, rng=seed))
    return trainings + [divided("E", fold, *parts, groups) for fold, parts in folds]


def by_epoch(build, x, y, shown, epochs, seed, batch_size=32, change=None):
    """Train a network and predict other images after every epoch.

    Parameters
    ----------
    build : callable
        Returns a compiled model; called after the seed is set.
    x, y : ndarray
        Inputs and labels that train.
    shown : ndarray
        Inputs to predict.
    epochs, seed, batch_size : int
    change : callable, optional
        As in `train.each_epoch`.

    Returns
    -------
    probability : ndarray, shape (epochs, len(shown))
    accuracy : list of float
        Of the images that train, by epoch.
    """
    found = []
    _, history = train.each_epoch(
        build, x, y, epochs, seed, lambda model, logs: found.append(train.predict(model, shown)),
        batch_size, change,
    )  # fmt: skip
    return np.array(found), history["accuracy"].tolist()


def ladder(
    images, origin, labels, groups, build, epochs, seeds, n_folds=3, share=0.15, batch_size=32,
    change=None, cut=None, choose="accuracy",
):  # fmt: skip
    """Train and predict for every step and seed.

    B and C are one training: only the epoch is chosen on other rows.

    Parameters
    ----------
    images : ndarray, shape (m, h, w, channels)
        The n originals, then the copies (see `augment.balanced`, `augment.rotations`).
    origin, labels, groups, n_folds, share
        As in `plan`.
    build : callable
        Returns a compiled model; best through `train.reused`, for there are many trainings.
    epochs : int
    seeds : sequence of int
        Of divisions, weights and order.
    batch_size, change
        As in `by_epoch`.
    cut : callable, optional
        Takes labels and probabilities of the rows that choose the epoch, returns the
        threshold (`roc.optimal_threshold`); without it 0.5.
    choose : {"accuracy", "auc"}
        The epoch is the first with the highest accuracy at 0.5, or AUC. With few epochs and
        unequal classes all may have the accuracy of a constant.

    Returns
    -------
    predictions : pandas.DataFrame
        One row a step, seed and tested image: ``step``, ``seed``, ``fold``, ``row``,
        ``group``, ``label``, ``probability``, ``called`` (0 or 1), and ``seen``: whether
        the galaxy is among those that train.
    trainings : pandas.DataFrame
        One row a step, seed and fold: ``epoch`` (from 1) that was chosen, ``accuracy`` of
        the images that trained, as Keras counts it in the last epoch, and ``images``.
    """
    labels, groups, origin = (np.asarray(one) for one in (labels, groups, origin))
    qualities = {"accuracy": lambda y, p: np.mean((p >= 0.5) == y), "auc": binary.auc}
    quality = qualities[choose]
    predictions, trainings = [], []
    for seed in seeds:
        for one in plan(labels, groups, origin, n_folds, share, seed):
            shown = np.append(one.test, one.watched)
            y = labels[origin[shown]]
            data = images[one.inner], labels[origin[one.inner]], images[shown]
            p, accuracy = by_epoch(build, *data, epochs, seed + 100 * one.fold, batch_size, change)
            reported = np.arange(len(shown)) < len(one.test)
            row, trained = origin[one.test], groups[origin[one.inner]]
            for step in one.steps:
                choosing = reported if step in "AB" else ~reported
                epoch = int(np.argmax([quality(y[choosing], of[choosing]) for of in p]))
                chosen = p[epoch]
                threshold = 0.5 if cut is None else cut(y[choosing], chosen[choosing])
                name = {"step": step, "seed": seed, "fold": one.fold}
                numbers = {"epoch": epoch + 1, "accuracy": accuracy[-1], "images": len(one.inner)}
                trainings.append(name | numbers)
                columns = {
                    "row": row, "group": groups[row], "label": labels[row],
                    "probability": chosen[reported], "called": chosen[reported] >= threshold,
                    "seen": np.isin(groups[row], trained),
                }  # fmt: skip
                frame = pd.DataFrame(name | columns).astype({"called": int})
                predictions.append(frame)
                if step == "A":
                    predictions.append(frame[one.test < len(labels)].assign(step="A'"))
    return pd.concat(predictions, ignore_index=True), pd.DataFrame(trainings)
