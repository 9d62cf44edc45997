"""Catalogues of SAMI data release 3, as CSV or FITS, with names in either letter case."""

import re

import numpy as np
from astropy.table import Column, Table

from galutils.store import fits_catalogue, fits_files, texts
from galutils.store.files import ArchiveError

INPUT_CATALOGUES = ("InputCatGAMADR3", "InputCatClustersDR3", "InputCatFiller")
CUBE = re.compile(r"\d+_[A-Z]\w*", re.A)
# ours: (archive's, unit)
STELKIN = {
    "lambda_r": ("lambdar_re", ""),
    "lambda_r_error": ("lambdar_re_err", ""),
    "v_over_sigma": ("vsigma_re", ""),
    "sigma_re": ("sigma_re", "km/s"),
    "kinematic_pa": ("pa_stelkin", "deg"),
}
INPUT = {
    "ra": ("ra_obj", "deg"),
    "dec": ("dec_obj", "deg"),
    "redshift": ("z_spec", ""),
    "r_e": ("r_e", "arcsec"),
    "ellipticity": ("ellip", ""),
    "position_angle": ("pa", "deg"),
    "log_mass": ("mstar", ""),  # log10 Msun; FITS knows no logarithmic unit
    "colour": ("g_i", "mag"),
    "mu_e": ("mu_within_1re", "mag/arcsec2"),
}


def find(folder, name):
    """Path of a catalogue, whichever way it is stored; None where it is missing."""
    endings = (".csv", ".fits")
    names = [f"{prefix}{name}{ending}" for prefix in ("sami_dr3.", "") for ending in endings]
    return fits_catalogue.find(folder, names)


def _table(path):
    if path.suffix != ".csv":
        with fits_files.opened(path, "a FITS table") as hdus:
            return fits_files.table(hdus, 1, path)
    text = texts.read(path)
    texts.check(path, text)
    try:
        return Table.read(text.splitlines(), format="ascii.csv")
    except ValueError as error:
        raise ArchiveError(f"{path}: expected a CSV table, received {error}") from error


def read(path, required=()):
    """Table with lower-case names, an int64 ``catid`` and the columns that are required."""
    table = _table(path)
    lower = [name.lower() for name in table.colnames]
    if len(set(lower)) < len(lower):
        raise ArchiveError(f"{path}: expected each column once, received {table.colnames}")
    table.rename_columns(table.colnames, lower)
    if "cataid" in table.colnames:  # DR2
        table.rename_column("cataid", "catid")
    if "catid" not in table.colnames:
        raise ArchiveError(f"{path}: expected a column catid, received {table.colnames}")
    missing = [name for name in required if name not in table.colnames]
    if missing:
        raise ArchiveError(f"{path}: expected a column {missing[0]}, received {table.colnames}")
    if table["catid"].dtype.kind not in "iu" or table["catid"].ndim != 1:
        raise ArchiveError(f"{path}: expected integers in catid, received {table['catid'].dtype}")
    missing = np.ma.getmaskarray(table["catid"]).sum()
    if missing:
        raise ArchiveError(f"{path}: expected a catid in every row, received {missing} without")
    outside = table["catid"][(table["catid"] <= 0) | (table["catid"] > np.iinfo(np.int64).max)]
    if len(outside):
        raise ArchiveError(f"{path}: expected a catid above 0 of 64 bits, received {outside[0]}")
    table["catid"] = np.asarray(table["catid"], dtype=np.int64)
    return table


def _floats(table, name, path, unit=""):
    """Convert a column to float64, NaN where empty, masked, absent or infinite."""
    if name not in table.colnames:
        return np.full(len(table), np.nan)
    column = np.ma.asarray(table[name])
    if column.dtype.kind in "US":
        said = [text for text in column.compressed().astype(str) if text.strip()]
        if said:
            raise ArchiveError(f"{path}: expected numbers in {name}, received {said[0]!r}")
        return np.full(len(table), np.nan)
    if column.ndim != 1 or column.dtype.kind not in "biuf":
        received = f"{column.dtype} of shape {column.shape}"
        raise ArchiveError(f"{path}: expected numbers in {name}, received {received}")
    fits_files.check_unit(table[name].unit, unit, path, name)
    values = np.ma.filled(column.astype(float), np.nan)
    return np.where(np.isfinite(values), values, np.nan)


def merge(folder, name, table, columns):
    """Add `columns` ({ours: (archive's, unit)}) of one catalogue to `table`, matched by catid."""
    path = find(folder, name)
    other = None if path is None else read(path)
    for ours, (theirs, unit) in columns.items():
        if ours not in table.colnames:
            table[ours] = Column(np.full(len(table), np.nan), unit=unit)
        if other is None or not len(other):
            continue
        order = np.argsort(other["catid"].data, kind="stable")
        known = other["catid"].data[order]
        place = np.minimum(np.searchsorted(known, table["catid"].data), len(known) - 1)
        match = known[place] == table["catid"].data
        table[ours][match] = _floats(other, theirs, path, unit)[order][place][match]


def best_cubes(folder):
    """Names (``105420_A``) of the cubes that CubeObs calls best; empty where it is missing."""
    path = find(folder, "CubeObs")
    if path is None:
        return set()
    table = read(path, ("cubeidpub", "isbest"))
    best = np.char.lower(np.asarray(table["isbest"]).astype(str)) == "true"
    return {str(name).strip() for name in table["cubeidpub"][best]}


def preferred(names, best):
    """Order that puts the best cube of a galaxy first, then the letters A, B, C."""
    names = [str(name).strip() for name in names]
    keys = [(int(name.split("_")[0]), name not in best, name) for name in names]
    return sorted(range(len(names)), key=keys.__getitem__)


def stelkin(folder, best):
    """Read one row of the kinematics catalogue for each galaxy, of the best cube it has."""
    path = find(folder, "samiDR3Stelkin")
    table = read(path, ("cubeidpub",))
    if not len(table):
        raise ArchiveError(f"{path}: expected rows, received none")
    bad = [name for name in table["cubeidpub"] if not CUBE.fullmatch(str(name).strip())]
    if bad:
        raise ArchiveError(f"{path}: expected names like 105420_A in cubeidpub, received {bad[0]}")
    table = table[preferred(table["cubeidpub"], best)]
    _, first = np.unique(table["catid"].data, return_index=True)
    table = table[first]
    out = Table({"catid": table["catid"], "cube": [str(c).strip() for c in table["cubeidpub"]]})
    for ours, (theirs, unit) in STELKIN.items():
        out[ours] = Column(_floats(table, theirs, path, unit), unit=unit)
    return out


def catalogue(folder, best):
    """Join the kinematics, input and morphology catalogues, one row for each galaxy.

    Parameters
    ----------
    folder : pathlib.Path
    best : set of str
        As of `best_cubes`.
    """
    table = stelkin(folder, best)
    for name in INPUT_CATALOGUES:
        merge(folder, name, table, INPUT)
    merge(folder, "VisualMorphologyDR3", table, {"morphology": ("type", "")})
    return table
