"""Stellar masses of Galaxy Zoo 2 galaxies, from one of three kinds of table.

``galSpecInfo-dr8.fits`` and ``galSpecExtra-dr8.fits``
    The MPA-JHU catalogue (Kauffmann et al. 2003, MNRAS 341, 33; Brinchmann et al.
    2004, MNRAS 351, 1151): one row for each spectrum, the same in both files.
CSV table with ``lgm_tot_p50``
    The same from SkyServer, galSpecInfo joined with galSpecExtra: ``ra``, ``dec``,
    ``z``, ``z_warning``, ``reliable``, ``lgm_tot_p50``.
CSV table with ``logMstar``
    Spirals of Hart et al. (2017, MNRAS 472, 2263), also as ``hart17_logMstar`` beside
    the votes of the same galaxy.
"""

import numpy as np
import pandas as pd

from galutils.store.catalogues import Catalogue
from galutils.store.files import expect
from galutils.store.folders import find
from galutils.store.sample import rejections
from galutils.surveys.gz2 import csv as gz2_csv
from galutils.surveys.gz2.votes import MASSES, vote_columns

INFO = ("galSpecInfo-dr8.fits", "galSpecInfo-dr8.fits.gz")
EXTRA = ("galSpecExtra-dr8.fits", "galSpecExtra-dr8.fits.gz")
COLUMNS = ("ra", "dec", "z", "z_warning", "reliable", "lgm_tot_p50")
MPA_JHU = "MPA-JHU (Kauffmann et al. 2003; Brinchmann et al. 2004)"
HART = "Hart et al. (2017)"
# Lee, Soo & Sharoni, section 6; a value that is NaN does not pass
CUTS = {
    "expected RELIABLE not 0": lambda t: np.isfinite(t["reliable"]) & (t["reliable"] != 0),
    "expected Z_WARNING 0": lambda t: t["z_warning"] == 0,
    "expected LGM_TOT_P50 not -9999": lambda t: t["lgm_tot_p50"] > -9999,
    "expected a redshift above 0": lambda t: t["z"] > 0,
    "expected a position": lambda t: (t["ra"] >= 0) & (t["ra"] <= 360) & (np.abs(t["dec"]) <= 90),
}


def find_masses(folder):
    """Mass tables of a folder: their paths, in order of preference.

    MPA-JHU as FITS, as CSV, other masses, masses matched with votes; by name
    within each. Of the two FITS files, the path is that of galSpecExtra.
    """
    found = [(0, find(folder, EXTRA))] if find(folder, EXTRA) and find(folder, INFO) else []
    for path in gz2_csv.tables(folder):
        names = gz2_csv.header(path)
        if any(name in names for name in MASSES):
            matched = bool(vote_columns(names))
            found.append((1 if "lgm_tot_p50" in names else 2 + matched, path))
    return [path for _, path in sorted(found)]


def _read_fits(path):
    extra, info = Catalogue(path.parent, [path.name]), Catalogue(path.parent, INFO)
    rows = f"{len(extra.table)} and {len(info.table)}"
    alike = len(extra.table) == len(info.table)
    expect(alike, path, f"as many rows as in {info.path.name}", rows)
    same = (extra.identifiers(["specobjid"]) == info.identifiers(["specobjid"])).all()
    expect(same, path, f"the spectra of {info.path.name}", "others")
    columns = {name: info.floats([name]) for name in COLUMNS[:-1]}
    return pd.DataFrame(columns | {"lgm_tot_p50": extra.floats(["lgm_tot_p50"])})


def _mpa_jhu(path):
    """Rows that pass all of `CUTS`, and how many fail each that passed those before."""
    if path == find(path.parent, EXTRA):
        frame, rejected = _read_fits(path), []
    else:
        frame, rejected = gz2_csv.read(path, COLUMNS)
    for reason, cut in CUTS.items():
        passed = cut(frame)
        if not passed.all():
            rejected.append((path.name, f"{reason}, received {sum(~passed)} rows without"))
        frame = frame[passed]
    frame = frame.rename(columns={"z": "redshift", "lgm_tot_p50": "log_mass"})
    return frame.assign(objid=-1), rejected


def _hart(path):
    prefix = "hart17_" if "hart17_logmstar" in gz2_csv.header(path) else ""
    names = {"ra": "ra", "dec": "dec", "logmstar": "log_mass"}
    frame, rejected = gz2_csv.read(path, [prefix + name for name in names], [f"{prefix}dr7objid"])
    names = {prefix + name: ours for name, ours in (names | {"dr7objid": "objid"}).items()}
    frame = frame.rename(columns=names).assign(redshift=np.nan)
    good = (frame["log_mass"] > 0) & frame["ra"].notna() & (frame["dec"].abs() <= 90)
    reason = f"{path.name}: expected position and mass, received none"
    rejected += [(str(objid), reason) for objid in frame["objid"][~good]]
    return frame[good], rejected


def load_masses(folder, file=None):
    """Read stellar masses, of MPA-JHU those that pass the published cuts.

    Lee, Soo & Sharoni, section 6: RELIABLE not 0, Z_WARNING 0, LGM_TOT_P50 not
    -9999, z > 0.

    Parameters
    ----------
    folder : path-like
    file : str, optional
        Name of the table, as `find_masses` returns it; the preferred by default.

    Returns
    -------
    masses : Table
        One row for each spectrum or galaxy: ``objid`` int64, identifier in
        SDSS DR7, -1 for MPA-JHU; ``ra``, ``dec`` float64, deg; ``redshift``,
        NaN where the table has none; ``log_mass`` float64, log10 of the total
        stellar mass in solar masses, initial mass function of Kroupa (2001). ``meta``:
        ``table``, ``masses`` (whose).
    rejected : Table
        ``name`` and ``reason`` of rows left out; of MPA-JHU one row for each
        cut, with the number of spectra it leaves out.

    Raises
    ------
    ArchiveError
        If there is no such table, or it is damaged, lacks a column or has no
        good row.
    """
    found = {path.name: path for path in find_masses(folder)}
    named = f" named {file}" if file else ""
    expected = f"a table of stellar masses{named}"
    path = found[gz2_csv.chosen(folder, found, file, expected)]
    mpa_jhu = path.name in EXTRA or "lgm_tot_p50" in gz2_csv.header(path)
    frame, rejected = (_mpa_jhu if mpa_jhu else _hart)(path)
    expect(len(frame), path, "masses", f"{len(rejected)} reasons for none")
    masses = gz2_csv.to_table(frame[["objid", "ra", "dec", "redshift", "log_mass"]])
    masses["ra"].unit = masses["dec"].unit = "deg"
    masses["log_mass"].description = "log10 of stellar mass in solar masses"
    masses.meta = {"table": path.name, "masses": MPA_JHU if mpa_jhu else HART}
    return masses, rejections(rejected)
