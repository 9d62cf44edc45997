"""Spin and ellipticity of real galaxies of known type: SAMI DR3 and ATLAS3D, where they are."""

import numpy as np
from astropy.table import vstack

from galutils.surveys import archive_root, atlas3d, sami
from galutils.surveys.sami import catalogue as sami_catalogue

LENTICULAR = 1.0  # SAMI's visual type of an S0; 0 is elliptical, negative not agreed on


def load(root=None):
    """Read what is in the archive folder; no mock stands in.

    Parameters
    ----------
    root : path-like, optional
        Folder that holds ``sami/`` and ``atlas3d/``; see `surveys.archive_root`.

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
    tables = []
    if sami_catalogue.find(archive_root(root) / "sami", "samiDR3Stelkin") is not None:
        catalogue = sami.load_catalogue(root, source="archive")
        catalogue = catalogue[catalogue["morphology"] >= 0]
        early = np.asarray(catalogue["morphology"] <= LENTICULAR)
        tables.append(_columns("SAMI DR3", catalogue, early))
    if atlas3d.found(root):
        catalogue = atlas3d.load(root)
        tables.append(_columns("ATLAS3D", catalogue, np.ones(len(catalogue), dtype=bool)))
    return vstack(tables, metadata_conflicts="silent") if tables else None


def _columns(survey, catalogue, early):
    table = catalogue["lambda_r", "ellipticity"]
    table["early"] = early
    table.add_column(survey, index=0, name="survey")
    return table[np.isfinite(table["lambda_r"]) & np.isfinite(table["ellipticity"])]
