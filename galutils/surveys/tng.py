"""TNG100 galaxies as mock SDSS images, with their rotation class (Lopez Morales 2020).

Archive layout, in the folder ``tng/``:

``tng100_099_lambda.hdf5``
    One dataset each: ``SubfindID``;
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
``tng100_mpl8_pa_info.csv`` (optional)
    Galaxies as MaNGA would observe them (Duckworth et al. 2020), each paired with one of MaNGA:
    lambda_R, kinematic axes, judgement of the fields by eye.

The subhalos are those of snapshot 99, redshift 0.
"""

from pathlib import Path

import numpy as np
from astropy.table import Table, vstack

from galutils import surveys
from galutils.store import hdf5
from galutils.store.catalogues import Catalogue, join, once, wanted
from galutils.store.files import expect
from galutils.store.folders import find
from galutils.store.identifiers import identifiers
from galutils.store.measured import floats
from galutils.surveys import gri_images, locate

KINEMATICS = "tng100_099_lambda.hdf5"
TYPES, SNAPSHOT = "morphologies_deeplearn.hdf5", "Snapshot_99"
OBSERVED = "tng100_mpl8_pa_info.csv"
NOISY, NOISELESS = "sdss", "sdss_noiseless"
COLUMNS = wanted(__file__)
NEEDED = {name: name for name in ("lambda_r", "ellipticity", "p_late")}
EARLY_BELOW = 0.5  # P_Late
MOST = {"log_mass": np.inf}  # largest possible value of a column; 1 for the others
FILES = (KINEMATICS, TYPES, NOISY)


def _read(path, what, group="/"):
    """Datasets of equal length as float64, NaN unless 0 to `MOST`; one row an identifier."""
    columns = {ours: name for ours, ([name], _) in COLUMNS[what].items()}
    with hdf5.opened(path, "numbers in HDF5") as archive:
        expect(group in archive, path, f"group {group}", list(archive))
        for name in columns.values():
            expect(name in archive[group], path, f"dataset {name}", ", ".join(archive[group]))
        values = [hdf5.numbers(archive[group], name, 1) for name in columns.values()]
    lengths = {len(column) for column in values}
    expect(len(lengths) == 1, path, "columns of one length", sorted(lengths))
    label = columns["subfind_id"]
    key, *values = values
    table = Table(values, names=list(columns)[1:], dtype=[float] * len(values))
    for name in table.colnames:
        numbers = floats(table[name])
        good = (numbers >= 0) & (numbers <= MOST.get(name, 1))
        table[name] = np.where(good, numbers, np.nan)
    table.add_column(identifiers(key, label, int, path), 0, "subfind_id")
    names = np.where(key >= 0, table["subfind_id"].astype(str), "")
    return once(table, names, label, path)


def load_kinematics(folder):
    """Read the table of lambda_R.

    Parameters
    ----------
    folder : path-like

    Returns
    -------
    table : Table
        ``subfind_id`` int64; ``lambda_r``, ``ellipticity``, ``log_mass`` (log10
        solar masses), NaN where -999 or beyond what they can be.
    rejected : Table
        ``name`` and ``reason`` of repeated rows.

    Raises
    ------
    ArchiveError
        If the file is missing, damaged, without rows, or lacks a column.
    """
    return _read(Path(folder) / KINEMATICS, "kinematics")


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
    return _read(Path(folder) / TYPES, "types", SNAPSHOT)


def load_observed(root=None):
    """Read the galaxies that were observed as MaNGA would; no rows where there is no file.

    Parameters
    ----------
    root : path-like, optional
        Root of the archives, see `galutils.surveys.archive_root`.

    Returns
    -------
    Table
        A row for each observation: ``mangaid`` str, of the MaNGA galaxy it is paired with;
        ``stel_qual`` int64, as of `galutils.surveys.manga`, -1 where blank; ``lambda_r``, NaN where
        not in [0, 1]; ``stellar_axis``, ``gas_axis`` and their ``offset``, degrees, NaN where not
        measured.

    Raises
    ------
    ArchiveError
        If the file is damaged, without rows, or lacks a column.
    """
    folder = surveys.archive_root(root) / "tng"
    if find(folder, (OBSERVED,)) is None:
        return Table({"mangaid": np.array([], dtype=str), "lambda_r": np.array([])})
    catalogue = Catalogue(folder, (OBSERVED,), texts=("mangaid",))
    table = catalogue.columns(COLUMNS["pairs"])
    table["lambda_r"][~((table["lambda_r"] >= 0) & (table["lambda_r"] <= 1))] = np.nan
    table["mangaid"] = catalogue.identifiers(["mangaid"])
    table["stel_qual"] = catalogue.integers(["stel_qual"])
    table.meta = surveys.meta("tng_observed", folder, "archive")
    return table


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
    folder, source = locate("tng", FILES, root, source)
    sample, rejected = load_kinematics(folder)
    types, repeated = load_types(folder)
    join(sample, "subfind_id", {"p_late": ("P_Late", None)}, types)
    sample.add_column(sample["subfind_id"].astype(str), index=1, name="group")
    sample["early"] = np.asarray(sample["p_late"] < EARLY_BELOW)
    cutouts = folder / (NOISY if noise else NOISELESS)
    sample, unseen = gri_images.with_images(sample, "group", NEEDED, cutouts, side, "broadband_{}")
    sample.meta |= surveys.meta("tng", folder, source) | {"noise": noise}
    return sample, vstack([rejected, repeated, unseen])
