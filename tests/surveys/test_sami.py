import gzip
import shutil

import numpy as np
import pytest
from astropy.io import fits
from astropy.table import Table

from galutils.mock import sami as mock_sami
from galutils.store.files import ArchiveError
from galutils.surveys import archive_root, sami
from galutils.surveys.sami import catalogue as sami_catalogue

VELOCITY = "stellar-velocity_default_two-moment.fits"


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    root = tmp_path_factory.mktemp("archive")
    mock_sami.write(root / "sami", n=24, rng=11)
    return root


@pytest.fixture
def archive(written, tmp_path):
    """A copy that a test may damage."""
    shutil.copytree(written / "sami", tmp_path / "sami")
    return tmp_path


def _first_cubes(root):
    return sorted((root / "sami").glob(f"ifs/*/*_A_{VELOCITY}"))


def _single(root, good):
    """A first cube of a galaxy observed once whose map holds numbers."""
    names = {row for row in good["file"]}
    single = [p for p in _first_cubes(root) if len(list(p.parent.iterdir())) == 2]
    return [p for p in single if str(p.relative_to(root / "sami")) in names]


def _load(root):
    return sami.load(root, source="archive")


def test_every_velocity_file_is_in_the_sample_or_rejected(archive):
    files = list((archive / "sami").rglob(f"*_{VELOCITY}"))
    sample, rejected = _load(archive)
    assert len(sample) + len(rejected) == len(files)
    assert set(sample["file"]) | set(rejected["file"]) == {
        str(path.relative_to(archive / "sami")) for path in files
    }
    assert sample["velocity"].shape == (len(sample), 50, 50)
    for name in sami.MAPS:
        assert sample[name].dtype == np.float32
    assert sample["catid"].dtype == np.int64 and np.unique(sample["catid"]).size == len(sample)
    assert sample.meta["survey"] == "SAMI" and sample.meta["source"] == "archive"


def test_the_first_cubes_by_catid_are_read_if_a_limit_is_given(archive):
    whole, _ = _load(archive)
    some, rejected = sami.load(archive, "archive", limit=6)
    assert 0 < len(some) < len(whole) and len(some) + len(rejected) == 6
    np.testing.assert_array_equal(some["catid"], whole["catid"][: len(some)])
    np.testing.assert_array_equal(some["velocity"], whole["velocity"][: len(some)])


def test_each_catalogue_is_read_once(archive, monkeypatch):
    paths, read = [], sami_catalogue.read

    def counted(path, required=()):
        paths.append(path)
        return read(path, required)

    monkeypatch.setattr(sami_catalogue, "read", counted)
    _load(archive)
    assert "CubeObs" in " ".join(path.name for path in paths)
    assert len(set(paths)) == len(paths)


def test_maps_are_those_of_the_files(archive):
    sample, _ = _load(archive)
    row = sample[3]
    path = archive / "sami" / row["file"]
    with fits.open(path) as hdus:
        np.testing.assert_array_equal(row["velocity"], hdus[0].data.astype(np.float32))
        np.testing.assert_array_equal(row["velocity_error"], hdus["VEL_ERR"].data.astype("f4"))
        np.testing.assert_array_equal(row["snr"], hdus["SNR"].data.astype("f4"))
    with fits.open(path.with_name(path.name.replace("velocity", "velocity-dispersion"))) as hdus:
        np.testing.assert_array_equal(row["sigma"], hdus[0].data.astype(np.float32))
        np.testing.assert_array_equal(row["sigma_error"], hdus["SIG_ERR"].data.astype("f4"))


def _rewrite(path, change):
    with fits.open(path, memmap=False) as hdus:
        images = [(hdu.name, hdu.data.copy(), hdu.header.copy()) for hdu in hdus]
    images = change(images)
    out = fits.HDUList([fits.PrimaryHDU(images[0][1], images[0][2])])
    for name, data, header in images[1:]:
        out.append(fits.ImageHDU(data, header, name=name))
    out.writeto(path, overwrite=True)


def _truncate(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 3])


def _empty(path):
    path.write_bytes(b"")


def _nonsense(path):
    path.write_text("<html>404 not found</html>" * 400)


def _all_nan(path):
    _rewrite(path, lambda im: [(n, d * np.nan if n == "PRIMARY" else d, h) for n, d, h in im])


def _shape(path):
    _rewrite(path, lambda im: [(n, d[:40, :40], h) for n, d, h in im])


def _cube(path):
    _rewrite(path, lambda im: [(n, np.stack([d, d]), h) for n, d, h in im])


def _missing(path):
    _rewrite(path, lambda im: [i for i in im if i[0] != "VEL_ERR"])


def _no_data(path):
    fits.PrimaryHDU().writeto(path, overwrite=True)


def _other_catid(path):
    def change(images):
        images[0][2]["CATID"] = "77"
        return images

    _rewrite(path, change)


DAMAGE = {
    _truncate: "expected a complete FITS file, received AstropyUserWarning: File may have been",
    _empty: "expected a complete FITS file, received OSError: Empty",
    _nonsense: "expected a complete FITS file, received",
    _all_nan: "expected finite velocity, received NaN in every spaxel",
    _shape: r"expected shape (50, 50) in PRIMARY, received (40, 40)",
    _cube: r"expected shape (50, 50) in PRIMARY, received (2, 50, 50)",
    _missing: "expected extension VEL_ERR, received ['PRIMARY', 'FLUX', 'FLUX_ERR', 'SNR']",
    _no_data: "expected shape (50, 50) in PRIMARY, received None",
    _other_catid: "in the header, received 77",
}


@pytest.mark.parametrize("damage", DAMAGE, ids=lambda function: function.__name__)
def test_a_damaged_file_is_rejected_with_its_reason_and_the_rest_is_read(archive, damage):
    good, before = _load(archive)
    path = _single(archive, good)[0]
    damage(path)
    sample, rejected = _load(archive)
    assert len(sample) == len(good) - 1 and len(rejected) == len(before) + 1
    reasons = dict(zip(rejected["file"], rejected["reason"], strict=True))
    reason = reasons[str(path.relative_to(archive / "sami"))]
    assert DAMAGE[damage] in reason and path.name in reason
    assert int(path.parent.name) not in sample["catid"]


def test_a_damaged_dispersion_file_is_named(archive):
    good, before = _load(archive)
    path = _single(archive, good)[0]
    dispersion = path.with_name(path.name.replace("velocity", "velocity-dispersion"))
    _truncate(dispersion)
    sample, rejected = _load(archive)
    assert len(sample) == len(good) - 1
    new = [row for row in rejected if row["file"] == str(path.relative_to(archive / "sami"))]
    assert len(new) == 1 and dispersion.name in new[0]["reason"]


def test_a_missing_dispersion_file_leaves_nan(archive):
    good, before = _load(archive)
    path = _single(archive, good)[0]
    path.with_name(path.name.replace("velocity", "velocity-dispersion")).unlink()
    sample, rejected = _load(archive)
    assert len(sample) == len(good) and len(rejected) == len(before)
    row = sample[sample["catid"] == int(path.parent.name)][0]
    assert np.isnan(row["sigma"]).all() and np.isfinite(row["velocity"]).any()


def _repeat(root, good):
    """Copy the A cube of a galaxy as its B cube."""
    path = _single(root, good)[0]
    other = path.with_name(path.name.replace("_A_", "_B_"))
    shutil.copy(path, other)
    return path, other


def test_a_repeat_observation_is_rejected_and_the_first_kept(archive):
    good, before = _load(archive)
    first, second = _repeat(archive, good)
    sample, rejected = _load(archive)
    assert len(sample) == len(good) and len(rejected) == len(before) + 1
    reasons = dict(zip(rejected["file"], rejected["reason"], strict=True))
    assert first.name in reasons[str(second.relative_to(archive / "sami"))]


def test_the_best_cube_of_cubeobs_is_kept(archive):
    good, _ = _load(archive)
    first, second = _repeat(archive, good)
    path = archive / "sami" / "sami_dr3.CubeObs.csv"
    catid = first.parent.name
    text = path.read_text()
    assert f",{catid}_A," in text
    path.write_text(text.replace(f",{catid}_A,", f",{catid}_B,"))
    sample, rejected = _load(archive)
    assert str(second.relative_to(archive / "sami")) in sample["file"]
    assert str(first.relative_to(archive / "sami")) in rejected["file"]


def test_a_repeat_takes_the_place_of_a_damaged_first(archive):
    good, _ = _load(archive)
    first, second = _repeat(archive, good)
    _truncate(first)
    sample, rejected = _load(archive)
    assert str(second.relative_to(archive / "sami")) in sample["file"]
    assert str(first.relative_to(archive / "sami")) in rejected["file"]


def test_dr2_names_are_read(archive):
    good, _ = _load(archive)
    path = _single(archive, good)[0]
    catid = path.parent.name
    flat = archive / "dr2" / "sami" / f"{catid}_{VELOCITY}"
    flat.parent.mkdir(parents=True)
    shutil.copy(path, flat)
    _rewrite(flat, lambda im: [("SN" if n == "SNR" else n, d, h) for n, d, h in im])
    sample, rejected = _load(archive / "dr2")
    assert len(rejected) == 0 and sample["catid"].tolist() == [int(catid)]
    np.testing.assert_array_equal(sample["snr"][0], good[good["catid"] == int(catid)]["snr"][0])
    assert np.isnan(sample["lambda_r"]).all()


def test_ten_digit_catids_stay_whole(archive):
    sample, _ = _load(archive)
    big = sample["catid"][sample["catid"] > 2**31]
    assert len(big) and all(
        str(catid) in name
        for catid, name in zip(big.tolist(), sample["file"][sample["catid"] > 2**31], strict=True)
    )


def test_upper_case_fits_catalogues_give_the_same(archive):
    expected = sami.load_catalogue(archive, source="archive")
    for path in (archive / "sami").glob("*.csv"):
        table = Table.read(path, format="ascii.csv")
        table.remove_column(table.colnames[0])  # the row number of the export
        table.rename_columns(table.colnames, [name.upper() for name in table.colnames])
        table.write(path.with_name(path.name.removeprefix("sami_dr3.")).with_suffix(".fits"))
        path.unlink()
    received = sami.load_catalogue(archive, source="archive")
    assert received.colnames == expected.colnames
    for name in expected.colnames:
        np.testing.assert_array_equal(received[name], expected[name])
    assert received["catid"].dtype == np.int64


def test_catalogue_values_stand_beside_their_maps(archive):
    sample, _ = _load(archive)
    catalogue = sami.load_catalogue(archive, source="archive")
    row = dict(zip(catalogue["catid"].tolist(), catalogue, strict=True))
    for name in ("lambda_r", "r_e", "ellipticity", "log_mass", "redshift", "morphology"):
        expected = [row[catid][name] for catid in sample["catid"].tolist()]
        np.testing.assert_array_equal(sample[name], expected)
    assert np.isfinite(sample["lambda_r"]).any() and np.isfinite(sample["r_e"]).any()


def test_a_catalogue_without_catids_is_refused(tmp_path):
    path = tmp_path / "CubeObs.csv"
    path.write_text("name,value\na,1\n")
    with pytest.raises(ArchiveError, match=r"expected a column catid, received \['name'"):
        sami_catalogue.read(path)
    path.write_text("catid,value\n1.5,1\n")
    with pytest.raises(ArchiveError, match="catid: expected texts or whole .* float64"):
        sami_catalogue.read(path)
    path.write_text("catid,value\n9008500001,1\n,2\n")
    with pytest.raises(ArchiveError, match="a catid above 0 in every row, received 1 without"):
        sami_catalogue.read(path)


def test_auto_takes_a_survey_not_an_example(archive, monkeypatch):
    monkeypatch.setenv("GALUTILS_MOCK", str(archive))
    (archive / "sami" / "MANIFEST.json").write_text('{"seed": 5}')
    empty = archive / "few"
    empty.mkdir()
    sample, _ = sami.load(empty)
    assert sample.meta["source"] == "mock" and sample.meta["seed"] == 5
    assert sami.load(archive)[0].meta["source"] == "mock"  # 24 maps are no survey
    assert sami.load_catalogue(archive).meta["source"] == "archive"
    with pytest.raises(ArchiveError, match="received none"):
        sami.load(empty, source="archive")


def test_the_sample_survives_a_fits_file(archive):
    sample, _ = _load(archive)
    sample.write(archive / "sample.fits")
    again = Table.read(archive / "sample.fits")
    assert again["flux"].unit == sample["flux"].unit and again["velocity"].unit == "km/s"
    np.testing.assert_array_equal(again["velocity"], sample["velocity"])
    np.testing.assert_array_equal(again["catid"], sample["catid"])


def test_good_spaxels_follow_the_published_cuts():
    passes = {"velocity_error": 10.0, "sigma": 100.0, "sigma_error": 30.0, "snr": 5.0}
    assert sami.good_spaxels(passes)
    for name, value in (
        ("velocity_error", 30.0),
        ("sigma", 35.0),
        ("sigma_error", 35.0),
        ("snr", 3.0),
        ("sigma", np.nan),
    ):
        assert not sami.good_spaxels(passes | {name: value})


def test_the_real_map_is_read():
    if not (archive_root() / "sami" / f"105420_{VELOCITY}").is_file():
        pytest.skip("the DR2 map is not there")
    sample, rejected = sami.load(source="archive")
    row = sample[sample["catid"] == 105420][0]
    assert np.isfinite(row["velocity"]).sum() == 348 and np.isnan(row["sigma"]).all()
    assert row["lambda_r"] == pytest.approx(0.245237) and row["r_e"] == pytest.approx(2.85)
    assert len(rejected) == 0


def test_examples_are_read_however_few_and_may_be_none(archive, tmp_path_factory):
    assert len(sami.load_examples(archive)) == len(_load(archive)[0])
    none = sami.load_examples(tmp_path_factory.mktemp("bare"))
    assert len(none) == 0 and none["velocity"].shape == (0, 50, 50)


@pytest.mark.parametrize("ending", [".gz", ".fz"])
@pytest.mark.parametrize("both", [True, False])
def test_compressed_maps_are_read_with_their_dispersion(archive, ending, both):
    good, before = _load(archive)
    path = _single(archive, good)[0]
    names = [path, path.with_name(path.name.replace("velocity", "velocity-dispersion"))]
    for one in names[: 1 + both]:
        if ending == ".gz":
            one.with_name(f"{one.name}.gz").write_bytes(gzip.compress(one.read_bytes()))
        else:  # as fpack does, lossless
            how = {"compression_type": "GZIP_2", "quantize_level": 0}
            with fits.open(one) as hdus:
                packed = [fits.CompImageHDU(h.data, h.header, **how) for h in hdus]
                packed[0].name = ""
                fits.HDUList([fits.PrimaryHDU(), *packed]).writeto(f"{one}.fz")
        one.unlink()
    sample, rejected = _load(archive)
    assert len(rejected) == len(before)
    assert sum(file.endswith(f"{path.name}{ending}") for file in sample["file"]) == 1
    for name in sami.MAPS:
        np.testing.assert_array_equal(sample[name], good[name])


@pytest.mark.parametrize("value", [np.inf, -np.inf, -999, -9999, 1e20, -1e30])
def test_what_is_infinite_or_a_fill_value_is_not_measured(archive, value):
    good, _ = _load(archive)
    path = _single(archive, good)[0]

    def change(images):
        return [
            (name, np.where(np.isnan(data), value, data), header) for name, data, header in images
        ]

    _rewrite(path, change)
    sample, _ = _load(archive)
    for name in ("velocity", "velocity_error", "flux", "snr"):
        np.testing.assert_array_equal(sample[name], good[name])


@pytest.mark.parametrize(
    ("place", "card", "value", "word"),
    [(0, "BUNIT", "m/s", "PRIMARY in km/s, received m / s"), (0, "BUNIT", "Jy", "received Jy"),
     (1, "BUNIT", "m/s", "VEL_ERR in km/s, received m / s"),
     (0, "CDELT2", 1 / 3600, "received 1.000"),
     (1, "BUNIT", "M/S", "VEL_ERR in km/s, received M/S")],
)  # fmt: skip
def test_another_unit_or_spaxel_is_rejected_with_its_reason(archive, place, card, value, word):
    good, before = _load(archive)
    path = _single(archive, good)[0]

    def change(images):
        images[place][2][card] = value
        return images

    _rewrite(path, change)
    sample, rejected = _load(archive)
    assert len(sample) == len(good) - 1 and len(rejected) == len(before) + 1
    assert any(path.name in reason and word in reason for reason in rejected["reason"])


@pytest.mark.parametrize("spelled", ["KM/S", "km/sec", "km s-1", "count"])
def test_other_spellings_of_the_unit_are_no_error(archive, spelled):
    good, _ = _load(archive)
    path = _single(archive, good)[0]

    def change(images):
        images[0][2]["BUNIT"] = spelled if spelled != "count" else "unknown"
        return images

    _rewrite(path, change)
    assert len(_load(archive)[0]) == len(good)


@pytest.mark.parametrize("blank", ["null", "NULL", "--", "", " ", "nan"])
def test_words_for_a_missing_number_are_missing(tmp_path, blank):
    folder = tmp_path / "sami"
    folder.mkdir()
    rows = f"catid,cubeidpub,lambdar_re\n105420,105420_A,{blank}\n7206,7206_A,0.5\n"
    (folder / "samiDR3Stelkin.csv").write_text(rows)
    table = sami.load_catalogue(tmp_path, "archive")
    np.testing.assert_array_equal(table["lambda_r"], [0.5, np.nan])


def test_other_words_are_named_as_they_are_written(tmp_path):
    folder = tmp_path / "sami"
    folder.mkdir()
    rows = "catid,cubeidpub,lambdar_re\n105420,105420_A,null\n7206,7206_A,fast\n"
    (folder / "samiDR3Stelkin.csv").write_text(rows)
    with pytest.raises(ArchiveError, match="numbers in lambdar_re, received 'fast'"):
        sami.load_catalogue(tmp_path, "archive")


@pytest.mark.parametrize("true", ["True", "true", "T", "1", "TRUE"])
def test_the_best_cube_is_called_so_in_any_spelling(archive, true):
    path = archive / "sami" / "sami_dr3.CubeObs.csv"
    expected = sami_catalogue.best_cubes(archive / "sami")
    path.write_text(
        path.read_text()
        .replace("True", true)
        .replace("False", {"T": "F", "1": "0"}.get(true, "False"))
    )
    assert sami_catalogue.best_cubes(archive / "sami") == expected != set()
