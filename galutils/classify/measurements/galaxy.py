"""The maps of one galaxy, whatever file they were in."""

from typing import NamedTuple

import numpy as np
from astropy.nddata import extract_array

from galutils.store import texts

# Why a number is missing or is to be taken with care; bits of the column ``flags``
FLAGS = {row["flag"]: 1 << k for k, row in enumerate(texts.beside(__file__, "flags.csv"))}
MAPS = {"velocity": "km/s", "sigma": "km/s", "flux": None}
MAPS |= {"velocity_error": "km/s", "sigma_error": "km/s"}
SHAPE = ("r_e", "ellipticity", "position_angle", "sersic", "fwhm")


class Galaxy(NamedTuple):
    """Maps (ny, nx), or bins (nbin,), of one galaxy.

    Attributes
    ----------
    maps : dict of str to ndarray
        Of `MAPS`, as far as they are there; float64, NaN where not measured.
    x, y : ndarray of the same shape
        Offsets from the centre to the west and to the north, arcsec; spaxels where the scale is
        not known.
    bins : ndarray of int or None
        Which points were measured together; None where each was alone.
    shape : dict
        Of `SHAPE`, what the file itself says.
    name : str
        What catalogues call it.
    notes : frozenset of str
        Of `FLAGS`.
    """

    maps: dict
    x: np.ndarray
    y: np.ndarray
    bins: np.ndarray | None = None
    shape: dict = {}
    name: str = ""
    notes: frozenset = frozenset()

    @property
    def spaxel(self):
        """Side of a spaxel, arcsec; NaN of bins, and where it is not known."""
        if self.x.ndim != 2 or "no_scale" in self.notes:
            return np.nan
        return float(np.hypot(self.x[1, 0] - self.x[0, 0], self.y[1, 0] - self.y[0, 0]))

    def frame(self, size, kept=False):
        """Return the velocity on a square of spaxels about the centre, float32, NaN outside.

        With `kept` a map whose centre is its middle stays as it is.
        """
        velocity = self.maps["velocity"].astype(np.float32)
        ends = [one[0, 0] + one[-1, -1] for one in (self.x, self.y)]
        if kept and np.abs(ends).max() < 1e-6:
            return velocity
        place = np.unravel_index(np.argmin(np.hypot(self.x, self.y)), self.x.shape)
        return extract_array(velocity, (size, size), place, fill_value=np.nan)


def on_map(maps, steps=None, centre=None, **about):
    """Make a galaxy of maps on a grid.

    Parameters
    ----------
    maps : dict of str to ndarray, shape (ny, nx)
    steps : array_like, shape (2, 2), or float, optional
        How far west and north, arcsec, one column (first) and one row (second) further is; or the
        side of spaxels of which rows run to the north and columns to the west. Where neither is
        known, offsets are in spaxels, and the notes say so.
    centre : (float, float), optional
        Column and row of the centre, from 0; by default the middle.
    **about
        Further attributes.

    Returns
    -------
    Galaxy
    """
    ny, nx = maps["velocity"].shape
    column, row = centre or ((nx - 1) / 2, (ny - 1) / 2)
    rows, columns = np.indices((ny, nx), dtype=float)
    notes = frozenset({"no_scale", "no_orientation"} if steps is None else ())
    steps = 1.0 if steps is None else steps
    steps = np.eye(2) * steps if np.ndim(steps) == 0 else steps
    (x_column, y_column), (x_row, y_row) = np.asarray(steps, dtype=float)
    columns, rows = columns - column, rows - row
    x, y = columns * x_column + rows * x_row, columns * y_column + rows * y_row
    return Galaxy(maps, x, y, notes=notes, **about)
