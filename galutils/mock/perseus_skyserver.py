"""Measure mock objects as SDSS does, and export the tables as SkyServer writes them.

Errors, failures and flags as they are among the objects around the Perseus
cluster in SDSS DR16 (Ahumada et al. 2020, ApJS 249, 3); identifiers are packed
as in www.sdss.org/dr16/help/glossary.
"""

import numpy as np
import pandas as pd

from galutils.mock.bodies.perseus_population import BANDS, DUST, distance
from galutils.physics.photometry import FLAGS, decode_flags
from galutils.store import texts
from galutils.surveys.skyserver import COLOURS

# Magnitude at which the error of a galaxy's model magnitude is 0.05, by band
DEPTH = {"u": 20.3, "g": 21.2, "r": 20.9, "i": 20.4, "z": 19.0}
CALIBRATION = 0.012  # mag
POSITION = 0.13  # arcsec between the catalogues, per axis
BROKEN = 0.02  # deblended wrongly: magnitudes mean nothing
RUNS, PLATE, REPEAT_PLATE = (3628, 3629, 3634), 1665, 2397
DAY = 52976 - 50000  # modified Julian
# Shares of galaxies and of stars called galaxies that have a flag; one that comes along with it,
# and one in its place
FLAG_SHARES = texts.beside(__file__, "perseus_flags.csv")
# Columns of the three exports, and the digits of their numbers
COLUMNS = texts.beside(__file__, "perseus_columns.csv")
# Spectral subclasses and their shares; stars by g-i without dust
EARLY = {"": 0.62, "BROADLINE": 0.35, "AGN": 0.03}
LATE = {"STARFORMING": 0.55, "STARBURST": 0.25, "": 0.20}
STAR_TYPES = ("F5", "F9", "G2", "K1", "K3", "K5", "K7", "M0", "M1", "M3")
STAR_LIMITS = (0.40, 0.65, 0.75, 1.00, 1.30, 1.60, 1.90, 2.20, 2.60)


def _identifiers(ra, dec, number):
    """Object identifiers: sky version 2, rerun 301, run, column, field, object."""
    strip = np.floor((dec - 39.0) / 0.11).astype(np.int64)
    field = np.floor((ra - 46.0) * 4.5).astype(np.int64) + 50
    packed = (np.int64(2) << 59) | (np.int64(301) << 48) | (np.take(RUNS, strip % 3) << 32)
    return packed | ((strip // 3 % 6 + 1) << 29) | (field << 16) | (number % 65536)


def _spectrum_identifiers(n, plate, rng):
    """Spectrum identifiers: plate (640 fibres each), fibre, day and reduction."""
    plates, fibres = np.divmod(rng.permutation(n), 640)
    return ((plate + plates) << 50) | ((fibres + 1) << 38) | (DAY << 24) | (26 << 10)


def _flags(star, rng):
    """Draw flags: as an integer, and in words with the highest bit first."""
    value = np.zeros(len(star), np.int64)
    for row in FLAG_SHARES:
        has = rng.random(len(star)) < np.where(star, float(row["stars"]), float(row["galaxies"]))
        for flag, there in ((row["flag"], has), (row["along"], has), (row["instead"], ~has)):
            value |= np.where(there, np.int64(1) << FLAGS[flag][0], 0) if flag else 0
    return value, [" ".join(decode_flags(flags)[::-1]) + " " for flags in value]


def measure(objects, rows, rng):
    """Photometry of some of the objects.

    Parameters
    ----------
    objects : astropy.table.Table
        Rows as of `galutils.mock.bodies.perseus_population`.
    rows : ndarray of int
        Which; they become the index and part of ``objID``.
    rng : numpy.random.Generator

    Returns
    -------
    pandas.DataFrame
        ``objID``, ``ra``, ``dec`` (deg), ``R_mag``, ``r0``, ``g_z0``, colours,
        ``petroRad_r`` (arcsec), ``flags``, ``flag_text``, ``distance`` (arcmin).
        A few rows are broken.
    """
    objects, n = objects[rows], len(rows)
    broken = rng.random(n) < BROKEN
    magnitude = {}
    for band in BANDS:
        error = np.hypot(CALIBRATION, 0.05 * 10 ** (0.32 * (objects[band] - DEPTH[band])))
        error = np.minimum(error, 1.2) + 1.5 * broken
        magnitude[band] = objects[band].data + error * rng.standard_normal(n) + 3 * broken
    dust = dict(zip(BANDS, np.outer(DUST, objects["a_v"]), strict=True))
    offset = rng.normal(0, POSITION / 3600, (2, n))
    size = np.hypot(1.5 * objects["r_e"].data * objects["axis_ratio"].data ** 0.5, 1.25)
    table = pd.DataFrame(index=rows)
    table["ra"] = objects["ra"].data + offset[0] / np.cos(np.deg2rad(objects["dec"].data))
    table["dec"] = objects["dec"].data + offset[1]
    table["objID"] = _identifiers(*table[["ra", "dec"]].to_numpy().T, rows)
    table["R_mag"] = magnitude["r"]
    table["r0"] = magnitude["r"] - dust["r"]
    table["g_z0"] = magnitude["g"] - dust["g"] - magnitude["z"] + dust["z"]
    for colour in COLOURS:
        blue, red = colour.split("_")
        table[colour] = magnitude[blue] - magnitude[red]
    table["petroRad_r"] = size * np.exp(rng.normal(0, np.where(broken, 1.0, 0.12)))
    table["flags"], table["flag_text"] = _flags(np.asarray(objects["kind"] == "star"), rng)
    table["distance"] = distance(table)
    return table


def spectra(objects, rows, rng):
    """Spectra of some of the objects, one each.

    Parameters
    ----------
    objects, rows, rng
        As of `measure`.

    Returns
    -------
    pandas.DataFrame
        ``specObjID``, ``z``, ``zErr``, ``zWarning``, ``class``, ``subClass``.
    """
    objects, n = objects[rows], len(rows)
    error = 8.5e-6 * np.exp(rng.normal(0, 0.35, n))
    needed = objects["kind", "early", "g", "i", "a_v"]
    columns = {
        "specObjID": _spectrum_identifiers(n, PLATE, rng),
        "z": objects["redshift"].data + error * rng.standard_normal(n),
        "zErr": error,
        "zWarning": rng.choice([0, 16, 4], n, p=[0.983, 0.013, 0.004]),
        "class": np.where(objects["kind"] == "star", "STAR", "GALAXY"),
        "subClass": [_subclass(row, rng) for row in needed.iterrows()],
    }
    return pd.DataFrame(columns, index=rows)


def _subclass(row, rng):
    kind, early, g, i, a_v = row
    if kind == "star":
        colour = g - i - (DUST[1] - DUST[3]) * a_v
        return STAR_TYPES[np.searchsorted(STAR_LIMITS, colour, side="right")]
    shares = EARLY if early else LATE
    return rng.choice(list(shares), p=list(shares.values()))


def repeated(table, share, rng):
    """Second spectra of some objects: further rows with the same ``objID``."""
    again = table.sample(round(share * len(table)), random_state=rng)
    again = again.assign(
        specObjID=_spectrum_identifiers(len(again), REPEAT_PLATE, rng),
        z=again["z"] + rng.normal(0, 2e-5, len(again)),
        zErr=again["zErr"] * np.exp(rng.normal(0, 0.1, len(again))),
    )
    return pd.concat([table, again]).sort_values("distance", kind="stable")


def export(table, name, path, first_line=""):
    """Write a CSV file with the digits SkyServer gives: 15 for positions, 7 for the rest.

    `name` is that of a column of `COLUMNS`, which tells what is exported.
    """
    digits = {row["column"]: row["digits"] for row in COLUMNS if row[name] == "1"}
    text = table[list(digits)].copy()
    for column in text.select_dtypes("float"):
        text[column] = text[column].map(f"{{:.{digits[column]}g}}".format)
    path.write_text(first_line + text.to_csv(index=False))
