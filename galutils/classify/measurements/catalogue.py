"""Sizes and shapes of galaxies from catalogues of any survey."""

from pathlib import Path

import numpy as np
import pandas as pd

from galutils.classify.measurements.galaxy import SHAPE
from galutils.classify.measurements.layouts import NAMES
from galutils.store.catalogues import Catalogue
from galutils.store.files import expect

IDENTIFIERS, SHAPES = NAMES["identifiers"], NAMES["shape"]


def read(paths):
    """Read one or more catalogues, of which a later one fills what an earlier one lacks.

    Parameters
    ----------
    paths : sequence of path-like
        In any format of `galutils.store.tables`: SAMI's input catalogues and ``CubeObs``, MaNGA's
        labels, or one of a user's own. An identifier, and any of ``names.yml``; axis ratio where
        there is no ellipticity.

    Returns
    -------
    pandas.DataFrame
        By identifier as text: the columns of `galutils.classify.measurements.galaxy.SHAPE`, NaN
        where not known; arcsec and degrees east of north, R_e along the major axis.

    Raises
    ------
    ArchiveError
        If a file cannot be read, or has neither an identifier nor a size; names it.
    """
    found = pd.DataFrame(columns=list(SHAPE), dtype=float)
    for path in map(Path, paths):
        catalogue = Catalogue(path.parent, [path.name])
        received = ", ".join(catalogue.table.colnames)
        expect(catalogue.has(IDENTIFIERS), path, " or ".join(IDENTIFIERS), received)
        columns = {
            ours: catalogue.floats(names) for ours, names in SHAPES.items() if catalogue.has(names)
        }
        if "ellipticity" not in columns and catalogue.has(NAMES["axis_ratio"]):
            columns["ellipticity"] = 1 - catalogue.floats(NAMES["axis_ratio"])
        expect(columns, path, f"any of {', '.join(SHAPES)}", received)
        one = pd.DataFrame(columns, index=catalogue.identifiers(IDENTIFIERS).astype(str))
        one = one[~one.index.duplicated()].reindex(columns=list(SHAPE))
        found = found.combine_first(one) if len(found) else one
    good = found["ellipticity"].between(0, 1, inclusive="left")
    found["ellipticity"] = found["ellipticity"].where(good)
    for name in ("r_e", "sersic", "fwhm"):
        found[name] = found[name].where(found[name] > 0)
    return found.astype(np.float64)
