"""Sizes and shapes of galaxies from catalogues of any survey."""

from pathlib import Path

import numpy as np
import pandas as pd

from galutils.classify.measurements.galaxy import SHAPE
from galutils.store.catalogues import Catalogue
from galutils.store.files import expect

IDENTIFIERS = ["id", "catid", "cataid", "plateifu", "name", "galaxy"]
# ours: what catalogues call it
NAMES = {
    "r_e": ["r_e", "re", "re_arcsec", "nsa_elpetro_th50_r", "reff"],
    "ellipticity": ["ellipticity", "ellip", "eps"],
    "position_angle": ["position_angle", "pa", "paphot", "nsa_elpetro_phi"],
    "sersic": ["sersic", "sersic_n", "nsa_sersic_n", "n_sersic"],
    "fwhm": ["fwhm", "cubefwhm", "seeing", "psf_fwhm"],
}
AXIS_RATIO = ["axis_ratio", "ba", "nsa_elpetro_ba"]


def read(paths):
    """Read one or more catalogues, of which a later one fills what an earlier one lacks.

    Parameters
    ----------
    paths : sequence of path-like
        In any format of `galutils.store.tables`: SAMI's input catalogues and ``CubeObs``, MaNGA's
        labels, or one of a user's own. An identifier, and any of `NAMES`; the axis ratio where
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
            ours: catalogue.floats(names) for ours, names in NAMES.items() if catalogue.has(names)
        }
        if "ellipticity" not in columns and catalogue.has(AXIS_RATIO):
            columns["ellipticity"] = 1 - catalogue.floats(AXIS_RATIO)
        expect(columns, path, f"any of {', '.join(NAMES)}", received)
        one = pd.DataFrame(columns, index=catalogue.identifiers(IDENTIFIERS).astype(str))
        one = one[~one.index.duplicated()].reindex(columns=list(SHAPE))
        found = found.combine_first(one) if len(found) else one
    good = found["ellipticity"].between(0, 1, inclusive="left")
    found["ellipticity"] = found["ellipticity"].where(good)
    for name in ("r_e", "sersic", "fwhm"):
        found[name] = found[name].where(found[name] > 0)
    return found.astype(np.float64)
