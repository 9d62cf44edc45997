"""The TNG100 reader, on files in the layout of the archive."""

import h5py
import numpy as np
import pytest
from astropy.io import fits

from galutils.store import sample as samples
from galutils.store.files import ArchiveError
from galutils.surveys import tng

IDS = [9, 1200, 5, 300]
COLUMNS = {
    "SubfindID": np.array(IDS, dtype=np.int32),
    "lambda_R": np.array([0.05, 0.6, 0.5, 0.7]),
    "ellipticity": np.array([0.3, 0.2, 0.4, 0.1]),
    "log_mass": np.array([11.0, 10.5, -999.0, 10.0]),
}
TYPES = {300: 0.9, 5: 0.1, 9: 0.2, 1200: 0.5, 7: 0.4}


def write_kinematics(folder, columns=COLUMNS):
    with h5py.File(folder / tng.KINEMATICS, "w") as file:
        for name, values in columns.items():
            file[name] = values


def write_types(folder, types=TYPES, snapshot="Snapshot_99"):
    with h5py.File(folder / tng.TYPES, "w") as file:
        for name in ("Snapshot_95", snapshot):
            shift = 0 if name == snapshot else 1
            file[f"{name}/SubhaloID"] = np.array(list(types), dtype=np.int32) + shift
            for column in ("P_Late", "P_S0", "P_Sab"):
                file[f"{name}/{column}"] = np.array(list(types.values()), dtype=np.float32)


def planes(number, noise):
    """Bands g, r, i, z of constant 1, 2, 3, 4 plus the subhalo's number, noise of 1/4."""
    values = np.arange(1, 5, dtype=np.float32) + number + 0.25 * noise
    return np.broadcast_to(values[:, None, None], (4, 128, 128)).copy()


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "tng"
    for name in (tng.NOISY, tng.NOISELESS):
        (path / name).mkdir(parents=True)
        for number in IDS:
            hdu = fits.PrimaryHDU(planes(number, name == tng.NOISY))
            hdu.writeto(path / name / f"broadband_{number}.fits")
    write_types(path)
    return path


def reasons(rejected):
    return dict(zip(rejected["name"], rejected["reason"], strict=True))


def test_sample_joins_kinematics_types_and_images(folder):
    write_kinematics(folder)
    sample, rejected = tng.load(folder.parent, side=32)
    assert len(rejected) == 0 and sample.meta["source"] == "archive"
    assert sample["subfind_id"].tolist() == IDS and sample["subfind_id"].dtype == np.int64
    assert sample["group"].tolist() == ["9", "1200", "5", "300"]
    np.testing.assert_allclose(sample["p_late"], [0.2, 0.5, 0.1, 0.9], rtol=1e-6)
    assert sample["early"].tolist() == [True, False, True, False]
    assert sample["rotator"].tolist() == [0, 1, 1, 1]
    np.testing.assert_allclose(sample["log_mass"], [11, 10.5, np.nan, 10])
    assert sample["image"].shape == (4, 32, 32, 3) and sample["image"].dtype == np.float32
    np.testing.assert_allclose(sample["image"][1, 7, 9], [1201.25, 1202.25, 1203.25])


def test_noiseless_images_are_of_the_same_galaxies(folder):
    write_kinematics(folder)
    noisy, _ = tng.load(folder.parent, side=8)
    smooth, _ = tng.load(folder.parent, noise=False, side=8)
    np.testing.assert_allclose(noisy["image"] - smooth["image"], 0.25, rtol=1e-3)
    assert noisy["subfind_id"].tolist() == smooth["subfind_id"].tolist()
    assert noisy.meta["noise"] is True and smooth.meta["noise"] is False


def test_subhalos_that_lack_something_are_told(folder):
    columns = {name: np.append(values, values[:1]) for name, values in COLUMNS.items()}
    columns["lambda_R"][1] = -999
    columns["lambda_R"][4] = 0.9  # of the repeated row
    write_kinematics(folder, columns)
    write_types(folder, {9: 0.2, 1200: 0.5, 300: -1.0, 5: 0.1})
    path = folder / tng.NOISY / "broadband_5.fits"
    path.write_bytes(path.read_bytes()[:9000])
    sample, rejected = tng.load(folder.parent, side=8)
    assert sample["subfind_id"].tolist() == [9] and sample["lambda_r"].tolist() == [0.05]
    expected = {
        "9": "tng100_099_lambda.hdf5: expected each SubfindID once",
        "1200": "expected lambda_r, received none",
        "300": "expected p_late, received none",
        "5": "broadband_5.fits: expected a whole cut-out",
    }
    told = reasons(rejected)
    assert told.keys() == expected.keys()
    for name, part in expected.items():
        assert part in told[name], told[name]


def test_subhalos_without_a_type_are_told(folder):
    write_kinematics(folder)
    write_types(folder, {9: 0.2})
    sample, rejected = tng.load(folder.parent, side=8)
    assert sample["subfind_id"].tolist() == [9]
    assert set(rejected["name"]) == {"1200", "5", "300"}


def test_missing_columns_groups_and_files_are_named(folder):
    part = {name: COLUMNS[name] for name in ("SubfindID", "ellipticity", "log_mass")}
    write_kinematics(folder, part)
    with pytest.raises(ArchiveError, match=r"lambda\.hdf5: expected dataset lambda_R, received"):
        tng.load(folder.parent)
    write_kinematics(folder)
    write_types(folder, snapshot="Snapshot_98")
    with pytest.raises(ArchiveError, match="expected group Snapshot_99, received .'Snapshot_95'"):
        tng.load(folder.parent)
    (folder / tng.TYPES).unlink()
    with pytest.raises(ArchiveError, match="received none"):
        tng.load(folder.parent, source="archive")


def test_damaged_tables_are_named(folder):
    path = folder / tng.KINEMATICS
    bad = {
        "expected columns of one length": {"lambda_R": np.zeros(3)},
        "numbers in 1 dimensions": {"log_mass": np.zeros((4, 2))},
    }
    for reason, columns in bad.items():
        write_kinematics(folder, COLUMNS | columns)
        with pytest.raises(ArchiveError, match=f"{path.name}: .*{reason}"):
            tng.load(folder.parent)
    write_kinematics(folder, COLUMNS | {"lambda_R": np.array([b"a", b"b", b"c", b"d"])})
    with pytest.raises(ArchiveError, match=f"{path.name}: expected numbers in HDF5"):
        tng.load(folder.parent)
    path.write_bytes(b"no archive")
    with pytest.raises(ArchiveError, match=f"{path.name}: expected numbers in HDF5"):
        tng.load(folder.parent)
    write_kinematics(folder, {name: values[:0] for name, values in COLUMNS.items()})
    with pytest.raises(ArchiveError, match=f"{path.name}: expected rows with a SubfindID"):
        tng.load(folder.parent)


def test_a_folder_without_noiseless_images_says_so(folder):
    write_kinematics(folder)
    for path in (folder / tng.NOISELESS).iterdir():
        path.unlink()
    assert len(tng.load(folder.parent, side=8)[0]) == 4
    with pytest.raises(ArchiveError, match=f"{tng.NOISELESS}: expected images"):
        tng.load(folder.parent, noise=False)


def test_sample_survives_a_file(folder):
    write_kinematics(folder)
    sample, _ = tng.load(folder.parent, side=8)
    samples.write(sample, folder / "sample.fits")
    again = samples.read(folder / "sample.fits")
    assert again.colnames == sample.colnames and again.meta["noise"] is True
    np.testing.assert_array_equal(again["image"], sample["image"])


HEADER = ",ID,mangaid,subfind_id,lambda_r,star_axis,gas_axis,pa_offset,stel_qual,stel_feature"


def test_galaxies_observed_as_manga_would(tmp_path):
    (tmp_path / "tng").mkdir()
    rows = ("0,a,1-48157,440479,0.8,303.5,287.5,16.0,2,0", "1,b,1-9,3,1.2,12.0,,,7,")
    (tmp_path / "tng" / tng.OBSERVED).write_text("\n".join([HEADER, *rows]))
    table = tng.load_observed(tmp_path)
    assert table["mangaid"].tolist() == ["1-48157", "1-9"]
    np.testing.assert_array_equal(table["lambda_r"], [0.8, np.nan])
    np.testing.assert_array_equal(table["offset"], [16, np.nan])
    assert table["stellar_axis"].unit == "deg"
    assert table["stel_qual"].tolist() == [2, 7]
    assert "Duckworth" in table.meta["citation"]


def test_no_file_of_observed_galaxies_gives_no_rows(tmp_path):
    assert len(tng.load_observed(tmp_path)) == 0


@pytest.mark.parametrize("value", [-999, -99, np.inf, 1.5])
def test_a_spin_that_cannot_be_is_not_measured(folder, value):
    spins = np.array([value, 0.6, 0.5, 0.7])
    write_kinematics(folder, COLUMNS | {"lambda_R": spins})
    table, _ = tng.load_kinematics(folder)
    np.testing.assert_array_equal(table["lambda_r"], [np.nan, 0.6, 0.5, 0.7])
    sample, rejected = tng.load(folder.parent, "archive")
    assert set(sample["rotator"]) <= {0, 1} and "expected lambda_r" in reasons(rejected)["9"]
