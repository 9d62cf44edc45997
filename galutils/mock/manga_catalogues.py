"""Catalogues that go with the MaNGA images: types, profile fits, summary, dynamics.

Names, types and order of columns are those of the public files, see
`galutils.surveys.manga.catalogues`; of the longer ones the columns in use.
"""

import numpy as np
import pandas as pd
from astropy.io import fits
from astropy.table import Table, hstack, vstack
from scipy import special

from galutils.mock.bodies import light
from galutils.mock.instruments.sdss_frames import BANDS
from galutils.store import texts

MISSING = -999.0
# Visual types, with their scatter, and the TTYPE of the network at equal quantiles of the real
# catalogue
STAGES = (-0.66, -0.22, 0.19, 0.58, 0.95, 1.18, 1.36, 1.50, 1.66, 1.93, 2.30, 2.65, 3.00, 3.5, 4.2)
TTYPES = (-2.66, -2.49, -2.36, -2.2, -1.9, -1.02, 0.29, 1.02, 1.8, 2.85, 3.81, 4.42, 5.02, 6.0, 7.0)
ERROR = 0.35  # visual types: what people and networks disagree by
FLAGGED, IRREGULAR = 144 / 4672, 27 / 144  # changed by eye; those then given TTYPE 10
FAILED = 0.006  # of profile fits of a kind
FIT_ERRORS = {"M": 0.03, "A_HL": 0.07, "N": 0.10, "BA": 0.02}
BAND_SIZE = {"g": 1.02, "r": 1.0, "i": 0.98}  # redder inwards: smaller in red light
# What a column of a catalogue is called in the table of observations, and its type if it changes
LAYOUT = texts.beside(__file__)
DAPTYPES = ("VOR10-GAU-MILESHC", "HYB10-GAU-MILESHC")


def _hdu(catalogue, table, name=None):
    """Binary table with the columns of a catalogue as `LAYOUT` takes them from a table."""
    rows = [row for row in LAYOUT if row["catalogue"] == catalogue]
    columns = {row["column"]: np.asarray(table[row["source"]], row["type"] or None) for row in rows}
    return fits.BinTableHDU(Table(columns), name=name or catalogue)


def _stage(bodies):
    return np.where(bodies["morphology"] < 0, light.UNAGREED, bodies["morphology"])


def identify(bodies, rng):
    """Add what names a galaxy on the sky: identifiers and coordinates.

    Parameters
    ----------
    bodies : astropy.table.Table
        One row a galaxy; gains ``mangaid``, ``objid``, ``ra`` and ``dec`` (deg).
    rng : numpy.random.Generator
        Source of randomness.
    """
    n = len(bodies)
    bodies["mangaid"] = [f"1-{number}" for number in 10000 + 7 * np.arange(n)]
    bodies["objid"] = 1237645942905438473 + np.sort(rng.integers(0, 33 * 10**12, n))
    bodies["ra"] = rng.uniform(27.5, 358.5, n)
    bodies["dec"] = rng.uniform(-7.4, 64.7, n)


def classify(bodies, rng):
    """Add columns of the morphological catalogue: what a network says of each galaxy.

    Parameters
    ----------
    bodies : astropy.table.Table
        Rows of `galutils.mock.bodies.dynamics.draw`.
    rng : numpy.random.Generator
        For its errors.
    """
    n, eps = len(bodies), bodies["ellipticity"].data
    stage = _stage(bodies)
    ttype = np.interp(stage + rng.normal(0, ERROR, n), STAGES, TTYPES)
    flagged = rng.random(n) < FLAGGED
    irregular = flagged & (stage >= 2.5) & (rng.random(n) < 2.5 * IRREGULAR)
    barred = (np.abs(bodies["bar"]) > light.BARRED) & (stage > 0) & (eps < 0.6)
    lens = np.interp(ttype, [-3, -2.5, -2.25, -1.75, 0, 5], [-2.2, -1.8, -0.7, 1.0, 2.2, 3.3])
    bulge = np.interp(ttype, [-3, -1.5, 0, 2, 4.5], [3.5, 1.0, -0.2, -2.5, -6.0])
    bodies["TTYPE"] = np.where(irregular, 10.0, ttype)
    bodies["FLAG_TT"] = flagged.astype(np.int32)
    bodies["P_S0"] = special.expit(lens + 3 * (eps - 0.25) + rng.normal(0, 0.8, n))
    bodies["FLAG_S0"] = (rng.random(n) < 88 / 4672).astype(np.int32)
    bodies["P_EDGE_ON"] = special.expit(20 * (eps - 0.52) + rng.normal(0, 1.8, n))
    bodies["P_BAR_GZ2"] = special.expit(np.where(barred, 0.8, -3.7) + rng.normal(0, 1.4, n))
    bodies["P_BAR_N10"] = special.expit(np.where(barred, 0.3, -1.2) + rng.normal(0, 1.0, n))
    bodies["P_MERG"] = special.expit(rng.normal(-1.6, 1.7, n))
    bodies["P_BULGE"] = special.expit(bulge + rng.normal(0, 1.0, n))
    bodies["P_CIGAR"] = special.expit(18 * (eps - 0.42) - 3 * (ttype < -1.5) + rng.normal(0, 2, n))


def _repeats(mangaid):
    """Columns DUPL_GR, DUPL_N and DUPL_ID: group of observations of a galaxy, their number, place.

    0 where there is but one.
    """
    observations = pd.Series(mangaid).groupby(mangaid)
    number, place = observations.transform("size"), observations.cumcount() + 1
    repeated = number > 1
    group = pd.factorize(np.where(repeated, mangaid, None))[0] + 1
    columns = {"DUPL_GR": group, "DUPL_N": number * repeated, "DUPL_ID": place * repeated}
    return Table({name: np.asarray(values, np.int32) for name, values in columns.items()})


def morphology(seen):
    """HDU of types, a row an observation.

    Parameters
    ----------
    seen : astropy.table.Table
        Bodies that went through `identify` and `classify`, with ``plateifu``.
    """
    return _hdu("Joined", hstack([seen, _repeats(seen["mangaid"].data)]))


def _fit(truth, suffix, failed, rng):
    """Columns of one kind of fit, -999 where it failed.

    What has an error is drawn first; that of sizes and indices is relative.
    """
    columns = {}
    for kind, values in sorted(truth.items(), key=lambda item: item[0] not in FIT_ERRORS):
        if kind in FIT_ERRORS:
            error = FIT_ERRORS[kind] * rng.standard_normal(len(values))
            values = values * np.exp(error) if kind in ("A_HL", "N") else values + error
            values = np.clip(values, 0.05, 1.0) if kind == "BA" else values
        columns[f"{kind}_{suffix}"] = np.where(failed, MISSING, values)
    return columns


def _pymorph(seen, band, quality, rng):
    """HDU of profile fits in one band.

    Parameters
    ----------
    seen : astropy.table.Table
        As of `morphology`.
    band : {'g', 'r', 'i'}
    quality : tuple of ndarray
        ``(camera, failed, preferred)``: angle of the camera in deg; whether fits of
        one and of two components failed, (2, n); FLAG_FIT where neither did.
    rng : numpy.random.Generator
        For the errors.
    """
    camera, failed, preferred = quality
    flux = light.fluxes(seen["magnitude"].data, seen["g_i"].data)[BANDS.index(band)]
    late = _stage(seen) >= light.SPIRAL
    share = light.bulge_share(seen["sersic"].data, late)
    index = light.bulge_index(late)
    disc = np.array([light.disc_size(*row) for row in zip(share, index, strict=True)])
    size = seen["r_e"].data * BAND_SIZE[band]
    north = (seen["position_angle"].data - 90) % 180
    angle = (90 - camera - north + rng.normal(0, 1, len(seen)) / (seen["ellipticity"] + 0.1)) % 180
    ba = 1 - seen["ellipticity"].data
    whole = {"M": 22.5 - 2.5 * np.log10(flux), "A_HL": size, "BA": ba, "PA": angle}
    bulge_ba = np.maximum(light.projected(0.7, seen["inclination"].data), ba)
    core = {"A_HL": light.BULGE_SIZE * disc * size, "N": index, "BA": bulge_ba}
    outer = {"A_HL": disc * size, "BA": ba}
    columns = {
        "FLAG_FIT": np.where(failed.all(axis=0), 3, preferred).astype(np.int32),
        "FLAG_FAILED_S": failed[0].astype(np.int32),
        "FLAG_FAILED_SE": failed[1].astype(np.int32),
        "SPA": camera,
    }
    columns |= _fit(whole | {"N": np.clip(seen["sersic"].data, 0.5, 8)}, "S", failed[0], rng)
    columns |= _fit(whole | {"BT": np.clip(share, 0, 1)}, "SE", failed[1], rng)
    columns |= _fit(core, "SE_BULGE", failed[1], rng) | _fit(outer, "SE_DISK", failed[1], rng)
    return _hdu("pymorph", hstack([seen, Table(columns)]), band)


def pymorph(seen, rng):
    """HDUs of profile fits in g, r and i, of which the same fail in all."""
    n = len(seen)
    failed = rng.random((2, n)) < FAILED
    failed |= rng.random(n) < FAILED
    one = seen["slow"] | (_stage(seen) == 0) | (seen["sersic"] < 1.2)
    sure = rng.random(n) < 0.65
    preferred = np.where(sure, np.where(one, 1, 2), 0)
    preferred = np.select([failed[0], failed[1]], [2, 1], preferred)
    quality = rng.uniform(0, 180, n), failed, preferred
    return [_pymorph(seen, band, quality, rng) for band in BANDS]


def dapall(seen, rng):
    """HDU of the summary of the data analysis pipeline, a row for each way of binning."""
    n = len(seen)
    columns = {
        "NSA_ELPETRO_BA": np.clip(1 - seen["ellipticity"] + rng.normal(0, 0.02, n), 0.1, 0.99),
        "NSA_ELPETRO_PHI": (seen["position_angle"] - 90) % 180,
        "NSA_ELPETRO_TH50_R": seen["r_e"] * np.exp(rng.normal(0, 0.05, n)),
        "DAPDONE": (rng.random(n) > 0.003).astype(np.int32),
        "DAPQUAL": np.where(rng.random(n) < 0.01, 1 << 30, 0).astype(np.int32),
    }
    sigma = seen["sigma_e"] * np.exp(rng.normal(0, 0.04, n))
    columns["STELLAR_SIGMA_1RE"] = np.where(columns["DAPDONE"] == 1, sigma, MISSING)
    table = vstack([hstack([seen, Table(columns)])] * len(DAPTYPES))
    table["DAPTYPE"] = np.repeat(DAPTYPES, n)
    return _hdu("DAPALL", table)


def jam(seen, rng):
    """HDU of the dynamical catalogue; lambda_R is -999 where it was not measured."""
    n = len(seen)
    columns = {
        "Sigma_Re": seen["sigma_e"] * np.exp(rng.normal(0, 0.03, n)),
        "Lambda_Re": np.where(np.isfinite(seen["lambda_r"]), seen["lambda_r"], MISSING),
        "Eps_MGE": np.clip(seen["ellipticity"] + rng.normal(0, 0.02, n), 0.01, 0.95),
        "Re_arcsec_MGE": seen["r_e"] * np.exp(rng.normal(0, 0.05, n)),
    }
    return _hdu("JAM", hstack([seen, Table(columns)]))
