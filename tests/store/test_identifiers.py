"""Identifiers are int64 or str, exactly as they were, or are refused."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from astropy.table import Column, MaskedColumn

from galutils.store.files import ArchiveError
from galutils.store.identifiers import alike, identifiers

SDSS = [587722981742084144, 587722981742084145]


@pytest.mark.parametrize(
    "values",
    [
        np.array(SDSS),
        np.array(SDSS, dtype="u8"),
        np.array(SDSS, dtype=">i8"),
        SDSS,
        Column(SDSS),
        pd.Series(SDSS),
        pd.Series(SDSS, dtype="UInt64"),
        pd.Series(SDSS, dtype=object),
        pa.array(SDSS),
    ],
)
def test_whole_numbers_of_any_type_keep_every_digit(values):
    found = identifiers(values)
    assert found.dtype == np.int64 and found.tolist() == SDSS
    assert identifiers(values, kind=str).tolist() == [str(one) for one in SDSS]


@pytest.mark.parametrize(
    "values",
    [
        ["8485-1901 ", "Müller 1"],
        np.array([b"8485-1901", "Müller 1".encode()]),
        np.array(["8485-1901", "Müller 1"], dtype=object),
        np.array(["8485-1901", "Müller 1"], dtype=np.dtypes.StringDType()),
        pd.Series(["8485-1901", "Müller 1"], dtype="category"),
        pa.array(["8485-1901", "Müller 1"]).dictionary_encode(),
        Column(["8485-1901", "Müller 1"]),
    ],
)
def test_texts_of_any_type_are_str_without_blanks(values):
    found = identifiers(values)
    assert found.dtype.kind == "U" and found.tolist() == ["8485-1901", "Müller 1"]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (MaskedColumn([5, 999999], mask=[False, True]), [5, -1]),
        (np.ma.array(SDSS, mask=[True, False]), [-1, SDSS[1]]),
        (pd.Series([SDSS[1], None], dtype="Int64"), [SDSS[1], -1]),
        ([SDSS[1], None], [SDSS[1], -1]),
        (pa.array([SDSS[1], None]), [SDSS[1], -1]),
        (MaskedColumn(["a", "b"], mask=[False, True]), ["a", ""]),
        (["a", None], ["a", ""]),
        (pd.Series(["a", np.nan]), ["a", ""]),
        (["a", "--"], ["a", ""]),
        (["a", " NULL "], ["a", ""]),
        (["a", "nan"], ["a", ""]),
    ],
)
def test_gaps_are_minus_one_or_an_empty_text(values, expected):
    assert identifiers(values).tolist() == expected


@pytest.mark.parametrize(
    ("values", "received"),
    [
        (np.array(SDSS, dtype=float), "float64"),
        (pd.Series([SDSS[0], None]), "float64"),
        ([7206.0], "float"),
        (["7206.0"], "7206.0"),
        (["1.23766E+18"], "1.23766E\\+18"),
        (["1e5"], "1e5"),
        ([True, False], "bool"),
        (np.array([True]), "bool"),
        (np.array([2**64 - 1], dtype="u8"), str(2**64 - 1)),
        ([2**70], str(2**70)),
        ([1, "a"], "int, str"),
        ([b"\xff"], "utf-8"),
        (np.zeros((2, 2), int), "shape"),
        (pd.Series(pd.to_datetime(["2020-01-01"])), "Timestamp"),
    ],
)
def test_everything_else_is_refused(values, received):
    with pytest.raises(ValueError, match=received):
        identifiers(values, "objid")
    with pytest.raises(ArchiveError, match=rf"t\.csv: .*{received}"):
        identifiers(values, "objid", path="t.csv")


@pytest.mark.parametrize("values", [[], np.array([]), np.array([], dtype="U3"), pd.Series([])])
def test_none_at_all_are_no_floats(values):
    assert identifiers(values).size == 0 and identifiers(values, kind=str).dtype.kind == "U"
    assert alike(values, [5])[1].tolist() == [5]


def test_texts_become_whole_numbers_only_if_all_of_them_are():
    assert identifiers(["007206", " 9 ", ""], kind=int).tolist() == [7206, 9, -1]
    with pytest.raises(ValueError, match="catid: expected a whole number, received '7206_A'"):
        identifiers(["7206_A"], "catid", int)


def test_columns_of_two_types_are_compared_as_one():
    one, other = alike(np.array(SDSS, dtype="u8"), np.array(SDSS[::-1], dtype="i8"))
    assert np.intersect1d(one, other).tolist() == SDSS  # numpy alone makes floats of both
    one, other = alike(["007206", "9"], [7206, 9])
    assert one.tolist() == other.tolist()
    with pytest.raises(ValueError, match="whole number"):
        alike(["8485-1901"], [8485])
