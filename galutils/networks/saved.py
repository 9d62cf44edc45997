"""What a ``.keras`` file says of its model, without loading it: no code of the file is run."""

import hashlib
import io
import json
import zipfile
from collections import Counter
from pathlib import Path

import numpy as np

from galutils.store import files

PARTS = ("metadata.json", "config.json", "model.weights.h5")
RATIO = 100  # of unpacked to packed size; Keras does not pack
COUNTED = ("Conv2D", "DepthwiseConv2D", "SeparableConv2D", "Dense")


def describe(path):
    """Read a model's size and shape from its file.

    A ``.keras`` file is a zip of ``config.json``, ``metadata.json`` and ``model.weights.h5``.

    Parameters
    ----------
    path : path-like
        The file.

    Returns
    -------
    dict
        ``architecture``: ``parameters`` (trainable and others, without the optimiser's),
        ``input`` (lengths without that of the batch), ``outputs`` (units of the last dense
        layer; None for a backbone), ``layers`` (how many of each kind with weights); ``file``:
        ``name``, ``bytes``, ``sha256``, ``keras`` (version).

    Raises
    ------
    ValueError
        If the file is no such zip, or a part is missing or damaged; names the file.
    FileNotFoundError
        If there is no file.
    """
    path = Path(path)
    found = parts(path)
    content = path.read_bytes()
    try:
        config = json.loads(found["config.json"])["config"]
        version = json.loads(found["metadata.json"])["keras_version"]
        weights = found["model.weights.h5"]
        architecture = {
            "parameters": count_parameters(weights),
            "input": _input(config),
            "outputs": _outputs(config),
            "layers": dict(sorted(_layers(config).items())),
        }
    except Exception as error:  # what a hostile file makes a parser raise may be anything
        reason = f"{type(error).__name__}: {error}"
        raise ValueError(f"{path}: expected a .keras model, received {reason}") from error
    about = {"name": path.name, "bytes": len(content), "sha256": _sha256(content)}
    return {"architecture": architecture, "file": about | {"keras": version}}


def parts(path):
    """Read the three parts of a ``.keras`` file, and see that there are no others.

    Keras writes further ones for layers with tables or text, which no model here has; on loading
    it would unpack and open them.

    Parameters
    ----------
    path : path-like

    Returns
    -------
    dict
        Name, of `PARTS`, to bytes.

    Raises
    ------
    ValueError
        If it is no such file, has other parts, is damaged, packed beyond `RATIO`, or its weights
        lie in other files; names it.
    FileNotFoundError
        If there is no file.
    """
    path = files.regular(path)
    expected = f"{path}: expected a .keras model"
    try:
        with zipfile.ZipFile(path) as archive:
            names = sorted(entry.filename for entry in archive.infolist())
            if names != sorted(PARTS):
                received = ", ".join(names)[:200]
                raise ValueError(f"parts {', '.join(PARTS)} wanted, found {received or 'none'}")
            size = sum(entry.file_size for entry in archive.infolist())
            if size > RATIO * path.stat().st_size:
                raise ValueError(f"more than {RATIO} times its size when unpacked")
            found = {name: archive.read(name) for name in PARTS}
        check_weights(found["model.weights.h5"])
    except Exception as error:  # what a hostile file makes a parser raise may be anything
        reason = f"{type(error).__name__}: {error}"
        raise ValueError(f"{expected}, received {reason}") from error
    return found


def check_weights(weights):
    """Raise ValueError where weights (bytes) lie in other files or claim more than they have."""
    import h5py

    def visit(name, link):  # h5py cannot pass on what is raised here
        if not isinstance(link, h5py.HardLink):
            return f"a link at {name}"
        entry = file[name]
        if not isinstance(entry, h5py.Dataset):
            return None
        if entry.external or entry.is_virtual:
            return f"a link to other files at {name}"
        if entry.nbytes > RATIO * len(weights):
            return f"a claim of {entry.nbytes} bytes at {name}"
        return None

    with h5py.File(io.BytesIO(weights), "r") as file:
        reason = file.visititems_links(visit)
    if reason:
        raise ValueError(reason)


def checksum(path):
    """Return the sha256 of a file."""
    return _sha256(Path(path).read_bytes())


def count_parameters(weights):
    """Count the weights in the bytes of ``model.weights.h5``, as `keras.Model.count_params` does.

    States of the optimiser and of seeds are left out.
    """
    import h5py

    total = 0

    def visit(name, entry):
        nonlocal total
        parts = name.split("/")
        state = "optimizer" in parts or any(part.startswith("seed_generator") for part in parts)
        if isinstance(entry, h5py.Dataset) and not state:
            total += int(np.prod(entry.shape, dtype=np.int64))

    with h5py.File(io.BytesIO(weights), "r") as file:
        file.visititems(visit)
    return total


def _sha256(content):
    return hashlib.sha256(content).hexdigest()


def _input(config):
    [first] = [layer for layer in config["layers"] if layer["class_name"] == "InputLayer"][:1]
    return first["config"]["batch_shape"][1:]


def _outputs(config):
    """Units of the last dense layer, in the last of nested models if there are any."""
    for layer in reversed(config["layers"]):
        if layer["class_name"] == "Dense":
            return layer["config"]["units"]
        if "layers" in layer["config"]:
            return _outputs(layer["config"])
    return None


def _layers(config):
    """Count layers with weights; a model that is nested several times counts once for each."""
    found = Counter()
    for layer in config["layers"]:
        nested = _layers(layer["config"]) if "layers" in layer["config"] else {}
        found.update(nested or {n: 1 for n in COUNTED if n == layer["class_name"]})
    return found
