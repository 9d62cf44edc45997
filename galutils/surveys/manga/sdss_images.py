"""SDSS images of MaNGA galaxies, each as large as its galaxy, with their published rotation.

Archive layout, in the folder ``manga/``:

``sdss_png80/<plateifu>.png``
    Colours from g, r and i, 80x80 pixels, 8.48 effective radii across, north up, east left.
    Recovered from published figures (C. Duckworth, sdss_clustering), a little softer than the
    originals. Repeat observations of a galaxy have the same image.
``sdss_images.csv``
    One row for each image, joined by ``plateifu``. ``margin`` tells how much better the image goes
    with this galaxy than with any other; above 3 it is safe.
``labels.csv``, ``lambda_re_pipe3d.csv`` (optional)
    See `galutils.surveys.manga` and `galutils.surveys.manga.rotation`.
"""

import numpy as np
from astropy.table import Table, vstack

from galutils import surveys
from galutils.store import files, pictures
from galutils.store.catalogues import Catalogue, once
from galutils.store.files import expect
from galutils.surveys import locate, manga
from galutils.surveys.manga import rotation

LIST, FOLDER = "sdss_images.csv", "sdss_png80"
SIDE, FIELD = 80, 8.48  # pixels; effective radii
SAFE = 3.0
FILES = (LIST, manga.LABELS, FOLDER)


def read(path):
    """Read one image.

    Parameters
    ----------
    path : path-like

    Returns
    -------
    ndarray of uint8, shape (80, 80, 3)
        Red, green, blue; row 0 north.

    Raises
    ------
    ValueError
        If it is missing, damaged, no PNG, not RGB, or of another size.
    """
    return np.asarray(pictures.load(path, SIDE, ("PNG",)))


def network_input(pixels, size=64):
    """Prepare images for a network: their central square, levels as shares of the highest.

    Parameters
    ----------
    pixels : ndarray of uint8, shape (n, 80, 80, 3)
    size : int
        Pixels along a side of the square, even; each has 8.48 / 80 effective radii.

    Returns
    -------
    ndarray of float32, shape (n, size, size, 3)
        From 0 to 1.
    """
    edge = (SIDE - size) // 2
    return pixels[:, edge : SIDE - edge, edge : SIDE - edge] / np.float32(255)


def load(root=None, source="auto"):
    """Read all images that surely show their galaxy, with its labels.

    Parameters
    ----------
    root : path, optional
        Folder that holds ``manga/``; ``$GALUTILS_DATA`` or ``data/`` otherwise.
    source : {'auto', 'archive', 'mock'}
        Which files to read; 'auto' takes the archive where it is complete.

    Returns
    -------
    sample : Table
        One row for each image, in the order of the list: ``image`` uint8 (n, 80, 80, 3), red,
        green, blue, row 0 south; all columns of `galutils.surveys.manga.load_fields` but
        ``velocity`` and ``systemic``, among them ``group``, the galaxy.
    rejected : Table
        ``name`` and ``reason`` of every image and label row left out. An image without a label
        row is one of these, since its galaxy is not known.

    Raises
    ------
    ArchiveError
        If a list is missing, damaged as a whole, or lacks a column, or no image is left.
    """
    folder, source = locate("manga", FILES, root, source)
    labels, repeated = manga.load_labels(folder)
    names, unsafe = _listed(folder)
    row = {name: row for row, name in enumerate(labels["plateifu"].tolist())}

    def pixels(name):
        files.require(name in row, f"a row in {manga.LABELS}", "none")
        return read(files.below(folder / FOLDER, f"{name}.png"))[::-1]

    found, good, unread = pictures.read_all(names, (SIDE, SIDE, 3), np.uint8, pixels)
    expect(len(good), folder / FOLDER, "images of labelled galaxies", "none that can be read")
    sample = labels[[row[name] for name in names[good].tolist()]]
    sample["image"] = found
    sample.meta = surveys.meta("manga_sdss_images", folder, source)
    published, again = rotation.load(folder)
    return rotation.add_class(sample, published), vstack([repeated, again, unsafe, unread])


def _listed(folder):
    """Return plate and IFU of each safe image, and the rows left out."""
    catalogue = Catalogue(folder, [LIST], texts=("plateifu",))
    names, margin = catalogue.identifiers(["plateifu"]), catalogue.floats(["margin"])
    reason = f"expected a margin above {SAFE}, received less"
    table, safe = Table({"plateifu": names}), margin > SAFE
    listing, rejected = once(table, names, "plateifu", catalogue.path, safe, reason)
    return listing["plateifu"].data, rejected
