"""Catalogues of SAMI data release 3, as CSV or FITS, with names in either letter case."""

import numpy as np
from astropy.table import MaskedColumn, Table

from galutils.surveys import ArchiveError

INPUT_CATALOGUES = ("InputCatGAMADR3", "InputCatClustersDR3", "InputCatFiller")
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
    for prefix in ("sami_dr3.", ""):
        for suffix in (".csv", ".fits"):
            path = folder / f"{prefix}{name}{suffix}"
            if path.is_file():
                return path
    return None


def read(path):
    """Table with lower-case names and an int64 ``catid``."""
    table = Table.read(path, format="ascii.csv" if path.suffix == ".csv" else "fits")
    table.rename_columns(table.colnames, [name.lower() for name in table.colnames])
    if "cataid" in table.colnames:  # DR2
        table.rename_column("cataid", "catid")
    if "catid" not in table.colnames:
        raise ArchiveError(f"{path}: expected a column catid, received {table.colnames}")
    if table["catid"].dtype.kind not in "iu":
        raise ArchiveError(f"{path}: expected integers in catid, received {table['catid'].dtype}")
    missing = np.ma.getmaskarray(table["catid"]).sum()
    if missing:
        raise ArchiveError(f"{path}: expected a catid in every row, received {missing} without")
    table["catid"] = np.asarray(table["catid"], dtype=np.int64)
    return table


def _floats(table, name):
    """Convert a column to float64, NaN where empty, masked, absent or not a number."""
    if name not in table.colnames:
        return np.full(len(table), np.nan)
    column = table[name]
    values = np.ma.filled(MaskedColumn(column).astype(float), np.nan)
    return np.where(np.ma.getmaskarray(column), np.nan, values)


def merge(folder, name, table, columns):
    """Add `columns` ({ours: (archive's, unit)}) of one catalogue to `table`, matched by catid."""
    path = find(folder, name)
    other = None if path is None else read(path)
    for ours, (theirs, unit) in columns.items():
        if ours not in table.colnames:
            table[ours] = np.full(len(table), np.nan)
            table[ours].unit = unit
        if other is None or not len(other):
            continue
        order = np.argsort(other["catid"].data, kind="stable")
        known = other["catid"].data[order]
        place = np.minimum(np.searchsorted(known, table["catid"].data), len(known) - 1)
        match = known[place] == table["catid"].data
        table[ours][match] = _floats(other, theirs)[order][place][match]


def best_cubes(folder):
    """Names (``105420_A``) of the cubes that CubeObs calls best; empty where it is missing."""
    path = find(folder, "CubeObs")
    if path is None:
        return set()
    table = read(path)
    best = np.char.lower(np.asarray(table["isbest"]).astype(str)) == "true"
    return {str(name).strip() for name in table["cubeidpub"][best]}


def preferred(names, best):
    """Order that puts the best cube of a galaxy first, then the letters A, B, C."""
    names = [str(name).strip() for name in names]
    keys = [(int(name.split("_")[0]), name not in best, name) for name in names]
    return sorted(range(len(names)), key=keys.__getitem__)


def stelkin(folder):
    """One row of the kinematics catalogue for each galaxy."""
    path = find(folder, "samiDR3Stelkin")
    table = read(path)
    table = table[preferred(table["cubeidpub"], best_cubes(folder))]
    _, first = np.unique(table["catid"].data, return_index=True)
    table = table[first]
    out = Table({"catid": table["catid"], "cube": [str(c).strip() for c in table["cubeidpub"]]})
    for ours, (theirs, unit) in STELKIN.items():
        out[ours] = _floats(table, theirs)
        out[ours].unit = unit
    return out


def catalogue(folder):
    """Join of the kinematics, input and morphology catalogues, one row for each galaxy."""
    table = stelkin(folder)
    for name in INPUT_CATALOGUES:
        merge(folder, name, table, INPUT)
    merge(folder, "VisualMorphologyDR3", table, {"morphology": ("type", "")})
    return table
