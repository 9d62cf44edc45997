"""TNG100 galaxies as mock SDSS images, with their rotation class (Lopez Morales 2020).

Archive layout, in the folder ``tng/``:

``tng100_099_lambda.hdf5`` or ``tng100_099_lambda.fits``
    One dataset, or one column of the first table, each: ``SubfindID``;
    ``lambda_R`` and ``ellipticity`` within the effective radius; ``log_mass``,
    log10 of the stellar mass in solar masses.
``morphologies_deeplearn.hdf5``
    Types by deep learning (Huertas-Company et al. 2019): in the group
    ``Snapshot_99`` the datasets ``SubhaloID``, ``P_Late``, ``P_S0``, ``P_Sab``.
``sdss/broadband_<SubfindID>.fits``
    Images by SKIRT (Rodriguez-Gomez et al. 2019) with the blurring and noise of
    SDSS, see `galutils.surveys.gri_images`.
``sdss_noiseless/broadband_<SubfindID>.fits``
    The same without noise.

The subhalos are those of snapshot 99, redshift 0.
"""

from pathlib import Path

import numpy as np
from astropy.table import Table, vstack

from galutils import surveys
from galutils.physics import kinematics
from galutils.store import hdf5
from galutils.store.files import ArchiveError
from galutils.store.fits_catalogue import WHOLE, Catalogue, find, once
from galutils.surveys import gri_images, locate

KINEMATICS = ("tng100_099_lambda.hdf5", "tng100_099_lambda.fits")
TYPES, SNAPSHOT = "morphologies_deeplearn.hdf5", "Snapshot_99"
NOISY, NOISELESS = "sdss", "sdss_noiseless"
COLUMNS = ("SubfindID", "lambda_R", "ellipticity", "log_mass")
TYPE_COLUMNS = ("SubhaloID", "P_Late")
NEEDED = ("lambda_r", "ellipticity", "p_late")
EARLY_BELOW = 0.5  # P_Late
CITATION = (
    "Nelson et al. (2019), ComAC 6, 2; Huertas-Company et al. (2019), MNRAS 489, 1859; "
    "Rodriguez-Gomez et al. (2019), MNRAS 483, 4140"
)


def complete(folder):
    """Tell whether a folder has both tables and the images with noise."""
    folder = Path(folder)
    tables = find(folder, KINEMATICS) and (folder / TYPES).is_file()
    return bool(tables) and (folder / NOISY).is_dir()


def _read_hdf5(path, names, group="/"):
    """Datasets of equal length as float64."""
    with hdf5.opened(path, "numbers in HDF5") as archive:
        if group not in archive:
            raise ArchiveError(f"{path}: expected group {group}, received {list(archive)}")
        datasets = archive[group]
        missing = [name for name in names if name not in datasets]
        if missing:
            received = ", ".join(datasets)
            raise ArchiveError(f"{path}: expected dataset {missing[0]}, received {received}")
        columns = [hdf5.numbers(datasets, name, 1).astype(float) for name in names]
    shapes = {column.shape for column in columns}
    if len(shapes) != 1:
        raise ArchiveError(f"{path}: expected columns of one length, received {sorted(shapes)}")
    return Table(columns, names=names)


def _once(table, name, path):
    """Rows with an identifier of their own, which becomes int64; of repeated ones, the first."""
    wrong = table[name][(table[name] % 1 != 0) & ~np.isnan(table[name]) | (table[name] >= WHOLE)]
    if len(wrong):
        raise ArchiveError(f"{path}: expected whole numbers in {name}, received {wrong[0]}")
    known = table[name] >= 0
    table[name] = np.where(known, table[name], -1).astype(np.int64)
    identifier = np.where(known, table[name].astype(str), "")
    return once(table, identifier, name, path)


def load_kinematics(folder):
    """Read the table of lambda_R, in either form.

    Parameters
    ----------
    folder : path-like

    Returns
    -------
    table : Table
        ``subfind_id`` int64; ``lambda_r``, ``ellipticity``, ``log_mass`` (log10
        solar masses), NaN where -999 or below.
    rejected : Table
        ``name`` and ``reason`` of repeated rows.

    Raises
    ------
    ArchiveError
        If the file is missing, damaged, without rows, or lacks a column.
    """
    path = find(folder, KINEMATICS)
    if path is not None and path.suffix == ".hdf5":
        table = _read_hdf5(path, COLUMNS)
    else:
        catalogue = Catalogue(folder, KINEMATICS)
        path = catalogue.path
        table = Table({name: catalogue.floats((name.lower(),)) for name in COLUMNS})
    table, rejected = _once(table, "SubfindID", path)
    table.rename_columns(COLUMNS, ("subfind_id", "lambda_r", "ellipticity", "log_mass"))
    for name in ("lambda_r", "ellipticity", "log_mass"):
        table[name][~((table[name] > -999) & np.isfinite(table[name]))] = np.nan
    return table, rejected


def load_types(folder):
    """Read the types by deep learning.

    Parameters
    ----------
    folder : path-like

    Returns
    -------
    table : Table
        ``subfind_id`` int64; ``p_late``, probability of a late type, NaN where
        not in [0, 1].
    rejected : Table
        ``name`` and ``reason`` of repeated rows.

    Raises
    ------
    ArchiveError
        If the file is missing, damaged, without rows, or lacks a dataset.
    """
    path = Path(folder) / TYPES
    table, rejected = _once(_read_hdf5(path, TYPE_COLUMNS, SNAPSHOT), "SubhaloID", path)
    table.rename_columns(TYPE_COLUMNS, ("subfind_id", "p_late"))
    table["p_late"][~((table["p_late"] >= 0) & (table["p_late"] <= 1))] = np.nan
    return table, rejected


def _joined(folder):
    """Subhalos with kinematics and type; the reasons for the others."""
    sample, rejected = load_kinematics(folder)
    types, repeated = load_types(folder)
    known = dict(zip(types["subfind_id"].tolist(), types["p_late"].tolist(), strict=True))
    sample["p_late"] = [known.get(key, np.nan) for key in sample["subfind_id"].tolist()]
    needed = {name: name for name in NEEDED}
    sample, unknown = gri_images.measured(sample, "subfind_id", needed, "expected ")
    return sample, vstack([rejected, repeated, unknown])


def read(folder, source="archive", noise=True, side=gri_images.SIZE):
    """Read a folder that is laid out as above.

    Parameters
    ----------
    folder : path-like
    source : {'archive', 'mock'}
        What the ``meta`` shall say of it.
    noise, side
        As of `load`.

    Returns
    -------
    sample, rejected : Table
        As of `load`.

    Raises
    ------
    ArchiveError
        If a table is missing, damaged or lacks a column, or no galaxy is left.
    """
    folder = Path(folder)
    sample, rejected = _joined(folder)
    cutouts = folder / (NOISY if noise else NOISELESS)
    names = [str(number) for number in sample["subfind_id"]]
    images, good, pixels, damaged = gri_images.read_many(cutouts, names, side, "broadband_{}")
    if not len(good):
        raise ArchiveError(f"{cutouts}: expected images of subhalos, received none that is good")
    sample = sample[good]
    sample.add_column([names[row] for row in good], index=1, name="group")
    sample["early"] = np.asarray(sample["p_late"] < EARLY_BELOW)
    sample["rotator"] = kinematics.rotator_class(sample["lambda_r"], sample["ellipticity"])
    sample.add_column(images, name="image", copy=False)
    about = surveys.meta("TNG100", "TNG100-1, snapshot 99", folder, source, CITATION)
    sample.meta = about | {"pixels": pixels, "noise": noise, "rotator": kinematics.ROTATOR_CLASS}
    return sample, vstack([rejected, damaged])


def load(root=None, source="auto", noise=True, side=gri_images.SIZE):
    """Read the subhalos that have lambda_R, ellipticity, type and image.

    Parameters
    ----------
    root : path-like, optional
        Folder that holds ``tng/``; ``$GALUTILS_DATA`` or ``data/`` otherwise.
    source : {'auto', 'archive', 'mock'}
        Which files to read; 'auto' takes the archive where it is complete.
    noise : bool
        Images with the noise of SDSS, or without.
    side : int
        Pixels along a side; the images are averaged to it as they are read.

    Returns
    -------
    sample : Table
        One row for each subhalo, in the order of the table of lambda_R:
        ``subfind_id`` int64; ``group`` str, the same; ``lambda_r``,
        ``ellipticity``, ``log_mass`` (log10 solar masses, NaN where not known);
        ``p_late``; ``early`` bool, p_late below 0.5; ``rotator`` int64, 1 fast, 0
        slow (`galutils.physics.kinematics.rotator_class`); ``image`` float32 (n, side,
        side, 3), g, r, i in nanomaggies, means over original pixels.
    rejected : Table
        ``name`` (SubfindID) and ``reason`` of repeated rows and of subhalos that
        lack a value or a good image.

    Raises
    ------
    ArchiveError
        If a table is missing, damaged or lacks a column, or no galaxy is left.
    """
    folder, source = locate("tng", complete, root, source)
    return read(folder, source, noise, side)
