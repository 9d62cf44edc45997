"""Published lambda_R of MaNGA galaxies, and the class of rotation that follows from it.

``lambda_re_pipe3d.csv``
    One row for each observation: ``lambda_re`` of the Pipe3D pipeline (Sanchez et al. 2018) within
    one effective radius, of two of its versions (``lambda_re_mpl9``, ``lambda_re_mpl8``) and the
    later of both; ``eps``, 1 less the axis ratio of the NSA, to which radii were taken; Sersic
    index, mass and Galaxy Zoo's share of votes for *smooth*. Recovered from published figures
    (C. Duckworth, spin_bias and sdss_clustering); blank fields are not known. Values are not
    corrected for the seeing.
``SDSS17Pipe3D_v3_1_1.fits``, ``SDSSDR17_MaNGA_JAM.fits``
    Where that file is missing, the archive's own catalogue of Pipe3D (Sanchez et al. 2022, ApJS
    262, 36) or the dynamical one (`galutils.surveys.manga.catalogues`), with the ellipticity that
    each of them takes.
"""

import numpy as np
from astropy.table import Table

from galutils.physics import kinematics, seeing
from galutils.store.catalogues import Catalogue, once, wanted
from galutils.store.folders import find
from galutils.store.sample import rejections
from galutils.surveys.manga import catalogues

FILE = "lambda_re_pipe3d.csv"
PIPE3D = "SDSS17Pipe3D_v3_1_1.fits"
COLUMNS = wanted(catalogues.__file__)["rotation"]
BOTH = ("lambda_re", "ellipticity")  # which all of the files have
FWHM = 2.5  # arcsec, of MaNGA's reconstructed images (Law et al. 2016, AJ 152, 83)


def load(folder):
    """Read lambda_R with its ellipticity; no rows where a folder has none of the files.

    Parameters
    ----------
    folder : path-like

    Returns
    -------
    table : Table
        ``plateifu`` str; ``lambda_re``, NaN where not in [0, 1], and ``ellipticity``; from the
        recovered file also ``lambda_re_mpl9``, ``lambda_re_mpl8``, ``sersic_n``, ``log_mass``
        (h^-2 solar masses) and ``p_smooth``; NaN where not known.
    rejected : Table
        ``name`` and ``reason`` of repeated and nameless rows.

    Raises
    ------
    ArchiveError
        If the file is damaged, without rows, or lacks a column.
    """
    names = (FILE, PIPE3D, *catalogues.DYNAMICS)
    path = find(folder, names)
    if path is None:
        return Table({"plateifu": np.array([], dtype=str)}), rejections([])
    catalogue = Catalogue(folder, names, texts=("plateifu",))
    columns = COLUMNS if path == find(folder, (FILE,)) else {name: COLUMNS[name] for name in BOTH}
    table = catalogue.columns(columns)
    table.add_column(catalogue.identifiers(("plateifu",)), index=0, name="plateifu")
    for name in (column for column in table.colnames if column.startswith("lambda_re")):
        table[name][~((table[name] >= 0) & (table[name] <= 1))] = np.nan
    return once(table, table["plateifu"].data, "plateifu", catalogue.path)


def add_class(sample, table):
    """Add published lambda_R and the class of rotation to a sample, in place.

    Parameters
    ----------
    sample : Table
        With ``plateifu``, ``r_e`` (arcsec), ``ellipticity``, ``sersic_n`` and ``log_mass``, of
        which NaN values are filled where `table` has them.
    table : Table
        As `load` returns it.

    Returns
    -------
    sample : Table
        With ``lambda_re`` and its versions, ``p_smooth``; ``rotator`` int64 and
        ``rotator_corrected``, the class with lambda_R corrected for the seeing (Graham et al.
        2018): 1 fast, 0 slow, -1 not known; ``boundary_distance``, lambda_R less the boundary.
    """
    published = table.to_pandas().set_index("plateifu")
    published = published.reindex(sample["plateifu"].tolist(), columns=list(COLUMNS))
    for name in COLUMNS:
        values = published[name].to_numpy(float)
        known = np.asarray(sample[name], float) if name in sample.colnames else values
        sample[name] = np.where(np.isfinite(known), known, values).astype(np.float32)
    spin, ellipticity = (np.asarray(sample[name], float) for name in ("lambda_re", "ellipticity"))
    shape = (np.asarray(sample[name], float) for name in ("r_e", "sersic_n"))
    corrected = seeing.correct_graham2018(spin, FWHM, *shape)
    sample["rotator"] = kinematics.rotator_class(spin, ellipticity)
    sample["rotator_corrected"] = kinematics.rotator_class(corrected, ellipticity)
    sample["boundary_distance"] = spin - kinematics.slow_boundary(ellipticity)
    sample.meta["label"] = kinematics.ROTATOR_CLASS
    return sample
