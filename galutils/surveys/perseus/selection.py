"""Perseus: what is selected from the catalogue by magnitude, image and class.

Pruitt (2024), section 3: objects brighter than 19.4 whose cut-outs are not
over-red. Here also the fainter ones, which the thesis leaves out.
"""

import numpy as np
from astropy.table import vstack

from galutils.physics import photometry
from galutils.physics.photometry import BRIGHT, TRAINING_RADIUS, coordinates, nearest
from galutils.store.files import expect, first
from galutils.store.sample import rejections
from galutils.surveys import perseus, skyserver
from galutils.surveys.perseus import wittmann2019 as perseus_wittmann2019
from galutils.surveys.perseus.crossmatch import SAME, located
from galutils.surveys.perseus.cutouts import list_cutouts, read_images

ROTATIONS = (15, 16)  # copies of an image; the thesis counts 15, its figure 16 shows 16 angles


def _photographed(chosen, folder):
    """Rows of the catalogue that have a readable cut-out, with it, and the reasons for others."""
    listing, unknown = list_cutouts(folder / perseus.PCC_CUTOUTS)
    listing = listing[np.isfinite(listing["ra"])]  # the archive names these by position
    row, separation = nearest(coordinates(chosen), listing)
    near = separation <= SAME
    missing = [(name, f"no file in {perseus.PCC_CUTOUTS}") for name in chosen["pcc"][~near]]
    result = chosen[near]
    result["file"] = listing["file"][row[near]]
    cutouts, damaged = read_images(folder / perseus.PCC_CUTOUTS, result)
    return cutouts, vstack([unknown, rejections(missing), damaged])


def load_bright(root=None, source="auto"):
    """Read the cut-outs of catalogue objects not fainter than 19.4, over-red ones too.

    Parameters
    ----------
    root, source
        As of `galutils.surveys.perseus.load_catalogue`.

    Returns
    -------
    sample : Table
        Rows of the catalogue with ``file``, ``image`` uint8 (n, 200, 200, 3)
        and ``red_share``, float, 0-1.
    rejected : Table
        ``name`` and ``reason`` of objects without a cut-out that can be read.

    Raises
    ------
    ArchiveError
        If a file of the archive is missing or holds no row.
    """
    folder, catalogue, lines = perseus.opened(root, source)
    sample, rejected = _photographed(catalogue[catalogue["v_mag"] <= BRIGHT], folder)
    sample["red_share"] = photometry.red_share(np.asarray(sample["image"]))
    return sample, vstack([lines, rejected])


def load_faint(limit=21.0, root=None, source="auto"):
    """Read the cut-outs of members and background galaxies that the bright cut leaves out.

    They can train a network besides the training set. Nothing among them is
    anywhere else in the archive: objects within 3 arcsec of a labelled cut-out
    or of an object with a spectrum are left out.

    Parameters
    ----------
    limit : float
        Faintest V magnitude.
    root, source
        As of `galutils.surveys.perseus.load_catalogue`.

    Returns
    -------
    sample : Table
        Rows of the catalogue with 19.4 < V <= `limit`, ``label`` 1 or 0, and
        ``file`` and ``image`` uint8 (n, 200, 200, 3).
    rejected : Table
        ``name`` and ``reason`` of each object left out.

    Raises
    ------
    ArchiveError
        If a file of the archive is missing or holds no row.
    """
    folder, catalogue, lines = perseus.opened(root, source)
    magnitude = catalogue["v_mag"]
    sample = catalogue[(magnitude > BRIGHT) & (magnitude <= limit) & (catalogue["label"] >= 0)]
    search, _ = skyserver.read(folder / perseus.SEARCH)
    spectra, _ = skyserver.read(folder / perseus.SPECTROSCOPIC)
    labelled, _ = located(list_cutouts(folder / perseus.TRAINING)[0], spectra, search)
    near = np.zeros(len(sample), dtype=bool)
    for table in (labelled, search, spectra):
        near |= nearest(coordinates(sample), table)[1] <= photometry.SEPARATION
    reason = "its galaxy is in the training set or has a spectrum"
    known = rejections([(name, reason) for name in sample["pcc"][near]])
    sample, without = _photographed(sample[~near], folder)
    return sample, vstack([lines, known, without])


def load_published(root=None, source="auto"):
    """Read the independent test of the thesis, all 335 objects, with its predictions.

    Pruitt (2024), section 7.

    Parameters
    ----------
    root, source
        As of `galutils.surveys.perseus.load_catalogue`.

    Returns
    -------
    Table
        The columns of `galutils.surveys.skyserver.read`, with ``label`` and
        ``published`` int64, true and predicted, 1 member.

    Raises
    ------
    ArchiveError
        If the file is missing, as in a mock, lacks a column or has a row that
        cannot be read.
    """
    folder, about = perseus.archive(root, source)
    path = folder / perseus.PREDICTIONS
    table, rejected = skyserver.read(path, required=("true_label", "predicted_label", "distance"))
    expect(not len(rejected), path, "rows that can be read", first(rejected["reason"]))
    table.rename_columns(("true_label", "predicted_label"), ("label", "published"))
    table.meta = about
    return table


def bookkeeping(root=None, source="auto"):
    """Count the objects at each step from the catalogue to the training images.

    Pruitt (2024), sections 3 and 6.

    Parameters
    ----------
    root, source
        As of `load_catalogue`.

    Returns
    -------
    dict
        ``n_catalogue``; ``class_counts``, a dict by class in the order of the
        thesis; ``n_bright``, not fainter than 19.4; ``n_cutouts``, those of
        them with a readable cut-out; ``n_over_red`` and ``n_merging`` of these,
        which are left out; the rest, ``n_kept``, made of ``n_member`` and
        ``n_background``; ``n_search``, objects within 45 arcmin with spectra;
        ``n_spectroscopic``, cut-outs of them in the training set;
        ``n_rotated`` and ``n_with_spectra``, dicts by number of copies: images
        of the kept objects, and of these and the spectroscopic ones.

    Raises
    ------
    ArchiveError
        If a file of the archive is missing, lacks a column or holds no row.
    """
    folder, catalogue, _ = perseus.opened(root, source)
    search, _ = skyserver.read(folder / perseus.SEARCH, required=("distance",))
    training, _ = perseus.load_training(root, source)
    cutouts, _ = load_bright(root, source)
    over_red = cutouts["red_share"] > photometry.OVER_RED
    labels = cutouts["label"][~over_red].tolist()
    n_member, n_background = labels.count(1), labels.count(0)
    n_kept = n_member + n_background
    n_spectroscopic = int((training["origin"] != "catalogue").sum())
    classes = catalogue["class_name"].tolist()
    return {
        "n_catalogue": len(catalogue),
        "class_counts": {name: classes.count(name) for name in perseus_wittmann2019.LABELS},
        "n_bright": int((catalogue["v_mag"] <= BRIGHT).sum()),
        "n_cutouts": len(cutouts),
        "n_over_red": int(over_red.sum()),
        "n_merging": labels.count(-1),
        "n_kept": n_kept,
        "n_member": n_member,
        "n_background": n_background,
        "n_search": int((search["distance"] < TRAINING_RADIUS).sum()),
        "n_spectroscopic": n_spectroscopic,
        "n_rotated": {copies: copies * n_kept for copies in ROTATIONS},
        "n_with_spectra": {copies: copies * (n_kept + n_spectroscopic) for copies in ROTATIONS},
    }
