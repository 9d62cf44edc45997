"""Published lambda_R of MaNGA galaxies: both layouts, faults, and once the real file."""

import os
from pathlib import Path

import numpy as np
import pytest
from astropy.table import Table

from galutils.store.files import ArchiveError
from galutils.surveys.manga import rotation

HEADER = "plateifu,lambda_re,lambda_re_mpl9,lambda_re_mpl8,eps,nsa_sersic_n,log_mass,gz_p_smooth"
ROWS = ("1-1,0.05,0.05,0.06,0.25,4.0,11.0,0.9", "1-2,0.5,0.5,,0.25,1.0,9.5,0.1", "1-3,,,,0.3,,,")


def write(folder, *rows, header=HEADER):
    (folder / rotation.FILE).write_text("\n".join([header, *rows]) + "\n")


def sample(*names, **columns):
    base = dict.fromkeys(
        ("r_e", "ellipticity", "sersic_n", "log_mass"), np.full(len(names), np.nan)
    )
    return Table({"plateifu": list(names)} | base | columns)


def test_classes_are_those_of_the_boundary(tmp_path):
    write(tmp_path, *ROWS)
    found = rotation.add_class(sample("1-2", "1-1", "1-3", "9-9"), rotation.load(tmp_path)[0])
    assert found["rotator"].tolist() == [1, 0, -1, -1]  # the boundary at 0.25 is 0.155
    np.testing.assert_allclose(found["boundary_distance"][:2], [0.345, -0.105], atol=1e-6)
    np.testing.assert_allclose(found["lambda_re_mpl8"], [np.nan, 0.06, np.nan, np.nan])
    assert "0.31 sqrt" in found.meta["label"]


def test_values_of_the_sample_are_kept_and_its_gaps_filled(tmp_path):
    write(tmp_path, *ROWS)
    ours = sample("1-1", "1-2", ellipticity=np.array([0.4, np.nan]))
    found = rotation.add_class(ours, rotation.load(tmp_path)[0])
    np.testing.assert_allclose(found["ellipticity"], [0.4, 0.25])
    np.testing.assert_allclose(found["sersic_n"], [4.0, 1.0])


def test_seeing_raises_lambda_r_of_small_galaxies(tmp_path):
    write(tmp_path, "1-1,0.14,0.14,,0.25,1.0,9.0,0.2")
    small = sample("1-1", r_e=np.array([2.5]))
    found = rotation.add_class(small, rotation.load(tmp_path)[0])
    assert (found["rotator"][0], found["rotator_corrected"][0]) == (0, 1)


def test_repeated_rows_and_values_outside_the_range(tmp_path):
    write(tmp_path, "1-1,1.7,1.7,,0.25,4.0,11.0,0.9", ROWS[0])
    table, rejected = rotation.load(tmp_path)
    assert np.isnan(table["lambda_re"]).all()
    assert "expected each plateifu once" in rejected["reason"][0]


def test_no_file_gives_no_rows(tmp_path):
    table, rejected = rotation.load(tmp_path)
    assert len(table) == len(rejected) == 0
    assert (rotation.add_class(sample("1-1"), table)["rotator"] == -1).all()


def test_missing_column_names_it(tmp_path):
    write(tmp_path, "1-1,0.3", header="plateifu,lambda_re")
    with pytest.raises(
        ArchiveError, match=r"lambda_re_pipe3d\.csv: expected column lambda_re_mpl9"
    ):
        rotation.load(tmp_path)


CATALOGUES = {"SDSS17Pipe3D_v3_1_1.fits": "ellip", "SDSSDR17_MaNGA_JAM.fits": "Eps_MGE"}


@pytest.mark.parametrize("name", CATALOGUES)
def test_catalogues_of_the_archive_stand_in(name, tmp_path):
    columns = {"plateifu": ["1-1", "1-2"], "Lambda_Re": [0.6, -9.0], CATALOGUES[name]: [0.2, 0.3]}
    Table(columns).write(tmp_path / name)
    found = rotation.add_class(sample("1-1", "1-2"), rotation.load(tmp_path)[0])
    assert found["rotator"].tolist() == [1, -1]
    np.testing.assert_allclose(found["ellipticity"], [0.2, 0.3], rtol=1e-6)


@pytest.mark.skipif("GALUTILS_DATA" not in os.environ, reason="no archive folder")
def test_real_classes():
    table, rejected = rotation.load(Path(os.environ["GALUTILS_DATA"], "manga"))
    found = rotation.add_class(sample(*table["plateifu"].tolist()), table)["rotator"]
    assert len(rejected) == 0
    assert np.mean(found[found >= 0] == 0) == pytest.approx(0.1024, abs=0.0005)
