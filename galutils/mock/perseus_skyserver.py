"""Measure mock objects as SDSS does, and export the tables as SkyServer writes them.

Errors, failures and flags as they are among the objects around the Perseus
cluster in SDSS DR16 (Ahumada et al. 2020, ApJS 249, 3); identifiers are packed
as in www.sdss.org/dr16/help/glossary.
"""

import numpy as np
import pandas as pd

from galutils.mock.bodies import perseus_population
from galutils.physics.photometry import FLAGS, decode_flags
from galutils.surveys.skyserver import COLOURS

# Magnitude at which the error of a galaxy's model magnitude is 0.05, by band
DEPTH = {"u": 20.3, "g": 21.2, "r": 20.9, "i": 20.4, "z": 19.0}
CALIBRATION = 0.012  # mag
POSITION = 0.13  # arcsec between the catalogues, per axis
BROKEN = 0.02  # deblended wrongly: magnitudes mean nothing
RUNS, PLATE, REPEAT_PLATE = (3628, 3629, 3634), 1665, 2397
DAY = 52976 - 50000  # modified Julian
# Shares of galaxies and of stars called galaxies that have a flag
SHARES = {
    "BINNED1": (1.00, 1.00),
    "CHILD": (0.97, 0.75),
    "INTERP": (0.94, 0.78),
    "COSMIC_RAY": (0.78, 0.32),
    "STATIONARY": (0.80, 0.60),
    "BAD_MOVING_FIT": (0.25, 0.48),
    "SUBTRACTED": (0.23, 0.03),
    "SATURATED": (0.17, 0.03),
    "INTERP_CENTER": (0.13, 0.20),
    "NOTCHECKED": (0.13, 0.00),
    "PSF_FLUX_INTERP": (0.11, 0.18),
    "EDGE": (0.09, 0.00),
    "NOPETRO": (0.09, 0.08),
    "NODEBLEND": (0.08, 0.18),
    "MANYPETRO": (0.08, 0.18),
    "DEBLEND_DEGENERATE": (0.06, 0.03),
    "DEBLEND_NOPEAK": (0.02, 0.20),
    "PEAKS_TOO_CLOSE": (0.01, 0.08),
    "DEBLEND_PRUNED": (0.00, 0.08),
}
# A flag that comes along with another, or in its place
ALONG = {"CHILD": "DEBLENDED_AT_EDGE", "NODEBLEND": "BLENDED"}
INSTEAD = {"STATIONARY": "MOVED"}
# Spectral subclasses and their shares; stars by g-i without dust
EARLY = {"": 0.62, "BROADLINE": 0.35, "AGN": 0.03}
LATE = {"STARFORMING": 0.55, "STARBURST": 0.25, "": 0.20}
STAR_TYPES = (
    (0.40, "F5"),
    (0.65, "F9"),
    (0.75, "G2"),
    (1.00, "K1"),
    (1.30, "K3"),
    (1.60, "K5"),
    (1.90, "K7"),
    (2.20, "M0"),
    (2.60, "M1"),
    (9.00, "M3"),
)


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
    for name, (galaxies, stars) in SHARES.items():
        has = rng.random(len(star)) < np.where(star, stars, galaxies)
        for flag in (name, *([ALONG[name]] if name in ALONG else [])):
            value |= np.where(has, np.int64(1) << FLAGS[flag][0], 0)
        if name in INSTEAD:
            value |= np.where(has, 0, np.int64(1) << FLAGS[INSTEAD[name]][0])
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
    for band in perseus_population.BANDS:
        error = np.hypot(CALIBRATION, 0.05 * 10 ** (0.32 * (objects[band] - DEPTH[band])))
        error = np.minimum(error, 1.2) + 1.5 * broken
        magnitude[band] = objects[band].data + error * rng.standard_normal(n) + 3 * broken
    dust = dict(
        zip(
            perseus_population.BANDS, np.outer(perseus_population.DUST, objects["a_v"]), strict=True
        )
    )
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
    table["distance"] = perseus_population.distance(table)
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
    return pd.DataFrame(
        {
            "specObjID": _spectrum_identifiers(n, PLATE, rng),
            "z": objects["redshift"].data + error * rng.standard_normal(n),
            "zErr": error,
            "zWarning": rng.choice([0, 16, 4], n, p=[0.983, 0.013, 0.004]),
            "class": np.where(objects["kind"] == "star", "STAR", "GALAXY"),
            "subClass": [_subclass(row, rng) for row in needed.iterrows()],
        },
        index=rows,
    )


def _subclass(row, rng):
    kind, early, g, i, a_v = row
    if kind == "star":
        colour = g - i - (perseus_population.DUST[1] - perseus_population.DUST[3]) * a_v
        return next(name for limit, name in STAR_TYPES if colour < limit)
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


def export(table, columns, path, first_line=""):
    """Write a CSV file with the digits SkyServer gives: 15 for positions, 7 for the rest."""
    text = pd.DataFrame({c: _digits(table[c]) for c in columns})
    path.write_text(first_line + text.to_csv(index=False))


def _digits(column):
    if column.dtype.kind != "f":
        return column.astype(str)
    digits = 15 if column.name in ("ra", "dec", "distance") else 7
    return column.map(f"{{:.{digits}g}}".format)
