"""Perseus cut-outs and the rows of the tables that describe the same objects."""

import astropy.units as u
import numpy as np
import pandas as pd
from astropy.table import Column, vstack

from galutils.physics import photometry
from galutils.physics.photometry import coordinates, nearest
from galutils.store.files import expect
from galutils.store.sample import rejections
from galutils.surveys import skyserver
from galutils.surveys.perseus import wittmann2019 as perseus_wittmann2019

SAME = 1 * u.arcsec  # a cut-out and a table row closer than this are one object
MISSING = {"f": np.nan, "i": -1, "U": ""}  # by kind of column
PHOTOMETRY = ("objid", *skyserver.PHOTOMETRY)


def read_crossmatch(path, catalogue):
    """Read the cross-match of catalogue objects with SDSS.

    Parameters
    ----------
    path : path-like
    catalogue : Table
        As of `galutils.surveys.perseus.wittmann2019.read`.

    Returns
    -------
    matched : Table
        One row for each name of the catalogue. Where the SDSS object is more
        than 1 arcsec away it is another one: ``objid`` is -1, ``type`` '' and
        the photometry NaN; ``reds`` and ``label`` belong to the name and stay.
    rejected : Table
        ``name`` and ``reason`` of such rows, and of those without a name of
        their own in the catalogue.

    Raises
    ------
    ArchiveError
        If the file is missing, lacks a column or names no catalogue object.
    """
    table, rejected = skyserver.read(path, required=("name", "reds", "type"))
    names = pd.Index(table["name"])
    place = pd.Index(catalogue["pcc"]).get_indexer(names)
    kept = (place >= 0) & ~names.duplicated()
    reason = "expected a catalogue object, and once"
    reasons = [(f"{path.name} {name}", reason) for name in table["name"][~kept]]
    expect(kept.any(), path, "names of catalogue objects")
    table = table[kept]
    separation = coordinates(table).separation(coordinates(catalogue[place[kept]]))
    for row in np.flatnonzero(separation > SAME):
        received = f"one {separation[row].arcsec:.1f} arcsec away: its photometry is not joined"
        reason = f"expected an SDSS object within {SAME:.0f}, received {received}"
        reasons.append((f"{path.name} {table['name'][row]}", reason))
    for name in ("type", *PHOTOMETRY):
        table[name][separation > SAME] = MISSING[table[name].dtype.kind]
    return table, vstack([rejected, rejections(reasons)])


def located(listing, *tables):
    """Cut-outs with a position; those named by objid take it from a table that has it.

    Returns
    -------
    listing, rejected : Table
    """
    known = {row["objid"]: (row["ra"], row["dec"]) for table in tables for row in table}
    listing = listing.copy()
    by_objid = np.isnan(listing["ra"])
    found = ~by_objid | np.isin(listing["objid"], list(known))
    for row in np.flatnonzero(by_objid & found):
        listing["ra"][row], listing["dec"][row] = known[listing["objid"][row]]
    reason = "expected a table row of that objid, received none"
    return listing[found], rejections([(name, reason) for name in listing["file"][~found]])


def usable(listing, *tables):
    """Cut-outs with a label and a row of any table within 1 arcsec.

    Returns
    -------
    listing, rejected : Table
    """
    positions = coordinates(listing)
    closest = np.min([nearest(positions, table)[1].arcsec for table in tables], axis=0)
    near, labelled = closest <= SAME.value, listing["label"] >= 0
    rejected = []
    for row in np.flatnonzero(~near | ~labelled):
        reason = "expected a label in the name, received none"
        if not near[row]:
            reason = f"expected a table row within {SAME:.0f}, received {closest[row]:.1f} arcsec"
        rejected.append((listing["file"][row], reason))
    return listing[near & labelled], rejections(rejected)


def joined(table, names, rows, found):
    """Columns of a table at `rows`, missing where not `found`, by name."""
    columns = {name: np.asarray(table[name])[rows] for name in names}
    return {n: np.where(found, values, MISSING[values.dtype.kind]) for n, values in columns.items()}


def join(sample, catalogue, spectra, matched):
    """Add to located cut-outs what the tables say about their objects, see `load_training`."""
    positions = coordinates(sample)
    in_catalogue, catalogue_separation = nearest(positions, catalogue)
    in_spectra, spectra_separation = nearest(positions, spectra)
    catalogued, observed = catalogue_separation <= SAME, spectra_separation <= SAME
    closer = catalogue_separation <= spectra_separation
    sample["origin"] = np.where(closer, "catalogue", "spectroscopic")
    names = ("pcc", "class_name", "nucleation", "v_mag", "extinction_v")
    listed = joined(catalogue, names, in_catalogue, catalogued)
    dust = listed.pop("extinction_v")
    sample.update(listed)
    names = ("redshift", "spectral_class", "flags")
    sample.update(joined(spectra, names, in_spectra, observed))
    if "r0" in spectra.colnames:
        dust = np.where(observed, dust_of(spectra)[in_spectra], dust)
    sample["extinction_v"] = Column(dust, unit="mag")

    in_matched = pd.Index(matched["name"]).get_indexer(sample["pcc"])
    sample.update(joined(matched, ("reds", "type", *PHOTOMETRY), in_matched, in_matched >= 0))
    for name in PHOTOMETRY:
        values = np.where(observed, spectra[name][in_spectra], sample[name])
        sample[name] = Column(values, unit=spectra[name].unit)
    sample["v_mag"].unit, sample["reds"].unit = "mag", "percent"
    sample["star"] = (sample["spectral_class"] == "STAR") | (sample["type"] == "STAR")
    sample["contradiction"] = [_contradiction(row) for row in sample]


def dust_of(search):
    """Return A_V of objects with a spectrum, NaN where the table has no magnitude without dust."""
    if "r0" not in search.colnames:
        return np.full(len(search), np.nan)
    return np.asarray(search["r"] - search["r0"]) / photometry.EXTINCTION["r"]


def _contradiction(row):
    """Note what the tables say against the label of a cut-out, '' where they agree."""
    notes = []
    if perseus_wittmann2019.LABELS.get(row["class_name"], row["label"]) != row["label"]:
        notes.append(f"class {row['class_name']}")
    member = photometry.is_member_redshift(row["redshift"])
    if np.isfinite(row["redshift"]) and member != row["label"]:
        notes.append(f"redshift {row['redshift']:.4f}")
    return ", ".join(notes)
