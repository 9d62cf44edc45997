"""How good a classifier can look by labels that have errors, measured ones or those by eye."""

import numpy as np
import pandas as pd

from galutils.physics import kinematics
from galutils.scores import binary, intervals


def similar_errors(spin, measured, errors, draws, similar=25, rng=None):
    """Draw errors of lambda_R from those of galaxies of similar lambda_R.

    Parameters
    ----------
    spin : ndarray, shape (n,)
        Lambda_R of the galaxies that need an error.
    measured, errors : ndarray, shape (m,)
        Lambda_R and error of galaxies where it is known.
    draws : int
    similar : int
        Galaxies on either side in the order of `measured` from which one is drawn.
    rng : numpy.random.Generator or int, optional
        Random state.

    Returns
    -------
    ndarray, shape (draws, n)
    """
    order = np.argsort(measured)
    place = np.searchsorted(measured[order], spin)
    step = np.random.default_rng(rng).integers(-similar, similar, (draws, len(spin)))
    return errors[order][np.clip(place + step, 0, len(order) - 1)]


def ceiling(truth, measured, ellipticity, rng=None):
    """Score a classifier that knows the true lambda_R by labels from the measured one.

    Its call is the true class, its score the true lambda_R less the boundary.

    Parameters
    ----------
    truth, ellipticity : ndarray, shape (n,)
        Of one galaxy each, finite.
    measured : ndarray, shape (draws, n)
        Lambda_R with errors, drawn anew in each row; clipped to [0, 1].
    rng : numpy.random.Generator or int, optional
        Random state; galaxies are drawn with replacement for each row.

    Returns
    -------
    dict of str to dict
        Mean of the draws, and their central 95 per cent as ``low`` and ``high``, of each of the
        scores of `galutils.scores.binary.scores`.
    """
    rng, drawn = np.random.default_rng(rng), []
    score = truth - kinematics.slow_boundary(ellipticity)
    shape = np.broadcast_to(ellipticity, measured.shape)
    for label in kinematics.rotator_class(np.clip(measured, 0, 1), shape):
        rows = rng.integers(len(truth), size=len(truth))
        drawn.append(binary.scores(label[rows], score[rows], threshold=0))
    table = pd.DataFrame(drawn)
    ends = table.quantile([0.025, 0.975])
    return {name: intervals.interval(table[name].mean(), *ends[name]) for name in table}


def mistaken_ceiling(labels, doubtful, wrong, checked, draws=1000, rng=None):
    """Score a classifier that knows the truth by labels of which some are mistaken.

    Parameters
    ----------
    labels : ndarray of {0, 1}, shape (n,)
        As they are.
    doubtful : ndarray of bool, shape (n,)
        Labels that may be mistaken; the others are taken to be right.
    wrong, checked : pair of int
        Of labels 0 and 1: how many were found mistaken, of how many that could be checked.
    draws : int
        Rates of mistakes are drawn from their posterior (Jeffreys prior), then the mistakes.
    rng : numpy.random.Generator or int, optional
        Random state; rows are drawn with replacement for each draw.

    Returns
    -------
    dict of str to dict
        Mean of the draws, and their central 95 per cent as ``low`` and ``high``, of ``accuracy``
        and ``balanced_accuracy``, which of such a classifier is the AUC as well.
    """
    rng, drawn = np.random.default_rng(rng), []
    wrong, checked = np.array(wrong), np.array(checked)
    for rate in rng.beta(wrong + 0.5, checked - wrong + 0.5, (draws, 2)):
        rows = rng.integers(len(labels), size=len(labels))
        mistaken = doubtful[rows] & (rng.random(len(rows)) < rate[labels[rows]])
        drawn.append(
            binary.scores(labels[rows], np.where(mistaken, 1 - labels[rows], labels[rows]))
        )
    table = pd.DataFrame(drawn)[["accuracy", "balanced_accuracy"]]
    ends = table.quantile([0.025, 0.975])
    return {name: intervals.interval(table[name].mean(), *ends[name]) for name in table}
