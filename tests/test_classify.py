"""A folder of cut-outs through a saved model: a row or a reason for every file."""

import keras
import numpy as np
import pandas as pd
import pytest
from PIL import Image

from galutils import classify as module
from galutils import cli, train
from galutils.classify import classify
from galutils.surveys import ArchiveError

NAMES = ["sdss_ra=49.1_dec=41.5.png", "sdss_ra=49.2_dec=41.5-label=0.png", "sdss_objid=12376.png"]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """Return the path of a network whose output is the mean red of an image."""
    inputs = keras.Input((200, 200, 3))
    mean = keras.layers.GlobalAveragePooling2D()(keras.layers.Rescaling(1 / 255)(inputs))
    red = keras.layers.Dense(1, use_bias=False)
    network = keras.Model(inputs, red(mean))
    red.set_weights([np.array([[1.0], [0.0], [0.0]])])
    path = tmp_path_factory.mktemp("model") / "red.keras"
    train.save(network, path)
    return path


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "cutouts"
    path.mkdir()
    for name, red in zip(NAMES, (51, 204, 255), strict=True):
        Image.new("RGB", (200, 200), (red, 0, 0)).save(path / name)
    return path


def test_one_row_an_image_and_a_reason_for_the_rest(model, folder, tmp_path):
    (folder / "sdss_ra=49.3_dec=41.5.png").write_bytes(b"no image")
    (folder / "notes.txt").write_text("by hand")
    Image.new("RGB", (100, 200)).save(folder / "sdss_ra=49.4_dec=41.5.png")
    out = tmp_path / "sub" / "classified.csv"
    result, rejected = classify(model, folder, out)
    assert result["file"].tolist() == sorted(NAMES)
    written = pd.read_csv(out).set_index("file")
    np.testing.assert_allclose(written.loc[NAMES, "probability"], [0.2, 0.8, 1.0], atol=1e-3)
    assert written.loc[NAMES, "predicted"].tolist() == [0, 1, 1]
    assert written.loc[NAMES[2], "objid"] == 12376
    assert written.loc[NAMES[0], ["ra", "dec"]].tolist() == [49.1, 41.5]
    assert "label" not in written
    reasons = pd.read_csv(tmp_path / "sub" / "classified_rejected.csv").set_index("name")["reason"]
    assert len(rejected) == len(reasons) == 3
    assert "expected a whole image" in reasons["sdss_ra=49.3_dec=41.5.png"]
    assert "expected RGB of 200x200" in reasons["sdss_ra=49.4_dec=41.5.png"]
    assert "expected a name" in reasons["notes.txt"]


def test_chunks_change_nothing(model, folder, monkeypatch):
    whole, _ = classify(model, folder)
    monkeypatch.setattr(module, "CHUNK", 2)
    parts, _ = classify(model, folder)
    assert parts["file"].tolist() == whole["file"].tolist()
    np.testing.assert_allclose(parts["probability"], whole["probability"])


def test_all_damaged_is_no_crash(model, tmp_path):
    (tmp_path / NAMES[0]).write_bytes(b"")
    result, rejected = classify(model, tmp_path)
    assert (len(result), len(rejected)) == (0, 1)


def test_wrong_model_and_wrong_folder_are_named(model, folder, tmp_path):
    small = tmp_path / "small.keras"
    inputs = keras.Input((48, 48, 3))
    train.save(keras.Model(inputs, keras.layers.GlobalAveragePooling2D()(inputs)), small)
    with pytest.raises(
        ValueError, match=r"small.keras: expected a model of inputs \(200, 200, 3\)"
    ):
        classify(small, folder)
    with pytest.raises(ValueError, match=r"expected a .keras model"):
        classify(tmp_path / "none.keras", folder)
    with pytest.raises(ArchiveError, match="expected cut-outs"):
        classify(model, tmp_path / "nowhere")


def test_command_line(model, folder, tmp_path, capsys):
    (folder / "notes.txt").touch()
    out = tmp_path / "classified.csv"
    assert cli.main(["classify", str(model), str(folder), "--out", str(out)]) == 0
    said = capsys.readouterr()
    assert f"{out}: 3 cut-outs, 2 of class 1, 1 left out" in said.out
    assert "left out: notes.txt: expected a name" in said.err
    assert len(pd.read_csv(out)) == 3
    assert cli.main(["classify", str(tmp_path / "x.keras"), str(folder)]) == 1
    assert "x.keras: expected a .keras model" in capsys.readouterr().err
