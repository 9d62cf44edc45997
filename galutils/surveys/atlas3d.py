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

`load_types` puts the spins of SAMI DR3 beside those of ATLAS3D.
"""

import numpy as np
from astropy.table import QTable, Table, vstack

from galutils.store import files, texts
from galutils.store.catalogues import Catalogue, wanted
from galutils.store.files import expect
from galutils.store.measured import floats
from galutils.surveys import archive_root, meta, sami
from galutils.surveys.sami import catalogue as sami_catalogue

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
BINS = wanted(__file__)["bins"]
LENTICULAR = 1.0  # SAMI's visual type of an S0; 0 is elliptical, negative not agreed on


def _path(name, root):
    path = archive_root(root) / "atlas3d" / name
    expect(path.is_file(), path, f"the ATLAS3D file {name}")
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
    with files.guarded(path, f"{len(COLUMNS)} columns"):
        table = Table.read(lines, format="ascii.no_header", names=COLUMNS, comment="#")
    for name in NUMBERS:
        values = np.ma.asarray(table[name])
        good = values.dtype.kind in "iuf" and np.isfinite(floats(values)).all()
        received = f"{values.dtype} such as {table[name][0]}"
        expect(good, path, f"numbers in {name}", received)
    alone = len(set(table["name"])) == len(table)
    expect(alone, path, "each galaxy once", "a name twice")
    classes = {*table["rotator"], *table["rotator_half"]}
    expect(classes <= {"F", "S"}, path, "classes F and S", sorted(map(str, classes)))
    table.meta = meta("atlas3d", path.parent, "archive")
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
    bins = QTable(Catalogue(path.parent, [name]).columns(BINS))
    bins = bins[np.all([np.isfinite(bins[column]) for column in BINS], axis=0)]
    expect(bins["flux"].sum() > 0, path, "bins with flux")
    bins["velocity"] -= np.average(bins["velocity"], weights=bins["flux"])
    bins.meta = meta("atlas3d", path.parent, "archive")
    return bins


def load_types(root=None):
    """Read spin, ellipticity and type of real galaxies of ATLAS3D and SAMI DR3; no mock stands in.

    Parameters
    ----------
    root : path-like, optional
        Folder that holds ``sami/`` and ``atlas3d/``; see `galutils.surveys.archive_root`.

    Returns
    -------
    Table or None
        ``survey``, ``lambda_r`` and ``ellipticity`` within the effective radius,
        and ``early`` (elliptical or lenticular; all of ATLAS3D), without
        galaxies that lack a value. None where neither catalogue is found.

    Raises
    ------
    ArchiveError
        If a catalogue is damaged.
    """
    root, real = archive_root(root), {}
    if sami_catalogue.find(root / "sami", "samiDR3Stelkin") is not None:
        table = sami.load_catalogue(root, source="archive")
        table["early"] = table["morphology"] <= LENTICULAR
        real["SAMI DR3"] = table[table["morphology"] >= 0]
    if found(root):
        real["ATLAS3D"] = load(root)
        real["ATLAS3D"]["early"] = True
    tables = []
    for survey, table in real.items():
        table = table["lambda_r", "ellipticity", "early"]
        table.add_column(survey, index=0, name="survey")
        tables.append(table[np.isfinite(table["lambda_r"]) & np.isfinite(table["ellipticity"])])
    return vstack(tables, metadata_conflicts="silent") if tables else None
