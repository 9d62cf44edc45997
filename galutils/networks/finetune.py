"""Train further what was trained: the networks that count spiral arms, and others.

One training serves both protocols. As published, the epoch with the highest accuracy on the
validation galaxies is kept, and the same galaxies are then reported on (Lee, Soo & Sharoni,
section 3.5). The other protocol takes the last epoch, so that nothing was chosen on the test
galaxies.
"""

from functools import partial

import keras
import numpy as np

from galutils.inputs import affine, augment
from galutils.networks import efficientnet, fused_batchnorm, train, wrappers

PATIENCE = 30  # section 3.5: epochs without a higher accuracy on validation galaxies, then a stop
# Section 2.3: rotated by any angle, mirrored or not, zoomed by up to a fifth
changed = partial(augment.random_affine, shift=0.0, zoom=(0.8, 1.2), flatten=False)


def step(image, angle=0.0, mirror=False, zoom=1.0):
    """Change one image in a given way, to show what `changed` does at random.

    Parameters
    ----------
    image : ndarray, shape (side, side)
    angle : float
        deg.
    mirror : bool
    zoom : float
        Above 1 the galaxy becomes larger.

    Returns
    -------
    ndarray
        Same shape and dtype.
    """
    turn = np.deg2rad(angle)
    matrix = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]) / zoom
    matrix[:, 1] *= -1 if mirror else 1
    return affine.transform(image[None], matrix[None], np.zeros((1, 2)))[0]


def fit(
    x, y, groups, seed, build, epochs, watched=None, batch_size=16, change=None, weights=None,
    patience=PATIENCE,
):  # fmt: skip
    """Train a classifier and measure its accuracy on other galaxies after each epoch.

    Parameters
    ----------
    x, y : ndarray
        Inputs and integer labels, or other targets that the loss takes.
    groups : ndarray
        Not used; `galutils.networks.shipped.Family` passes it.
    seed : int
        Random state of the weights, of the order and of changes.
    build : callable
        Returns a compiled model; called after the seed is set.
    epochs, batch_size : int
        As published, 50 epochs with batches of 16.
    watched : tuple of ndarray, optional
        Inputs and labels of the galaxies that are reported on.
    change : callable, optional
        Takes inputs and a Generator, returns them changed: `changed`.
    weights : ndarray, optional
        Weight of each row in the loss.
    patience : int
        Epochs without a higher accuracy on the watched galaxies, after which the training ends.
        It does so for both protocols, so in a training longer than this the last epoch is not
        free of the watched galaxies.

    Returns
    -------
    networks : keras.Model or tuple of keras.Model
        As after the last epoch; if galaxies are watched, also as after the epoch with the highest
        accuracy on them.
    history : pandas.DataFrame
        One row an epoch: ``epoch`` (from 1), ``loss``, ``accuracy`` and the same with ``val_``.
    """
    best = {"accuracy": -1.0, "waited": 0}

    def keep(model, logs):
        best["waited"] += 1
        if logs.get("val_accuracy", -1.0) > best["accuracy"]:
            best.update(accuracy=logs["val_accuracy"], weights=model.get_weights(), waited=0)
        if watched is not None and best["waited"] >= patience:
            model.stop_training = True

    validation = {"validation_data": watched, "validation_batch_size": 256}
    given = build, x, y, epochs, seed, keep, batch_size, change, weights
    model, history = train.each_epoch(*given, **validation)
    last = wrappers.copied(model)
    if watched is None:
        return last, history
    model.set_weights(best["weights"])
    return (last, wrappers.copied(model)), history


def changed_features(backbone, images, copies, rng=None):
    """Compute the features of changed copies of images by a frozen backbone.

    A frozen backbone gives an image the same features in every epoch. Copies are therefore drawn
    once, not anew in every epoch as augmentation would.

    Parameters
    ----------
    backbone, images
        As of `galutils.networks.efficientnet.features`.
    copies : int
        Copies of each image.
    rng : int or numpy.random.Generator, optional
        Random state.

    Returns
    -------
    ndarray of float32, shape (copies * n, n_features)
        All images once, then all once more, and so on.
    """
    rng = np.random.default_rng(rng)
    empty = np.empty((0, backbone.output_shape[-1]), np.float32)
    made = [efficientnet.features(backbone, changed(images, rng)) for _ in range(copies)]
    return np.concatenate([empty, *made])


def tuned_builder(backbone, classes, dense=1024, learning_rate=1e-4):
    """Return a function that puts a new tail on a copy of a backbone, both to be trained.

    Batch normalisation keeps its statistics, scale and shift, as Keras advises for tuning: they
    would be poorly determined by batches of a few galaxies. It also halves the training time on
    a CPU.

    Parameters
    ----------
    backbone : keras.Model
        Left as it is.
    classes, dense, learning_rate
        As of `galutils.networks.efficientnet.head`.

    Returns
    -------
    callable
        Returns a compiled model; for `fit`.
    """

    def build():
        copy = wrappers.copied(backbone)
        for layer in copy.layers:  # a copy of a frozen backbone is frozen layer by layer
            layer.trainable = not isinstance(layer, keras.layers.BatchNormalization)
        tail = efficientnet.head(copy.output_shape[-1], classes, dense)
        return efficientnet.compile_classifier(efficientnet.joined(copy, tail), learning_rate)

    return build


def retrainable(model, learning_rate):
    """Return a compiled copy of a trained network of one probability, to be trained further.

    Parameters
    ----------
    model : keras.Model
    learning_rate : float
        Of Adam.

    Returns
    -------
    keras.Model
    """
    adam = keras.optimizers.Adam(learning_rate)
    copy = wrappers.copied(model)
    return fused_batchnorm.compile_model(copy, adam, "binary_crossentropy", "auto")
