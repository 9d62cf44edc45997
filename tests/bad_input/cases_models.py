"""Networks from files: Keras's own, and checkpoints of TensorFlow. None may run code."""

import io
import json
import zipfile
from functools import cache

import h5py
import numpy as np

from galutils.networks import pretrained, saved

from . import kinds
from .case import Case, Reader
from .cases_hdf5 import external

MODEL, POINT = "model.keras", "zoobot"
X = np.ones((2, 6), np.float32)


def network():
    import keras

    keras.utils.set_random_seed(3)
    inputs = keras.Input((6,))
    return keras.Model(inputs, keras.layers.Dense(2, name="dense")(inputs), name="toy")


@cache
def _saved():
    """Bytes of a model, and files of a checkpoint, by name."""
    import tempfile
    from pathlib import Path

    import tensorflow as tf

    with tempfile.TemporaryDirectory() as scratch:
        model, folder = network(), Path(scratch)
        model.save(folder / MODEL)
        values = {name: tf.Variable(w, name=f"dense/{name}") for name, w in _values(model).items()}
        layer = tf.train.Checkpoint(**values)
        tf.train.Checkpoint(**{"layer_with_weights-0": layer}).write(str(folder / POINT))
        return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def _values(model):
    return dict(zip(("kernel", "bias"), model.get_weights(), strict=True))


def write(folder):
    for name, content in _saved().items():
        (folder / name).write_bytes(content)


def _predict(folder):
    return np.asarray(saved.load(folder / MODEL)(X))


def _weights(name):
    def read(folder):
        model = network()
        pretrained.load_weights(model, folder / name)
        return np.concatenate([w.ravel() for w in model.get_weights()])

    return read


LOAD = Reader("saved.load", write, _predict, heavy=True)
DESCRIBE = Reader("saved.describe", write, lambda f: saved.describe(f / MODEL), heavy=True)
KERAS = Reader("pretrained.load_weights (.keras)", write, _weights(MODEL), heavy=True)
CHECKPOINT = Reader("pretrained.load_weights (checkpoint)", write, _weights(POINT), heavy=True)
GENERIC = {
    "empty": (kinds.content(b""), "received"),
    "cut to a third": (kinds.cut, "received"),
    "an HTML page": (kinds.content(kinds.HTML), "received"),
    "random bytes": (kinds.noise, "received"),
    "a pipe": (kinds.pipe, "received"),
    "a folder": (kinds.folder, "received"),
}


def repacked(change, compression=zipfile.ZIP_STORED):
    """Change the parts of a .keras file, ``{name: bytes}``."""

    def damage(folder):
        path = folder / MODEL
        with zipfile.ZipFile(path) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
        change(parts)
        with zipfile.ZipFile(path, "w", compression) as archive:
            for name, content in parts.items():
                archive.writestr(name, content)

    return damage


def config(change):
    def edit(parts):
        document = json.loads(parts["config.json"])
        change(document)
        parts["config.json"] = json.dumps(document).encode()

    return repacked(edit)


def weights(change):
    def edit(parts):
        buffer = io.BytesIO(parts["model.weights.h5"])
        with h5py.File(buffer, "a") as file:
            change(file)
        parts["model.weights.h5"] = buffer.getvalue()

    return repacked(edit)


def _dense(document):
    return next(one for one in document["config"]["layers"] if one["class_name"] == "Dense")


def _lambda(document):
    import keras

    function = keras.layers.Lambda(lambda x: __import__("os").system("touch canary"))
    layer = keras.saving.serialize_keras_object(function)
    _dense(document).update({key: layer[key] for key in ("module", "class_name", "config")})


def _calls(module, name):
    def change(document):
        _dense(document).update(module=module, class_name=name, config={"command": "touch canary"})

    return change


def _activation(document):
    _dense(document)["config"]["activation"] = {
        "module": "os",
        "class_name": "function",
        "config": "system",
        "registered_name": "system",
    }


def _legacy(folder):
    """A model in the older format, which has the functions of its layers as bytes."""
    network().save(folder / "legacy.h5")
    (folder / MODEL).write_bytes((folder / "legacy.h5").read_bytes())


NAME = "layers/dense/vars/0"
SPOILED = {
    "a layer with code": (config(_lambda), "received"),
    "a layer that is a program": (config(_calls("os", "system")), "received"),
    "a layer of another package": (config(_calls("subprocess", "Popen")), "received"),
    "an activation that is a program": (config(_activation), "received"),
    "no layers": (config(lambda d: d["config"].pop("layers")), "received"),
    "no JSON": (repacked(lambda p: p.update({"config.json": b"{"})), "received"),
    "no weights": (repacked(lambda p: p.pop("model.weights.h5")), "parts"),
    "no configuration": (repacked(lambda p: p.pop("config.json")), "parts"),
    "a part that leads out": (repacked(lambda p: p.update({"../canary": b"x"})), "../canary"),
    "an absolute part": (repacked(lambda p: p.update({"/tmp/x/canary": b"x"})), "parts"),
    "assets": (repacked(lambda p: p.update({"assets/a.txt": b"x"})), "assets/a.txt"),
    "a zip of something else": (
        lambda folder: zipfile.ZipFile(folder / MODEL, "w").writestr("a.txt", "x"),
        "parts",
    ),
    "a zip bomb": (
        repacked(lambda p: p.update({"model.weights.h5": bytes(8_000_000)}), zipfile.ZIP_DEFLATED),
        "when unpacked",
    ),
    "the older format": (_legacy, "received"),
    "weights of noise": (repacked(lambda p: p.update({"model.weights.h5": b"noise"})), "received"),
    "weights in another file": (
        weights(lambda file: (file.pop(NAME), external(file, NAME))),
        "link to other files",
    ),
    "a link to another file": (
        weights(
            lambda file: (file.pop(NAME), file.__setitem__(NAME, h5py.ExternalLink("a.h5", "a")))
        ),
        "a link at",
    ),
    "a claim of terabytes": (
        weights(lambda file: file.create_dataset("a", (10**12,), "f8", chunks=(64,))),
        "a claim of",
    ),
}
OTHER = {
    "weights of another shape": weights(
        lambda file: (file.pop(NAME), file.create_dataset(NAME, data=np.ones((5, 2), "f4")))
    ),
    "weights as texts": weights(
        lambda file: (file.pop(NAME), file.create_dataset(NAME, data=np.array([b"a", b"b"])))
    ),
}


def at(name, damage):
    return lambda folder: damage(folder / name)


def _cases():
    for reader in (LOAD, DESCRIBE, KERAS):
        for what, (damage, word) in GENERIC.items():
            yield Case(reader, what, at(MODEL, damage), (MODEL, word))
    for what, (damage, word) in SPOILED.items():
        yield Case(LOAD, what, damage, (MODEL, word))
    for what, damage in OTHER.items():
        yield Case(LOAD, what, damage, (MODEL,))
        yield Case(KERAS, what, damage, (MODEL,))
    for what in ("no weights", "a zip bomb", "a link to another file", "a claim of terabytes"):
        damage, word = SPOILED[what]
        yield Case(DESCRIBE, what, damage, (MODEL, word))
    for part in (".index", ".data-00000-of-00001"):
        for what, (damage, _) in GENERIC.items():
            yield Case(CHECKPOINT, f"{part[1:]} {what}", at(POINT + part, damage), (POINT,))

    def bit(data):
        data = bytearray(data)
        data[len(data) // 2] ^= 1
        return bytes(data)

    place = at(f"{POINT}.data-00000-of-00001", kinds.change(bit))
    yield Case(CHECKPOINT, "one bit against its checksum", place, (POINT, "received"))


CASES = list(_cases())
