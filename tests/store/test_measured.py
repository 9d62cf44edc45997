"""Masks, infinities, fill values and units become NaN and the unit asked for, or are refused."""

import astropy.units as u
import numpy as np
import pandas as pd
import pytest
from astropy.table import Column, MaskedColumn, QTable, Table
from astropy.utils.masked import Masked
from containers import CONTAINERS, Marvin

from galutils.store import measured

BAD = np.zeros((6, 6), bool)
BAD[:2] = True
NAN = np.where(BAD, np.nan, np.arange(36.0).reshape(6, 6) - 20)


@pytest.mark.parametrize("name", CONTAINERS)
def test_everything_that_holds_numbers_becomes_one_thing(name):
    found = measured.floats(CONTAINERS[name](NAN, BAD), "km/s")
    np.testing.assert_allclose(found, NAN, rtol=1e-6)
    assert type(found) is np.ndarray and found.dtype in ("f4", "f8") and found.dtype.isnative


@pytest.mark.parametrize(
    ("given", "kept"),
    [("f4", "f4"), (">f4", "f4"), ("f8", "f8"), ("f2", "f8"), ("i2", "f8"), ("?", "f8")],
)
def test_only_floats_of_32_and_64_bits_keep_their_type(given, kept):
    assert measured.floats(np.ones(3, given)).dtype == kept
    assert measured.floats(np.int16([300]))[0] ** 2 == 90000


@pytest.mark.parametrize("fill", measured.FILLS)
@pytest.mark.parametrize("kind", ["f4", "f8"])
def test_fill_values_are_not_measured_and_their_neighbours_are(fill, kind):
    values = np.array([fill, np.nextafter(np.dtype(kind).type(fill), 0), 5], kind)
    assert np.isnan(measured.floats(values)).tolist() == [True, False, False]


def test_a_fill_value_is_told_before_units_are_changed():
    in_metres = Column([-999.0, 5000.0], unit="m/s")
    np.testing.assert_array_equal(measured.floats(in_metres, "km/s"), [np.nan, 5.0])


@pytest.mark.parametrize(
    ("spelled", "factor"),
    [("km/s", 1), ("KM/S", 1), ("km/sec", 1), ("km s-1", 1), ("km s^-1", 1), ("kms-1", 1),
     ("Km/s", 1), ("km.s-1", 1), ("M/S", 1e-3), ("m s**-1", 1e-3), (b"m/s", 1e-3),
     (u.m / u.s, 1e-3), ("", 1), (None, 1)],
)  # fmt: skip
def test_units_are_known_in_the_spellings_that_occur(spelled, factor):
    assert measured.factor(spelled, "km/s") == pytest.approx(factor)


@pytest.mark.parametrize(
    "values",
    [np.ones(2, complex), ["a", "b"], np.array(["1.5"]), np.array(["2020-01-01"], "M8[D]"),
     np.array([object()]), [1.0] * u.K, Column([1.0], unit="furlong")],
)  # fmt: skip
def test_what_is_no_number_or_in_no_such_unit_is_refused_by_name(values):
    with pytest.raises(ValueError, match="velocity: expected .*, received"):
        measured.floats(values, "km/s", "velocity")


def test_scalars_lists_and_missing_objects():
    assert measured.floats(3).shape == () and np.isnan(measured.floats(np.ma.masked))
    found = measured.floats([0.5, np.ma.masked])
    np.testing.assert_array_equal(found, [0.5, np.nan])
    np.testing.assert_array_equal(measured.floats([1.0, None]), [1, np.nan])
    np.testing.assert_allclose(measured.floats([1 * u.km / u.s, 500 * u.m / u.s], "km/s"), [1, 0.5])
    maps = [np.ma.array([1.0, 9.0], mask=[0, 1]), np.array([2.0, 3.0])]
    np.testing.assert_array_equal(measured.floats(maps), [[1, np.nan], [2, 3]])


def test_a_map_whose_mask_has_bits_as_marvins():
    found = measured.floats(Marvin(np.ones(3), "km/s", [0, 1 << 30, 3]), "km/s")
    np.testing.assert_array_equal(found, [1, np.nan, np.nan])


def test_pandas_with_gaps():
    series = pd.Series([1, None, 3], dtype="Int64")
    np.testing.assert_array_equal(measured.floats(series), [1, np.nan, 3])
    np.testing.assert_array_equal(
        measured.floats(pd.DataFrame({"a": [1.0, np.inf]})), [[1], [np.nan]]
    )


def test_rows_of_tables_keep_what_their_columns_say():
    table = Table({"velocity": MaskedColumn(NAN[None] * 1000, mask=BAD[None], unit="m/s")})
    np.testing.assert_allclose(measured.floats(table["velocity"][[0]], "km/s")[0], NAN)
    table = QTable({"velocity": Masked(NAN[None] * u.km / u.s, BAD[None])})
    np.testing.assert_allclose(measured.floats(table["velocity"][[0]], "km/s")[0], NAN)


def test_good_arrays_are_not_copied_and_nothing_is_changed_in_place():
    good, bad = np.arange(4.0), np.ma.array([1.0, 2.0], mask=[0, 1])
    assert measured.floats(good) is good
    assert np.isnan(measured.floats(bad)[1]) and bad.data.tolist() == [1, 2]


def test_a_decorated_function_names_its_arguments_and_leaves_others():
    @measured.takes(velocity="km/s", spaxel="arcsec")
    def function(velocity, how, spaxel=None, *, scale=2):
        """Say something."""
        return velocity * scale, how, spaxel

    found = function([1.0] * u.m / u.s, "as it is")
    assert found[0][0] == pytest.approx(0.002) and found[1:] == ("as it is", None)
    assert function([1], 2, spaxel=1 * u.arcmin, scale=1)[2] == 60
    assert function.__doc__ == "Say something." and function.__name__ == "function"
    with pytest.raises(ValueError, match="spaxel: expected arcsec, received 'km'"):
        function([1], 2, 3 * u.km)
    with pytest.raises(TypeError, match="too many positional"):
        function(1, 2, 3, 4)


def test_labels_and_numbers_that_must_be_there():
    assert measured.known(["a", "b"]).tolist() == ["a", "b"]
    for labels in ([0, np.nan], np.ma.array([0, 1], mask=[0, 1]), np.array(["a", None], object)):
        with pytest.raises(ValueError, match="labels: expected one in every row, received 1 rows"):
            measured.known(labels)
    for values in ([0, np.nan], [np.inf, 1], np.ma.array([0.5, 1], mask=[0, 1])):
        with pytest.raises(ValueError, match="p: expected finite numbers, received 1 that are not"):
            measured.finite(values, "p")
    image = np.zeros((1, 2, 2, 3), np.uint8)
    assert measured.plain(image) is image and measured.finite(image, "x", None) is image
    assert measured.plain(Column(image)).dtype == np.uint8
    assert np.isnan(measured.plain(np.ma.array(image, mask=True))).all()
