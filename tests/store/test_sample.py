"""What is written is read again."""

import numpy as np
import pytest
from astropy.table import Table

from galutils.store import sample


def test_round_trip_keeps_values_units_and_meta(tmp_path):
    table = Table({"catid": np.array([9403801579, 6821]), "velocity": np.ones((2, 5, 5), "f4")})
    table["velocity"].unit = "km/s"
    table["velocity"][0, 2, 2] = np.nan
    table["file"] = ["a.fits", "bb.fits"]
    table.meta = {"survey": "SAMI", "source": "mock", "seed": 3}
    sample.write(table, tmp_path / "new" / "sample.fits")
    again = sample.read(tmp_path / "new" / "sample.fits")
    assert again["catid"].tolist() == [9403801579, 6821]
    assert again["file"].tolist() == ["a.fits", "bb.fits"]
    np.testing.assert_array_equal(again["velocity"], table["velocity"])
    assert str(again["velocity"].unit) == "km / s"
    assert all(again[name].dtype.isnative for name in again.colnames)
    assert again.meta == table.meta


def test_small_integers_are_refused_not_turned_into_true_and_false(tmp_path):
    table = Table({"label": np.array([1, 0, -1], dtype=np.int8)})
    with pytest.raises(ValueError, match="label"):
        sample.write(table, tmp_path / "sample.fits")
    table["label"] = table["label"].astype(int)
    sample.write(table, tmp_path / "sample.fits")
    assert sample.read(tmp_path / "sample.fits")["label"].tolist() == [1, 0, -1]


def test_damaged_file_is_named(tmp_path):
    path = tmp_path / "sample.fits"
    path.write_bytes(b"SIMPLE  = nonsense")
    with pytest.raises(ValueError, match=r"sample\.fits: expected"):
        sample.read(path)
    with pytest.raises(ValueError, match="missing"):
        sample.read(tmp_path / "missing.fits")
