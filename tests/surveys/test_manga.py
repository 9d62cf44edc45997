"""The MaNGA reader, on files written here, and once on the real ones."""

import os
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest

from galutils.store.files import ArchiveError
from galutils.surveys import manga

LABEL_COLUMNS = (
    "plateifu shape mangaid stellar_pa halpha_pa stel_qual stel_feature halpha_qual objra objdec "
    "nsa_z nsa_elpetro_mass nsa_elpetro_ba nsa_elpetro_phi nsa_elpetro_th50_r nsa_sersic_n TTYPE "
    "FLAG_TT P_S0 FLAG_S0 P_EDGE_ON P_MERG Lambda_Re Sigma_Re Re_arcsec_MGE Eps_MGE"
).split()
MIDDLE = manga.SIZE // 2


def rotating(ny, nx, row, column, systemic=0.0):
    """Solid-body rotation about the centre at (row, column)."""
    _, x = np.indices((ny, nx), dtype=np.float32)
    return x - np.float32(column) + np.float32(systemic)


def write_field(archive, name, field, row, column, **changes):
    dataset = archive.create_dataset(name, data=field, compression="gzip")
    attributes = {
        "east0": column * 0.5,
        "north0": -row * 0.5,
        "dpix": 0.5,
        "vmin": np.nanmin(field) if np.isfinite(field).any() else 0.0,
        "vmax": np.nanmax(field) if np.isfinite(field).any() else 0.0,
        "kin_pa_plot": 90.0,
    } | changes
    for key, value in attributes.items():
        if value is not None:
            dataset.attrs[key] = np.float32(value)


def label(plateifu, **values):
    row = dict.fromkeys(LABEL_COLUMNS, np.nan) | {"plateifu": plateifu, "shape": "9x11"}
    return row | values


def write_labels(folder, rows):
    pd.DataFrame(rows, columns=LABEL_COLUMNS).to_csv(folder / manga.LABELS, index=False)


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "manga"
    path.mkdir()
    return path


@pytest.fixture
def archive(folder):
    """Two good fields of one galaxy and one of another, and six flawed entries."""
    with h5py.File(folder / manga.FIELDS, "w") as fields:
        write_field(fields, "7443-1901", rotating(9, 11, 4.02, 5.02, 30.0), 4.02, 5.02)
        write_field(fields, "7443-3701", rotating(21, 20, 9, 12), 9, 12)
        large = rotating(80, 61, 40, 30)
        large[:, :3] = np.nan
        write_field(fields, "7443-12701", large, 40, 30)
        write_field(fields, "7443-9000", rotating(9, 11, 4, 5), 4, 5)
        write_field(fields, "7443-9001", np.full((9, 11), np.nan, np.float32), 4, 5)
        write_field(fields, "7443-9002", rotating(9, 11, 4, 5), 4, 5, east0=None)
        write_field(fields, "7443-9003", rotating(9, 11, 4, 5), 4, 5, dpix=0.75)
        write_field(fields, "7443-9004", np.zeros((2, 9, 11), np.float32), 4, 5)
        fields.create_group("7443-9005")
    write_labels(
        folder,
        [
            label(
                "7443-1901",
                mangaid="1-1",
                stel_qual=2,
                stel_feature=0,
                nsa_elpetro_ba=0.4,
                nsa_elpetro_mass=1e10,
                nsa_elpetro_th50_r=5.5,
                TTYPE=-2.5,
                FLAG_TT=1,
                objra=133.371091112,
                Lambda_Re=0.61,
            ),
            label("7443-3701", mangaid="1-1", stel_qual=3, nsa_elpetro_ba=-9999, TTYPE=4),
            label("7443-12701", stel_qual=0, nsa_elpetro_mass=0, nsa_elpetro_th50_r=-9999),
            label("7443-12701", stel_qual=2),
            *(label(f"7443-900{k}") for k in (1, 2, 3, 4, 5)),
            label("7443-9100", stel_qual=2),
        ],
    )
    return folder.parent


def test_every_row_is_read_or_rejected(archive):
    sample, rejected = manga.load_fields(archive)
    assert sample["plateifu"].tolist() == ["7443-12701", "7443-1901", "7443-3701"]
    reasons = dict(zip(rejected["plateifu"], rejected["reason"], strict=True))
    expected = {
        "7443-12701": "repeated",
        "7443-9000": "expected a row in labels.csv",
        "7443-9001": "received no spaxel",
        "7443-9002": "east0",
        "7443-9003": "dpix 0.75",
        "7443-9004": "(2, 9, 11)",
        "7443-9005": "received group",
        "7443-9100": "expected a dataset, received none",
    }
    assert reasons.keys() == expected.keys()
    for name, part in expected.items():
        assert part in reasons[name], (name, reasons[name])


def test_galaxy_centre_is_the_middle_spaxel(archive):
    velocity = manga.load_fields(archive)[0]["velocity"]
    assert velocity.shape == (3, manga.SIZE, manga.SIZE)
    assert velocity.dtype == np.float32
    assert str(velocity.unit) == "km / s"
    small, medium = velocity.data[1:]
    rows, columns = np.nonzero(np.isfinite(small))
    assert (rows.min(), rows.max()) == (MIDDLE - 4, MIDDLE + 4)
    assert (columns.min(), columns.max()) == (MIDDLE - 5, MIDDLE + 5)
    rows, columns = np.nonzero(np.isfinite(medium))
    assert (rows.min(), rows.max()) == (MIDDLE - 9, MIDDLE + 11)
    assert (columns.min(), columns.max()) == (MIDDLE - 12, MIDDLE + 7)
    # velocity still grows with the column: nothing is mirrored
    assert small[MIDDLE, MIDDLE + 5] - small[MIDDLE, MIDDLE - 5] == pytest.approx(10)


def test_field_larger_than_the_grid_is_cropped_about_its_centre(archive):
    large = manga.load_fields(archive)[0]["velocity"].data[0]
    assert np.isfinite(large[:, MIDDLE]).all()
    assert np.isnan(large[:, : MIDDLE - 27]).all()
    assert np.isfinite(large[:, MIDDLE - 27 : MIDDLE + 31]).all()


def test_systemic_velocity_is_the_median_taken_off(archive):
    sample, _ = manga.load_fields(archive)
    medians = np.nanmedian(sample["velocity"].data, axis=(1, 2))
    np.testing.assert_allclose(medians, 0, atol=1e-5)
    assert sample["systemic"][1] == pytest.approx(30, abs=0.05)
    assert sample["systemic"][2] == pytest.approx(-2.5)


def test_labels_sentinels_and_groups(archive):
    sample, _ = manga.load_fields(archive)
    large, small, medium = sample
    assert sample["stel_qual"].dtype == np.int64
    assert sample["stel_qual"].tolist() == [0, 2, -1]  # 3 is undocumented
    assert sample["stel_feature"].tolist() == [-1, 0, -1]
    assert sample["ttype_flag"].tolist() == [-1, 1, -1]
    assert sample["mangaid"].tolist() == ["", "1-1", "1-1"]
    assert sample["group"].tolist() == ["7443-12701", "1-1", "1-1"]
    assert small["ellipticity"] == pytest.approx(0.6)
    assert small["log_mass"] == pytest.approx(10)
    assert small["ra"] == 133.371091112
    assert small["lambda_r"] == pytest.approx(0.61)
    assert np.isnan([medium["ellipticity"], large["log_mass"], large["r_e"]]).all()
    assert (small["ttype"], medium["ttype"]) == (-2.5, 4)
    assert str(sample["r_e"].unit) == "arcsec"
    assert sample.meta["source"] == "archive"


def test_identifiers_of_digits_alone_stay_text(folder):
    with h5py.File(folder / manga.FIELDS, "w") as fields:
        for name in ("0123", "77"):
            write_field(fields, name, rotating(9, 11, 4, 5), 4, 5)
    write_labels(folder, [label("0123", mangaid="12"), label("77")])
    sample, rejected = manga.load_fields(folder.parent)
    assert sample["plateifu"].tolist() == ["0123", "77"]
    assert sample["group"].tolist() == ["12", "77"]
    assert len(rejected) == 0
    assert rejected.colnames == ["plateifu", "reason"]


def test_missing_file_names_it(archive):
    (archive / "manga" / manga.LABELS).unlink()
    with pytest.raises(ArchiveError, match=r"manga"):
        manga.load_fields(archive, source="archive")


def test_missing_column_names_it(archive):
    path = archive / "manga" / manga.LABELS
    pd.read_csv(path).drop(columns="stel_qual").to_csv(path, index=False)
    with pytest.raises(ArchiveError, match=r"labels\.csv: expected column stel_qual"):
        manga.load_fields(archive)


def test_text_where_a_number_belongs(archive):
    path = archive / "manga" / manga.LABELS
    path.write_text(path.read_text().replace("-2.5", "early"))
    with pytest.raises(ArchiveError, match=r"labels\.csv: expected numbers.*early"):
        manga.load_fields(archive)


def test_damaged_fields_file(archive):
    path = archive / "manga" / manga.FIELDS
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(ArchiveError, match=r"stellar_velocity_fields\.h5: expected an HDF5 file"):
        manga.load_fields(archive)


def test_file_without_a_readable_field(folder):
    with h5py.File(folder / manga.FIELDS, "w") as fields:
        write_field(fields, "1-1", np.full((9, 11), np.nan, np.float32), 4, 5)
    write_labels(folder, [label("1-1")])
    with pytest.raises(ArchiveError, match="expected velocity fields"):
        manga.load_fields(folder.parent)


REAL = Path(os.environ.get("GALUTILS_DATA", "nowhere")) / "manga" / manga.FIELDS


@pytest.mark.skipif(not REAL.is_file(), reason="GALUTILS_DATA holds no MaNGA fields")
def test_real_fields():
    sample, rejected = manga.load_fields(source="archive")
    assert len(sample) == 6258
    assert len(rejected) == 0
    counts = {q: int((sample["stel_qual"] == q).sum()) for q in (-1, 0, 1, 2)}
    assert counts == {-1: 2411, 0: 727, 1: 1016, 2: 2104}
    assert np.isfinite(sample["lambda_r"]).sum() == 56
    assert np.isfinite(sample["velocity"].data).any(axis=(1, 2)).all()
    assert len(set(sample["group"])) == 6258 - 64
    # about the centre of the attributes clean rotation is odd, about others less so
    clean = sample["velocity"].data[sample["stel_qual"] == 2]
    asymmetry = {}
    for shift in (-3, 0, 3):
        middle = slice(MIDDLE + shift - 8, MIDDLE + shift + 9)
        disc = clean[:, middle, middle]
        asymmetry[shift] = np.median(np.nanmedian(np.abs(disc + disc[:, ::-1, ::-1]), axis=(1, 2)))
    assert asymmetry[0] < 0.8 * min(asymmetry[-3], asymmetry[3]), asymmetry


@pytest.mark.parametrize("value", [np.inf, -999, 1e20])
def test_what_was_not_measured_of_a_field_is_nan(folder, value):
    field = rotating(9, 11, 4, 5)
    field[2, 3] = value
    with h5py.File(folder / manga.FIELDS, "w") as fields:
        write_field(fields, "1-2", field, 4, 5, vmin=0, vmax=1)
    write_labels(folder, [label("1-2")])
    sample, _ = manga.load_fields(folder.parent, "archive")
    assert np.isfinite(sample["velocity"]).sum() == field.size - 1


def test_a_field_in_another_unit_is_converted_or_rejected(folder):
    units = {"1-2": "KM/S", "1-3": "m/s", "1-4": b"M/S", "1-5": "Angstrom", "1-6": "furlong"}
    with h5py.File(folder / manga.FIELDS, "w") as fields:
        for name, unit in units.items():
            write_field(fields, name, rotating(9, 11, 4, 5), 4, 5)
            fields[name].attrs["units"] = unit
    write_labels(folder, [label(name) for name in units])
    sample, rejected = manga.load_fields(folder.parent, "archive")
    assert sample["plateifu"].tolist() == ["1-2", "1-3", "1-4"]
    for row in (1, 2):
        np.testing.assert_allclose(sample["velocity"][row], sample["velocity"][0] / 1000, rtol=1e-5)
    assert "1-5: expected km/s, received 'Angstrom'" in rejected["reason"][0]
    assert "1-6: expected km/s, received 'furlong'" in rejected["reason"][1]
