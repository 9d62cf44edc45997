"""Take up a training where it was killed: its state is kept after every epoch."""

import itertools
import json
import re
from pathlib import Path

import numpy as np

from galutils.networks import fused_batchnorm, saved

OURS = set()  # states that trainings of this process have read or written


def fit(model, x, y, seed, callbacks, folder, epochs, batch_size, validation_data=None):
    """Train a model, or go on with what a killed run of the same training has left.

    The order of the batches depends on seed and epoch alone, and everything else that the next
    epoch depends on is kept: weights, optimiser, the states of dropout, and the counters and best
    weights of the callbacks. A training that was killed ends as one that was not.

    Parameters
    ----------
    model : keras.Model
        Compiled, with its first weights.
    x, y : ndarray
        Inputs (n, ...) and targets (n, ...).
    seed : int
        Of the order of batches.
    callbacks : list of keras.callbacks.Callback
        All their numbers are kept, such as the best score and the epochs waited.
    folder : path-like
        Where the state lies. Its name is a digest of the model, its weights, the data and the
        settings, so that any other training starts anew; see `clear`.
    epochs, batch_size, validation_data
        As of `keras.Model.fit`.

    Returns
    -------
    dict of str to list of float
        As the history of `keras.Model.fit`, of all epochs.

    Raises
    ------
    ValueError
        If the state is there and cannot be read; names the file.
    OSError
        If it cannot be written.
    """
    import keras

    settings = [epochs, seed, batch_size, *map(_numbers, callbacks)]
    path = Path(folder, f"{digest(model, [x, y, *(validation_data or ())], settings)}.npz")
    OURS.add(path)
    fused_batchnorm.build_optimizer(model)
    record = keras.callbacks.History()
    state, best = {"done": 0, "stopped": False, "history": {}}, []
    if path.exists():
        state, best = _read(path, model)
    record.history = state["history"]

    def restore(logs=None):
        for one, numbers in zip(callbacks, state.get("numbers", ()), strict=False):
            vars(one).update(numbers)
            if hasattr(one, "best_weights"):
                one.best_weights = best

    def keep(epoch, logs):
        now = {"done": epoch + 1, "stopped": model.stop_training, "history": record.history}
        _write(path, model, callbacks, now)

    # Last of the callbacks: the others forget their counters when a training begins.
    last = keras.callbacks.LambdaCallback(on_train_begin=restore, on_epoch_end=keep)
    model.fit(
        **batches(x, y, batch_size, orders(seed, state["done"])),
        epochs=state["done"] if state["stopped"] else epochs,
        initial_epoch=state["done"],
        validation_data=validation_data,
        validation_batch_size=batch_size,
        callbacks=[*callbacks, record, last],
        verbose=0,
    )
    return record.history


def batches(x, y, batch_size, generators, change=None, weights=None):
    """Make arguments of `keras.Model.fit` whose rows come in another order in every epoch.

    Parameters
    ----------
    x, y : ndarray
        Inputs and targets.
    batch_size : int
        The last batch of an epoch may be smaller.
    generators : iterable of numpy.random.Generator
        One for each epoch, of the order and of the changes.
    change : callable, optional
        Takes inputs and a Generator, returns them changed.
    weights : ndarray, optional
        Weight of each row in the loss.

    Returns
    -------
    dict
    """

    def shuffled():
        for rng in generators:
            order = rng.permutation(len(x))
            for start in range(0, len(x), batch_size):
                rows = order[start : start + batch_size]
                inputs = x[rows] if change is None else change(x[rows], rng)
                yield (inputs, y[rows]) if weights is None else (inputs, y[rows], weights[rows])

    steps = -(-len(x) // batch_size)
    return {"x": shuffled(), "steps_per_epoch": steps, "shuffle": False}  # shuffled already


def orders(seed, epoch=0):
    """Yield the random states of an epoch, from 0, and those that follow."""
    return (np.random.default_rng([seed, number]) for number in itertools.count(epoch))


def clear(folder):
    """Remove the states of this process in a folder, once what the trainings were for is written.

    Parameters
    ----------
    folder : path-like
        As of `fit`. Others' states stay: two points of a sweep may train side by side.
    """
    for path in [path for path in OURS if folder and path.parent == Path(folder)]:
        path.unlink(missing_ok=True)
        OURS.remove(path)


def digest(model, arrays, settings):
    """Name a training by all that it depends on.

    Parameters
    ----------
    model : keras.Model
        Compiled, with its first weights.
    arrays : iterable of ndarray
        Inputs and targets.
    settings : object
        Anything that JSON can hold.

    Returns
    -------
    str
        Twenty hexadecimal digits.
    """
    import joblib
    import keras

    # Numbers of layers and objects tell only what was built before in this process.
    told = [model.to_json(), json.dumps(model.get_compile_config(), default=str)]
    told = [re.sub(r'_\d+"|"shared_object_id": \d+', '"', text) for text in told]
    values = [np.asarray(value) for value in [*arrays, *model.variables]]
    return joblib.hash([keras.__version__, *told, settings, values], hash_name="sha1")[:20]


def _numbers(callback):
    """Return the numbers among a callback's attributes."""
    return {k: v for k, v in vars(callback).items() if isinstance(v, bool | int | float)}


def _variables(model):
    return [*model.variables, *model.optimizer.variables]


def _write(path, model, callbacks, state):
    """Write the state of a training, whole or not at all."""
    best = [array for one in callbacks for array in getattr(one, "best_weights", None) or ()]
    state["numbers"] = [_numbers(one) for one in callbacks]
    saved.write_arrays(path, *_variables(model), *best, state=json.dumps(state))


def _read(path, model):
    """Put a model and its optimiser into the state of a file; return the rest and best weights."""
    with saved.guarded(path, "the state of a training"):
        state, *arrays = saved.read_arrays(path).values()
        for variable in _variables(model):
            variable.assign(arrays.pop(0))
        return json.loads(str(state)), arrays
