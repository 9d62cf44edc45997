"""Real spins and types: what counts, what is left out, and nothing where nothing is found."""

import numpy as np
import pytest
from astropy.table import Table

from galutils.surveys import atlas3d

ATLAS = """# a comment
NGC0001 1.0 0.10 0.11 S 0.1 0.1 0.05 0.05 S S
NGC0002 1.0 0.40 0.41 S 0.6 0.6 0.55 0.50 F F
"""


@pytest.fixture
def archive(tmp_path):
    (tmp_path / "sami").mkdir()
    catid = np.arange(10, 15)
    tables = {
        "samiDR3Stelkin": {
            "catid": catid,
            "cubeidpub": [f"{c}_A" for c in catid],
            "lambdar_re": [0.05, 0.6, 0.5, np.nan, 0.4],
        },
        "InputCatGAMADR3": {"catid": catid, "ellip": [0.2, 0.5, 0.4, 0.3, np.nan]},
        "VisualMorphologyDR3": {"catid": catid, "type": [1.0, 2.5, -9.0, 0.0, 0.5]},
    }
    for name, columns in tables.items():
        Table(columns).write(tmp_path / "sami" / f"sami_dr3.{name}.csv", format="ascii.csv")
    return tmp_path


def test_only_galaxies_with_spin_ellipticity_and_type_count(archive):
    table = atlas3d.load_types(archive)
    assert table["survey"].tolist() == ["SAMI DR3"] * 2
    np.testing.assert_allclose(table["lambda_r"], [0.05, 0.6])
    assert table["early"].tolist() == [True, False]


def test_atlas3d_joins_as_early_types(archive):
    (archive / "atlas3d").mkdir()
    (archive / "atlas3d" / "Emsellem2011_Atlas3D_Paper3_TableB1.txt").write_text(ATLAS)
    table = atlas3d.load_types(archive)
    new = table[table["survey"] == "ATLAS3D"]
    np.testing.assert_allclose(new["lambda_r"], [0.05, 0.55])
    np.testing.assert_allclose(new["ellipticity"], [0.10, 0.40])
    assert new["early"].all() and len(table) == 4


def test_without_archives_there_is_no_reference(tmp_path):
    assert atlas3d.load_types(tmp_path) is None
