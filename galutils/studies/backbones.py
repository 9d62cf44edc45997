"""What frozen backbones know of real galaxies, by what they have seen before."""

from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from galutils.networks import efficientnet, gz2_votes, saved, wrappers
from galutils.studies.real_arms import ANSWERS, areas, asked, majority
from galutils.surveys.gz2 import enlarged


def probe(features, sample, parts):
    """Answer each question by a logistic regression on the features of a frozen backbone.

    Parameters
    ----------
    features : list of ndarray, shape (n, k)
        Of all galaxies, by the backbone of each fold.
    sample : Table
    parts : list of tuple of ndarray
        As of `galutils.studies.real_arms.folds`.

    Returns
    -------
    dict of str to ndarray, shape (n,)
        Question of `galutils.studies.real_arms.ANSWERS` to the probability by regressions that have
        not seen the galaxy, NaN of galaxies that were not asked.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    line = make_pipeline(StandardScaler(), LogisticRegression(max_iter=500))
    strengths = {"logisticregression__C": np.logspace(-5, 0, 6)}
    told = {}
    for question, answer in ANSWERS.items():
        known, truth = asked(sample, answer), majority(sample, answer)
        told[question] = np.full(len(sample), np.nan)
        for x, (taught, test) in zip(features, parts, strict=True):
            taught, test = taught[known[taught]], test[known[test]]
            fitted = GridSearchCV(line, strengths, scoring="roc_auc", cv=3)
            fitted.fit(x[taught], truth[taught])
            told[question][test] = fitted.predict_proba(x[test])[:, 1]
    return told


def compare(sample, parts, starts, seed, images=None):
    """Compare backbones by what a regression on their features knows of galaxies not seen.

    Parameters
    ----------
    sample : Table
    parts : list of tuple of ndarray
        As of `galutils.studies.real_arms.folds`.
    starts : dict of str to list of keras.Model
        Name to the backbone of each fold.
    seed : int
        Of the bootstrap.
    images : ndarray, optional
        Of the voted galaxies, if not those of the sample.

    Returns
    -------
    pandas.DataFrame
        ``backbone``, ``question``, ``n`` galaxies, and ``value``, ``low``, ``high`` of the area
        under the ROC curve.
    """
    voted, rows = np.flatnonzero(sample["voted"]), []
    few = sample[voted]
    place = np.full(len(sample), -1)
    place[voted] = np.arange(len(voted))
    inside = [tuple(place[part][place[part] >= 0] for part in pair) for pair in parts]
    images = np.asarray(few["image"]) if images is None else images
    for name, start in starts.items():
        known = {id(one): one for one in start}  # one backbone may serve all folds
        known = {key: efficientnet.features(one, images) for key, one in known.items()}
        features = [known[id(one)] for one in start]
        for question, area in areas(few, probe(features, few, inside), rng=seed).items():
            n = int(asked(few, ANSWERS[question]).sum())
            rows.append({"backbone": name, "question": question, "n": n} | area)
    return pd.DataFrame(rows)


def trained_here(sample, parts, networks, galaxy_path, given, seed):
    """Train on real galaxies alone, and `compare` that with other backbones.

    Parameters
    ----------
    sample, parts, seed
        As of `compare`.
    networks : sequence of keras.Model
        As of `galutils.studies.real_arms.judge`, trained on real and mock galaxies.
    galaxy_path : path-like
        Backbone trained on mock galaxies alone.
    given : dict
        Settings of `gz2_votes.trained`.

    Returns
    -------
    pandas.DataFrame
        As of `compare`, of the backbones ``nothing``, ``mock``, ``real`` and ``both``.
    """
    images, counts = np.asarray(sample["image"]), np.asarray(sample["counts"])
    random = partial(efficientnet.backbone, "tiny", images.shape[1:])
    real = [
        gz2_votes.trained(images[taught], counts[taught], None, seed + fold, random, **given)[0]
        for fold, (taught, _) in enumerate(parts)
    ]
    starts = {"nothing": [random()] * len(parts), "mock": [saved.load(galaxy_path)] * len(parts)}
    starts |= {
        name: [wrappers.members(one)[0] for one in of]
        for name, of in (("real", real), ("both", networks))
    }
    return compare(sample, parts, starts, seed)


def imagenet(sample, parts, path, side, seed):
    """`compare` a network that has seen photographs, if its weights are there.

    Parameters
    ----------
    sample, parts, seed
        As of `compare`.
    path : path-like
        As `galutils.networks.lite0.convert` writes it.
    side : int
        Pixels of its images, of the same field as those of the sample.

    Returns
    -------
    pandas.DataFrame
        As of `compare`, of the backbone ``ImageNet``; empty without the file.
    """
    if not Path(path).is_file():
        return pd.DataFrame(columns=["backbone", "question", "n", "value", "low", "high"])
    one = efficientnet.backbone("Lite0", (side, side, 3), path)
    images = enlarged.read(sample[np.flatnonzero(sample["voted"])], side)
    return compare(sample, parts, {"ImageNet": [one] * len(parts)}, seed, images)
