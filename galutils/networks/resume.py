"""Take up a training where it was killed: its state is kept after every epoch."""

import hashlib
import io
import itertools
import json
import re
from pathlib import Path

import numpy as np

from galutils.networks import fused_batchnorm
from galutils.store import files

OURS = set()  # states that trainings of this process have read or written


def fit(model, x, y, validation, epochs, seed, batch_size, callbacks, folder, best=None):
    """Train a model, or go on with what a killed run of the same training has left.

    The order of the batches depends on seed and epoch alone, and everything else that the next
    epoch depends on is kept: weights, optimiser, the states of dropout, and the counters of the
    callbacks. A training that was killed ends as one that was not.

    Parameters
    ----------
    model : keras.Model
        Compiled, with its first weights.
    x, y : ndarray
        Inputs (n, ...) and targets (n, ...).
    validation : tuple of ndarray, or None
        As of `keras.Model.fit`.
    epochs, seed, batch_size : int
        Most epochs; of the order of batches.
    callbacks : list of keras.callbacks.Callback
        All their numbers are kept, such as the best score and the epochs waited.
    folder : path-like
        Where the state lies. Its name is a digest of the model, its weights, the data and the
        settings, so that any other training starts anew; see `clear`.
    best : path-like, optional
        A file that a callback writes (`keras.callbacks.ModelCheckpoint`); kept with the state.

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

    settings = [epochs, seed, batch_size, *(_counters(one) for one in callbacks)]
    path = Path(folder, f"{digest(model, [x, y, *(validation or ())], settings)}.npz")
    OURS.add(path)
    fused_batchnorm.build_optimizer(model)
    state = {"history": [], "counters": [], "stopped": False}

    def restore(logs=None):
        for one, counters in zip(callbacks, state["counters"], strict=False):
            vars(one).update(counters)

    def keep(epoch, logs):
        state["history"].append({name: float(value) for name, value in logs.items()})
        state["counters"] = [_counters(one) for one in callbacks]
        state["stopped"] = model.stop_training
        _write(path, model, state, best)

    if path.exists():
        state = _read(path, model, best)
    done = len(state["history"])
    if done < epochs and not state["stopped"]:
        # Last of the callbacks: the others forget their counters when a training begins.
        last = keras.callbacks.LambdaCallback(on_train_begin=restore, on_epoch_end=keep)
        model.fit(
            batches(x, y, batch_size, seed, done),
            steps_per_epoch=-(-len(x) // batch_size),
            epochs=epochs,
            initial_epoch=done,
            shuffle=False,
            validation_data=validation,
            validation_batch_size=batch_size,
            callbacks=[*callbacks, last],
            verbose=0,
        )
    return {name: [row[name] for row in state["history"]] for name in state["history"][0]}


def batches(x, y, batch_size, seed, epoch=0):
    """Yield batches of one epoch after the other, each epoch in an order of its own.

    Parameters
    ----------
    x, y : ndarray
        Inputs and targets.
    batch_size, seed : int
    epoch : int
        The first, from 0.

    Yields
    ------
    tuple of ndarray
        Inputs and targets; the last batch of an epoch may be smaller.
    """
    for number in itertools.count(epoch):
        order = np.random.default_rng([seed, number]).permutation(len(x))
        for start in range(0, len(x), batch_size):
            rows = order[start : start + batch_size]
            yield x[rows], y[rows]


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
    import keras

    # Numbers of layers and objects tell only what was built before in this process.
    told = [model.to_json(), json.dumps(model.get_compile_config(), default=str)]
    told = [re.sub(r'_\d+"|"shared_object_id": \d+', '"', text) for text in told]
    found = hashlib.sha256(json.dumps([keras.__version__, *told, settings]).encode())
    for array in [*arrays, *map(np.asarray, model.variables)]:
        array = np.asarray(array)
        found.update(f"{array.shape} {array.dtype}".encode())
        found.update(np.ascontiguousarray(array).tobytes())
    return found.hexdigest()[:20]


def _counters(callback):
    """Return the numbers among a callback's attributes."""
    return {k: float(v) if isinstance(v, np.floating) else v for k, v in vars(callback).items()
            if isinstance(v, bool | int | float | np.floating)}  # fmt: skip


def _write(path, model, state, best):
    """Write the state of a training, whole or not at all."""
    arrays = {f"model{i}": np.asarray(v) for i, v in enumerate(model.variables)}
    arrays |= {f"optimizer{i}": np.asarray(v) for i, v in enumerate(model.optimizer.variables)}
    if best is not None:
        arrays["best"] = np.frombuffer(Path(best).read_bytes(), np.uint8)
    buffer = io.BytesIO()
    np.savez(buffer, state=np.array(json.dumps(state)), **arrays)
    files.write(path, buffer.getvalue())


def _read(path, model, best):
    """Put a model, its optimiser and the best weights into the state of a file; return the rest."""
    try:
        # Of bytes: of a damaged file NumPy would leave the handle open.
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as arrays:
            for name, owner in (("model", model), ("optimizer", model.optimizer)):
                for number, variable in enumerate(owner.variables):
                    variable.assign(arrays[f"{name}{number}"])
            if best is not None:
                Path(best).write_bytes(arrays["best"].tobytes())
            return json.loads(str(arrays["state"]))
    except Exception as error:
        raise ValueError(f"{path}: expected the state of a training, received {error}") from error
