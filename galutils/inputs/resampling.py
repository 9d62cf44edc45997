"""Train on classes of very different size: draw rows, or weight them."""

import numpy as np

from galutils.store.measured import known


def capped(labels, cap, rng=None):
    """Draw at most `cap` rows of each class at random (down-sampling).

    Lee, Soo & Sharoni, section 4.2.2, take 300.

    Parameters
    ----------
    labels : array_like of int, shape (n,)
    cap : int
    rng : int or numpy.random.Generator, optional
        Random state.

    Returns
    -------
    ndarray of int
        Sorted.
    """
    rng, labels = np.random.default_rng(rng), known(labels)
    rows = [rng.permutation(np.flatnonzero(labels == one))[:cap] for one in np.unique(labels)]
    return np.sort(np.concatenate(rows))


def oversampled(labels, rng=None):
    """Draw as many rows as there are, with replacement, so that classes are equally large.

    Parameters
    ----------
    labels : array_like of int, shape (n,)
    rng : int or numpy.random.Generator, optional
        Random state.

    Returns
    -------
    ndarray of int
        In random order.
    """
    rng, labels = np.random.default_rng(rng), known(labels)
    classes, counts = np.unique(labels, return_counts=True)
    chance = 1 / counts[np.searchsorted(classes, labels)] / len(classes)
    return rng.choice(len(labels), len(labels), p=chance)


def effective_weights(labels, beta=0.999):
    """Weight each row by the effective number of galaxies of its class.

    Cui et al. (2019, CVPR), equation 4: the weight of a class of n galaxies is
    (1 - beta) / (1 - beta^n), here scaled to a mean of 1. Beyond 1 / (1 - beta)
    galaxies, further ones hardly change the weight of a class.

    Parameters
    ----------
    labels : array_like of int, shape (n,)
    beta : float
        0 gives all rows equal weight, nearly 1 a weight inverse to the size of the class.

    Returns
    -------
    ndarray of float, shape (n,)
    """
    classes, counts = np.unique(known(labels), return_counts=True)
    weight = (1 - beta) / (1 - beta**counts)
    each = weight[np.searchsorted(classes, labels)]
    return each / each.mean()


def adjusted(probability, labels):
    """Correct probabilities to equally frequent classes, after training on all galaxies.

    They are divided by the shares of the classes among the training galaxies (Menon et al. 2021,
    ICLR, equation 9 with tau = 1).

    Parameters
    ----------
    probability : ndarray, shape (n, k)
    labels : array_like of int
        Labels of the training galaxies, 0 to k - 1, each at least once.

    Returns
    -------
    ndarray, shape (n, k)
        Rows sum to 1.
    """
    shares = np.bincount(known(labels), minlength=probability.shape[1]) / len(labels)
    moved = probability / shares
    return moved / moved.sum(axis=1, keepdims=True)
