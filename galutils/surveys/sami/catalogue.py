"""Catalogues of SAMI data release 3 in any format, with names in either letter case.

`STELKIN`, `INPUT` and `MORPHOLOGY` are the columns that are taken, ``{ours: (archive's, unit)}``.
The stellar mass is the log10 of solar masses, for which FITS knows no unit.
"""

import re

import numpy as np
from astropy.table import Table

from galutils.store import catalogues, folders, tables
from galutils.store.catalogues import Catalogue, join
from galutils.store.files import expect, first

INPUT_CATALOGUES = ("InputCatGAMADR3", "InputCatClustersDR3", "InputCatFiller")
CUBE = re.compile(r"\d+_[A-Z]\w*", re.A)
STELKIN, INPUT, MORPHOLOGY = catalogues.wanted(__file__).values()


def find(folder, name):
    """Path of a catalogue, whichever way it is stored; None where it is missing."""
    endings = (".csv", ".fits", *tables.DESCRIBED, *tables.PARQUET)
    names = [f"{prefix}{name}{ending}" for prefix in ("sami_dr3.", "") for ending in endings]
    return folders.find(folder, names)


def read(path, required=()):
    """Catalogue with an int64 ``catid`` and the columns that are required."""
    found = Catalogue(path.parent, [path.name])
    table = found.table
    for name in ("catid", *required):
        expect(name in table.colnames, path, f"a column {name}", table.colnames)
    table["catid"] = found.identifiers(("catid",), int)
    missing = np.count_nonzero(table["catid"] <= 0)
    expect(not missing, path, "a catid above 0 in every row", f"{missing} without")
    return found


def add(table, folder, best):
    """Add all columns of the catalogues in a folder, NaN where they lack a galaxy or are missing.

    Parameters
    ----------
    table : Table
        With ``catid``, once each.
    folder : pathlib.Path
    best
        As `best_cubes` returns it.
    """
    there = find(folder, "samiDR3Stelkin") is not None
    columns = STELKIN | INPUT | MORPHOLOGY
    join(table, "catid", columns, catalogue(folder, best) if there else None)


def _values(found, columns):
    """Take columns of a catalogue with ``catid``, NaN where it lacks them."""
    values = found.columns(columns, optional=True)
    values["catid"] = found.table["catid"]
    return values


def best_cubes(folder):
    """Names (``105420_A``) of the cubes that CubeObs calls best; empty where it is missing."""
    path = find(folder, "CubeObs")
    if path is None:
        return set()
    found = read(path, ("cubeidpub", "isbest"))
    said = np.ma.filled(np.ma.asarray(found.table["isbest"]).astype(str), "")
    best = np.isin(np.char.lower(said), ("true", "t", "1"))
    return set(found.identifiers(("cubeidpub",))[best].tolist())


def preferred(names, best):
    """Order that puts the best cube of a galaxy first, then the letters A, B, C."""
    keys = [(int(name.split("_")[0]), name not in best, name) for name in names]
    return sorted(range(len(names)), key=keys.__getitem__)


def stelkin(folder, best):
    """Read one row of the kinematics catalogue for each galaxy, of the best cube it has."""
    path = find(folder, "samiDR3Stelkin")
    found = read(path, ("cubeidpub",))
    cubes = found.identifiers(("cubeidpub",))
    expect(len(cubes), path, "rows")
    bad = [name for name in cubes if not CUBE.fullmatch(name)]
    expect(not bad, path, "names like 105420_A in cubeidpub", first(bad))
    order = np.array(preferred(cubes.tolist(), best))
    _, rows = np.unique(found.table["catid"][order], return_index=True)
    rows = order[rows]
    table = Table({"catid": found.table["catid"][rows], "cube": cubes[rows]})
    join(table, "catid", STELKIN, _values(found, STELKIN)[rows])
    return table


def catalogue(folder, best):
    """Join the kinematics, input and morphology catalogues, one row for each galaxy.

    Parameters
    ----------
    folder : pathlib.Path
    best : set of str
        As of `best_cubes`.
    """
    table = stelkin(folder, best)
    parts = dict.fromkeys(INPUT_CATALOGUES, INPUT) | {"VisualMorphologyDR3": MORPHOLOGY}
    for name, columns in parts.items():
        path = find(folder, name)
        join(table, "catid", columns, None if path is None else _values(read(path), columns))
    return table
