"""Maps of the MaNGA data analysis pipeline (DAP; Westfall et al. 2019), DR15 and DR17.

One file an observation, ``manga-<plate>-<ifu>-MAPS-<DAPTYPE>.fits`` or ``.fits.gz``.
HDUs are taken by name. An HDU of several maps names them in its header, the
first as ``C1`` or ``C01``; these names are compared in small letters. Spaxels are
0.5 arcsec; row 0 is south, columns grow westward. A spaxel whose ``_MASK`` is
not 0 or whose ``_IVAR`` is not above 0 is NaN. In a Voronoi bin all spaxels have
the value of the bin.

The dispersion is that of the stars: STELLAR_SIGMACORR is what the instrument
adds to it in quadrature, one map in DR15, and in DR17 two of which the channel
'resolution difference' is to be used.
"""

import re
from pathlib import Path

import numpy as np
from astropy import constants

from galutils.physics import kinematics
from galutils.store import fits_files, folders
from galutils.store.files import require
from galutils.store.measured import floats
from galutils.surveys import locate

CHANNEL = re.compile(r"C(\d+)")
NAME = re.compile(r"manga-(\d+-\d+)-MAPS-", re.I)
LIGHT = constants.c.to_value("km/s")
MOST = (100, 200, 200)  # channels and spaxels; the largest bundle has 80x80
# ours: keyword of the primary header
NUMBERS = {"position_angle": "ECOOPA", "ellipticity": "ECOOELL", "r_e": "REFF"}
NUMBERS |= {"redshift": "SCINPVEL"}  # km/s
SPAXEL = 0.5  # arcsec
KINEMATIC = ("STELLAR_VEL", "STELLAR_SIGMA", "STELLAR_SIGMACORR")


def _data(hdus, name):
    require(name in hdus, f"HDU {name}", ", ".join(hdu.name for hdu in hdus))
    shape = hdus[name].shape if hdus[name].is_image else ()
    good = len(shape) in (2, 3) and np.less_equal(shape, MOST[-len(shape) :]).all()
    require(good, f"maps of up to {MOST} in {name}", shape or None)
    return hdus[name].data


def _channel(hdus, name, channel):
    """Map of an HDU by the name of its channel; the HDU's own where it has but one."""
    data = _data(hdus, name)
    if data.ndim == 2:
        return data
    places = {}
    for key, value in hdus[name].header.items():
        match = CHANNEL.fullmatch(key)
        if match:
            places[str(value).strip().lower()] = int(match[1]) - 1
    place = places.get(channel.lower(), len(data))
    require(place < len(data), f"channel {channel!r} in {name}", ", ".join(places))
    return data[place]


def _measured(hdus, name, masked=True):
    """Values and errors, NaN where masked or without weight."""
    values = floats(_data(hdus, name)).astype(float)
    weight = floats(_data(hdus, f"{name}_IVAR"))
    good = weight > 0
    if masked:
        good &= _data(hdus, f"{name}_MASK") == 0
    error = np.full(values.shape, np.nan)
    error[good] = weight[good] ** -0.5
    return np.where(good, values, np.nan), error


def _dispersion(hdus):
    """Dispersion of the stars and its error, NaN where the instrument's is the larger."""
    raw, raw_error = _measured(hdus, "STELLAR_SIGMA")
    correction = _channel(hdus, "STELLAR_SIGMACORR", "resolution difference")
    squared = raw**2 - floats(correction).astype(float) ** 2
    sigma = np.sqrt(np.where(squared >= 0, squared, np.nan))
    with np.errstate(divide="ignore", invalid="ignore"):
        return sigma, np.where(sigma > 0, raw / sigma, np.nan) * raw_error


def _about(header, path):
    """Return what the primary header says, '' or NaN where it says nothing."""
    named = NAME.match(path.name)
    about = {
        "plateifu": str(header.get("PLATEIFU", named[1] if named else "")).strip(),
        "mangaid": str(header.get("MANGAID", "")).strip(),
    }
    for ours, key in NUMBERS.items():
        about[ours] = float(floats(float(header.get(key, np.nan))))
    return about | {"redshift": about["redshift"] / LIGHT}


def _maps(hdus):
    maps = {}
    maps["velocity"], maps["velocity_error"] = _measured(hdus, "STELLAR_VEL")
    maps["sigma"], maps["sigma_error"] = _dispersion(hdus)
    maps["flux"], _ = _measured(hdus, "SPX_MFLUX", masked=False)
    for name in ("radius", "azimuth"):
        maps[name] = floats(_channel(hdus, "SPX_ELLCOO", f"Elliptical {name}")).astype(float)
    maps["bin"] = _channel(hdus, "BINID", "Stellar continua").astype(np.int64)
    shape = maps["velocity"].shape
    for name, values in maps.items():
        require(values.shape == shape, f"{name} of {shape}", values.shape)
    return maps


def find(root=None, source="auto"):
    """Paths of all MAPS files of the archive, or of the mock, in the order of their names.

    Parameters
    ----------
    root, source
        As of `galutils.surveys.locate`; the archive's lie below ``manga/maps/``.

    Returns
    -------
    list of pathlib.Path
        The mock's where the archive has none.
    """
    folder, _ = locate("manga", _maps_of, root, source, mock="manga_images")
    return _maps_of(folder)


def _maps_of(folder):
    return folders.listing(folder / "maps", folders.FITS, NAME).taken


def load(path):
    """Read the stellar kinematics of one MAPS file.

    Parameters
    ----------
    path : path-like

    Returns
    -------
    dict
        Maps, float64 (ny, nx): ``velocity`` and ``velocity_error`` km/s about the
        redshift; ``sigma`` and its ``sigma_error`` km/s, corrected for the
        instrument, NaN where that leaves a negative square; ``flux``, mean in
        1e-17 erg/s/cm2/Angstrom a spaxel; ``radius`` arcsec, semi-major axis of
        the ellipse through the spaxel, and ``azimuth`` deg about it; ``bin``
        int64, the Voronoi bin, -1 outside. Of the header: ``plateifu``,
        ``mangaid`` str, '' where it is not there; ``redshift`` (SCINPVEL over
        the speed of light, most often the NSA's), ``position_angle`` deg east of
        north, ``ellipticity`` and ``r_e`` arcsec of the NSA, NaN where they are
        not there.

    Raises
    ------
    ArchiveError
        If the file is missing, damaged, lacks an HDU or a channel, or has maps in another unit
        or of other spaxels.
    """
    path = Path(path)
    with fits_files.opened(path, "a MAPS file") as hdus:
        for hdu in (hdus[name] for name in KINEMATIC if name in hdus):
            fits_files.check_unit(hdu.header.get("BUNIT"), "km/s", path, hdu.name)
            fits_files.check_pixels(hdu.header, SPAXEL, path)
        return _about(hdus[0].header, path) | _maps(hdus)


def lambda_r(maps, r_e=None):
    """Value of lambda_R within the effective ellipse.

    The radius of every spaxel, in the sum as in the aperture, is the semi-major
    axis of the ellipse through it (as SAMI, van de Sande et al. 2017; with the
    circular radius flattened galaxies have other values). The weighted mean
    velocity within the aperture is taken off. Spaxels without dispersion, such
    as those below the resolution, do not count, which lowers lambda_R of cold
    discs.

    Parameters
    ----------
    maps : dict
        As of `load`.
    r_e : float, optional
        Semi-major axis of the aperture, arcsec; ``maps["r_e"]`` by default.

    Returns
    -------
    float
        NaN where the radius is not known or no spaxel counts.
    """
    r_e = maps["r_e"] if r_e is None else r_e
    units = {"velocity": "km/s", "sigma": "km/s", "flux": None, "radius": "arcsec"}
    velocity, sigma, flux, radius = (floats(maps[key], unit) for key, unit in units.items())
    used = np.isfinite(velocity + sigma + flux) & (flux > 0) & (radius <= r_e)
    if not used.any():
        return np.nan
    systemic = np.average(velocity[used], weights=flux[used])
    return float(kinematics.lambda_r(velocity - systemic, sigma, flux, radius, used))
