"""MaNGA galaxies as SDSS images, with their rotation class (Lopez Morales 2020).

Archive layout, in the folder ``manga/``:

``manga-morphology-dl-DR15.fits``, ``manga-pymorph-DR15.fits``, ``SDSSDR17_MaNGA_JAM.fits``
    Catalogues of types, profiles and dynamics, also in other releases, see
    `galutils.surveys.manga.catalogues`. The publication took lambda_R from
    unpublished columns of the first papers; here it is that of the third.
``cutouts/<plateifu>.fits`` or ``cutouts/<plateifu>.png``
    SDSS images of 128x128 pixels of 0.396 arcsec, north up, east left, see
    `galutils.surveys.gri_images`.
``maps/`` (optional)
    Maps of a few galaxies, see `galutils.surveys.manga.dap_maps`.

A galaxy is its MANGA-ID; repeat observations share one, and one image.
"""

from pathlib import Path

import numpy as np
from astropy.table import vstack

from galutils import surveys
from galutils.store.catalogues import join
from galutils.surveys import gri_images, locate
from galutils.surveys.manga import catalogues as manga_catalogues

CUTOUTS = "cutouts"
CATALOGUES = (manga_catalogues.MORPHOLOGY, manga_catalogues.PHOTOMETRY, manga_catalogues.DYNAMICS)
PROFILE = {"ellipticity": (None, None), "r_e": (None, "arcsec"), "sersic_n": (None, None)}
MORPHOLOGY = ("plateifu", "mangaid", "ra", "dec", "redshift", "ttype")
NEEDED = {
    "ttype": "a T type",
    "lambda_r": "lambda_R in the dynamical catalogue",
    "ellipticity": "an axis ratio in the photometric catalogue",
}


def complete(folder):
    """Tell whether a folder has the three catalogues and the images."""
    found = all(manga_catalogues.find(folder, names) for names in CATALOGUES)
    return found and (Path(folder) / CUTOUTS).is_dir()


def read(folder, source="archive", side=gri_images.SIZE, early_below=1.0):
    """Read a folder that is laid out as above.

    Parameters
    ----------
    folder : path-like
    source : {'archive', 'mock'}
        What the ``meta`` shall say of it.
    side, early_below
        As of `load`.

    Returns
    -------
    sample, rejected : Table
        As of `load`.

    Raises
    ------
    ArchiveError
        If a catalogue is missing, damaged or lacks a column, or no galaxy is
        left.
    """
    folder = Path(folder)
    table, rejected = manga_catalogues.load_morphology(folder)
    photometry, repeated = manga_catalogues.load_photometry(folder)
    dynamics, again = manga_catalogues.load_dynamics(folder)
    photometry["ellipticity"] = 1 - photometry["axis_ratio"]
    sample = table[list(MORPHOLOGY)]
    group = np.where(sample["mangaid"] == "", sample["plateifu"], sample["mangaid"])
    sample.add_column(group, index=2, name="group")
    join(sample, "plateifu", {"lambda_r": (None, None)}, dynamics)
    join(sample, "plateifu", PROFILE, photometry)
    sample["early"] = np.asarray(sample["ttype"] < early_below)
    cutouts = folder / CUTOUTS
    sample, unseen = gri_images.with_images(sample, "plateifu", NEEDED, cutouts, side)
    path = manga_catalogues.find(folder, manga_catalogues.MORPHOLOGY)
    release = path.name.partition(".")[0].split("-")[-1]
    sample.meta |= surveys.meta("manga_images", folder, source, release=release)
    return sample, vstack([rejected, repeated, again, unseen])


def load(root=None, source="auto", side=gri_images.SIZE, early_below=1.0):
    """Read the galaxies that have type, lambda_R, ellipticity and image.

    Parameters
    ----------
    root : path-like, optional
        Folder that holds ``manga/``; ``$GALUTILS_DATA`` or ``data/`` otherwise.
    source : {'auto', 'archive', 'mock'}
        Which files to read; 'auto' takes the archive where it is complete.
    side : int
        Pixels along a side; the images are averaged to it as they are read.
    early_below : float
        Galaxies with a smaller T type are early.

    Returns
    -------
    sample : Table
        One row for each observation, in the order of the morphological
        catalogue: ``plateifu``, ``mangaid`` str; ``group`` str, the galaxy
        (`mangaid`, or `plateifu` where that is blank); ``ra``, ``dec`` deg;
        ``redshift``; ``ttype``; ``lambda_r`` within the effective radius;
        ``ellipticity``, 1 less the axis ratio of the r-band fit; ``r_e`` arcsec
        and ``sersic_n`` of it, NaN where it failed; ``rotator`` int64, 1 fast, 0
        slow (`galutils.physics.kinematics.rotator_class`); ``early`` bool; ``image``
        float32 (n, side, side, 3), g, r, i, row 0 south, means over original
        pixels. What these are, nanomaggies or PNG levels, is ``meta["pixels"]``.
    rejected : Table
        ``name`` and ``reason`` of repeated rows of a catalogue and of
        observations that lack a value or a good image.

    Raises
    ------
    ArchiveError
        If a catalogue is missing, damaged or lacks a column, or no galaxy is
        left.
    """
    folder, source = locate("manga", complete, root, source, mock="manga_images")
    return read(folder, source, side, early_below)
