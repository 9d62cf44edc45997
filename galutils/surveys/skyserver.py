"""SkyServer of SDSS: tables it exports, and the queries that give them.

An export is a CSV file with a header, in some exports after a line ``#Table1``.
One quantity goes by several names (`COLUMNS`); -9999 stands for "not measured",
and spoils the colours made of it. An object with several spectra stands in as
many rows. Identifiers have 64 bits, more than a float holds.
"""

import csv
import warnings
from pathlib import Path

import astropy.units as u
import numpy as np
import pandas as pd
from astropy.table import Column, Table
from astropy.utils.exceptions import AstropyWarning

from galutils.physics.photometry import CENTRE, SEQUENCE, SLOPE, is_member_redshift
from galutils.store import files, texts
from galutils.store.files import ArchiveError, expect, first, require
from galutils.store.measured import floats
from galutils.store.sample import read_each, rejections

NOT_MEASURED = 5000  # beyond it lie -9999 and every colour made of it
MISSING = {float: np.nan, int: -1, np.uint64: 0, str: ""}
COLOURS = ("u_g", "g_z", "g_r", "g_i", "r_i", "r_z")
PHOTOMETRY = ("r", *COLOURS, "petro_rad")
_TYPES = {kind.__name__: kind for kind in MISSING}
# archive column, in lower case: (column here, type, unit)
COLUMNS = {
    row["archive"]: (row["column"], _TYPES[row["type"]], row["unit"] or None)
    for row in texts.beside(__file__)
}
SPECTRUM = ("redshift", "redshift_error", "z_warning")


def _value(text, kind, name):
    """Value of one field; ValueError says what is wrong."""
    text = text.strip()
    if text.lower() in ("", "null"):
        return MISSING[kind]
    if kind is str:
        return text
    try:
        if kind is float:
            value = texts.number(text)
            return float(floats(value)) if abs(value) < NOT_MEASURED else np.nan
        return kind(np.array(texts.whole(text), dtype=kind))
    except (ValueError, OverflowError):
        expected = "a number" if kind is float else "a whole number of 64 bits"
        raise ValueError(f"{name}: expected {expected}, received {text!r}") from None


def _row(fields, columns):
    require(len(fields) == len(columns), f"{len(columns)} fields", len(fields))
    row = {n: _value(text, kind, n) for text, (n, kind, _) in zip(fields, columns, strict=True)}
    require(row["objid"] > 0, "an objid above 0", row["objid"])
    good = 0 <= row["ra"] <= 360 and -90 <= row["dec"] <= 90
    require(good, "a position", f"{row['ra']}, {row['dec']}")
    return row


def _columns(header, path, required):
    """Columns of a file, (name, type, unit) each; unknown ones stay text under their own name."""
    columns = [COLUMNS.get(name.strip().lower(), (name.strip(), str, None)) for name in header]
    names = [name for name, _, _ in columns]
    wanted = {"objid", "ra", "dec", *PHOTOMETRY, *required}
    wanted |= set(SPECTRUM if "specobjid" in names else ())
    missing = sorted(wanted - set(names))
    expect(not missing, path, f"columns {missing}", header)
    expect("" not in names, path, "a name of every column", header)
    expect(len(set(names)) == len(names), path, "each quantity once", header)
    return columns


def _best_spectra(table):
    """Row of the best spectrum of each object, for every row of the table."""
    error = np.where(table["redshift_error"] > 0, table["redshift_error"], np.inf)
    order = np.lexsort((error, table["z_warning"] != 0))
    best = pd.Series(order, order).groupby(np.asarray(table["objid"])[order]).transform("first")
    return best.sort_index().to_numpy()


def _why_not(here, there):
    """Say why a spectrum is left out for another of the same object."""
    quality = f"(zWarning {there['z_warning']}, zErr {there['redshift_error']:.2g})"
    expected = f"objid {here['objid']}: expected one spectrum"
    reason = f"{expected}, kept {there['specobjid']} {quality}"
    if is_member_redshift(here["redshift"]) != is_member_redshift(there["redshift"]):
        kept, lost = there["redshift"], here["redshift"]
        reason += f"; they disagree about membership: z {kept:.4f} kept, {lost:.4f} not"
    return reason


def read(path, required=()):
    """Read a table exported from SkyServer.

    Parameters
    ----------
    path : path-like
        CSV file, with or without a first line ``#Table1``.
    required : sequence of str
        Columns, by their names here, that must be there besides ``objid``,
        ``ra``, ``dec`` and `PHOTOMETRY`.

    Returns
    -------
    table : Table
        One row for each object, in the order of the file; of a cross-match
        without spectra, every row. Columns as in `COLUMNS`: ``objid``,
        ``flags`` and the other integers int64 (-1 where blank), ``specobjid``
        uint64 (0 where blank), magnitudes and colours in mag, ``petro_rad`` in
        arcsec, ``distance`` in arcmin; NaN where blank, ``null`` or -9999. A
        colour of two unmeasured bands is 0 in the file and stays so.
    rejected : Table
        ``name`` (file and line) and ``reason``: a row that cannot be parsed,
        and every spectrum of an object but the one without ``zWarning`` and
        with the smallest error of redshift.

    Raises
    ------
    ArchiveError
        If the file is missing, lacks a column, or holds no row that can be read.
    """
    lines = texts.read(path, "a SkyServer table").splitlines()
    start = next((k for k, line in enumerate(lines) if line.strip()[:1] not in ("", "#")), None)
    expect(start is not None, path, "a table", f"{sum(map(len, lines))} characters")
    with files.guarded(path, "a SkyServer table"):
        reader = csv.reader(lines[start:])
        columns, name = _columns(next(reader), path, required), Path(path).name
        said = {f"{name} line {start + reader.line_num}": fields for fields in reader if fields}
        found, rejected = read_each(said, lambda place: _row(said[place], columns))
        places, rows = list(found), list(found.values())
    expect(rows or rejected, path, "rows", 0)
    why = first([reason for _, reason in rejected])
    expect(rows, path, "rows that can be read", f"{len(rejected)} that cannot: {why}")

    table = Table()
    for name, kind, unit in columns:
        dtype = np.int64 if kind is int else kind
        table[name] = Column([row[name] for row in rows], dtype=dtype, unit=unit)
    if "specobjid" in table.colnames:
        best = _best_spectra(table)
        others = np.flatnonzero(best != np.arange(len(table)))
        rejected += [(places[k], _why_not(table[k], table[best[k]])) for k in others]
        table = table[np.unique(best)]
    return table, rejections(rejected)


def _query(name, centre, radius, top, **limits):
    """Write SQL for objects with a spectrum around a position."""
    ra, dec, distance = centre.icrs.ra.deg, centre.icrs.dec.deg, radius.to_value("arcmin")
    if np.ndim(ra) or not np.isfinite([ra, dec]).all():
        raise ValueError(f"centre must be one position, received {centre}")
    if np.ndim(distance) or not 0 < distance <= 5400:
        raise ValueError(f"radius must be an angle of at most 90 degrees, received {radius}")
    if top != int(top) or top < 1:
        raise ValueError(f"top must be a whole number above 0, received {top}")
    sql = Path(__file__).with_name(f"skyserver_{name}.sql").read_text().strip()
    return sql.format(ra=ra, dec=dec, radius=distance, top=int(top), **limits)


def query_spectroscopic(centre=CENTRE, radius=45 * u.arcmin, sequence=SEQUENCE, top=100):
    """Write SQL for red-sequence objects; by default the first published query.

    Pruitt (2024), appendix B.

    Parameters
    ----------
    centre : SkyCoord
        One position.
    radius : Quantity
        Angle.
    sequence : pair of float
        Limits on r + 14.3 (g-z), mag.
    top : int
        Most rows to return. The published query says 100, although 144 objects
        of the archive's wider search meet its conditions (section 6 has 144 too).

    Returns
    -------
    str

    Raises
    ------
    ValueError
        If a limit makes no sense.
    """
    low, high = sequence
    if not low < high:
        raise ValueError(f"sequence must be (lower, upper), received {sequence}")
    return _query("spectroscopic", centre, radius, top, slope=SLOPE, low=low, high=high)


def query_search(centre=CENTRE, radius=90 * u.arcmin, top=1000):
    """Write SQL for all objects, nearest first; by default the second published query.

    Pruitt (2024), appendix B. Parameters and errors as of `query_spectroscopic`.
    """
    return _query("search", centre, radius, top)


def run(sql, data_release=16):
    """Ask SkyServer; needs the network.

    Parameters
    ----------
    sql : str
        A query, as of `query_search`.
    data_release : int

    Returns
    -------
    astropy.table.Table
        As the service gives it; `read` checks it once it is written.

    Raises
    ------
    ArchiveError
        If the service cannot be reached, refuses the query or finds nothing.
    """
    import requests
    from astroquery.exceptions import RemoteServiceError
    from astroquery.sdss import SDSS

    service = f"SkyServer DR{data_release}"
    try:
        with warnings.catch_warnings(action="ignore", category=AstropyWarning):  # of text columns
            result = SDSS.query_sql(sql, data_release=data_release, cache=False)
    except (requests.RequestException, RemoteServiceError, ValueError) as error:
        raise ArchiveError(f"{service}: expected a table, received {error}") from error
    expect(result is not None, service, "objects")
    return result
