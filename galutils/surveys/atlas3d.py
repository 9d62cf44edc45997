r"""ATLAS3D: 260 early-type galaxies, the reference for fast and slow rotators.

Archive layout, in the folder ``atlas3d/``:

``Emsellem2011_Atlas3D_Paper3_TableB1.txt``
    Emsellem et al. (2011), table B1. Lines that begin with ``#`` are comments;
    then eleven blank-separated columns: name, maximum radius in units of
    :math:`R_e`, ellipticity within :math:`R_e` and :math:`R_e/2`, source of
    the photometry, V/sigma and lambda_R within both radii, class F or S
    within both.
``NGC4570_4moments_ATLAS3d.fits``
    A table of Voronoi bins, one row each: offsets ``A`` and ``D`` in arcsec,
    ``FLUX``, ``VPXF`` and ``SPXF`` in km/s. ``A`` grows to the west: only so
    does the major axis lie at the published position angle of 159.3 degrees.
"""

import numpy as np
from astropy import units as u
from astropy.table import QTable, Table

from galutils.store import fits_files, texts
from galutils.store.files import ArchiveError
from galutils.surveys import archive_root

TABLE_B1 = "Emsellem2011_Atlas3D_Paper3_TableB1.txt"
COLUMNS = (
    "name r_max ellipticity ellipticity_half band v_over_sigma v_over_sigma_half "
    "lambda_r lambda_r_half rotator rotator_half"
).split()
NUMBERS = [name for name in COLUMNS if name.split("_")[0] not in ("name", "band", "rotator")]
# Table B1 within R_e: equal V/sigma, different lambda_R (Emsellem et al. 2007 began with this pair)
PAIR = {
    "NGC3379": {"v_over_sigma": 0.152, "lambda_r": 0.157, "ellipticity": 0.104},
    "NGC5813": {"v_over_sigma": 0.161, "lambda_r": 0.071, "ellipticity": 0.170},
}
BINS = {"A": "arcsec", "D": "arcsec", "FLUX": "", "VPXF": "km/s", "SPXF": "km/s"}
CITATION = "Emsellem et al. (2011), MNRAS 414, 888"


def _path(name, root):
    path = archive_root(root) / "atlas3d" / name
    if not path.is_file():
        raise ArchiveError(f"{path}: expected the ATLAS3D file {name}, received none")
    return path


def found(root=None):
    """Tell whether the catalogue lies in the archive folder."""
    return (archive_root(root) / "atlas3d" / TABLE_B1).is_file()


def load(root=None):
    """Read the catalogue of lambda_R.

    Returns
    -------
    Table
        260 rows: ``name``, ``r_max`` (in effective radii), ``ellipticity``,
        ``v_over_sigma``, ``lambda_r``, ``rotator`` ('F' or 'S'), and the same
        within half an effective radius with the suffix ``_half``.

    Raises
    ------
    ArchiveError
        If the file is missing or a row has other columns than the published.
    """
    path = _path(TABLE_B1, root)
    lines = texts.read(path).splitlines()
    try:
        table = Table.read(lines, format="ascii.no_header", names=COLUMNS, comment="#")
    except Exception as error:
        raise ArchiveError(f"{path}: expected {len(COLUMNS)} columns, received {error}") from error
    classes = set(table["rotator"]) | set(table["rotator_half"])
    for name in NUMBERS:
        values = np.ma.asarray(table[name])
        if values.dtype.kind not in "iuf" or not np.isfinite(values.filled(np.nan)).all():
            received = f"{values.dtype} such as {table[name][0]}"
            raise ArchiveError(f"{path}: expected numbers in {name}, received {received}")
    if len(set(table["name"])) < len(table):
        raise ArchiveError(f"{path}: expected each galaxy once, received a name twice")
    if not classes <= {"F", "S"}:
        raise ArchiveError(
            f"{path}: expected classes F and S, received {sorted(map(str, classes))}"
        )
    table.meta = {"survey": "ATLAS3D", "source": "archive", "citation": CITATION}
    return table


def load_bins(name, root=None):
    """Read the Voronoi bins of one galaxy.

    Parameters
    ----------
    name : str
        File name, such as ``NGC4570_4moments_ATLAS3d.fits``.

    Returns
    -------
    QTable
        ``x`` (west), ``y`` (north) in arcsec, ``flux`` (arbitrary),
        ``velocity`` in km/s with the flux-weighted mean taken off, ``sigma``
        in km/s. Bins without a finite value are left out.

    Raises
    ------
    ArchiveError
        If the file is missing, damaged, or lacks a column.
    """
    path = _path(name, root)
    with fits_files.opened(path, f"columns {' '.join(BINS)}") as hdus:
        raw = fits_files.table(hdus, 1, path)
        for key, unit in BINS.items():
            if raw[key].ndim != 1 or raw[key].dtype.kind not in "iuf":
                received = f"{raw[key].dtype} of shape {raw[key].shape}"
                raise ArchiveError(f"{path}: expected numbers in {key}, received {received}")
            fits_files.check_unit(raw[key].unit, unit, path, key)
        values = [np.ma.filled(np.ma.asarray(raw[key], dtype=float), np.nan) for key in BINS]
    x, y, flux, velocity, sigma = np.stack(values)[:, np.isfinite(values).all(axis=0)]
    if not flux.sum() > 0:
        raise ArchiveError(f"{path}: expected bins with flux, received none")
    return QTable(
        {
            "x": x * u.arcsec,
            "y": y * u.arcsec,
            "flux": flux,
            "velocity": (velocity - np.average(velocity, weights=flux)) * u.km / u.s,
            "sigma": sigma * u.km / u.s,
        },
        meta={"survey": "ATLAS3D", "source": "archive", "citation": CITATION},
    )
