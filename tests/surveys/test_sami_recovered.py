import os
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest

from galutils.physics import kinematics
from galutils.store.files import ArchiveError
from galutils.surveys.sami import recovered

REAL = Path(os.environ.get("GALUTILS_DATA", "../shared/data"))


@pytest.fixture
def root(tmp_path):
    """An archive of three recovered galaxies, of which the catalogue has two."""
    folder = tmp_path / "sami"
    folder.mkdir()
    with h5py.File(tmp_path / recovered.FILE, "w") as file:
        for catid in (300, 20, 1):
            for name in ("vel", "sig", "flux"):
                values = np.full((50, 50), float(catid))
                values[:10] = np.nan
                file[f"{catid}/{name}"] = values
    stelkin = {"catid": [1, 20], "cubeidpub": ["1_A", "20_A"], "lambdar_re": [0.02, 0.5]}
    pd.DataFrame(stelkin).to_csv(folder / "sami_dr3.samiDR3Stelkin.csv", index=False)
    pd.DataFrame({"catid": [1, 20], "ellip": [0.1, 0.4]}).to_csv(
        folder / "sami_dr3.InputCatGAMADR3.csv", index=False
    )
    return tmp_path


def test_maps_get_the_published_values_and_a_label(root):
    sample, rejected = recovered.load(root)
    assert list(sample["catid"]) == [1, 20, 300] and len(rejected) == 0
    assert list(sample["label"]) == [0, 1, -1]
    np.testing.assert_array_equal(sample["lambda_r"], [0.02, 0.5, np.nan])
    assert sample["velocity"].unit == "km/s" and sample["velocity"].dtype == np.float32
    assert np.isnan(sample["velocity"][1, 0, 0]) and sample["velocity"][1, 20, 0] == 20
    assert sample.meta["source"] == "archive" and "figures" in sample.meta["citation"]


def test_damaged_groups_are_rejected_with_a_reason(root):
    with h5py.File(root / recovered.FILE, "a") as file:
        del file["20/sig"], file["300/vel"]
        file["300/vel"] = np.zeros((4, 4))
        file["name"] = 3.0
        file["7/vel"] = file["7/sig"] = file["7/flux"] = np.full((50, 50), np.inf)
    sample, rejected = recovered.load(root)
    assert list(sample["catid"]) == [1]
    reasons = dict(zip(rejected["catid"], rejected["reason"], strict=True))
    assert set(reasons) == {"7", "20", "300", "name"}
    assert "sig: expected a dataset" in reasons["20"] and "(50, 50)" in reasons["300"]


def test_no_file_gives_an_empty_sample_and_a_damaged_one_an_error(root, tmp_path):
    (root / recovered.FILE).unlink()
    sample, _ = recovered.load(root)
    assert len(sample) == 0 and sample["velocity"].shape == (0, 50, 50)
    (root / recovered.FILE).write_bytes(b"no HDF5")
    with pytest.raises(ArchiveError, match="maps_from_plots.h5: expected maps of SAMI galaxies"):
        recovered.load(root)


@pytest.mark.skipif(not (REAL / recovered.FILE).exists(), reason="the real maps are not there")
def test_spin_measured_on_the_real_maps_is_the_published_one():
    sample, rejected = recovered.load(REAL)
    assert len(sample) == 62 and len(rejected) == 0
    known = np.isfinite(sample["lambda_r"]) & (sample["r_e"] < 7) & (sample["r_e"] > 2)
    x, y = kinematics.spaxel_offsets((50, 50), 0.5)
    differences = []
    for row in sample[known]:
        radius = kinematics.elliptical_radius(
            x, y, row["ellipticity"], (row["position_angle"] + 90) % 180
        )
        inside = radius <= row["r_e"]
        velocity = np.where(inside, row["velocity"] - np.nanmedian(row["velocity"][inside]), np.nan)
        measured = kinematics.lambda_r(velocity, row["sigma"], row["flux"], radius)
        differences.append(float(measured) - row["lambda_r"])
    assert len(differences) > 20
    assert abs(np.median(differences)) < 0.03


def test_fill_values_and_units_of_the_recovered_maps(root):
    with h5py.File(root / recovered.FILE, "a") as file:
        file["20/vel"][30] = [-999, np.inf, -np.inf, 1e20, -9999, *[20] * 45]
        file["300/sig"].attrs["units"], file["1/sig"].attrs["unit"] = "K", "m/s"
    sample, rejected = recovered.load(root)
    assert list(sample["catid"]) == [1, 20]
    assert np.isnan(sample["velocity"][1, 30]).tolist() == [True] * 5 + [False] * 45
    assert np.nanmax(sample["sigma"][0]) == np.float32(0.001)
    assert "sig: expected km/s, received 'K'" in rejected["reason"][0]
