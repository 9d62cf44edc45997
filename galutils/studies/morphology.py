"""The experiments of the morphology thesis, each with one changed setting."""

from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
import pandas as pd

from galutils.explain import integrated_gradients
from galutils.inputs import augment, images, split
from galutils.networks import cross_validation, image_cnn, train


@dataclass(frozen=True)
class Setting:
    """Input of a network and how it is built.

    Attributes
    ----------
    normalisation : str
        One of `images.NORMALISATIONS`.
    bands : str
        Filters in their order, such as ``gri`` or ``r``.
    share : float
        Central part of the side that is kept: 1, or 0.5 for 64 of 128 pixels.
    network : dict
        Arguments of `models.morphology_cnn` besides the shape of its input.
    """

    normalisation: str = "max"
    bands: str = "gri"
    share: float = 1.0
    network: dict = field(default_factory=dict)

    def inputs(self, pixels):
        """Network inputs, float32 (n, h, w, bands), of flux images (n, h, w, 3) in g, r, i."""
        cropped = images.central_crop(pixels, round(self.share * pixels.shape[1]))
        chosen = ["gri".index(band) for band in self.bands]
        return np.ascontiguousarray(images.normalise(cropped, self.normalisation)[..., chosen])

    def build(self, side, **network):
        """Return a function that builds the network for images of `side` pixels before the cut."""
        shape = (round(self.share * side),) * 2 + (len(self.bands),)
        return partial(image_cnn.morphology_cnn, input_shape=shape, **self.network, **network)

    def change(self, **changes):
        """Return the same setting but for `changes`."""
        return replace(self, **changes)


def fit_side(setting, side, epochs, batch_size=64, members=1, **network):
    """Return the training of one side of a split, as `train.cross_validate` takes it.

    All rows train, perturbed anew in every epoch; no rows are watched, so that
    no choice depends on galaxies that are tested.

    Parameters
    ----------
    setting : Setting
        Input and network of the experiment.
    side : int
        Side of the images in pixels.
    epochs, batch_size, members : int
        As in `train.fit_symmetric`.
    **network
        Arguments of `models.morphology_cnn` that are not part of the setting.

    Returns
    -------
    callable
        Takes inputs, labels, groups and a seed; returns model and history.
    """
    build = train.reused(setting.build(side, **network))
    training = {"classes": {0: 0, 1: 1}, "epochs": epochs, "batch_size": batch_size}
    changing = {"members": members, "change": augment.random_affine}
    return partial(cross_validation.fit_symmetric, build=build, **training, **changing)


def as_published(pixels, labels, setting, seed, **training):
    """Train on 80 per cent of the rows and test on the others, repeat observations on both sides.

    Parameters
    ----------
    pixels : ndarray, shape (n, side, side, 3)
        Flux images.
    labels : ndarray of {0, 1}, shape (n,)
        1 fast.
    setting : Setting
        Input and network of the experiment.
    seed : int
        Of split and training.
    **training
        Arguments of `fit_side`.

    Returns
    -------
    test : ndarray of int
        Rows tested.
    probability : ndarray, shape (len(test),)
        Of a fast rotator.
    """
    side, test = split.random_split(labels, 0.2, rng=seed)
    fit = fit_side(setting, pixels.shape[1], **training)
    x = setting.inputs(pixels)
    model, _ = fit(x[side], labels[side], None, seed)
    return test, train.predict(model, x[test])


def sweep(pixels, labels, groups, settings, n_folds, seed, **training):
    """Out-of-fold probabilities under several settings, in the same folds.

    Parameters
    ----------
    pixels : ndarray, shape (n, side, side, 3)
        Flux images in g, r, i.
    labels, groups : ndarray, shape (n,)
        1 fast or 0 slow, and the galaxy of each row.
    settings : mapping of str to Setting
        Input and network of the experiment.
    n_folds, seed : int
        As in `train.cross_validate`.
    **training
        Arguments of `fit_side`.

    Returns
    -------
    table : pandas.DataFrame
        ``fold`` and the probability of a fast rotator under each setting.
    fitted : dict of str to keras.Model
        The network of the first fold under each setting.
    """
    table, fitted = {}, {}
    for name, setting in settings.items():
        fit = fit_side(setting, pixels.shape[1], **training)
        x = setting.inputs(pixels)
        p, fold, networks, _ = cross_validation.cross_validate(
            fit, x, labels, groups, n_folds, seed
        )
        table["fold"], table[name], fitted[name] = fold, p, networks[0]
    return pd.DataFrame(table), fitted


def attributions(model, setting, pixels, zoom=1):
    """Integrated gradients of flux images, filters added up.

    Parameters
    ----------
    model : keras.Model
        As `sweep` returns them.
    setting : Setting
        The one it was trained under.
    pixels : ndarray, shape (n, side, side, 3)
        Flux images.
    zoom : int
        Each pixel is repeated as often along both axes, for display.

    Returns
    -------
    ndarray, shape (n, h, w)
        Positive where a pixel speaks for a fast rotator.
    """
    # Five per cent of the change suffice for a map.
    result = integrated_gradients.integrated_gradients(
        model, setting.inputs(pixels), tolerance=0.05
    )
    maps = result.values.sum(axis=3)
    return maps.repeat(zoom, axis=1).repeat(zoom, axis=2)


def learning_curve(pixels, labels, groups, setting, sizes, seed, **training):
    """Train on more and more galaxies and test on the same fifth of them.

    Parameters
    ----------
    pixels, labels, groups, setting
        As in `sweep`.
    sizes : sequence of int
        Numbers of training rows, ascending; each set holds the one before.
    seed : int
        Of split and training.
    **training
        Arguments of `fit_side` but ``epochs``, and ``steps``: batches that every
        network is trained for, so that few galaxies are seen more often.

    Returns
    -------
    test : ndarray of int
        Rows tested.
    probability : dict of int to ndarray, shape (len(test),)
        By number of training rows.

    Raises
    ------
    ValueError
        If a size exceeds the training side.
    """
    steps, batch_size = training.pop("steps"), training.get("batch_size", 64)
    side, test = split.by_galaxy(labels, groups, (0.8, 0.2), rng=seed)
    if max(sizes) > len(side):
        raise ValueError(f"sizes: expected at most {len(side)}, received {max(sizes)}")
    side = np.random.default_rng(seed).permutation(side)
    x, probability = setting.inputs(pixels), {}
    fit = fit_side(setting, pixels.shape[1], epochs=None, **training)
    for size in sizes:
        epochs = max(1, round(steps * batch_size / size))
        model, _ = fit(x[side[:size]], labels[side[:size]], None, seed, epochs=epochs)
        probability[size] = train.predict(model, x[test])
    return test, probability
