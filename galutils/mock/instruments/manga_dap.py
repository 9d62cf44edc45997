"""MAPS files of the MaNGA data analysis pipeline, form of DR15 (Westfall et al. 2019).

HDUs and channels of the stellar continuum; those of emission lines and
spectral indices are left out. Bins are squares instead of Voronoi cells.
"""

import gzip
import io

import numpy as np
from astropy import constants
from astropy.io import fits
from astropy.table import Table

from galutils.mock.bodies.velocity_field import turn
from galutils.mock.instruments import manga_bundles
from galutils.physics import kinematics
from galutils.store import files, texts

DAPTYPE = "HYB10-GAU-MILESHC"
BIN_SNR, LARGEST = 10.0, 3  # of a bin; log2 of the spaxels along a side of the largest
FLUX_UNIT = 10.0  # 1e-17 erg/s/cm2/A in the unit of `galutils.mock.instruments.ifu`
RESOLUTION = 27.0  # km/s: the instrument's dispersion beyond that of the templates
DO_NOT_USE = 1 << 30  # bit of the masks
# Names and units of channels, units of maps
KEYWORDS = texts.beside(__file__)
N_BINIDS = 5  # channels of BINID: one for each kind of spectrum or fit, all alike here


def _bins(snr):
    """Give each spaxel the number of its bin, -1 outside: smallest squares that reach BIN_SNR."""
    valid = np.isfinite(snr)
    ids = np.full(snr.shape, -1)
    row, column = np.indices(snr.shape)
    for level in range(LARGEST, -1, -1):
        _, square = np.unique((row >> level) * 1000 + (column >> level), return_inverse=True)
        square = square.reshape(snr.shape)
        power = np.bincount(square[valid], np.square(snr[valid]), minlength=square.max() + 1)
        good = valid & ((level == LARGEST) | (power[square] >= BIN_SNR**2))
        ids[good] = 100000 * level + square[good]
    ids[valid] = np.unique(ids[valid], return_inverse=True)[1]
    return ids


def _mean(values, weight, ids):
    """Weighted mean of each bin on its spaxels, 0 outside, and the sum of weights likewise."""
    inside = ids >= 0
    total = np.bincount(ids[inside], weight[inside])
    moment = np.bincount(ids[inside], (weight * values)[inside])
    mean, power = np.zeros(ids.shape), np.zeros(ids.shape)
    mean[inside], power[inside] = (moment / total)[ids[inside]], total[ids[inside]]
    return mean, power


def _coordinates(row, shape):
    """On-sky offsets (east and north positive), elliptical radius (arcsec) and azimuth (deg)."""
    x, y = kinematics.spaxel_offsets(shape, manga_bundles.SPAXEL)
    radius = kinematics.elliptical_radius(x, y, row["ellipticity"], row["position_angle"])
    along, across = turn(x, y, np.deg2rad(row["position_angle"]))
    azimuth = np.rad2deg(np.arctan2(across / (1 - row["ellipticity"]), along)) % 360
    return np.stack([-x, y]), np.stack([radius, azimuth])


def _hdus(row, maps, ids):
    """Names and arrays of the extensions."""
    inside = ids >= 0
    sky, ellipse = _coordinates(row, ids.shape)
    flux = np.where(inside, maps["flux"], 0) * FLUX_UNIT
    weight = np.where(inside, (FLUX_UNIT * maps["flux_error"]) ** -2.0, 0)
    mask = np.where(inside, 0, DO_NOT_USE).astype(np.int32)
    area = np.zeros(ids.shape)
    area[inside] = np.bincount(ids[inside])[ids[inside]] * manga_bundles.SPAXEL**2
    binned, power = _mean(flux, weight, ids)
    snr = np.sqrt(_mean(maps["snr"], maps["snr"], ids)[1] * np.where(inside, maps["snr"], 0))
    velocity = _mean(maps["velocity"], maps["velocity_error"] ** -2, ids)
    raw = np.sqrt(np.square(maps["sigma"]) + RESOLUTION**2)
    sigma = _mean(raw, (maps["sigma_error"] * maps["sigma"] / raw) ** -2, ids)
    light = [_mean(part, flux, ids)[0] for part in (*sky, *ellipse)]
    hdus = {
        "SPX_SKYCOO": sky,
        "SPX_ELLCOO": ellipse,
        "SPX_MFLUX": flux,
        "SPX_MFLUX_IVAR": weight,
        "SPX_SNR": np.where(inside, maps["snr"], 0),
        "BINID": np.stack([ids] * N_BINIDS).astype(np.int32),
        "BIN_LWSKYCOO": np.stack(light[:2]),
        "BIN_LWELLCOO": np.stack(light[2:]),
        "BIN_AREA": area,
        "BIN_AREA_FRAC": inside.astype(float),
        "BIN_MFLUX": binned,
        "BIN_MFLUX_IVAR": power,
        "BIN_MFLUX_MASK": mask,
        "BIN_SNR": snr,
    }
    for name, (mean, power) in {"STELLAR_VEL": velocity, "STELLAR_SIGMA": sigma}.items():
        hdus |= {name: mean, f"{name}_IVAR": power, f"{name}_MASK": mask}
    return hdus | {"STELLAR_SIGMACORR": np.where(inside, RESOLUTION, 0.0)}


def save(folder, row, rng):
    """Observe a galaxy and write its MAPS file.

    Parameters
    ----------
    folder : pathlib.Path
        Gets ``<plate>/<ifu>/manga-<plate>-<ifu>-MAPS-HYB10-GAU-MILESHC.fits.gz``.
    row : astropy.table.Row
        As of `galutils.mock.bodies.dynamics.draw`, with ``bundle``, ``plateifu`` and ``mangaid``.
    rng : numpy.random.Generator
        Source of noise.
    """
    maps = manga_bundles.observe(Table(row), manga_bundles.frame_side(row["bundle"]), rng)
    maps = {name: values[0].astype(float) for name, values in maps.items()}
    primary = fits.PrimaryHDU()
    primary.header.update(
        PLATEIFU=str(row["plateifu"]),
        MANGAID=str(row["mangaid"]),
        DAPTYPE=DAPTYPE,
        DAPQUAL=0,
        SCINPVEL=constants.c.to_value("km/s") * row["redshift"],
        ECOOPA=(row["position_angle"] - 90) % 180,
        ECOOELL=row["ellipticity"],
        REFF=row["r_e"],
    )
    hdus = fits.HDUList([primary])
    for name, values in _hdus(row, maps, _bins(maps["snr"])).items():
        values = values.astype(np.float32) if values.dtype.kind == "f" else values
        hdus.append(fits.ImageHDU(values, name=name))
    for card in KEYWORDS:
        hdus[card["hdu"]].header[card["keyword"]] = card["value"]
    plate, ifu = str(row["plateifu"]).split("-")
    content = io.BytesIO()
    hdus.writeto(content)
    name = f"{plate}/{ifu}/manga-{plate}-{ifu}-MAPS-{DAPTYPE}.fits.gz"
    files.write(folder / name, gzip.compress(content.getvalue(), mtime=0))
