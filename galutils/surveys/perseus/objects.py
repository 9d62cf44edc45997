"""Perseus: every object of the catalogue and of the search within 90 arcmin, one row a galaxy."""

import numpy as np
import pandas as pd
from astropy.table import Column, Table, vstack

from galutils.physics import photometry
from galutils.physics.photometry import coordinates, nearest
from galutils.surveys import perseus, skyserver
from galutils.surveys.perseus.crossmatch import dust_of, joined, read_crossmatch

CATALOGUED = ("v_mag", "r50", "mu_e", "sersic_n", "axis_ratio", "position_angle", "extinction_v")
CATALOGUED += ("aperture_colour_1",)
SEARCHED = ("r", "g_z", "g_r", "redshift", "redshift_error")


def load(root=None, source="auto"):
    """Read the objects of both lists; those closer than 3 arcsec are one.

    Parameters
    ----------
    root, source
        As of `galutils.surveys.perseus.load_catalogue`.

    Returns
    -------
    objects : Table
        The catalogue in its order, then what the search has besides. ``name`` str; ``ra``,
        ``dec``, deg; ``distance``, arcmin; of the catalogue `CATALOGUED`, ``class_by_eye``,
        ``nucleation``; of SDSS ``objid`` (-1 where none is known) and `SEARCHED`, where the search
        or the cross-match has them. NaN and '' are what a list lacks. ``magnitude``, mag, is V
        without dust: the catalogue's, or from r and g-r (Jester et al. 2005, AJ 130, 873).
        ``label`` int64: by redshift where there is one, else by eye, -1 where it is not known.
        ``star`` bool: by redshift or the photometric type of SDSS.
    rejected : Table
        ``name`` and ``reason`` of what cannot be read.

    Raises
    ------
    ArchiveError
        If a file of the archive is missing, lacks a column or holds no row.
    """
    folder, catalogue, lines = perseus.opened(root, source)
    search, rows = skyserver.read(folder / perseus.SEARCH, required=skyserver.SPECTRUM)
    matched, apart = read_crossmatch(folder / perseus.CROSSMATCH, catalogue)
    listed = catalogue["ra", "dec", "label", "nucleation", *CATALOGUED]
    listed["name"], listed["class_by_eye"] = catalogue["pcc"], catalogue["class_name"]
    of_search, separation = nearest(coordinates(listed), search)
    same = separation <= photometry.SEPARATION
    of_matched = pd.Index(matched["name"]).get_indexer(listed["name"])
    names = ("objid", *SEARCHED)
    known = ["type", *(name for name in names if name in matched.colnames)]
    others = joined(matched, known, of_matched, of_matched >= 0)
    for name, values in joined(search, names, of_search, same).items():
        values = np.where(same, values, others.get(name, values))
        listed[name] = Column(values, unit=search[name].unit)
    listed["star"] = others["type"] == "STAR"

    further = np.ones(len(search), dtype=bool)
    further[of_search[same]] = False
    other = search["objid", "ra", "dec", *SEARCHED][further]
    other["name"] = [f"SDSS {number}" for number in other["objid"]]
    other["extinction_v"] = dust_of(search)[further]
    objects = vstack([listed, other], metadata_conflicts="silent")
    return _completed(objects), vstack([lines, rows, apart])


def _completed(objects):
    """Fill what one of the lists lacks, and add what is told by both."""
    missing = {"nucleation": "", "class_by_eye": "", "label": -1, "star": False}
    plain = Table(meta=objects.meta)
    for name in objects.colnames:
        values = np.ma.filled(objects[name], missing.get(name, np.nan))
        plain[name] = Column(np.asarray(values), unit=objects[name].unit)
    kind = photometry.kind(plain["redshift"])
    plain["star"] |= kind == "star"
    plain["label"] = np.where(kind == "", plain["label"], (kind == "member").astype(np.int64))
    plain["distance"] = coordinates(plain).separation(photometry.CENTRE).to("arcmin")
    sdss = photometry.dereddened(plain["r", "g_r"], plain["extinction_v"])
    v_mag = np.asarray(plain["v_mag"])
    v_mag = np.where(np.isfinite(v_mag), v_mag, sdss["r0"] + 0.41 * sdss["g_r0"] - 0.01)
    plain["magnitude"] = Column(v_mag, unit="mag")
    return plain
