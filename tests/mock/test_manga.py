"""The mock MaNGA archive: its layout, its flaws, and labels that follow from physics."""

import hashlib

import h5py
import numpy as np
import pandas as pd
import pytest

from galutils.mock import manga as mock
from galutils.mock import publish
from galutils.surveys import manga

N = 240
LABEL_COLUMNS = (
    "plateifu shape mangaid stellar_pa halpha_pa stel_qual stel_feature halpha_qual objra objdec "
    "nsa_z nsa_elpetro_mass nsa_elpetro_ba nsa_elpetro_phi nsa_elpetro_th50_r nsa_sersic_n TTYPE "
    "FLAG_TT P_S0 FLAG_S0 P_EDGE_ON P_MERG Lambda_Re Sigma_Re Re_arcsec_MGE Eps_MGE"
).split()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("root") / "manga"
    path.mkdir()
    mock.write(path, n=N, rng=7)
    return path


@pytest.fixture(scope="module")
def labels(folder):
    return pd.read_csv(folder / "labels.csv", dtype={"plateifu": str, "mangaid": str})


@pytest.fixture(scope="module")
def sample(folder):
    return manga.load_fields(folder.parent, source="archive")[0]


def digests(folder):
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.rglob("*.*")}


def test_same_seed_same_bytes(tmp_path):
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        (tmp_path / name).mkdir()
        mock.write(tmp_path / name, n=20, rng=seed)
    assert digests(tmp_path / "a") == digests(tmp_path / "b")
    for name, digest in digests(tmp_path / "a").items():
        assert digests(tmp_path / "c").get(name) != digest


def test_layout_is_the_archives(folder, labels):
    assert list(labels.columns) == LABEL_COLUMNS
    assert labels["plateifu"].str.fullmatch(r"\d{4,5}-(19|37|61|91|127)\d\d").all()
    with h5py.File(folder / "stellar_velocity_fields.h5") as archive:
        assert set(archive) == set(labels["plateifu"])
        for name, shape in zip(labels["plateifu"], labels["shape"], strict=True):
            dataset = archive[name]
            field = dataset[()]
            assert field.dtype == np.float32
            assert "x".join(map(str, field.shape)) == shape
            expected = {"dpix", "east0", "kin_pa_plot", "north0", "vmax", "vmin"}
            assert set(dataset.attrs) == expected
            assert all(dataset.attrs[key].dtype == np.float32 for key in expected)
            valid = np.isfinite(field)
            assert valid.any(axis=0)[[0, -1]].all() and valid.any(axis=1)[[0, -1]].all()
            assert dataset.attrs["vmin"] <= np.nanmin(field)
            assert dataset.attrs["vmax"] >= np.nanmax(field)


def test_reader_takes_all_of_it(folder, sample):
    _, rejected = manga.load_fields(folder.parent, source="archive")
    assert len(sample) == N
    assert len(rejected) == 0


def test_fields_have_different_shapes_and_some_are_clipped(folder, labels):
    assert labels["shape"].nunique() > N / 4
    clipped = 0
    with h5py.File(folder / "stellar_velocity_fields.h5") as archive:
        for name in archive:
            field, limit = archive[name][()], archive[name].attrs["vmax"]
            clipped += (field == limit).sum() > 1
    assert 0.2 * N < clipped < N


def test_blank_labels_and_their_shares(labels):
    quality = labels["stel_qual"]
    assert quality.isna().mean() == pytest.approx(0.385, abs=0.08)
    shares = quality.value_counts(normalize=True)
    for value, share in {0: 0.189, 1: 0.264, 2: 0.547}.items():
        assert shares[value] == pytest.approx(share, abs=0.08)
    assert labels["mangaid"].isna().mean() == pytest.approx(0.28, abs=0.08)
    assert labels.loc[quality.notna(), "mangaid"].notna().all()
    assert labels.loc[quality.isna(), ["stellar_pa", "stel_feature"]].isna().all(axis=None)
    assert labels["Lambda_Re"].notna().sum() == N // 10


def test_repeat_observations_share_a_galaxy(labels):
    known = labels[labels["mangaid"].notna()]
    twice = known[known["mangaid"].duplicated(keep=False)].sort_values("mangaid")
    assert 2 <= len(twice) <= 0.1 * N
    first, second = twice[::2], twice[1::2]
    assert (first["plateifu"].to_numpy() != second["plateifu"].to_numpy()).all()


def test_some_fields_keep_a_large_systemic_velocity(sample):
    offset = np.abs(sample["systemic"].data)
    assert 0.005 < (offset > 50).mean() < 0.1
    assert np.median(offset) < 30


def test_clean_fields_rotate_and_unusable_ones_do_not(sample):
    """Rotation shows as antisymmetry about the centre, which noise does not have."""
    velocity = sample["velocity"].data
    opposite = velocity[:, ::-1, ::-1]
    odd, even = np.abs(velocity - opposite), np.abs(velocity + opposite)
    ratio = np.nanmedian(odd, axis=(1, 2)) / np.nanmedian(even, axis=(1, 2))
    median = [np.median(ratio[sample["stel_qual"] == quality]) for quality in (0, 1, 2)]
    assert 1.3 * median[0] < median[1] < median[2] / 1.3, median


def test_sizes_and_spaxels_are_those_of_the_real_fields(sample):
    """Against medians and spreads measured on the 6258 real fields and their catalogue."""
    spaxels = np.isfinite(sample["velocity"].data).sum(axis=(1, 2))
    assert spaxels.min() >= mock.FEWEST_SPAXELS
    assert np.median(spaxels) == pytest.approx(1074, rel=0.4)
    assert np.nanmedian(sample["r_e"]) == pytest.approx(5.3, rel=0.2)
    assert np.nanmedian(sample["log_mass"]) == pytest.approx(10.1, abs=0.3)
    inner, outer = np.quantile(sample["velocity"].data[np.isfinite(sample["velocity"])], [0.1, 0.9])
    assert inner == pytest.approx(-outer, rel=0.2)
    assert 60 < outer < 180


def test_binning_reaches_its_signal_and_keeps_the_mean():
    rng = np.random.default_rng(0)
    shape = (2, 17, 17)
    maps = {
        "velocity": rng.normal(50, 5, shape),
        "velocity_error": np.full(shape, 5.0),
        "snr": np.full(shape, 5.0),
    }
    maps = {name: np.where(np.arange(17) < 16, values, np.nan) for name, values in maps.items()}
    velocity, error = mock._binned(maps)
    assert np.isnan(velocity[..., 16]).all() and np.isfinite(velocity[..., :16]).all()
    np.testing.assert_allclose(error[:, :16, :16], 2.5)  # four spaxels of S/N 5 reach 10
    expected = maps["velocity"][:, :2, :2].mean(axis=(1, 2))
    np.testing.assert_allclose(velocity[:, 0, 0], expected)
    np.testing.assert_allclose(velocity[:, 1, 1], expected)


def test_published_mock_is_found_and_says_what_it_is(tmp_path, monkeypatch):
    monkeypatch.setenv("GALUTILS_MOCK", str(tmp_path))
    publish(mock.write, tmp_path / "manga", 20, 3)
    (tmp_path / "archives").mkdir()
    sample, _ = manga.load_fields(tmp_path / "archives")
    assert len(sample) == 20
    assert (sample.meta["source"], sample.meta["seed"]) == ("mock", 3)


def test_too_small_a_survey_is_refused(tmp_path):
    with pytest.raises(ValueError, match="at least 20, received 3"):
        mock.write(tmp_path, n=3)


def test_versions_of_the_pipeline_differ_as_the_real_ones(tmp_path):
    (tmp_path / "manga").mkdir()
    mock.write(tmp_path / "manga", n=600, rng=3)
    sample, _ = manga.load_fields(tmp_path, source="archive")
    nine, eight = (np.asarray(sample[f"lambda_re_mpl{k}"]) for k in (9, 8))
    both = np.isfinite(nine) & np.isfinite(eight)
    assert np.mean(np.abs(nine - eight)[both] > 0.02) == pytest.approx(0.41, abs=0.08)
    assert np.corrcoef(nine[both], eight[both])[0, 1] == pytest.approx(0.95, abs=0.04)
    known = np.asarray(sample["rotator"])
    assert np.mean(known[known >= 0] == 0) == pytest.approx(0.11, abs=0.05)
