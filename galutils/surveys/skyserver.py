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
from astropy.table import Column, Table
from astropy.utils.exceptions import AstropyWarning

from galutils.physics.photometry import CENTRE, SEQUENCE, SLOPE, is_member_redshift
from galutils.store import texts
from galutils.store.files import ArchiveError
from galutils.store.sample import rejections

NOT_MEASURED = 5000  # beyond it lie -9999 and every colour made of it
MISSING = {float: np.nan, int: -1, np.uint64: 0, str: ""}
COLOURS = ("u_g", "g_z", "g_r", "g_i", "r_i", "r_z")
PHOTOMETRY = ("r", *COLOURS, "petro_rad")
_TYPES = {kind.__name__: kind for kind in MISSING}
# archive column, in lower case: (column here, type, unit)
COLUMNS = {
    row["archive"]: (row["column"], _TYPES[row["type"]], row["unit"] or None)
    for row in texts.records(Path(__file__).with_suffix(".csv"))
}
SPECTRUM = ("redshift", "redshift_error", "z_warning")
_COLOURS = ",\n    ".join(f"p.modelMag_{c[0]} - p.modelMag_{c[2]} as {c}" for c in COLOURS)


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
            return value if abs(value) < NOT_MEASURED else np.nan
        return kind(np.array(texts.whole(text), dtype=kind))
    except (ValueError, OverflowError):
        expected = "a number" if kind is float else "a whole number of 64 bits"
        raise ValueError(f"{name}: expected {expected}, received {text!r}") from None


def _row(fields, columns):
    if len(fields) != len(columns):
        raise ValueError(f"expected {len(columns)} fields, received {len(fields)}")
    row = [_value(text, kind, name) for text, (name, kind, _) in zip(fields, columns, strict=True)]
    known = dict(zip([name for name, _, _ in columns], row, strict=True))
    if known["objid"] <= 0:
        raise ValueError(f"expected an objid above 0, received {known['objid']}")
    if not (0 <= known["ra"] <= 360 and -90 <= known["dec"] <= 90):
        raise ValueError(f"expected a position, received {known['ra']}, {known['dec']}")
    return row


def _columns(header, source, required):
    """Columns of a file, (name, type, unit) each; unknown ones stay text under their own name."""
    columns = [COLUMNS.get(name.strip().lower(), (name.strip(), str, None)) for name in header]
    names = [name for name, _, _ in columns]
    wanted = ["objid", "ra", "dec", *PHOTOMETRY, *required]
    if "specobjid" in names:
        wanted += SPECTRUM
    missing = sorted(set(wanted) - set(names))
    if missing:
        raise ArchiveError(f"{source}: expected columns {missing}, received {header}")
    if "" in names:
        raise ArchiveError(f"{source}: expected a name of every column, received {header}")
    if len(set(names)) < len(names):
        raise ArchiveError(f"{source}: expected each quantity once, received {header}")
    return columns


def _best_spectra(table):
    """Row of the best spectrum of each object, in the table's order, and why not the others."""
    error = np.where(table["redshift_error"] > 0, table["redshift_error"], np.inf)
    order = np.lexsort((error, table["z_warning"] != 0))
    objects, first = np.unique(table["objid"][order], return_index=True)
    best = dict(zip(objects.tolist(), order[first].tolist(), strict=True))
    kept = [best[objid] for objid in table["objid"].tolist()]
    reasons = {}
    for row in np.flatnonzero(np.arange(len(table)) != kept):
        here, there = table[row], table[kept[row]]
        reasons[row] = (
            f"objid {here['objid']}: expected one spectrum, kept {there['specobjid']} "
            f"(zWarning {there['z_warning']}, zErr {there['redshift_error']:.2g})"
        )
        if is_member_redshift(here["redshift"]) != is_member_redshift(there["redshift"]):
            reasons[row] += (
                f"; they disagree about membership: z {there['redshift']:.4f} kept, "
                f"{here['redshift']:.4f} not"
            )
    return sorted(best.values()), reasons


def _parse(text, source, required=()):
    """Table and rejected rows of an export; `source` is its path, or the name of a service."""
    lines = text.splitlines()
    start = next((k for k, line in enumerate(lines) if line.strip()[:1] not in ("", "#")), None)
    if start is None:
        raise ArchiveError(f"{source}: expected a table, received {len(text)} characters")
    reader = csv.reader(lines[start:])
    columns = _columns(next(reader), source, required)
    rows, places, rejected = [], [], []
    for fields in reader:
        place = f"{Path(source).name} line {start + reader.line_num}"
        if not fields:
            continue
        try:
            rows.append(_row(fields, columns))
            places.append(place)
        except ValueError as error:
            rejected.append((place, str(error)))
    if not rows:
        raise ArchiveError(f"{source}: expected rows, received {len(rejected)} that can be read")

    table = Table()
    for (name, kind, unit), values in zip(columns, zip(*rows, strict=True), strict=True):
        table[name] = Column(values, dtype=np.int64 if kind is int else kind, unit=unit)
    if "specobjid" in table.colnames:
        kept, reasons = _best_spectra(table)
        rejected += [(places[row], reason) for row, reason in reasons.items()]
        table = table[kept]
    return table, rejections(rejected)


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
    try:
        return _parse(texts.read(path, "a SkyServer table"), str(path), required)
    except csv.Error as error:
        raise ArchiveError(f"{path}: expected a SkyServer table, received {error}") from error


def _query(select, centre, radius, top, end):
    """Write SQL for objects with a spectrum around a position."""
    ra, dec, distance = centre.icrs.ra.deg, centre.icrs.dec.deg, radius.to_value("arcmin")
    if np.ndim(ra) or not np.isfinite([ra, dec]).all():
        raise ValueError(f"centre must be one position, received {centre}")
    if np.ndim(distance) or not 0 < distance <= 5400:
        raise ValueError(f"radius must be an angle of at most 90 degrees, received {radius}")
    if top != int(top) or top < 1:
        raise ValueError(f"top must be a whole number above 0, received {top}")
    return f"""SELECT TOP {int(top)}
    p.objID, p.ra, p.dec,
    {select}
FROM
    photoObj as p
JOIN SpecObjAll s ON p.objID = s.bestObjID
JOIN dbo.fGetNearbyObjEq({ra:.10g}, {dec:.10g}, {distance:.10g}) as N ON N.objID = p.objID
{end}"""


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
    colour = f"-{SLOPE:.10g}*(p.modelMag_g - p.modelMag_z)"
    select = f"""p.modelMag_r,
    {_COLOURS},
    p.petroRad_r, p.flags, dbo.fPhotoFlagsN(p.flags) as flag_text,
    s.specObjID, s.z, s.zErr, s.zWarning, s.class, s.subClass"""
    end = f"""WHERE
    p.modelMag_r > {colour} + {low:.10g}
    and p.modelMag_r < {colour} + {high:.10g}
    and p.type = 3"""
    return _query(select, centre, radius, top, end)


def query_search(centre=CENTRE, radius=90 * u.arcmin, top=1000):
    """Write SQL for all objects, nearest first; by default the second published query.

    Pruitt (2024), appendix B. Parameters and errors as of `query_spectroscopic`.
    """
    select = f"""p.modelMag_r as R_mag,
    p.modelMag_r - p.extinction_r as r0,
    p.modelMag_g - p.extinction_g - p.modelMag_z + p.extinction_z as g_z0,
    {_COLOURS},
    p.petroRad_r,
    s.specObjID, s.z, s.zErr, s.zWarning,
    N.distance"""
    return _query(select, centre, radius, top, "WHERE\n    p.type = 3\nORDER BY distance")


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
    if result is None:
        raise ArchiveError(f"{service}: expected objects, received none")
    return result
