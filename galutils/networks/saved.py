"""Save, load and describe ``.keras`` files; no code from a file is ever run."""

import contextlib
import io
import json
import zipfile
from pathlib import Path

import numpy as np

from galutils.store import files
from galutils.store.files import RATIO

PARTS = ("metadata.json", "config.json", "model.weights.h5")
COUNTED = ("Conv2D", "Dense", "DepthwiseConv2D", "SeparableConv2D")


def save(model, path, half=False):
    """Save a model so that the path holds a complete file or none.

    Parameters
    ----------
    model : keras.Model
        Any model.
    path : path-like
        Folders above it are made.
    half : bool
        Keep weights with 16 bits, compressed: three digits. Keras loads them into 32 bits.
    """
    with files.replacing(path, suffix=".keras") as whole:
        model.save(Path(whole))
        if half:
            _halve(Path(whole))


def _halve(path):
    """Round the 32-bit numbers in a ``.keras`` file to 16 bits."""
    import h5py

    with zipfile.ZipFile(path) as archive:
        found = {name: archive.read(name) for name in PARTS}
    target = io.BytesIO()
    with h5py.File(io.BytesIO(found[PARTS[2]])) as old, h5py.File(target, "w") as new:

        def copy(name, entry):
            if isinstance(entry, h5py.Dataset):
                kind = "f2" if entry.dtype == "f4" else None
                made = new.create_dataset(name, data=entry[()], dtype=kind)
            else:
                made = new.require_group(name)
            made.attrs.update(entry.attrs)

        old.visititems(copy)
    found[PARTS[2]] = target.getvalue()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in found.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)


def load(path):
    """Load a ``.keras`` model in safe mode: no code from the file is run.

    Parameters
    ----------
    path : path-like

    Returns
    -------
    keras.Model

    Raises
    ------
    ValueError
        If there is no file, or Keras cannot load it safely; the message names the file.
    """
    import keras

    import galutils.networks.equivariant  # noqa: F401  registers its layer

    with guarded(path, "a .keras model"):
        keras_version(path)  # refuses other formats, and further parts that Keras would unpack
        return keras.saving.load_model(path, safe_mode=True)


@contextlib.contextmanager
def guarded(path, expected):
    """Turn whatever goes wrong with a file into a ValueError that names it.

    Parameters
    ----------
    path : path-like
    expected : str
        What the file should be, for the message.
    """
    try:
        yield
    except Exception as error:  # a hostile file may make a parser raise anything
        reason = f"{type(error).__name__}: {error}"
        raise ValueError(f"{path}: expected {expected}, received {reason}") from error


def describe(path):
    """Describe a saved model: its size, its layers and its file.

    Parameters
    ----------
    path : path-like
        The file.

    Returns
    -------
    dict
        ``architecture``: ``parameters`` (all weights, without the optimiser's), ``input``
        (lengths without that of the batch), ``outputs`` (None for a backbone, whose output is a
        map), ``layers`` (how many of each kind in `COUNTED`, nested models included); ``file``:
        ``name``, ``bytes``, ``sha256``, ``keras`` (version).

    Raises
    ------
    ValueError
        As of `load`.
    """
    path, model = Path(path), load(path)
    config = model.to_json()  # of nested models too
    architecture = {
        "parameters": model.count_params(),
        "input": list(model.input_shape[1:]),
        "outputs": model.output_shape[-1] if len(model.output_shape) == 2 else None,
        "layers": {kind: n for kind in COUNTED if (n := config.count(f'"class_name": "{kind}"'))},
    }
    file = {"name": path.name, "bytes": path.stat().st_size, "sha256": files.checksum(path)}
    return {"architecture": architecture, "file": file | {"keras": keras_version(path)}}


def keras_version(path):
    """Check that a ``.keras`` file has three sound parts, and return the version that wrote it.

    Keras writes further parts for layers with tables or text, which no model here has; on loading
    it would unpack and open them.

    Parameters
    ----------
    path : path-like

    Returns
    -------
    str

    Raises
    ------
    Exception
        Of whatever kind, if there is no file, it has another format or other parts, is damaged, is
        compressed by more than `RATIO`, or its weights lie in other files.
    """
    path = files.regular(path)
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        if sorted(names) != sorted(PARTS):
            received = ", ".join(names)[:200] or "none"
            raise ValueError(f"parts {', '.join(PARTS)} wanted, found {received}")
        if sum(entry.file_size for entry in archive.infolist()) > RATIO * path.stat().st_size:
            raise ValueError(f"more than {RATIO} times its size when unpacked")
        metadata, _, weights = (archive.read(name) for name in PARTS)
    check_weights(weights)
    return json.loads(metadata)["keras_version"]


def check_weights(weights):
    """Check the bytes of ``model.weights.h5`` without reading any array.

    Raises
    ------
    ValueError
        If weights lie in other files, or claim to be larger than `RATIO` times the bytes.
    """
    import h5py

    def visit(name, link):  # returns the reason, since h5py cannot pass on an exception
        if not isinstance(link, h5py.HardLink):
            return f"a link at {name}"
        entry = file[name]
        if isinstance(entry, h5py.Dataset):
            if entry.external or entry.is_virtual:
                return f"a link to other files at {name}"
            if entry.nbytes > RATIO * len(weights):
                return f"a claim of {entry.nbytes} bytes at {name}"
        return None

    with h5py.File(io.BytesIO(weights), "r") as file:
        reason = file.visititems_links(visit)
    if reason:
        raise ValueError(reason)


def write_arrays(path, *arrays, **named):
    """Write arrays to a ``.npz`` file, whole or not at all; the named ones come first."""
    buffer = io.BytesIO()
    np.savez(buffer, *arrays, **named)
    files.write(path, buffer.getvalue())


def read_arrays(path):
    """Read what `write_arrays` wrote; every part of the file has a checksum, and no code is run."""
    # from bytes, since NumPy leaves the handle of a damaged file open
    with np.load(io.BytesIO(files.regular(path).read_bytes()), allow_pickle=False) as arrays:
        return dict(arrays)
