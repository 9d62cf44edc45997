"""Tell two-armed spirals from others: regressions on a few hundred real galaxies with votes."""

from functools import partial

import numpy as np

from galutils.inputs import augment, split
from galutils.networks import efficientnet
from galutils.physics import arm_modes
from galutils.studies import real_arms
from galutils.surveys.gz2 import enlarged

ANSWER = "t11_a32"
FIELD = 9 / 8  # of that of the sample, so that the outermost circles lie inside
MOST = 20  # answers from which a galaxy's weight grows no more
STRENGTHS = np.logspace(0, 5, 11)  # of the ridge
PRIOR = 4  # answers that the mean of all galaxies counts for, in `ceiling`


def described(sample, backbone, side):
    """Describe galaxies in two ways that do not depend on how they are turned or mirrored.

    Parameters
    ----------
    sample : Table
        Rows of `galutils.surveys.gz2.labelled.load`.
    backbone : keras.Model
        As of `galutils.networks.efficientnet.backbone`.
    side : int
        Pixels of the images for the modes.

    Returns
    -------
    dict of str to ndarray, shape (n, k)
        ``modes`` of `galutils.physics.arm_modes`, and ``features``, of the frozen backbone, means
        over the symmetries of the square.
    """
    images = np.asarray(sample["image"])
    features = augment.mean_over_symmetries(partial(efficientnet.features, backbone), images)
    wide = enlarged.read(sample, side, FIELD)
    return {"modes": np.array([arm_modes.modes(one) for one in wide]), "features": features}


def shares(sample, described, n_folds, seed):
    """Predict the share of the answer *two arms* by ridge regressions that have not seen a galaxy.

    Parameters
    ----------
    sample : Table
        With and without answers on the number of arms.
    described : dict of str to ndarray
        As of `described`.
    n_folds, seed : int
        Folds of the galaxies with answers, and their random state. Within a fold the strength is
        chosen by leaving out one galaxy at a time.

    Returns
    -------
    dict of str to ndarray, shape (n,)
        By description, and ``both``, the mean. Galaxies without answers are given the mean of the
        regressions of all folds. Values may lie outside 0-1.
    """
    from sklearn.linear_model import RidgeCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    of, place = real_arms.columns(ANSWER)
    answers = np.asarray(sample["counts"])[:, of]
    total = answers.sum(axis=1)
    known, others = np.flatnonzero(total > 0), np.flatnonzero(total == 0)
    share = answers[known, place] / total[known]
    weight = np.minimum(total[known], MOST)
    group = np.asarray(sample["group"])[known]
    strata = real_arms.strata(sample)[known]
    sizes = np.bincount(strata)
    strata = np.where(sizes[strata] < n_folds, sizes.argmax(), strata)  # too few to be in each fold
    parts = list(split.folds(strata, group, n_folds, seed))
    line = make_pipeline(StandardScaler(), RidgeCV(STRENGTHS))
    told = {name: np.zeros(len(sample)) for name in described}
    for name, x in described.items():
        for taught, test in parts:
            of_fold = {"ridgecv__sample_weight": weight[taught]}
            line.fit(x[known[taught]], share[taught], **of_fold)
            told[name][known[test]] = line.predict(x[known[test]])
            if len(others):
                told[name][others] += line.predict(x[others]) / len(parts)
    return told | {"both": np.mean(list(told.values()), axis=0)}


def ceiling(answers, place, draws=200, rng=None):
    """Area under the ROC curve of whoever knows the shares, where few volunteers give the truth.

    Shares are drawn from what the answers leave possible, answers from the shares, and the
    majority of these is the truth.

    Parameters
    ----------
    answers : ndarray, shape (n, k)
        Votes on one question.
    place : int
        Which answer is told from the others.
    draws, rng : int

    Returns
    -------
    dict of str to float
        ``value``, the mean of the draws, and ``low`` and ``high``, within which 95 per cent lie.
    """
    from sklearn.metrics import roc_auc_score

    rng = np.random.default_rng(rng)
    total = np.rint(answers.sum(axis=1)).astype(int)
    prior = answers + PRIOR * (answers / answers.sum(axis=1, keepdims=True)).mean(axis=0)
    areas = []
    for _ in range(draws):
        drawn = rng.standard_gamma(prior)
        share = drawn / drawn.sum(axis=1, keepdims=True)
        truth = rng.multinomial(total, share).argmax(axis=1) == place
        areas.append(roc_auc_score(truth, share[:, place]))
    low, high = np.quantile(areas, (0.025, 0.975))
    return {"value": float(np.mean(areas)), "low": float(low), "high": float(high)}
