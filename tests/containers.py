"""The same map as people have it: ways to say that spaxels are not measured, and units."""

import astropy.units as u
import numpy as np
from astropy.table import Column, MaskedColumn
from astropy.utils.masked import Masked

JUNK = 5000.0  # behind masks: a failed fit


class Marvin(u.Quantity):
    """A quantity with a mask of bits, as maps of marvin are."""

    def __new__(cls, values, unit, mask):
        made = u.Quantity(values, unit).view(cls)
        made.mask = np.asarray(mask)
        return made

    def __getitem__(self, key):
        """Return a part with its mask."""
        return Marvin(self.value[key], self.unit, self.mask[key])


def _behind(values, bad):
    return np.where(bad, JUNK, values)


CONTAINERS = {
    "NaN": lambda values, bad: np.where(bad, np.nan, values),
    "infinite": lambda values, bad: np.where(bad, np.inf, values),
    "minus infinite": lambda values, bad: np.where(bad, -np.inf, values),
    "-999": lambda values, bad: np.where(bad, -999, values),
    "-9999 as float32": lambda values, bad: np.where(bad, -9999, values).astype("f4"),
    "1e20": lambda values, bad: np.where(bad, 1e20, values),
    "numpy mask": lambda values, bad: np.ma.array(_behind(values, bad), mask=bad),
    "numpy mask over NaN": lambda values, bad: np.ma.masked_invalid(np.where(bad, np.nan, values)),
    "astropy mask": lambda values, bad: Masked(_behind(values, bad), bad),
    "masked column": lambda values, bad: MaskedColumn(_behind(values, bad), mask=bad),
    "quantity in km/s": lambda values, bad: np.where(bad, np.nan, values) * u.km / u.s,
    "quantity in m/s": lambda values, bad: np.where(bad, np.nan, values) * 1000 * u.m / u.s,
    "masked quantity in m/s": lambda values, bad: Masked(
        _behind(values, bad) * 1000 * u.m / u.s, bad
    ),
    "column in m/s": lambda values, bad: Column(np.where(bad, np.nan, values) * 1000, unit="m/s"),
    "masked column in m/s": lambda values, bad: MaskedColumn(
        _behind(values, bad) * 1000, mask=bad, unit="m/s"
    ),
    "column in KM/S": lambda values, bad: Column(np.where(bad, np.nan, values), unit="KM/S"),
    "mask of bits": lambda values, bad: Marvin(_behind(values, bad), "km/s", bad * (1 << 30)),
    "objects": lambda values, bad: np.where(bad, None, values),
    "big-endian": lambda values, bad: np.where(bad, np.nan, values).astype(">f8"),
}
