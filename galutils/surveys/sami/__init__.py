"""SAMI: stellar kinematics of galaxies on the Anglo-Australian Telescope.

Archive layout (data releases 2 and 3; Scott et al. 2018, Croom et al. 2021)::

    sami/<catid>_stellar-velocity_default_two-moment.fits                      DR2
    sami/ifs/<catid>/<catid>_A_stellar-velocity_default_two-moment.fits        DR3
    sami/ifs/<catid>/<catid>_A_stellar-velocity-dispersion_default_two-moment.fits
    sami/samiDR3Stelkin, InputCatGAMADR3, InputCatClustersDR3, InputCatFiller,
         VisualMorphologyDR3, CubeObs (.csv or .fits; with or without the prefix
         ``sami_dr3.``; column names in either case)
    sami/dr2_stellar_kinematics.csv                                            DR2

Velocity files hold PRIMARY (km/s), VEL_ERR, FLUX, FLUX_ERR and SN (DR2) or SNR
(DR3); dispersion files PRIMARY, SIG_ERR and the same three. All are 50x50
spaxels of 0.5 arcsec, NaN where nothing was measured. Letters after the catid
count repeat observations. Files may lie at any depth below the folder, and be
compressed (`galutils.store.folders.FITS`).
"""

import re
from functools import partial

import numpy as np
from astropy.io import fits
from astropy.table import Column, Table

from galutils import surveys
from galutils.physics import kinematics
from galutils.store import fits_files, folders
from galutils.store.files import ArchiveError, expect
from galutils.store.measured import floats
from galutils.surveys.sami import catalogue as sami_catalogue

SHAPE = (50, 50)
SPAXEL = 0.5  # arcsec
SURVEY_SIZE = 100  # fewer velocity maps are examples, not a survey
UNITS = dict.fromkeys(("velocity", "velocity_error", "sigma", "sigma_error"), "km/s")
UNITS |= {"flux": "1e-16 erg / (s cm2 Angstrom)", "snr": ""}
MAPS = tuple(UNITS)
NAME = re.compile(r"(\d+)(?:_([A-Z]))?_stellar-velocity_default_two-moment\.", re.I)
# ours: names of the extension; the first must hold a number
VELOCITY = {"velocity": ("PRIMARY",), "velocity_error": ("VEL_ERR",)}
VELOCITY |= {"flux": ("FLUX",), "snr": ("SNR", "SN")}
DISPERSION = {"sigma": ("PRIMARY",), "sigma_error": ("SIG_ERR",)}


def _velocity_files(folder):
    return folders.listing(folder, folders.FITS, NAME).taken


def complete(folder):
    """Tell whether a folder has the velocity maps of a survey."""
    return len(_velocity_files(folder)) >= SURVEY_SIZE


def load_catalogue(root=None, source="auto"):
    """Catalogues only, one row for each galaxy.

    Parameters
    ----------
    root : path-like, optional
        Root of the archives, see `galutils.surveys.archive_root`.
    source : {"auto", "archive", "mock"}
        ``auto`` is the archive where its samiDR3Stelkin is found.

    Returns
    -------
    astropy.table.Table
        ``catid`` (int64), ``cube`` (the best by CubeObs, else the first letter),
        columns of `galutils.surveys.sami.catalogue` as float64; NaN where a
        catalogue has no value or no such galaxy.

    Raises
    ------
    ArchiveError
        If no catalogue is found, or it lacks ``catid``.
    """
    found = partial(sami_catalogue.find, name="samiDR3Stelkin")
    folder, source = surveys.locate("sami", found, root, source)
    table = sami_catalogue.catalogue(folder, sami_catalogue.best_cubes(folder))
    table.meta |= surveys.meta("sami", folder, source) | {"spaxel": SPAXEL}
    return table


def _open(path, wanted, catid):
    """Read ``{ours: (names of the extension)}`` of one file of a galaxy."""
    images, present = {}, []
    with fits_files.opened(path) as hdus:
        # fpack leaves an empty first HDU and puts what was there into the second
        packed = len(hdus) > 1 and hdus[0].size == 0 and isinstance(hdus[1], fits.CompImageHDU)
        header = hdus[packed].header
        stated = str(header.get("CATID", "")).strip()
        expect(stated in ("", str(catid)), path.name, f"CATID {catid} in the header", stated)
        fits_files.check_pixels(header, SPAXEL, path.name)
        for number, hdu in enumerate(hdus[packed:]):  # looking them up by name takes twice as long
            name = hdu.name if number else "PRIMARY"
            present.append(name)
            ours = next((key for key, names in wanted.items() if name in names), None)
            if ours is not None:
                unit = UNITS[ours] if UNITS[ours] == "km/s" else None
                fits_files.check_unit(hdu.header.get("BUNIT"), unit, path.name, name)
                image = fits_files.image(hdu, SHAPE, path.name)
                images[ours] = floats(image).astype(np.float32)
            if len(images) == len(wanted):
                break
    missing = " and ".join(" or ".join(wanted[key]) for key in wanted if key not in images)
    expect(not missing, path.name, f"extension {missing}", present)
    first = next(iter(wanted))
    good = np.isfinite(images[first]).any()
    expect(good, path.name, f"finite {first}", "NaN in every spaxel")
    return images


def _beside(path):
    """Return the folder of a file, and its name without ending, in small letters."""
    return path.parent, path.name.lower().partition(".")[0]


def _galaxy(path, catid, others):
    """Read the maps of one galaxy; NaN dispersion where it has no dispersion file."""
    maps = _open(path, VELOCITY, catid)
    place, name = _beside(path)
    dispersion = others.get((place, name.replace("velocity", "velocity-dispersion")))
    if dispersion:
        maps |= _open(dispersion, DISPERSION, catid)
    return maps


def _read(folder, best, limit):
    """Read velocity files: maps by galaxy, and the files rejected with reasons."""
    paths, found = {}, folders.listing(folder, folders.FITS, NAME)
    others = {_beside(path): path for path, _ in reversed(found.left_out)}
    for path in found.taken:
        catid, letter = NAME.match(path.name).groups()
        paths.setdefault(f"{catid}_{(letter or 'A').upper()}", []).append(path)
    names = list(paths)
    galaxies, rejected = {}, []
    for row in sami_catalogue.preferred(names, best)[:limit]:
        catid = int(names[row].split("_")[0])
        for path in paths[names[row]]:
            file = str(path.relative_to(folder))
            try:
                kept = galaxies.get(catid, {"file": None})["file"]
                expect(not kept, path.name, f"one map of {catid}", f"another: kept {kept}")
                galaxies[catid] = {"file": file, **_galaxy(path, catid, others)}
            except ArchiveError as error:
                rejected.append((file, str(error).replace(f"{path.parent}/", "")))
    return galaxies, rejected


def load(root=None, source="auto", limit=None):
    """Stellar kinematics maps with their catalogue values.

    Parameters
    ----------
    root : path-like, optional
        Root of the archives, see `galutils.surveys.archive_root`.
    source : {"auto", "archive", "mock"}
        ``auto`` takes the archive where at least `SURVEY_SIZE` velocity maps are.
    limit : int, optional
        Cubes that are read, by catid; by default all.

    Returns
    -------
    sample : astropy.table.Table
        One row for each galaxy, by catid: ``catid`` (int64), ``file``, `MAPS` as
        float32 (n, 50, 50) in km/s and 1e-16 erg/s/cm2/A, NaN where not measured
        (dispersion everywhere where a galaxy has no dispersion file), and the
        columns of `load_catalogue`, NaN where no catalogue is found; ``label`` int64, whose
        definition is ``meta["label"]``.
    rejected : astropy.table.Table
        ``file`` and ``reason`` of each velocity file not in `sample`: damaged,
        without numbers, of another shape, without an extension, with another
        CATID than its name, or a second map of a galaxy.

    Raises
    ------
    ArchiveError
        If there is no velocity file at all.
    """
    found = _velocity_files if source == "archive" else complete
    folder, source = surveys.locate("sami", found, root, source)
    best = sami_catalogue.best_cubes(folder)
    galaxies, rejected = _read(folder, best, limit)
    sample = with_catalogue(galaxies, UNITS, folder, best)
    files = [galaxies[catid]["file"] for catid in sample["catid"]]
    sample.add_column(np.array(files, dtype=str), index=1, name="file")
    sample.meta |= surveys.meta("sami", folder, source)
    sample.meta |= {"spaxel": SPAXEL, "label": kinematics.ROTATOR_CLASS}
    return sample, Table(rows=rejected, names=("file", "reason"), dtype=(str, str))


def with_catalogue(galaxies, units, folder, best):
    """Make a sample of the maps of galaxies.

    Parameters
    ----------
    galaxies : dict of int to dict
        Maps by name, of each catid; one that lacks a map has NaN.
    units : dict of str to str
        Unit of each map.
    folder, best
        As of `galutils.surveys.sami.catalogue.add`.

    Returns
    -------
    astropy.table.Table
        ``catid``, the maps, the columns of the catalogues and ``label``, as `load` returns them.
    """
    sample = Table({"catid": np.array(sorted(galaxies), dtype=np.int64)})
    blank = np.full(SHAPE, np.nan, dtype=np.float32)
    for name, unit in units.items():
        stack = [galaxies[catid].get(name, blank) for catid in sample["catid"].tolist()]
        sample[name] = Column(np.array(stack, dtype=np.float32).reshape(-1, *SHAPE), unit=unit)
    sami_catalogue.add(sample, folder, best)
    sample["label"] = kinematics.rotator_class(sample["lambda_r"], sample["ellipticity"])
    return sample


def load_examples(root=None):
    """Read the maps of the archive, however few, and none where it has none.

    Returns
    -------
    Table
        As of `load`, possibly of length 0; rejected files are left out.
    """
    folder = surveys.archive_root(root) / "sami"
    if _velocity_files(folder):
        return load(root, "archive")[0]
    return with_catalogue({}, UNITS, folder, set())


def good_spaxels(sample):
    """Spaxels fit for science.

    Parameters
    ----------
    sample : Table or dict
        With ``velocity_error``, ``sigma``, ``sigma_error`` and ``snr`` (..., ny, nx).

    Returns
    -------
    ndarray of bool
        S/N > 3, sigma > 35 km/s, velocity error < 30 km/s and dispersion error
        < 0.1 sigma + 25 km/s (van de Sande et al. 2017, MNRAS 472, 1272, section
        3.1). False where any is NaN.
    """
    names = ("snr", "velocity_error", "sigma", "sigma_error")
    snr, error, sigma, sigma_error = (floats(sample[name], UNITS[name], name) for name in names)
    return (snr > 3) & (sigma > 35) & (error < 30) & (sigma_error < 0.1 * sigma + 25)
