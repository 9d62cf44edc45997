"""Which galaxies to explain, and how to judge the maps that explain them."""

import numpy as np

from galutils.explain import gradcam
from galutils.networks import efficientnet


def extremes(labels, probability, right):
    """Find the galaxy of each class that a classifier is most sure of, rightly or wrongly.

    Parameters
    ----------
    labels : array_like of int, shape (n,)
        True class.
    probability : ndarray, shape (n, k)
        The largest is the class called.
    right : bool
        Whether to look among those called rightly or wrongly.

    Returns
    -------
    dict of int to int
        Class to row; classes without such a galaxy are left out.
    """
    labels, called = np.asarray(labels), probability.argmax(axis=1)
    sure = np.where((called == labels) == right, probability.max(axis=1), -np.inf)
    found = {}
    for number in range(probability.shape[1]):
        mine = np.where(labels == number, sure, -np.inf)
        if np.isfinite(mine).any():
            found[number] = int(mine.argmax())
    return found


def explained(model, images, probability, rows, layer, n_noisy, names, rng=None):
    """Explain chosen images for the class each is called.

    Parameters
    ----------
    model : keras.Model
        As `saliency.grad_cam_pp` takes it.
    images : ndarray, shape (n, h, w, 3)
        See `arm_models.inputs`.
    probability : ndarray, shape (n, k)
        Of the model.
    rows : dict of int to int
        As of `extremes`.
    layer : str
        For `saliency.grad_cam_pp`.
    n_noisy : int
        Noisy copies for `saliency.smooth_grad`.
    names : sequence of str
        Of the classes, for titles.
    rng : int or numpy.random.Generator, optional
        Of the noise.

    Returns
    -------
    dict of int to dict
        Class to ``image``, ``grad_cam``, ``smooth_grad`` and ``title``, as
        `plots.explained_galaxies` takes them.
    """
    chosen = np.array(list(rows.values()), dtype=int)
    x = efficientnet.inputs(model, images[chosen]).astype(np.float32)
    called = probability[chosen].argmax(axis=1)
    heat = gradcam.grad_cam_pp(model, x, layer, called)
    smooth = gradcam.smooth_grad(model, x, called, n_noisy, rng=rng)
    return {
        number: {
            "image": images[row],
            "grad_cam": heat[k],
            "smooth_grad": smooth[k],
            "title": f"P({names[called[k]]}) = {probability[row].max():.2f}",
        }
        for k, (number, row) in enumerate(rows.items())
    }


def randomised(model, rng=None):
    """Copy of a model with random weights: each array is shuffled (Adebayo et al. 2018).

    Shuffling keeps how large the weights are, so scores stay in a usual range.

    Parameters
    ----------
    model : keras.Model
        Not changed.
    rng : int or numpy.random.Generator, optional
        Random state.

    Returns
    -------
    keras.Model
    """
    import keras

    rng = np.random.default_rng(rng)
    copy = keras.models.clone_model(keras.Model(model.input, model.output))
    shuffled = [
        rng.permutation(array.ravel()).reshape(array.shape) for array in model.get_weights()
    ]
    copy.set_weights(shuffled)
    return copy


def similarity(first, second):
    """Mean rank correlation of two stacks of maps.

    Parameters
    ----------
    first, second : ndarray, shape (n, h, w)

    Returns
    -------
    float
        Mean of Spearman's coefficient over the pairs of maps that both vary.
    """
    from scipy.stats import spearmanr

    pairs = [(a.ravel(), b.ravel()) for a, b in zip(first, second, strict=True)]
    found = [spearmanr(a, b).statistic for a, b in pairs if np.ptp(a) > 0 and np.ptp(b) > 0]
    return float(np.mean(found)) if found else float("nan")
