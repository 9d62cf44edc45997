"""One meaning of masks, infinities, fill values and units, for every function that takes maps.

People have maps as arrays with NaN, masked arrays of numpy and astropy, columns and quantities with
units, and pandas series. All become one thing here: arrays of floats, NaN where not measured.
"""

import functools
import inspect
import re

import numpy as np

from galutils.store.files import require

# What pipelines write where nothing was measured; no map has one of these exact values otherwise.
FILLS = (-999, -9999, -99999, -32768, -1e20, 1e20, -1e30, 1e30)


def floats(values, unit=None, name="values"):
    """Return numbers as an array of floats, NaN where not measured.

    Parameters
    ----------
    values : array_like
        Numbers, with a mask, a unit, or neither; a list may hold such. Spaxels that are masked,
        infinite, None, or exactly one of `FILLS` are not measured.
    unit : str, optional
        What the result is in. Values that have another unit are converted, those without a unit
        are taken to be in it. By default the numbers stay as they are.
    name : str
        Of the argument, for the messages.

    Returns
    -------
    ndarray of float32 or float64
        Native byte order; float64 of everything but these two. It may be `values` itself.

    Raises
    ------
    ValueError
        If there is something else than real numbers, or a unit that cannot be converted.
    """
    if isinstance(values, list | tuple) and any(map(_marked, values)):
        return np.stack([floats(one, unit, name) for one in values])
    if hasattr(values, "iloc"):  # of pandas, whose `mask` is a method
        values = values.to_numpy(float, na_value=np.nan)
    mask, given = getattr(values, "mask", False), getattr(values, "unit", None)
    data = np.asarray(getattr(values, "unmasked", np.ma.getdata(values)))
    kept = data.dtype.kind == "f" and data.itemsize in (4, 8)
    try:
        if data.dtype.kind not in "fiubO":
            raise TypeError(data.dtype)
        data = data.astype(data.dtype.newbyteorder("=") if kept else float, copy=False)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name}: expected numbers, received {error}") from None
    missing = ~np.isfinite(data) | (np.asarray(mask) != 0)
    if (np.abs(data) >= 999).any():
        missing |= np.isin(data, np.array(FILLS, data.dtype))
    if missing.any():
        data = np.where(missing, data.dtype.type(np.nan), data)
    scale = factor(given, unit, name)
    return data if scale == 1 else data * scale


def _marked(value):
    return hasattr(value, "mask") or getattr(value, "unit", None) is not None


def factor(received, expected, name="values"):
    """Return what numbers in one unit are multiplied by to be in another.

    Parameters
    ----------
    received : str, bytes, astropy.units.Unit or None
        In any spelling that occurs: ``KM/S``, ``km/sec``, ``km s^-1``. 1 is returned for none.
    expected : str or None
    name : str
        Of the argument, for the message.

    Raises
    ------
    ValueError
        If it is not known, or of another quantity.
    """
    text = received.decode(errors="replace") if isinstance(received, bytes) else received or ""
    text = str(text).strip()
    if text in ("", expected) or not expected:
        return 1.0
    from astropy import units as u

    plain = re.sub(r"\bsec\w*", "s", text.lower()).replace("kms", "km s")
    for spelled in (text, text.lower(), plain):
        try:
            return u.Unit(spelled).to(expected)
        except (ValueError, TypeError):
            continue
    raise ValueError(f"{name}: expected {expected}, received {text!r}")


def takes(**units):
    """Decorate a function that takes maps: `floats` makes its arguments.

    Parameters
    ----------
    **units
        Argument and its unit, None for one of any unit. An argument that is None stays so.
    """

    def decorate(function):
        signature = inspect.signature(function)

        @functools.wraps(function)
        def converted(*values, **named):
            given = signature.bind(*values, **named).arguments
            for name in units.keys() & given.keys():
                if given[name] is not None:
                    given[name] = floats(given[name], units[name], name)
            return function(**given)

        return converted

    return decorate


def plain(values):
    """Return an array as it is; as of `floats` if it has a mask or a unit, or holds objects."""
    as_it_is = not (_marked(values) or hasattr(values, "iloc"))
    as_it_is = as_it_is and np.asarray(values).dtype != object
    return np.asarray(values) if as_it_is else floats(values)


def finite(values, name, dtype=float):
    """Return numbers of which none is missing, such as probabilities or what a network takes.

    With `dtype` None they keep theirs.

    Raises
    ------
    ValueError
        If one is masked, NaN or infinite.
    """
    values = plain(values)
    lacking = np.count_nonzero(~np.isfinite(values))
    require(not lacking, "finite numbers", f"{lacking} that are not", name)
    return values if dtype is None else values.astype(dtype, copy=False)


def known(values, name="labels"):
    """Return labels or names of galaxies as an array.

    Raises
    ------
    ValueError
        If one is masked, NaN or None.
    """
    from pandas import isna

    data = np.asarray(np.ma.getdata(values))
    lacking = np.count_nonzero(np.ma.getmask(values) | isna(data))
    require(not lacking, "one in every row", f"{lacking} rows without", name)
    return data
