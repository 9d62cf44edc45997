"""Models are saved whole or not at all, loaded without running code, and described."""

import json
import zipfile

import keras
import pytest

from galutils.networks import saved
from galutils.store import files


def test_failed_save_leaves_the_former_file(tmp_path):
    path = tmp_path / "model.keras"
    path.write_bytes(b"former")

    class Broken:
        def save(self, partial):
            partial.write_bytes(b"half")
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        saved.save(Broken(), path)
    assert path.read_bytes() == b"former"
    assert [p.name for p in tmp_path.iterdir()] == ["model.keras"]


def test_unreadable_and_unsafe_models_are_refused(tmp_path):
    path = tmp_path / "bad.keras"
    path.write_bytes(b"no model")
    with pytest.raises(ValueError, match=r"bad\.keras: expected a \.keras model"):
        saved.load(path)
    inputs = keras.Input((2,))
    hostile = keras.Model(inputs, keras.layers.Lambda(lambda x: x * 2)(inputs))
    hostile.save(path)
    with pytest.raises(ValueError, match="bad"):
        saved.load(path)


def zipped(path, **parts):
    with zipfile.ZipFile(path, "w") as file:
        for name, content in parts.items():
            file.writestr(name.replace("_", "."), content)
    return path


def test_files_that_are_no_models_are_named(tmp_path):
    (tmp_path / "a.keras").write_bytes(b"text")
    partial = zipped(tmp_path / "b.keras", config_json=json.dumps({"config": {"layers": []}}))
    for path in (tmp_path / "a.keras", partial, tmp_path / "c.keras"):
        with pytest.raises(ValueError, match=f"{path.name}: expected a .keras model"):
            saved.describe(path)


def test_a_backbone_in_another_model_is_described_with_its_layers(tmp_path):
    layers = keras.layers
    inner = keras.Sequential([keras.Input((9, 9, 1)), layers.Conv2D(2, 3), layers.Dropout(0.1)])
    saved.save(inner, tmp_path / "inner.keras")
    told = saved.describe(tmp_path / "inner.keras")
    assert told["architecture"]["outputs"] is None  # a map
    inputs = keras.Input((9, 9, 1))
    model = keras.Model(inputs, layers.Dense(3)(layers.Flatten()(inner(inputs))))
    model.compile("adam", "mse")
    model.optimizer.build(model.trainable_variables)  # its state is not counted
    path = tmp_path / "model.keras"
    saved.save(model, path)
    told = saved.describe(path)
    assert told["architecture"] == {
        "parameters": 20 + 98 * 3 + 3, "input": [9, 9, 1], "outputs": 3,
        "layers": {"Conv2D": 1, "Dense": 1},
    }  # fmt: skip
    assert told["file"] == {
        "name": "model.keras", "bytes": path.stat().st_size,
        "sha256": files.checksum(path), "keras": keras.__version__,
    }  # fmt: skip
