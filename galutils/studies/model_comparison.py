"""Compare classifiers of different size on the same galaxies: score, parameters, CPU time."""

import time
from collections import namedtuple
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
from scipy import stats
from sklearn.base import clone

from galutils.inputs import augment, split
from galutils.networks import train
from galutils.scores import roc
from galutils.studies import baselines

# Of all channels the velocity has a sign.
CHANGE = partial(augment.random_dihedral_and_sign, signed=slice(1))
COSTS = ["parameters", "training", "speed"]
Contestant = namedtuple("Contestant", ["kind", "probability", *COSTS, "fitted"], defaults=[()])


@dataclass(frozen=True)
class Contest:
    """Galaxies and their folds, and methods that train and score a classifier on them.

    The methods return a contestant, one classifier and its costs: ``kind``, the group it is
    listed in; ``probability``, score of every galaxy by a classifier that has not seen it;
    ``parameters``, numbers that training sets (see `size` for classifiers other than networks);
    ``training``, CPU seconds of one training; ``speed``, galaxies classified in a CPU second from
    arrays in memory; ``fitted``, the keras.Model of each fold, empty for others.

    Attributes
    ----------
    labels : ndarray of {0, 1}, shape (n,)
        1 fast.
    groups : ndarray, shape (n,)
        Galaxy of each row.
    n_folds, seed : int
        As of `train.cross_validate`: the folds are the same for all.
    """

    labels: np.ndarray
    groups: np.ndarray
    n_folds: int
    seed: int

    def folds(self):
        """Rows of the training and the test side of each fold."""
        return list(split.folds(self.labels, self.groups, self.n_folds, rng=self.seed))

    def classical(self, kind, classifier, features, extraction=0.0):
        """Enter a classifier on features.

        Parameters
        ----------
        kind : str
            Group it is listed in.
        classifier : sklearn.pipeline.Pipeline
            One of `baselines.classifiers`.
        features : array_like, shape (n, k)
            NaN is filled by the classifier.
        extraction : float
            CPU seconds in which the features of one galaxy are measured; part of the speed.

        Returns
        -------
        Contestant
        """
        x = np.asarray(features, dtype=float)
        probability = baselines.out_of_fold(
            classifier, x, self.labels, self.groups, self.n_folds, self.seed
        )
        side, _ = self.folds()[0]
        training, fitted = cpu_seconds(clone(classifier).fit, x[side], self.labels[side])
        probable = hasattr(fitted, "predict_proba")
        used, _ = cpu_seconds(fitted.predict_proba if probable else fitted.decision_function, x)
        speed = 1 / (extraction + used / len(x))
        return Contestant(kind, probability, size(fitted), training, speed)

    def network(self, kind, fit_side, x, shift=0):
        """Enter a network.

        Parameters
        ----------
        kind : str
            Group it is listed in.
        fit_side : galutils.networks.shipped.Family
            Its networks, shipped or trained.
        x : ndarray, shape (n, side, side, channels)
            As of `channels.channels`, the velocity first.
        shift : int
            Added to the seed of weights and order, not to that of the folds.

        Returns
        -------
        Contestant
        """
        seed = self.seed + shift
        trained = [
            fit_side(x[side], self.labels[side], self.groups[side], seed + 100 * fold)
            for fold, (side, _) in enumerate(self.folds())
        ]
        fitted, histories = zip(*trained, strict=True)
        times = [one.attrs["cpu_seconds"] for one in histories]
        return self.entered(kind, list(fitted), x, float(np.mean(times)))

    def entered(self, kind, fitted, x, training, predict=train.predict):
        """Classify the galaxies of each fold with the network that has not seen them.

        Parameters
        ----------
        kind, fitted, training
            As of a contestant, see `Contest`.
        x : ndarray
            As of `network`.
        predict : callable
            Takes model and inputs: `train.predict` or `train.predict_symmetric`.

        Returns
        -------
        Contestant
        """
        probability, total = np.full(len(x), np.nan), 0.0
        for model, (_, test) in zip(fitted, self.folds(), strict=True):
            used, probability[test] = cpu_seconds(predict, model, x[test])
            total += used
        parameters = fitted[0].count_params()
        return Contestant(kind, probability, parameters, training, len(x) / total, fitted)

    def table(self, contestants, draws=1000):
        """List score and cost.

        Parameters
        ----------
        contestants : mapping of str to Contestant
        draws : int
            Bootstrap draws of galaxies, the same for all.

        Returns
        -------
        pandas.DataFrame
            ``name``, ``kind``, ``value``, ``low`` and ``high`` of the area under the ROC curve
            with its 95 per cent interval, ``parameters``, ``training``, ``speed``.
        """
        scores = {name: one.probability for name, one in contestants.items()}
        areas = roc.areas(self.labels, scores, self.groups, draws=draws, rng=self.seed)
        rows = [{"name": name, **one._asdict(), **areas[name]} for name, one in contestants.items()]
        return pd.DataFrame(rows)[["name", "kind", "value", "low", "high", *COSTS]]

    def differences(self, contestants, reference, draws=1000):
        """Compare the areas of all with that of one, on the same bootstrap galaxies.

        Parameters
        ----------
        contestants, draws
            As of `table`.
        reference : str
            Name of the one that the others are compared with.

        Returns
        -------
        pandas.DataFrame
            ``name``; ``value``, ``low`` and ``high`` of an area less that of the reference;
            ``p``, two-sided, of a normal distribution as wide as the interval;
            ``p_corrected`` by the false discovery rate over all rows (Benjamini & Hochberg 1995).
        """
        base, y, groups = contestants[reference].probability, self.labels, self.groups
        rows = [
            {"name": name, **roc.difference(y, one.probability, base, groups, draws, self.seed)}
            for name, one in contestants.items()
            if name != reference
        ]
        result = pd.DataFrame(rows)
        error = (result["high"] - result["low"]) / (2 * stats.norm.ppf(0.975))
        sigma = np.divide(result["value"], error, out=np.zeros(len(result)), where=error > 0)
        result["p"] = 2 * stats.norm.sf(np.abs(sigma))
        return result.assign(p_corrected=stats.false_discovery_control(result["p"]))

    def few(self, number, fit_side, x, classifier, features):
        """Train a network and a classifier on the same few galaxies of each fold.

        Parameters
        ----------
        number : int
            Galaxies in a training, drawn by `part`.
        fit_side, x
            As of `network`.
        classifier, features
            As of `classical`; it must give probabilities.

        Returns
        -------
        network, classical : ndarray, shape (n,)
            Scores of the galaxies each has not seen.
        """
        features = np.asarray(features, dtype=float)
        scores = np.full((2, len(self.labels)), np.nan)
        for fold, (side, test) in enumerate(self.folds()):
            rows = part(self.labels, side, number, [self.seed, fold])
            given = x[rows], self.labels[rows], self.groups[rows], self.seed + 100 * fold
            model, _ = fit_side(*given)
            fitted = clone(classifier).fit(features[rows], self.labels[rows])
            scores[0, test] = train.predict(model, x[test])
            scores[1, test] = fitted.predict_proba(features[test])[:, 1]
        return scores[0], scores[1]


def part(labels, rows, number, rng=None):
    """Draw some of the rows with the shares of the classes kept.

    With the same random state a smaller part lies within a larger one.

    Parameters
    ----------
    labels : ndarray
        Class of every galaxy.
    rows : ndarray of int
        To draw from.
    number : int
        How many; of each class its share, rounded.
    rng : numpy.random.Generator or int, optional
        Random state.

    Returns
    -------
    ndarray of int
    """
    order = np.random.default_rng(rng).permutation(rows)
    of_class = [order[labels[order] == value] for value in np.unique(labels[rows])]
    return np.concatenate([one[: round(number * len(one) / len(rows))] for one in of_class])


def cpu_seconds(function, *args, **settings):
    """Return the CPU seconds of a call, over all threads of this process, and its result."""
    start = time.process_time()
    result = function(*args, **settings)
    return time.process_time() - start, result


def size(classifier):
    """Count the numbers that training has set in a classifier of `baselines.classifiers`.

    Parameters
    ----------
    classifier : sklearn.pipeline.Pipeline
        Fitted.

    Returns
    -------
    int
        Three for each feature (median, mean, spread). Besides, of a forest a feature and a limit
        for each node and a share for each leaf; of a support vector machine its vectors and
        their weights; of naive Bayes means, variances and shares; of a line its terms.
    """
    head = classifier[-1]
    if hasattr(head, "estimators_"):
        leaves = sum(tree.get_n_leaves() for tree in head.estimators_)
        own = 2 * (sum(tree.tree_.node_count for tree in head.estimators_) - leaves) + leaves
    else:
        names = ["support_vectors_", "dual_coef_", "theta_", "var_", "class_prior_"]
        names += ["coef_", "intercept_"]
        own = sum(np.size(getattr(head, name, ())) for name in names)
    return int(own + 3 * classifier[0].n_features_in_)
