"""Images of the labelled sample once more, with more pixels and of a wider field."""

from functools import partial

import numpy as np
from PIL import Image

from galutils.store import pictures
from galutils.store.files import below, expect
from galutils.surveys import archive_root, mock_root
from galutils.surveys.gz2.labelled import FOLDER, SIZES


def read(sample, side, field=1.0, root=None):
    """Read the images of a sample from their files.

    Parameters
    ----------
    sample : Table
        Rows of `galutils.surveys.gz2.labelled.load`.
    side : int
        Pixels of the result, interpolated (bicubic) where the file has fewer.
    field : float
        Times the field of ``image`` of the sample, 1.25 at most.
    root : path-like, optional
        As of `galutils.surveys.gz2.labelled.load`.

    Returns
    -------
    ndarray of uint8, shape (n, side, side, 3)

    Raises
    ------
    ArchiveError
        If an image is missing or damaged; names it.
    """
    mock = sample.meta["source"] == "mock"
    base = mock_root() if mock else archive_root(root)
    result = np.empty((len(sample), side, side, 3), np.uint8)
    for survey, (size, crop) in SIZES.items():
        rows = np.flatnonzero(sample["survey"] == survey)
        home = base / ("gz2" if mock else "manga" if survey == "manga" else FOLDER)
        fetch = partial(_image, home, size=size, crop=round(crop * field), side=side)
        shape = (side, side, 3)
        images, _, rejected = pictures.read_all(sample["file"][rows], shape, np.uint8, fetch)
        expect(len(rejected) == 0, home, "images", "; ".join(rejected["name"][:3]))
        result[rows] = images
    return result


def _image(folder, name, size, crop, side):
    edge = (size - crop) // 2
    box = (edge, edge, edge + crop, edge + crop)
    image = pictures.load(below(folder, name), size)
    return np.asarray(image.resize((side, side), Image.Resampling.BICUBIC, box))
