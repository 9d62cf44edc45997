"""Catalogues of MaNGA galaxies, one row for each observation (PLATEIFU).

``manga-morphology-dl-DR15.fits``, ``manga-morphology-dl-DR17.fits``
    Types by deep learning (Fischer et al. 2019; Dominguez Sanchez et al. 2022).
``manga-pymorph-DR15.fits``, ``manga-pymorph-DR17.fits``
    Fits of Sersic and Sersic+exponential profiles (the same papers); HDUs 1, 2,
    3 are the bands g, r, i.
``dapall-v2_4_3-2.2.1.fits`` (DR15), ``dapall-v3_1_1-3.1.0.fits`` (DR17)
    Summary of the data analysis pipeline (Westfall et al. 2019), once for each
    way of binning: told apart by the column DAPTYPE (DR15) or by HDU (DR17).
``SDSSDR17_MaNGA_JAM.fits``, ``SDSSDR17_MaNGA_JAM_v2.fits``
    Dynamical catalogue (MaNGA DynPop, Zhu et al. 2023), with lambda_R.

Each reader takes the folder and finds its file in either form, in this order.
Values of -999 and -9999 stand for 'not measured' and become NaN. Of repeated
rows of a PLATEIFU the first is kept, the others are told in ``rejected``.
"""

import numpy as np
from astropy.table import Column, Table, hstack

from galutils.store import catalogues, fits_files
from galutils.store.catalogues import Catalogue, once
from galutils.store.files import require
from galutils.store.folders import find

MORPHOLOGY = ("manga-morphology-dl-DR15.fits", "manga-morphology-dl-DR17.fits")
PHOTOMETRY = ("manga-pymorph-DR15.fits", "manga-pymorph-DR17.fits")
DAP = ("dapall-v2_4_3-2.2.1.fits", "dapall-v3_1_1-3.1.0.fits")
DYNAMICS = ("SDSSDR17_MaNGA_JAM.fits", "SDSSDR17_MaNGA_JAM_v2.fits")
BANDS = {"g": 1, "r": 2, "i": 3}  # HDUs
# Stellar kinematics in Voronoi bins, emission lines in spaxels: DR15 and DR17
HYBRID = ("HYB10-GAU-MILESHC", "HYB10-MILESHC-MASTARSSP")

# Columns to take; not all probabilities are in both releases
COLUMNS = catalogues.wanted(__file__)
# names of the last are without the ending of the fit
POSITION, PROBABILITIES, SUMMARY, JAM, _, FIT = COLUMNS.values()
PLATEIFU, MANGAID = ("plateifu",), ("manga_id", "mangaid")
SERSIC, TWO_COMPONENTS = (1,), (0, 2)  # FLAG_FIT; 0: no preference; 3: both fits failed


def _identified(catalogue, wanted):
    """Both identifiers and the columns wanted."""
    table = catalogue.columns(wanted)
    for ours, theirs in (("mangaid", MANGAID), ("plateifu", PLATEIFU)):
        table.add_column(catalogue.identifiers(theirs), index=0, name=ours)
    return table


def _once(catalogue, table, kept=True, reason=""):
    return once(table, table["plateifu"].data, "PLATEIFU", catalogue.path, kept, reason)


def load_morphology(folder):
    """Read the types by deep learning.

    Parameters
    ----------
    folder : path-like

    Returns
    -------
    table : Table
        By row of the file: ``plateifu``, ``mangaid`` str; ``ra``, ``dec`` deg;
        ``redshift``; ``ttype``, below 0 early; ``ttype_flag`` int64, 1 where it
        was changed by eye, -1 in DR17, which does not tell; probabilities
        ``p_late`` (DR17 only), ``p_s0``, ``p_edge_on``, ``p_bar``, ``p_merger``,
        ``p_bulge``, ``p_cigar`` (the last three DR15 only), NaN where the
        release has none; ``repeat`` bool, another row has the same galaxy.
    rejected : Table
        ``name`` and ``reason`` of repeated and nameless rows.

    Raises
    ------
    ArchiveError
        If the file is missing, damaged, without rows, or lacks a column.
    """
    catalogue = Catalogue(folder, MORPHOLOGY)
    table = _identified(catalogue, POSITION)
    flag = ("flag_tt",)
    table["ttype_flag"] = catalogue.integers(flag) if catalogue.has(flag) else np.int64(-1)
    table = hstack([table, catalogue.columns(PROBABILITIES, optional=True)])
    table["repeat"] = catalogue.integers(("dupl_gr",)) > 0
    return _once(catalogue, table)


def load_photometry(folder, band="r"):
    """Read the profile fits in one band, for each galaxy the better of the two.

    Of the Sersic fit where it is preferred (FLAG_FIT 1), of Sersic+exponential
    where that is, or neither (2 and 0; Fischer et al. 2019, section 2.1); NaN
    where both failed (3).

    Parameters
    ----------
    folder : path-like
    band : {'g', 'r', 'i'}

    Returns
    -------
    table : Table
        ``plateifu`` str; ``r_e`` arcsec, half-light semi-major axis;
        ``axis_ratio``; ``position_angle`` deg, east of north in [0, 180), NaN
        where the file lacks SPA, the angle of the camera's columns to which it
        is measured; ``magnitude``; ``bulge_to_total``, light of the Sersic
        component, NaN of a Sersic fit; ``sersic_n``, always of the Sersic fit.
    rejected : Table
        ``name`` and ``reason`` of repeated and nameless rows.

    Raises
    ------
    ArchiveError
        If the file is missing, damaged, without rows, or lacks a column.
    ValueError
        If there is no such band.
    """
    require(band in BANDS, f"one of {', '.join(BANDS)}", repr(band), "band")
    path, hdu = find(folder, PHOTOMETRY), BANDS[band]
    if path is not None:  # where the HDUs are named by their bands, in whatever order
        with fits_files.opened(path, "a FITS file") as hdus:
            hdu = next((one.name for one in hdus if fits_files.says(one.name, rf"\b{band}\b")), hdu)
    catalogue = Catalogue(folder, PHOTOMETRY, hdu)
    flag = catalogue.integers(("flag_fit",))
    single, double = np.isin(flag, SERSIC), np.isin(flag, TWO_COMPONENTS)
    table = Table({"plateifu": catalogue.identifiers(PLATEIFU)})
    for ours, ([name], unit) in FIT.items():
        both = [catalogue.floats((f"{name}_{fit}",)) for fit in ("s", "se")]
        table[ours] = Column(np.select([single, double], both, np.nan), unit=unit or None)
    table["bulge_to_total"] = np.where(double, catalogue.floats(("bt_se",)), np.nan)
    table["sersic_n"] = catalogue.floats(("n_s",))
    camera = catalogue.floats(("spa",)) if catalogue.has(("spa",)) else np.nan
    table["position_angle"] = (90 - table["position_angle"].data - camera) % 180
    table["position_angle"].unit = "deg"
    return _once(catalogue, table)


def load_dap(folder):
    """Read the summary of the data analysis pipeline, of its hybrid binning.

    Parameters
    ----------
    folder : path-like

    Returns
    -------
    table : Table
        ``plateifu``, ``mangaid`` str; of the NSA ``ra``, ``dec`` deg,
        ``redshift``, ``axis_ratio``, ``position_angle`` deg east of north and
        ``r_e`` arcsec (elliptical Petrosian, r band); ``sigma_re`` km/s, the
        stellar dispersion within r_e; ``quality`` int64, bits of DAPQUAL (30:
        do not use).
    rejected : Table
        ``name`` and ``reason`` of rows that are repeated, nameless, or whose
        analysis did not finish.

    Raises
    ------
    ArchiveError
        If the file is missing, damaged, without rows, or lacks a column.
    """
    path, hdu = find(folder, DAP), 1
    if path is not None:  # DR17 names an HDU after each binning, DR15 has one table of all
        with fits_files.opened(path, "a FITS file") as hdus:
            hdu = next((one.name for one in hdus if one.name in HYBRID), 1)
    catalogue = Catalogue(folder, DAP, hdu)
    catalogue.table = catalogue.table[np.isin(catalogue.identifiers(("daptype",)), HYBRID)]
    table = _identified(catalogue, SUMMARY)
    for name in ("axis_ratio", "r_e"):  # 0 too where not measured
        table[name][~(table[name] > 0)] = np.nan
    table["quality"] = catalogue.integers(("dapqual",))
    done = catalogue.integers(("dapdone",)) == 1
    reason = "expected a finished analysis, received DAPDONE 0"
    return _once(catalogue, table, done, reason)


def load_dynamics(folder):
    """Read the dynamical catalogue.

    Parameters
    ----------
    folder : path-like

    Returns
    -------
    table : Table
        ``plateifu``, ``mangaid`` str; within the effective radius ``lambda_r``,
        NaN where not in [0, 1], ``ellipticity`` of the multi-Gaussian model,
        ``sigma_re`` km/s; ``r_e`` arcsec of that model.
    rejected : Table
        ``name`` and ``reason`` of repeated and nameless rows.

    Raises
    ------
    ArchiveError
        If the file is missing, damaged, without rows, or lacks a column.
    """
    catalogue = Catalogue(folder, DYNAMICS)
    table = _identified(catalogue, JAM)
    table["lambda_r"][~((table["lambda_r"] >= 0) & (table["lambda_r"] <= 1))] = np.nan
    return _once(catalogue, table)
