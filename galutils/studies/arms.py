"""The experiments of Lee, Soo & Sharoni: number of images, crop, grouping of the classes."""

from collections import namedtuple
from functools import partial

import numpy as np
import pandas as pd

from galutils.explain import gradcam
from galutils.inputs import resampling, split
from galutils.networks import efficientnet, finetune, train
from galutils.scores import multiclass
from galutils.surveys import gz2

SHARES = (0.7, 0.3)  # section 3.5: training and validation
Division = namedtuple("Division", "training test few_training few_test")


def divide(labels, cap=300, rng=None):
    """Divide galaxies class by class, 70 to 30 per cent.

    Down-sampling comes second, so that one test set serves all trainings.

    Parameters
    ----------
    labels : array_like of int, shape (n,)
        Class of each galaxy; one row a galaxy.
    cap : int
        Galaxies of a class in the down-sampled training and test set together.
    rng : int or numpy.random.Generator, optional
        Random state.

    Returns
    -------
    training, test : ndarray of int
        Rows of all galaxies: the test set has the natural shares of the classes.
    few_training, few_test : ndarray of int
        Down-sampled within each of them, as the publication's 300 of a class, then divided.
    """
    rng, labels = np.random.default_rng(rng), np.asarray(labels)
    parts = split.by_galaxy(labels, np.arange(len(labels)), SHARES, rng)
    few = [
        rows[resampling.capped(labels[rows], round(share * cap), rng)]
        for rows, share in zip(parts, SHARES, strict=True)
    ]
    return Division(*parts, *few)


def crop_scores(sample, labels, sides, networks, runs, cap=300, seed=0, root=None):
    """Score the separation of two classes for several crops of the image (section 4.2.1).

    Every run has its own split and training.

    Parameters
    ----------
    sample : astropy.table.Table
        Rows of `gz2.load` of both classes.
    labels : ndarray of {0, 1}, shape (n,)
    sides : mapping of int to int
        Crop, the pixels of 424 along a side that are kept, to pixels of the network's input.
    networks : mapping of int to mapping of str to callable
        Pixels of the input, then name to a training, as of `frozen_network`.
    runs, cap, seed : int
        Trainings with each crop; galaxies of a class; random state.
    root : path-like, optional
        As of `gz2.with_images`.

    Returns
    -------
    pandas.DataFrame
        ``crop``, ``network``, ``run``; mean F1 of both classes on the validation galaxies,
        ``grouped`` after the last epoch, ``as_published`` after the one that does best on them.
    """
    few = resampling.capped(labels, cap, seed)
    chosen, rows = sample[few], []
    chosen["label"] = labels[few]
    for crop, side in sides.items():
        table, _ = gz2.with_images(chosen, side, crop, root)
        images, truth = np.asarray(table["image"]), np.asarray(table["label"])
        for run in range(runs):
            training, watched = split.by_galaxy(truth, np.arange(len(truth)), SHARES, seed + run)
            seen = images[watched], truth[watched]
            for name, fit in networks[side].items():
                fitted, _ = fit(images[training], truth[training], None, seed + run, seen)
                rows.append({"crop": crop, "network": name, "run": run})
                for protocol, network in zip(("grouped", "as_published"), fitted, strict=True):
                    called = probabilities(network, seen[0]).argmax(axis=1)
                    matrix = multiclass.confusion(seen[1], called, 2)
                    rows[-1][protocol] = multiclass.summary(matrix)["macro_f1"]
    return pd.DataFrame(rows)


def frozen_network(backbone, classes, epochs, copies=0, batch_size=16, **settings):
    """Return a training of a head on a frozen backbone.

    Parameters
    ----------
    backbone : keras.Model
        As of `galutils.networks.efficientnet.backbone`.
    classes, epochs, copies, batch_size : int
        Classes, passes over the training galaxies, changed copies of each, images in a batch.
    **settings
        Arguments of `galutils.networks.efficientnet.head` (``dense``, ``learning_rate``).

    Returns
    -------
    callable
        Takes training images, labels, groups, a seed, and images and labels of galaxies that are
        watched or None; returns networks of images and their history as
        `galutils.networks.finetune.fit` does.
    """
    n_features = backbone.output_shape[-1]
    build = train.reused(partial(efficientnet.head, n_features, classes, **settings))

    def run(images, labels, groups, seed, watched=None):
        x = finetune.changed_features(backbone, images, copies, seed)
        x = np.concatenate([efficientnet.features(backbone, images), x])
        seen = watched and (efficientnet.features(backbone, watched[0]), watched[1])
        y = np.tile(labels, 1 + copies)
        tails, history = finetune.fit(x, y, groups, seed, build, epochs, seen, batch_size)
        if watched:
            return tuple(efficientnet.joined(backbone, tail) for tail in tails), history
        return efficientnet.joined(backbone, tails), history

    return run


def tuned_network(backbone, classes, epochs, batch_size=16, **settings):
    """Return a training of a backbone and its tail together; arguments as of `frozen_network`."""
    build = train.reused(finetune.tuned_builder(backbone, classes, **settings))

    def run(images, labels, groups, seed, watched=None):
        x = efficientnet.inputs(backbone, images)
        seen = watched and (efficientnet.inputs(backbone, watched[0]), watched[1])
        given = x, labels, groups, seed, build, epochs, seen, batch_size
        return finetune.fit(*given, change=finetune.changed)

    return run


def probabilities(network, images):
    """Compute the probabilities of the classes of images, shape (n, k)."""
    return train.outputs(network, efficientnet.inputs(network, images))


def retrained(training, images, labels, rows, judged, seeds):
    """Train once with each seed, and tell what the networks call other galaxies.

    Parameters
    ----------
    training : callable
        As of `frozen_network`.
    images, labels : ndarray
        Of all galaxies.
    rows, judged : ndarray of int
        Galaxies to train on, and those that are called, m of them.
    seeds : sequence of int

    Returns
    -------
    ndarray of int, shape (seeds, m)
        Classes.
    """
    networks = (training(images[rows], labels[rows], None, seed)[0] for seed in seeds)
    return np.array([probabilities(one, images[judged]).argmax(axis=1) for one in networks])


def crop_choice(f1, crops):
    """Choose a crop by the coefficient of variation (section 4.2.1), and by F1 itself.

    Parameters
    ----------
    f1 : ndarray, shape (crops, runs)
        F1 of one network, shape (crops, runs); at least two runs.
    crops : sequence of int
        Pixels that are kept, in the order of the rows.

    Returns
    -------
    dict
        ``variation``, smallest coefficient of variation over the crops in per cent, and
        ``steadiest``, its crop; ``highest``, crop with the largest mean F1; ``spread``, largest
        less smallest mean F1.
    """
    mean = f1.mean(axis=1)
    variation = 100 * f1.std(axis=1, ddof=1) / mean
    return {
        "variation": float(variation.min()),
        "steadiest": crops[variation.argmin()],
        "highest": crops[mean.argmax()],
        "spread": float(np.ptp(mean)),
    }


def extremes(labels, probability, right):
    """Find the galaxy of each class for which a classifier has the largest probability.

    Parameters
    ----------
    labels : array_like of int, shape (n,)
        True class.
    probability : ndarray, shape (n, k)
        The largest belongs to the predicted class.
    right : bool
        True: among the galaxies classified correctly; False: among the others.

    Returns
    -------
    dict of int to int
        Class to row, without the classes that have no such galaxy.
    """
    labels, called = np.asarray(labels), probability.argmax(axis=1)
    sure = np.where((called == labels) == right, probability.max(axis=1), -np.inf)
    of_class = np.where(labels == np.arange(probability.shape[1])[:, None], sure, -np.inf)
    return {k: int(row.argmax()) for k, row in enumerate(of_class) if np.isfinite(row).any()}


def explained(model, images, probability, rows, layer, n_noisy, names, rng=None):
    """Explain the predicted class of chosen images.

    Parameters
    ----------
    model : keras.Model
        As for `galutils.explain.gradcam.grad_cam_pp`.
    images : ndarray, shape (n, h, w, 3)
        As for `galutils.networks.efficientnet.inputs`.
    probability : ndarray, shape (n, k)
        Of the model.
    rows : dict of int to int
        As of `extremes`.
    layer : str
        As for `galutils.explain.gradcam.grad_cam_pp`.
    n_noisy : int
        Noisy copies for `galutils.explain.gradcam.smooth_grad`.
    names : sequence of str
        Of the classes, for titles.
    rng : int or numpy.random.Generator, optional
        Of the noise.

    Returns
    -------
    dict of int to dict
        Class to ``image``, ``grad_cam``, ``smooth_grad`` and ``title``, as
        `galutils.plots.arms.explained_galaxies` takes them.
    """
    chosen = np.array(list(rows.values()), dtype=int)
    x = efficientnet.inputs(model, images[chosen]).astype(np.float32)
    called = probability[chosen].argmax(axis=1)
    cams = gradcam.grad_cam_pp(model, x, layer, called)
    smooth = gradcam.smooth_grad(model, x, called, n_noisy, rng=rng)
    titles = [
        f"P({names[k]}) = {probability[row, k]:.2f}" for row, k in zip(chosen, called, strict=True)
    ]
    found = zip(rows, images[chosen], cams, smooth, titles, strict=True)
    kinds = ("image", "grad_cam", "smooth_grad", "title")
    return {number: dict(zip(kinds, values, strict=True)) for number, *values in found}
