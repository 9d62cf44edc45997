"""The shipped network of MaNGA's fields, by its card, says what its notebook says."""

import h5py
import numpy as np
import pandas as pd
import pytest
from classify_inputs import maps

from galutils.classify import classify
from galutils.classify.classifier import flagged
from galutils.inputs import images
from galutils.networks import cards, shipped, train, wrappers
from galutils.surveys import manga

MODEL = shipped.FOLDER / "manga_rotation.keras"
FIELDS = {name: field[5:-9, 8:-6] for name, field in zip("abc", maps(3, seed=5), strict=True)}


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """Write fields as MaNGA's archive has them; the centre is spaxel (19.5, 16.5) of each."""
    path = tmp_path_factory.mktemp("fields") / "stellar_velocity_fields.h5"
    with h5py.File(path, "w") as file:
        for name, field in FIELDS.items():
            file[name] = field + 20
            file[name].attrs.update({"dpix": 0.5, "east0": 8.25, "north0": -9.75})
        file["empty"] = np.full((20, 20), np.nan)
        file["empty"].attrs.update({"dpix": 0.5, "east0": 4.75, "north0": -4.75})
        file["plain"] = FIELDS["a"]  # without a centre, so the middle is it
    return path


def test_one_field_a_dataset_as_the_notebook_prepares_it(archive, tmp_path):
    assert classify(MODEL, archive, tmp_path / "out.csv") == (5, 4, 1)
    table = pd.read_csv(tmp_path / "out.csv").set_index("id")
    [rejected] = pd.read_csv(tmp_path / "out_rejected.csv").to_dict("records")
    assert rejected["id"] == "empty" and "no spaxel with one" in rejected["reason"]
    models, _ = shipped.read("manga_rotation")
    with h5py.File(archive) as file:
        fields = np.stack([manga.read_field(file, name) for name in FIELDS])
    centred = fields - np.nanmedian(fields, axis=(1, 2), keepdims=True)
    x = images.fill_frame(centred, unit=50.0, limit=8.0)
    expected = train.predict_symmetric(wrappers.ensemble(models), x)
    np.testing.assert_allclose(table.loc[list(FIELDS), "probability"], expected, atol=2e-6)
    assert table["spread"].between(0, 0.5).all()
    assert not flagged(table["flags"], "no_ranges").any()


def test_its_card_has_the_ranges_of_the_fields_in_the_file():
    card = cards.read(cards.beside(MODEL), MODEL)
    assert card["architecture"]["symmetric"] is True
    low, high = card["data"]["ranges"]["amplitude"]
    assert 5 < low < 30 and 200 < high < 400  # km/s
