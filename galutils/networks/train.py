"""Fitting a network: seeds, callbacks, history, folds."""

import contextlib
import os
import tempfile
from pathlib import Path

import numpy as np

from galutils.inputs import augment, split
from galutils.networks import models, saved
from galutils.networks import resume as resuming


def callbacks(patience, checkpoint, monitor="val_accuracy"):
    """Callbacks of the SAMI publication (section 2.1).

    Best checkpoint by validation accuracy, lower learning rate where the
    validation loss stalls, early stopping on validation accuracy.

    Parameters
    ----------
    patience : int
        Epochs without improvement before stopping; half of it before the
        learning rate is divided by five.
    checkpoint : path-like
        Where the best weights go.
    monitor : str
        What early stopping and the checkpoint watch.

    Returns
    -------
    list of keras.callbacks.Callback
    """
    import keras

    return [
        keras.callbacks.ModelCheckpoint(
            str(checkpoint), monitor=monitor, mode="max", save_best_only=True
        ),
        keras.callbacks.ReduceLROnPlateau(factor=0.2, patience=max(1, patience // 2)),
        keras.callbacks.EarlyStopping(monitor=monitor, mode="max", patience=patience),
    ]


def fit(
    build, x, y, validation, epochs, seed, patience=5, batch_size=32, path=None, resume=None
):  # fmt: skip
    """Train one network and return the best of its epochs, or the last.

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
        Most epochs.
    seed : int
        For `keras.utils.set_random_seed`: weights, dropout, order of batches.
    patience : int or None
        As in `callbacks`. With None nothing acts on what is watched, and the
        last epoch counts.
    batch_size : int
        The SAMI publication leaves it at Keras's 32.
    path : path-like, optional
        Where to save the best model (``.keras``), atomically.
    resume : path-like, optional
        Folder for the state of the training after each epoch, from which it goes on when it was
        killed: `galutils.networks.resume.fit`. Batches then come in another order than without.

    Returns
    -------
    model : keras.Model
    history : pandas.DataFrame
        One row an epoch, columns ``epoch`` (from 1), ``accuracy``, ``loss``,
        ``val_accuracy``, ``val_loss``, ``learning_rate``.
    """
    import keras
    import pandas as pd

    keras.utils.set_random_seed(seed)
    model = build()
    settings = {"validation_data": validation, "epochs": epochs, "batch_size": batch_size}
    with tempfile.TemporaryDirectory() as scratch:
        checkpoint = None if patience is None else Path(scratch, "best.keras")
        watching = [] if patience is None else callbacks(patience, checkpoint)
        if resume:
            data = model, x, y, validation, epochs, seed, batch_size
            history = resuming.fit(*data, watching, resume, checkpoint)
        else:
            history = model.fit(x, y, callbacks=watching, verbose=0, **settings).history
        if checkpoint:
            model = keras.saving.load_model(checkpoint)
    if path is not None:
        save(model, path)
    history = pd.DataFrame(history)
    history.insert(0, "epoch", np.arange(1, len(history) + 1))
    return model, history


def save(model, path):
    """Save a model so that the path holds a whole file or none.

    Parameters
    ----------
    model : keras.Model
        Any model.
    path : path-like
        Must end in ``.keras``.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{os.getpid()}-{path.name}")
    with contextlib.ExitStack() as undo:
        undo.callback(partial.unlink, missing_ok=True)
        model.save(partial)
        os.replace(partial, path)


def load(path):
    """Load a ``.keras`` model in safe mode (no code from the file is run).

    Raises
    ------
    ValueError
        If the file is no model Keras can load safely; names the file.
    """
    import keras

    try:
        saved.parts(path)  # other formats and further parts are none of ours
    except FileNotFoundError:
        raise ValueError(f"{path}: expected a .keras model, received none") from None
    try:
        return keras.saving.load_model(path, safe_mode=True)
    except Exception as error:
        raise ValueError(f"{path}: expected a .keras model, received {error}") from error


def changing(x, y, batch_size, change, rng, weights=None):
    """Arguments of `keras.Model.fit` that feed inputs changed and shuffled in every epoch.

    Parameters
    ----------
    x, y : ndarray
        Inputs and targets.
    batch_size : int
    change : callable
        Takes inputs and `rng`, returns them changed.
    rng : numpy.random.Generator
        Of order and changes.
    weights : ndarray, optional
        Of the rows in the loss.

    Returns
    -------
    dict
    """

    def batches():
        while True:
            order = rng.permutation(len(x))
            for start in range(0, len(x), batch_size):
                rows = order[start : start + batch_size]
                inputs = change(x[rows], rng)
                yield (inputs, y[rows]) if weights is None else (inputs, y[rows], weights[rows])

    steps = -(-len(x) // batch_size)
    return {"x": batches(), "steps_per_epoch": steps, "shuffle": False}  # shuffled already


def outputs(model, x, batch_size=256):
    """Compute the outputs of a model, shape (n, k).

    The model is called batch by batch: `model.predict` would trace a graph for
    each of many networks, and warn of it.
    """
    starts = range(0, len(x), batch_size)
    batches = [np.asarray(model(x[i : i + batch_size], training=False)) for i in starts]
    return np.concatenate([np.empty((0, model.output_shape[-1]), np.float32), *batches])


def predict(model, x, batch_size=256):
    """Probabilities of class 1, shape (n,), of a model with one output or two."""
    return outputs(model, x, batch_size)[:, -1]


def predict_symmetric(model, x, batch_size=256):
    """Mean probability over the eight symmetries of the square, shape (n,).

    Turning or mirroring a map does not change what it shows.
    """
    return np.mean(
        [predict(model, augment.symmetric(x, s), batch_size) for s in range(8)],
        axis=0,
    )


def reused(build):
    """Hand out one model again and again, each time as new.

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
        give a new one. Copy what the last training has made of it before.
    """
    kept = []

    def again():
        fresh = build()
        if not kept:
            kept.append(fresh)
            return fresh
        model = kept[0]
        for variable, value in zip(model.variables, fresh.variables, strict=True):
            variable.assign(value)
        for variable in model.optimizer.variables:
            variable.assign(np.zeros(variable.shape, variable.dtype))
        model.optimizer.learning_rate = float(fresh.optimizer.learning_rate)
        return model

    return again


def fit_watched(x, labels, groups, seed, build, copies, epochs, **settings):
    """Train on augmented maps while other galaxies are watched.

    The galaxies are divided into training (85 per cent) and validation; only
    training maps are copied, and the callbacks watch the validation galaxies.

    Parameters
    ----------
    x : ndarray, shape (n, h, w, 1)
        Network inputs.
    labels, groups : ndarray, shape (n,)
        Class and galaxy of each row.
    seed : int
        Of split, copies and weights.
    build : callable
        As in `fit`.
    copies : mapping of label to int
        Augmented copies of each class (see `augment.balanced`).
    epochs : int
        Most epochs.
    **settings
        Passed on to `fit`.

    Returns
    -------
    model, history
        As `fit` returns them.
    """
    inner, watched = split.by_galaxy(labels, groups, (0.85, 0.15), rng=seed)
    copied, origin = augment.balanced(x[inner], labels[inner], copies, rng=seed)
    validation = x[watched], labels[watched]
    return fit(build, copied, labels[inner][origin], validation, epochs, seed, **settings)


def fit_symmetric(
    x,
    labels,
    groups,
    seed,
    build,
    classes,
    epochs,
    learning_rate=1e-3,
    members=1,
    batch_size=32,
    change=augment.symmetries,
    extra=None,
):
    """Train a small ensemble on maps or images changed at random in every epoch.

    For inputs whose orientation carries no meaning. The learning rate falls
    along a cosine to zero; nothing is watched, so all rows train, and the last
    epoch counts.

    Parameters
    ----------
    x : ndarray, shape (n, size, size, channels)
        Network inputs.
    labels : ndarray, shape (n,)
        Class of each row.
    groups : ndarray
        Not used: nothing is split here.
    seed : int
        Of weights and of the order of batches.
    build : callable
        As in `fit`.
    classes : mapping of label to {0, 1}
        Target of each class; rows of other classes are left out.
    epochs, members, batch_size : int
        Epochs of each member, number of members, inputs in a batch.
    learning_rate : float
        At the first epoch.
    change : callable
        Takes inputs and a Generator: `augment.symmetries` for velocity maps,
        `augment.sky_changes` for SDSS cut-outs.
    extra : tuple of ndarray, optional
        Inputs and targets that train besides, of galaxies that are nowhere in
        `x`, on the test side neither.

    Returns
    -------
    model : keras.Model
        Mean of the members.
    history : pandas.DataFrame
        ``loss`` and ``accuracy`` by ``epoch`` and ``member``.
    """
    import keras
    import pandas as pd

    used = np.isin(labels, list(classes))
    x, y = x[used], np.array([classes[label] for label in labels[used].tolist()])
    if extra is not None:
        x, y = np.concatenate([x, extra[0]]), np.concatenate([y, extra[1]])
    networks, history = [], []
    for member in range(members):
        keras.utils.set_random_seed(seed + member)
        rng = np.random.default_rng([seed, member])
        model = build()
        for epoch in range(epochs):
            model.optimizer.learning_rate = learning_rate * (1 + np.cos(np.pi * epoch / epochs)) / 2
            record = model.fit(change(x, rng), y, batch_size=batch_size, verbose=0).history
            last = {name: values[0] for name, values in record.items()}
            history.append({"member": member, "epoch": epoch + 1, **last})
        copy = keras.models.clone_model(model)  # `build` may hand out this one again
        copy.set_weights(model.get_weights())
        networks.append(copy)
    return models.ensemble(networks), pd.DataFrame(history)


def cross_validate(fit_side, x, labels, groups, n_folds, seed, predict=predict):
    """Out-of-fold probabilities with every galaxy kept on one side.

    Parameters
    ----------
    fit_side : callable
        Takes inputs, labels, groups and a seed, returns model and history:
        `fit_watched` or `fit_symmetric` with the rest of their arguments
        bound. It sees the training side only.
    x : ndarray, shape (n, h, w, c)
        Network inputs.
    labels, groups : ndarray, shape (n,)
        Class and galaxy of each row.
    n_folds, seed : int
        Folds, and the seed of folds and training.
    predict : callable
        Takes model and inputs; `predict` or `predict_symmetric`.

    Returns
    -------
    probability : ndarray, shape (n,)
        Of target 1, by the model that has not seen the galaxy.
    fold : ndarray of int, shape (n,)
        Fold in which the row was tested.
    fitted, histories : list
        The model and its history for each fold.
    """
    probability, fold_of_row = np.full(len(x), np.nan), np.full(len(x), -1)
    fitted, histories = [], []
    for fold, (side, test) in enumerate(split.folds(labels, groups, n_folds, rng=seed)):
        model, history = fit_side(x[side], labels[side], groups[side], seed + 100 * fold)
        probability[test] = predict(model, x[test])
        fold_of_row[test] = fold
        fitted.append(model)
        histories.append(history.assign(fold=fold))
    return probability, fold_of_row, fitted, histories
