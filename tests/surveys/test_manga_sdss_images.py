"""SDSS images of MaNGA galaxies as the mock writes them, faults, and once the real files."""

import os
import shutil

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from galutils.mock import manga as mock
from galutils.store.files import ArchiveError
from galutils.surveys import manga
from galutils.surveys.manga import sdss_images

N = 120


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    path = tmp_path_factory.mktemp("written") / "manga"
    path.mkdir()
    mock.write(path, n=N, rng=5)
    return path


@pytest.fixture
def folder(written, tmp_path):
    return shutil.copytree(written, tmp_path / "manga")


def load(folder):
    return sdss_images.load(folder.parent, source="archive")


def test_sample_has_images_and_the_columns_of_the_fields(written):
    sample, rejected = load(written)
    fields, _ = manga.load_fields(written.parent, source="archive")
    assert sample["image"].shape == (len(sample), 80, 80, 3)
    assert sample["image"].dtype == np.uint8
    assert set(fields.colnames) - set(sample.colnames) == {"velocity", "systemic"}
    row = {name: k for k, name in enumerate(fields["plateifu"].tolist())}
    same = fields[[row[name] for name in sample["plateifu"].tolist()]]
    for name in ("group", "rotator", "boundary_distance", "ttype", "sersic_n"):
        np.testing.assert_array_equal(np.asarray(sample[name]), np.asarray(same[name]))
    assert len(sample) + len(rejected) == N


def test_row_0_is_south_and_light_is_where_the_galaxy_is(written):
    sample, _ = load(written)
    stored = np.asarray(Image.open(written / "sdss_png80" / f"{sample['plateifu'][0]}.png"))
    np.testing.assert_array_equal(sample["image"][0], stored[::-1])
    light = np.asarray(sample["image"], float).sum(axis=3)
    assert np.median(light[:, 36:44, 36:44].mean((1, 2)) / light.mean((1, 2))) > 3


def test_observations_of_a_galaxy_share_an_image(written):
    sample, _ = load(written)
    known = pd.read_csv(written / "labels.csv").dropna(subset="mangaid").groupby("mangaid")
    twice = [names for _, names in known["plateifu"] if len(names) > 1]
    row = {name: k for k, name in enumerate(sample["plateifu"].tolist())}
    assert twice
    for first, second in twice:
        np.testing.assert_array_equal(sample["image"][row[first]], sample["image"][row[second]])


def test_position_angles_agree_with_the_catalogue(written):
    """Counted east of north with east to the left, as the NSA does."""
    labels = pd.read_csv(written / "labels.csv").set_index("plateifu")
    sample, _ = load(written)
    flat = sample[np.asarray(sample["ellipticity"]) > 0.5]
    y, x = np.mgrid[:80, :80] - 39.5
    near = np.hypot(x, y) < 20
    found = []
    for row in flat:
        light = row["image"].astype(float).sum(axis=2) * near
        light = np.maximum(light - np.median(light[~near | (light > 0)]), 0)
        xx, yy, xy = ((light * part).sum() for part in (x * x, y * y, x * y))
        angle = np.rad2deg(np.arctan2(2 * xy, xx - yy)) / 2 - 90
        off = angle - labels.loc[row["plateifu"], "nsa_elpetro_phi"]
        found.append(abs((off + 90) % 180 - 90))
    assert np.median(found) < 10


def test_rejected_are_named(folder):
    listing = pd.read_csv(folder / sdss_images.LIST).assign(margin=9.0)
    first, second, third = listing["plateifu"][:3]
    listing.loc[0, "margin"] = 2.0
    extra = pd.DataFrame({"plateifu": ["1-1"], "margin": [9.0]})
    pd.concat([listing, extra]).to_csv(folder / sdss_images.LIST, index=False)
    (folder / sdss_images.FOLDER / f"{second}.png").write_bytes(b"\x89PNG")
    Image.new("RGB", (81, 80)).save(folder / sdss_images.FOLDER / f"{third}.png")
    sample, rejected = load(folder)
    assert len(sample) == N - 3
    why = dict(zip(rejected["name"], rejected["reason"], strict=True))
    assert set(why) == {first, second, third, "1-1"}
    assert "margin above 3.0" in why[first]
    assert "expected a whole image" in why[second]
    assert "expected RGB of 80x80, received RGB of 81x80" in why[third]
    assert "expected a row in labels.csv" in why["1-1"]


def test_names_that_lead_out_of_the_folder_are_refused(folder):
    labels = pd.read_csv(folder / "labels.csv")
    listing = pd.read_csv(folder / sdss_images.LIST).assign(margin=9.0)
    labels.loc[0, "plateifu"] = listing.loc[0, "plateifu"] = "../../secret"
    labels.to_csv(folder / "labels.csv", index=False)
    listing.to_csv(folder / sdss_images.LIST, index=False)
    _, rejected = load(folder)
    assert any("below sdss_png80" in reason for reason in rejected["reason"])


def test_missing_files_and_columns(folder):
    (folder / sdss_images.LIST).write_text("plateifu,edge\n1-1,3\n")
    with pytest.raises(ArchiveError, match=r"sdss_images\.csv: expected column margin"):
        load(folder)
    shutil.rmtree(folder / sdss_images.FOLDER)
    with pytest.raises(ArchiveError, match="expected files of the manga archive"):
        load(folder)


def test_network_input_is_the_middle_from_0_to_1(written):
    sample, _ = load(written)
    x = sdss_images.network_input(np.asarray(sample["image"]), 64)
    assert (x.shape[1:], x.dtype) == ((64, 64, 3), np.float32)
    np.testing.assert_allclose(255 * x, sample["image"][:, 8:72, 8:72], rtol=1e-6)


@pytest.mark.skipif("GALUTILS_DATA" not in os.environ, reason="no archive folder")
def test_real_images():
    sample, rejected = sdss_images.load(source="archive")
    assert (len(sample), len(rejected)) == (6161, 272)
    known = np.asarray(sample["rotator"])
    assert [np.sum(known == value) for value in (0, 1)] == [460, 3769]
