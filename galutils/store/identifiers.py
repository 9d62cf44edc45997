"""Identifiers of galaxies: whole numbers or texts, never floats.

A float has 53 bits, an identifier of SDSS 60: as floats two of them may become one.
"""

import numpy as np

from galutils.store import texts
from galutils.store.files import ArchiveError, first, require

BLANK = ("", "null", "--", "nan", "none", "<na>")  # in small letters: there is none
MOST = np.iinfo(np.int64).max


def identifiers(values, name="identifiers", kind=None, path=None):
    """Return identifiers as int64, -1 where missing, or as str, '' where missing.

    Parameters
    ----------
    values : array_like, shape (n,)
        Integers of any type, texts with or without blanks about them, or bytes in UTF-8. Missing
        are those that are masked, None, NaN among objects, or one of `BLANK`.
    name : str
        Of the column, for the messages.
    kind : {int, str}, optional
        Make int64 of texts that are whole numbers, or texts of numbers.
    path : path-like, optional
        File that they are from.

    Returns
    -------
    ndarray of int64 or str, shape (n,)

    Raises
    ------
    ValueError
        If they are floats, also as texts such as ``1.23766E+18``, or anything else that is no
        identifier, or do not fit 64 bits; an `ArchiveError` that names the file if there is one.
    """
    try:
        return _identifiers(values, kind)
    except ValueError as error:
        if path is None:
            raise ValueError(f"{name}: {error}") from None
        raise ArchiveError(f"{path}: {name}: {error}") from None


def alike(one, other, name="identifiers"):
    """Return two columns of identifiers as one type, so that equal ones are equal.

    Raises
    ------
    ValueError
        As of `identifiers`; and if one has whole numbers and the other texts that are none.
    """
    both = [identifiers(values, name) for values in (one, other) if len(values)]
    kind = int if {"i"} < {column.dtype.kind for column in both} else None
    return [identifiers(values, name, kind) for values in (one, other)]


def _identifiers(values, kind):
    if hasattr(values, "iloc"):  # of pandas, which makes floats of whole numbers with gaps
        values = values.to_numpy(None if values.dtype.kind == "f" else object)
    values = values.to_pylist() if hasattr(values, "to_pylist") else values
    lists = isinstance(values, list | tuple)  # of which numpy would make floats, or texts
    masked = np.ma.getmaskarray(values)
    data = np.array(values, dtype=object) if lists else np.asarray(np.ma.getdata(values))
    require(data.ndim == 1, "one in every row", f"shape {data.shape}")
    if not data.size:  # numpy calls it floats
        return data.astype(str if kind is str or data.dtype.kind in "SU" else np.int64)
    data = data.astype(object) if data.dtype.kind == "T" else data  # texts of any length
    if data.dtype.kind == "O":
        from pandas import isna

        masked = masked | isna(data) | np.array([one is np.ma.masked for one in data], dtype=bool)
        data = _of_one_type(data, masked)
    if data.dtype.kind == "S":
        try:
            data = np.char.decode(data, "utf-8")
        except UnicodeDecodeError as error:
            raise ValueError(f"expected texts in UTF-8, received {error}") from None
    require(data.dtype.kind in "iuUO", "texts or whole numbers", data.dtype)
    if data.dtype.kind == "U":
        data = np.char.strip(data)
        masked = masked | np.isin(np.char.lower(data), BLANK)
        _no_floats(data[~masked])
    if kind is int and data.dtype.kind == "U":
        said = np.where(masked, "0", data).tolist()
        data = np.array([texts.whole(text) for text in said], dtype=object)
    elif kind is str and data.dtype.kind != "U":
        data = data.astype(str)
    if data.dtype.kind == "U":
        return np.where(masked, "", data)
    outside = data[~masked & ((data > MOST) | (data < -MOST))]
    require(not len(outside), "64 bits with a sign", first(outside))
    return np.where(masked, -1, data).astype(np.int64)


def _of_one_type(data, missing):
    """Return texts, bytes, or objects that are all whole numbers, zero where missing."""
    kinds = {type(one) for one in data[~missing]}
    for wanted, blank in (((str, np.str_), ""), ((bytes, np.bytes_), b"")):
        if kinds and kinds <= set(wanted):
            return np.array(np.where(missing, blank, data).tolist())
    good = all(issubclass(one, int | np.integer) and one is not bool for one in kinds)
    require(good, "texts or whole numbers", ", ".join(sorted(one.__name__ for one in kinds)))
    return np.array([int(one) for one in np.where(missing, 0, data)], object)


def _no_floats(data):
    """Refuse texts that a program has made of floats."""
    marked = data[(np.char.find(data, ".") >= 0) | (np.char.find(np.char.lower(data), "e") > 0)]
    wrong = [text for text in np.unique(marked).tolist() if texts.NUMBER.fullmatch(text)]
    require(not wrong, "texts or whole numbers", first(wrong))
