"""Catalogues that go with the MaNGA images: types, profile fits, summary, dynamics.

Names, types and order of columns are those of the public files, see
`galutils.surveys.manga.catalogues`; of the longer ones the columns in use.
"""

import numpy as np
from astropy.io import fits
from astropy.table import Table
from scipy import special

from galutils.mock.bodies.light import (
    BARRED,
    BULGE_SIZE,
    SPIRAL,
    UNAGREED,
    bulge_index,
    bulge_share,
    disc_size,
    fluxes,
    projected,
)
from galutils.mock.instruments.sdss_frames import BANDS

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
DAPTYPES = ("VOR10-GAU-MILESHC", "HYB10-GAU-MILESHC")


def _hdu(columns, name):
    """Binary table of arrays by name, in their order."""
    return fits.BinTableHDU(Table(columns), name=name)


def _observed(seen):
    """Return the columns with which both catalogues of images begin."""
    return {
        "INTID": np.arange(1, len(seen) + 1, dtype=np.int32),
        "MANGA_ID": seen["mangaid"].astype("U9"),
        "PLATEIFU": seen["plateifu"].astype("U11"),
        "OBJID": seen["objid"],
        "RA": seen["ra"],
        "DEC": seen["dec"],
        "Z": seen["redshift"],
    }


def _stage(bodies):
    return np.where(bodies["morphology"] < 0, UNAGREED, bodies["morphology"])


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
    barred = (np.abs(bodies["bar"]) > BARRED) & (stage > 0) & (eps < 0.6)
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
    _, first, inverse, count = np.unique(
        mangaid, return_index=True, return_inverse=True, return_counts=True
    )
    repeated = np.flatnonzero(count > 1)
    group = np.zeros(count.size, np.int32)
    group[repeated[np.argsort(first[repeated])]] = np.arange(1, repeated.size + 1)
    columns = {"DUPL_GR": group[inverse], "DUPL_N": np.where(count > 1, count, 0)[inverse]}
    place = np.zeros(len(mangaid), np.int32)
    for number in range(1, repeated.size + 1):
        members = np.flatnonzero(columns["DUPL_GR"] == number)
        place[members] = np.arange(1, members.size + 1)
    columns["DUPL_ID"] = place
    return {name: values.astype(np.int32) for name, values in columns.items()}


def morphology(seen):
    """HDU of types, a row an observation.

    Parameters
    ----------
    seen : astropy.table.Table
        Bodies that went through `identify` and `classify`, with ``plateifu``.
    """
    columns = {key.replace("MANGA_", "MANGA-"): values for key, values in _observed(seen).items()}
    names = "TTYPE FLAG_TT P_S0 FLAG_S0 P_EDGE_ON P_BAR_GZ2 P_BAR_N10 P_MERG P_BULGE P_CIGAR"
    columns |= _repeats(seen["mangaid"].data) | {name: seen[name] for name in names.split()}
    return _hdu(columns, "Joined")


def _measured(values, kind, rng):
    """Values with the error of a fit, a relative one but for magnitudes and axis ratios."""
    error = FIT_ERRORS[kind] * rng.standard_normal(len(values))
    if kind in ("A_HL", "N"):
        return values * np.exp(error)
    return values + error if kind == "M" else np.clip(values + error, 0.05, 1.0)


def _fit(truth, suffix, failed, rng):
    """Columns of one kind of fit, -999 where it failed."""
    columns = {
        f"{kind}_{suffix}": _measured(values, kind, rng)
        for kind, values in truth.items()
        if kind in FIT_ERRORS
    }
    columns |= {f"{kind}_{suffix}": v for kind, v in truth.items() if kind not in FIT_ERRORS}
    return {name: np.where(failed, MISSING, values) for name, values in columns.items()}


def pymorph(seen, band, quality, rng):
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
    flux = fluxes(seen["magnitude"].data, seen["g_i"].data)[BANDS.index(band)]
    late = _stage(seen) >= SPIRAL
    share = bulge_share(seen["sersic"].data, late)
    index = bulge_index(late)
    disc = np.array([disc_size(*row) for row in zip(share, index, strict=True)])
    size = seen["r_e"].data * BAND_SIZE[band]
    north = (seen["position_angle"].data - 90) % 180
    angle = (90 - camera - north + rng.normal(0, 1, len(seen)) / (seen["ellipticity"] + 0.1)) % 180
    whole = {
        "M": 22.5 - 2.5 * np.log10(flux),
        "A_HL": size,
        "BA": 1 - seen["ellipticity"].data,
        "PA": angle,
    }
    core = {
        "A_HL": BULGE_SIZE * disc * size,
        "N": index,
        "BA": np.maximum(projected(0.7, seen["inclination"].data), whole["BA"]),
    }
    outer = {"A_HL": disc * size, "BA": whole["BA"]}
    columns = _observed(seen) | {
        "FLAG_FIT": np.where(failed.all(axis=0), 3, preferred).astype(np.int32),
        "FLAG_FAILED_S": failed[0].astype(np.int32),
        "FLAG_FAILED_SE": failed[1].astype(np.int32),
        "SPA": camera,
    }
    columns |= _fit(whole | {"N": np.clip(seen["sersic"].data, 0.5, 8)}, "S", failed[0], rng)
    columns |= _fit(whole | {"BT": np.clip(share, 0, 1)}, "SE", failed[1], rng)
    columns |= _fit(core, "SE_BULGE", failed[1], rng) | _fit(outer, "SE_DISK", failed[1], rng)
    return _hdu(columns, band)


def fit_quality(seen, rng):
    """Draw what `pymorph` takes as ``quality``, the same in all bands."""
    n = len(seen)
    failed = rng.random((2, n)) < FAILED
    failed |= rng.random(n) < FAILED
    one = seen["slow"] | (_stage(seen) == 0) | (seen["sersic"] < 1.2)
    sure = rng.random(n) < 0.65
    preferred = np.where(sure, np.where(one, 1, 2), 0)
    preferred = np.select([failed[0], failed[1]], [2, 1], preferred)
    return rng.uniform(0, 180, n), failed, preferred


def dapall(seen, rng):
    """HDU of the summary of the data analysis pipeline, a row for each way of binning."""
    n = len(seen)
    ba = np.clip(1 - seen["ellipticity"] + rng.normal(0, 0.02, n), 0.1, 0.99)
    half = seen["r_e"] * np.exp(rng.normal(0, 0.05, n))
    done = (rng.random(n) > 0.003).astype(np.int32)
    quality = np.where(rng.random(n) < 0.01, 1 << 30, 0).astype(np.int32)
    sigma = seen["sigma_e"] * np.exp(rng.normal(0, 0.04, n))
    columns = {
        "PLATEIFU": seen["plateifu"].astype("U11"),
        "MANGAID": seen["mangaid"].astype("U9"),
        "DAPDONE": done,
        "OBJRA": seen["ra"],
        "OBJDEC": seen["dec"],
        "NSA_Z": seen["redshift"],
        "NSA_ELPETRO_BA": ba,
        "NSA_ELPETRO_PHI": (seen["position_angle"] - 90) % 180,
        "NSA_ELPETRO_TH50_R": half,
        "DAPQUAL": quality,
        "STELLAR_SIGMA_1RE": np.where(done == 1, sigma, MISSING),
    }
    columns = {name: np.tile(np.asarray(v), len(DAPTYPES)) for name, v in columns.items()}
    return _hdu(columns | {"DAPTYPE": np.repeat(DAPTYPES, n)}, "DAPALL")


def jam(seen, rng):
    """HDU of the dynamical catalogue; lambda_R is -999 where it was not measured."""
    n = len(seen)
    columns = {
        "plateifu": seen["plateifu"].astype("U11"),
        "mangaid": seen["mangaid"].astype("U9"),
        "z": seen["redshift"],
        "Sigma_Re": seen["sigma_e"] * np.exp(rng.normal(0, 0.03, n)),
        "Lambda_Re": np.where(np.isfinite(seen["lambda_r"]), seen["lambda_r"], MISSING),
        "Eps_MGE": np.clip(seen["ellipticity"] + rng.normal(0, 0.02, n), 0.01, 0.95),
        "Re_arcsec_MGE": seen["r_e"] * np.exp(rng.normal(0, 0.05, n)),
    }
    return _hdu(columns, "JAM")
