"""Resume a training that was killed: its state is written after every epoch.

Keras's own `keras.callbacks.BackupAndRestore` does not keep the counters of other callbacks
(keras issue 14862), so that early stopping would start to count anew.
"""

import hashlib
import io
import itertools
import json
import re
from pathlib import Path

import numpy as np

from galutils.networks import fused_batchnorm
from galutils.store import files

OURS = set()  # files of states that this process has read or written


def fit(model, x, y, validation, epochs, seed, batch_size, callbacks, folder, best=None):
    """Train a model, or continue from the state that a killed run of the same training has left.

    The order of the batches depends on seed and epoch alone. Everything else that the next epoch
    depends on is kept: weights, optimiser, the states of dropout, and the counters of the
    callbacks. The result is therefore the same as without the interruption.

    Parameters
    ----------
    model : keras.Model
        Compiled, with its first weights.
    x, y : ndarray
        Inputs (n, ...) and targets (n, ...).
    validation : tuple of ndarray, or None
        As of `keras.Model.fit`.
    epochs, seed, batch_size : int
        Largest number of epochs; seed of the order of batches; inputs in a batch.
    callbacks : list of keras.callbacks.Callback
        All their numbers are kept, such as the best score and the epochs without improvement.
    folder : path-like
        Folder of the state. The file's name is a digest of the model, its weights, the data and
        the settings, so that any other training starts anew; see `clear`.
    best : path-like, optional
        A file that a callback writes (`keras.callbacks.ModelCheckpoint`); it is kept with the
        state.

    Returns
    -------
    dict of str to list of float
        The history of all epochs, as of `keras.Model.fit`.

    Raises
    ------
    ValueError
        If there is a state that cannot be read; the message names the file.
    OSError
        If the state cannot be written.
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
        # The last of the callbacks, since the others reset their counters when a training begins.
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
    """Yield the batches of one epoch after the other, each epoch in an order of its own.

    Parameters
    ----------
    x, y : ndarray
        Inputs and targets.
    batch_size, seed : int
    epoch : int
        The first epoch, counted from 0.

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
    """Remove the states of this process in a folder, once the results of its trainings are saved.

    Parameters
    ----------
    folder : path-like
        As of `fit`. States of other processes stay, since points of a sweep may train in parallel.
    """
    for path in [path for path in OURS if folder and path.parent == Path(folder)]:
        path.unlink(missing_ok=True)
        OURS.remove(path)


def digest(model, arrays, settings):
    """Compute a digest of everything that a training depends on.

    Parameters
    ----------
    model : keras.Model
        Compiled, with its first weights.
    arrays : iterable of ndarray
        Inputs and targets.
    settings : object
        Anything that can be written as JSON.

    Returns
    -------
    str
        Twenty hexadecimal digits.
    """
    import keras

    # The numbers of layers and objects depend on what this process has built before.
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
    """Write the state of a training, completely or not at all."""
    arrays = {f"model{i}": np.asarray(v) for i, v in enumerate(model.variables)}
    arrays |= {f"optimizer{i}": np.asarray(v) for i, v in enumerate(model.optimizer.variables)}
    if best is not None:
        arrays["best"] = np.frombuffer(Path(best).read_bytes(), np.uint8)
    buffer = io.BytesIO()
    np.savez(buffer, state=np.array(json.dumps(state)), **arrays)
    for rest in path.parent.glob(f".{path.name}.*"):  # left by a killed run
        rest.unlink()
    files.write(path, buffer.getvalue())


def _read(path, model, best):
    """Restore a model, its optimiser and the best weights from a file; return the other state."""
    try:
        # from bytes, since NumPy leaves the handle of a damaged file open
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as arrays:
            for name, owner in (("model", model), ("optimizer", model.optimizer)):
                for number, variable in enumerate(owner.variables):
                    variable.assign(arrays[f"{name}{number}"])
            if best is not None:
                Path(best).write_bytes(arrays["best"].tobytes())
            return json.loads(str(arrays["state"]))
    except Exception as error:
        raise ValueError(f"{path}: expected the state of a training, received {error}") from error
