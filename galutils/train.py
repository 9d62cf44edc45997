"""Fitting a network: seeds, callbacks, history, folds, and search."""

import contextlib
import os
import tempfile
from pathlib import Path

import numpy as np

from galutils import augment, split


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


def fit(build, x, y, validation, epochs, seed, patience=5, batch_size=32, weight=None, path=None):
    """Train one network and return the best of its epochs.

    Parameters
    ----------
    build : callable
        Returns a compiled model; called after the seed is set.
    x, y : ndarray
        Training inputs (n, h, w, c) and labels (n,), or for `x` a
        `keras.utils.PyDataset` with `y` None.
    validation : tuple of ndarray
        Inputs and labels the callbacks watch. In the 'as published' protocol
        this is the test set; everywhere else it must not be.
    epochs : int
        Most epochs.
    seed : int
        For `keras.utils.set_random_seed`: weights, dropout, order of batches.
    patience : int
        As in `callbacks`.
    batch_size : int
        The publication leaves it at Keras's 32.
    weight : mapping, optional
        Weight of each class in the loss.
    path : path-like, optional
        Where to save the best model (``.keras``), atomically.

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
    batches = {} if y is None else {"batch_size": batch_size}
    with tempfile.TemporaryDirectory() as scratch:
        checkpoint = Path(scratch, "best.keras")
        record = model.fit(
            x,
            y,
            validation_data=validation,
            epochs=epochs,
            class_weight=weight,
            callbacks=callbacks(patience, checkpoint),
            verbose=0,
            **batches,
        )
        model = keras.saving.load_model(checkpoint)
    if path is not None:
        save(model, path)
    history = pd.DataFrame(record.history)
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
        return keras.saving.load_model(path, safe_mode=True)
    except Exception as error:
        raise ValueError(f"{path}: expected a .keras model, received {error}") from error


def predict(model, x, batch_size=256):
    """Probabilities, shape (n,), of a model with one output."""
    if len(x) == 0:
        return np.empty(0, dtype=np.float32)
    return model.predict(x, batch_size=batch_size, verbose=0)[:, 0]


def predict_symmetric(model, x, batch_size=256):
    """Mean probability over the eight symmetries of the square, shape (n,).

    Turning or mirroring a map does not change what it shows.
    """
    return np.mean(
        [predict(model, augment.symmetric(x, s), batch_size) for s in range(8)],
        axis=0,
    )


def cross_validate(build, x, labels, groups, copies, n_folds, epochs, seed, **settings):
    """Out-of-fold probabilities with every galaxy kept on one side.

    In each fold the training galaxies are divided once more into training
    (85 per cent) and validation; only training maps are augmented, the
    callbacks watch the validation galaxies, and the test galaxies are
    predicted once, at the end.

    Parameters
    ----------
    build : callable
        As in `fit`.
    x : ndarray, shape (n, h, w, 1)
        Network inputs.
    labels, groups : ndarray, shape (n,)
        Class and galaxy of each row.
    copies : mapping of label to int
        Augmented copies of each class (see `augment.balanced`).
    n_folds, epochs, seed : int
        Folds, most epochs, and the seed of splits, copies and weights.
    **settings
        Passed on to `fit`.

    Returns
    -------
    probability : ndarray, shape (n,)
        Of label 1, by the model that has not seen the galaxy.
    fold : ndarray of int, shape (n,)
        Fold in which the row was tested.
    models, histories : list
        The model and its history for each fold.
    """
    probability = np.full(len(x), np.nan)
    fold_of_row = np.full(len(x), -1)
    models, histories = [], []
    for fold, (rest, test) in enumerate(split.folds(labels, groups, n_folds, rng=seed)):
        inner, watched = split.by_galaxy(labels[rest], groups[rest], (0.85, 0.15), rng=[seed, fold])
        train, watched = rest[inner], rest[watched]
        copied, origin = augment.balanced(x[train], labels[train], copies, rng=[seed, fold])
        model, history = fit(
            build,
            copied,
            labels[train][origin],
            (x[watched], labels[watched]),
            epochs,
            seed + fold,
            **settings,
        )
        probability[test] = predict(model, x[test])
        fold_of_row[test] = fold
        models.append(model)
        histories.append(history.assign(fold=fold))
    return probability, fold_of_row, models, histories


def search(hypermodel, x, y, validation, trials, epochs, seed):
    """Random search with Keras Tuner.

    Parameters
    ----------
    hypermodel : callable
        Takes ``keras_tuner.HyperParameters``, returns a compiled model.
    x, y, validation
        As in `fit`.
    trials, epochs : int
        Configurations tried, and epochs of each.
    seed : int
        Of the search and of the weights.

    Returns
    -------
    pandas.DataFrame
        One row a trial, best first: the hyper-parameters, ``val_accuracy``
        and ``parameters``.

    Raises
    ------
    RuntimeError
        If a trial did not complete. Keras Tuner itself returns normally then.
    """
    import keras
    import keras_tuner
    import pandas as pd

    keras.utils.set_random_seed(seed)
    with tempfile.TemporaryDirectory() as scratch:
        tuner = keras_tuner.RandomSearch(
            hypermodel,
            objective="val_accuracy",
            max_trials=trials,
            seed=seed,
            directory=scratch,
            project_name="search",
        )
        tuner.search(x, y, validation_data=validation, epochs=epochs, verbose=0)
        done = tuner.oracle.trials.values()
        failed = [t.trial_id for t in done if t.status != "COMPLETED"]
        if failed or not done:
            raise RuntimeError(f"trials {failed} of {len(done)} did not complete")
        rows = [
            {
                **trial.hyperparameters.values,
                "parameters": hypermodel(trial.hyperparameters).count_params(),
                "val_accuracy": trial.score,
            }
            for trial in done
        ]
    return pd.DataFrame(rows).sort_values("val_accuracy", ascending=False, ignore_index=True)
