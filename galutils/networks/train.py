"""Train a network and predict with it: seeds, callbacks, history, batches."""

import itertools
import weakref
from functools import partial

import numpy as np

from galutils.inputs import augment
from galutils.networks import resume as resuming
from galutils.networks import wrappers
from galutils.networks.fused_batchnorm import build_optimizer
from galutils.store.measured import finite

_GRAPHS = weakref.WeakKeyDictionary()


def fit(
    build, x, y, validation, epochs, seed, patience=5, batch_size=32, resume=None,
    plateau=True, monitor="val_accuracy",
):  # fmt: skip
    """Train one network and return it as after its best epoch, or after the last.

    Parameters
    ----------
    build : callable
        Returns a compiled model; called after the seed is set.
    x, y : ndarray
        Training inputs (n, h, w, c) and labels (n,).
    validation : tuple of ndarray
        Inputs and labels the callbacks watch. In the 'as published' protocol
        this is the test set; everywhere else it must not be.
    epochs : int
        Largest number of epochs.
    seed : int
        For `keras.utils.set_random_seed`: weights, dropout, order of batches.
    patience : int or None
        Epochs without a better value of `monitor` before the training stops. The model of the
        best epoch is returned, not compiled. With None nothing is watched, and the last epoch
        counts.
    batch_size : int
        The SAMI publication leaves it at Keras's 32.
    resume : path-like, optional
        Folder for the state of the training after each epoch. A training that was killed
        continues from there: `galutils.networks.resume.fit`. Batches then come in another order
        than without.
    plateau : bool
        Whether the learning rate is divided by five after half of `patience` without a lower
        validation loss, as in section 2.1 of the SAMI publication; its authors' code keeps it.
    monitor : {"val_accuracy", "val_loss"}
        What tells the best epoch.

    Returns
    -------
    model : keras.Model
    history : pandas.DataFrame
        One row an epoch, columns ``epoch`` (from 1), ``accuracy``, ``loss``,
        ``val_accuracy``, ``val_loss``, ``learning_rate``.
    """
    import keras

    x, y = finite(x, "x", None), finite(y, "y", None)
    keras.utils.set_random_seed(seed)
    model, watching = build(), []
    if patience is not None:
        if plateau:
            half = max(1, patience // 2)
            watching.append(keras.callbacks.ReduceLROnPlateau(factor=0.2, patience=half))
        stop = {"mode": "min" if monitor == "val_loss" else "max", "restore_best_weights": True}
        watching.append(keras.callbacks.EarlyStopping(monitor, patience=patience, **stop))
    settings = {"epochs": epochs, "batch_size": batch_size, "validation_data": validation}
    if resume:
        history = resuming.fit(model, x, y, seed, watching, resume, **settings)
    else:
        history = model.fit(x, y, callbacks=watching, verbose=0, **settings).history
    if watching:
        model = wrappers.copied(model)  # `build` may hand out this one again
    return model, history_table(history)


def history_table(history):
    """Make a table of a training's history, with ``epoch`` from 1 as its first column."""
    import pandas as pd

    return pd.DataFrame({"epoch": range(1, len(history["loss"]) + 1), **history})


def each_epoch(
    build, x, y, epochs, seed, keep, batch_size=32, change=None, weights=None, **settings
):  # fmt: skip
    """Train a network and look at it after each epoch; the last counts.

    Parameters
    ----------
    build, x, y, epochs, seed, batch_size
        As of `fit`.
    keep : callable
        Takes the model and Keras's numbers of the epoch.
    change : callable, optional
        Takes inputs and a Generator, returns them changed, anew in every epoch.
    weights : ndarray, optional
        Weight of each row in the loss.
    **settings
        Of `keras.Model.fit`.

    Returns
    -------
    model, history
        As of `fit`; the model is compiled, and may be handed out again by `build`.
    """
    import keras

    keras.utils.set_random_seed(seed)
    model = build()
    look = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: keep(model, logs))
    fed = augmented_batches(x, y, batch_size, change, np.random.default_rng(seed), weights)
    record = model.fit(**fed, epochs=epochs, verbose=0, callbacks=[look], **settings)
    return model, history_table(record.history)


def augmented_batches(x, y, batch_size, change, rng, weights=None):
    """Make arguments of `keras.Model.fit` whose inputs change and are shuffled in every epoch.

    Without a change they are the arrays themselves, which Keras shuffles. Arguments are those of
    `galutils.networks.resume.batches`, with one random state for all epochs.
    """
    if change is None:
        return {"x": x, "y": y, "sample_weight": weights, "batch_size": batch_size}
    return resuming.batches(x, y, batch_size, itertools.repeat(rng), change, weights)


def reused(build):
    """Return a function that returns one model again and again, each time as if it were new.

    Keras traces the functions of every new model, three seconds for a small
    network: most of a short training.

    Parameters
    ----------
    build : callable
        Returns a compiled model.

    Returns
    -------
    callable
        Returns the same model at every call, in the state that `build` would
        give a new one. Copy the result of a training before the next call.
    """
    kept = []

    def again():
        fresh = build_optimizer(build())
        if not kept:
            kept.append(fresh)
        for old, new in ((kept[0], fresh), (kept[0].optimizer, fresh.optimizer)):
            for variable, value in zip(old.variables, new.variables, strict=True):
                variable.assign(value)
        return kept[0]

    return again


def graph(model):
    """Return the model in inference as one graph, half to two thirds the time of layer by layer.

    It is traced once a model, and without `keras.Model.predict`, which would trace it for each size
    of a batch, and warn where there are many networks. It does not keep the model alive.
    """
    import keras
    import tensorflow as tf

    if model not in _GRAPHS:
        # a Sequential has no `input` before it was part of another model
        one = model.inputs[0] if isinstance(model, keras.Sequential) else model.input
        given = keras.tree.map_structure(lambda x: tf.TensorSpec(x.shape, x.dtype), one)
        _GRAPHS[model] = tf.function(partial(model, training=False)).get_concrete_function(given)
    return _GRAPHS[model]


def outputs(model, x, batch_size=256, reduce=np.asarray):
    """Compute the outputs of a model batch by batch, shape (n, k).

    `reduce` takes the outputs of a batch and returns (n, k). Inputs that are not finite raise
    ValueError.
    """
    # tracing takes as long as the layers of a few hundred small images one by one
    many = len(x) > batch_size or model in _GRAPHS
    call = graph(model) if many else partial(model, training=False)
    dtype = model.inputs[0].dtype if many else None  # a graph takes one only
    starts = range(0, len(x), batch_size)
    batches = [reduce(call(finite(x[i : i + batch_size], "x", dtype))) for i in starts]
    return np.concatenate([np.empty((0, model.output_shape[-1]), np.float32), *batches])


def predict(model, x, batch_size=256):
    """Compute the probabilities of class 1, shape (n,), of a model with one output or two."""
    return outputs(model, x, batch_size)[:, -1]


def predict_symmetric(model, x, batch_size=256):
    """Compute the mean probability over the eight symmetries of the square, shape (n,)."""
    if 8 * len(x) > batch_size:
        graph(model)  # for all views
    return augment.mean_over_symmetries(lambda view: predict(model, view, batch_size), x)
