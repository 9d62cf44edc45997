"""One reader of tables: the same values, types and masks from every format."""

import gzip

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from astropy.table import MaskedColumn, QTable, Table
from pyarrow import parquet

from galutils.store import sample, tables
from galutils.store.catalogues import Catalogue
from galutils.store.files import ArchiveError

SDSS = [587722981742084144, 587722981742084145, 587722981742084146]


def full():
    table = Table(
        {"objid": np.array(SDSS), "name": ["a", "", "c"], "short": np.arange(3, dtype="i2")}
    )
    table["spectrum"] = np.array([2**64 - 1, 0, 1], dtype="u8")
    table["group"] = MaskedColumn([999999, 2, 3], mask=[False, True, False])
    table["early"] = MaskedColumn([True, False, False], mask=[False, True, False])
    table["note"] = MaskedColumn(["x", "", "z"], mask=[False, False, True])
    table["sigma"] = MaskedColumn([1.5, 2, 3], mask=[False, True, False], unit="km/s", dtype="f4")
    table["velocity"] = np.arange(48, dtype="f4").reshape(3, 4, 4)
    table.meta = {"survey": "SAMI", "seed": 3, "label": "x" * 100}
    return table


@pytest.mark.parametrize("ending", ["fits", "ecsv", "parquet"])
def test_a_sample_comes_back_as_it_was(tmp_path, ending):
    table = full()
    sample.write(table, tmp_path / f"s.{ending}")
    again = sample.read(tmp_path / f"s.{ending}")
    assert again.colnames == table.colnames and again.meta == table.meta == full().meta
    assert again["sigma"].unit == "km/s"
    for name in table.colnames:
        one, other = np.ma.asarray(table[name]), np.ma.asarray(again[name])
        assert (one.dtype, one.shape) == (other.dtype, other.shape)
        if name == "sigma":  # NaN in FITS
            one, other = one.filled(np.nan), other.filled(np.nan)
        np.testing.assert_array_equal(one, other)
        assert (np.ma.getmaskarray(one) == np.ma.getmaskarray(other)).all(), name


@pytest.mark.parametrize(
    ("column", "what"),
    [
        (["Müller", "b", "c"], "beyond ASCII"),
        (np.arange(3, dtype="i1"), "int8"),
        (np.arange(3, dtype="f2"), "float16"),
        (np.array([1, "a", None], dtype=object), "another type"),
        (np.arange(3) * 1j, "another type"),
    ],
)
def test_what_would_come_back_as_something_else_is_refused(tmp_path, column, what):
    table = full()
    table["bad"] = column
    with pytest.raises(ValueError, match=rf"s\.fits: columns \['bad'\] are .*{what}"):
        sample.write(table, tmp_path / "s.fits")
    assert not list(tmp_path.iterdir())


def test_a_column_with_a_unit_of_its_own_type_is_refused(tmp_path):
    with pytest.raises(ValueError, match="'sigma'"):
        sample.write(QTable(full()), tmp_path / "s.ecsv")


def test_parquet_keeps_whole_numbers_texts_and_masks(tmp_path):
    columns = {
        "objid": pa.array([SDSS[0], None, SDSS[2]]),
        "category": pa.array(["a", None, "c"]).dictionary_encode(),
        "view": pa.array(["a", None, "c"], pa.string_view()),
        "bytes": pa.array([b"a", None, "ü".encode()]),
        "flag": pa.array([True, None, False]),
        "lambdar_re": pa.array([0.5, None, 0.25]),
    }
    parquet.write_table(pa.table(columns), tmp_path / "t.parquet")
    table = tables.read(tmp_path / "t.parquet")
    assert table["objid"].tolist() == [SDSS[0], None, SDSS[2]] and table["objid"].dtype == np.int64
    assert table["category"].tolist() == table["view"].tolist() == ["a", None, "c"]
    assert table["bytes"].tolist() == ["a", "", "ü"]
    assert table["flag"].tolist() == [True, None, False]
    catalogue = Catalogue(tmp_path, ["t.parquet"])
    assert catalogue.identifiers(["objid"]).tolist() == [str(SDSS[0]), "", str(SDSS[2])]
    np.testing.assert_array_equal(catalogue.floats(["lambdar_re"]), [0.5, np.nan, 0.25])


def test_an_identifier_that_pandas_made_a_float_is_refused(tmp_path):
    pd.DataFrame({"objid": [*SDSS, None]}).to_parquet(tmp_path / "t.parquet")
    with pytest.raises(ArchiveError, match=r"t\.parquet: objid: expected texts or whole numbers"):
        Catalogue(tmp_path, ["t.parquet"]).identifiers(["objid"])


@pytest.mark.parametrize(
    "place",
    [
        "dataset/Norder=1/Dir=0/Npix={}.parquet",
        "dataset/Norder=1/Dir=0/Npix={}/0.parquet",
        "dataset/Norder=1/Dir=0/Npix={}.snappy.parquet",
        "Norder=1/Dir=0/Npix={}.pq",
    ],
)
@pytest.mark.parametrize("collection", [False, True])
def test_hats_catalogues_of_every_layout(tmp_path, place, collection):
    root = tmp_path / "catalogue"
    for pixel, objid in zip((2, 10, 0), SDSS, strict=True):
        path = root / place.format(pixel)
        path.parent.mkdir(parents=True, exist_ok=True)
        parquet.write_table(pa.table({"objid": [objid]}), path)
    (root / "hats.properties").write_text("obs_collection=x\n")
    if collection:
        (tmp_path / "collection.properties").write_text(
            "# made\nhats_primary_table_url = catalogue\n"
        )
        root = tmp_path
    assert tables.read(root)["objid"].tolist() == [SDSS[2], SDSS[0], SDSS[1]]  # pixels 0, 2, 10


def test_a_collection_must_stay_in_its_folder(tmp_path):
    (tmp_path / "collection.properties").write_text("hats_primary_table_url=../other\n")
    with pytest.raises(ArchiveError, match="one outside"):
        tables.read(tmp_path)


@pytest.mark.parametrize("ending", ["CSV", "FITS", "fits.gz", "VOT"])
def test_the_ending_is_read_in_either_case_and_packed(tmp_path, ending):
    path, small = tmp_path / f"t.{ending}", ending.lower()
    form = {"csv": "ascii.csv", "vot": "votable"}.get(small, "fits")
    Table({"catid": [1, 2]}).write(tmp_path / "plain", format=form)
    content = (tmp_path / "plain").read_bytes()
    path.write_bytes(gzip.compress(content) if small.endswith("gz") else content)
    assert tables.read(path)["catid"].tolist() == [1, 2]


def test_numbers_as_fortran_writes_them(tmp_path):
    (tmp_path / "t.csv").write_text("catid,re\n1,1.5D-01\n2,2.5d+00\n")
    assert Catalogue(tmp_path, ["t.csv"]).floats(["re"]).tolist() == [0.15, 2.5]
