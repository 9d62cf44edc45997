"""Colour pictures as PNG or JPEG that may be damaged or made to do harm, and averages of pixels.

Size, colours and number of frames are read from the header and compared before any pixel is
decoded, and the checksums of a PNG, which decoding does not look at.
"""

import warnings

import numpy as np
from PIL import Image

from galutils.store import files
from galutils.store.measured import plain
from galutils.store.sample import rejections


def load(path, side, formats=("PNG", "JPEG")):
    """Read a square picture of one frame, in red, green and blue with 8 bits each.

    Parameters
    ----------
    path : path-like or file
        The ending does not count.
    side : int
        Pixels along a side.
    formats : sequence of str
        As Pillow calls them.

    Returns
    -------
    PIL.Image.Image
        Decoded.

    Raises
    ------
    ValueError
        If it is no such picture, or damaged; does not name it.
    """
    try:
        if not hasattr(path, "read"):
            files.regular(path)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # its size is checked
            with Image.open(path, formats=formats) as image:
                _check(image, side)
                image.verify()  # after it, the file has to be opened again
        with Image.open(path, formats=formats) as image:
            image.load()
            return image
    except FileNotFoundError:
        raise ValueError("expected this image, received none") from None
    except Exception as error:  # of Pillow, with any content
        reason = str(error).removeprefix(f"{path}: ")
        if not reason.startswith("expected"):
            reason = f"expected a whole image, received {reason}"
        raise ValueError(reason) from error


def read_all(names, shape, dtype, read):
    """Read named images into one array, without those that cannot be read.

    Parameters
    ----------
    names : sequence of str
    shape : tuple of int
        Of one image.
    dtype : numpy.dtype
    read : callable
        Takes a name and returns an image; a ValueError says why it cannot be read.

    Returns
    -------
    images : ndarray, shape (n, *shape)
        The good ones.
    good : ndarray of int
        Their places in `names`.
    rejected : Table
        ``name`` and ``reason`` of the others.
    """
    result = np.empty((len(names), *shape), dtype=dtype)
    good, rejected = [], []
    for row, name in enumerate(names):
        try:
            result[len(good)] = read(name)
            good.append(row)
        except ValueError as error:
            rejected.append((str(name), str(error)))
    return result[: len(good)], np.array(good, dtype=int), rejections(rejected)


def _check(image, side):
    mode, size = image.mode, f"{image.width}x{image.height}"
    if any("16" in str(tile[3]) for tile in image.tile):  # Pillow would drop half of the bits
        mode += " with 16 bits"
    good = (mode, image.size) == ("RGB", (side, side))
    files.require(good, f"RGB of {side}x{side}", f"{mode} of {size}")
    frames = getattr(image, "n_frames", 1)
    files.require(frames == 1, "one frame", frames)


def block_average(images, side):
    """Average the pixels of square images in blocks.

    Parameters
    ----------
    images : ndarray, shape (n, size, size, channels)
    side : int
        Blocks along a side, at most `size`. The largest central square that
        divides evenly is used.

    Returns
    -------
    ndarray, shape (n, side, side, channels)
        The same images if `side` is their own, otherwise float32.

    Raises
    ------
    ValueError
        If `side` is larger than that of the images.
    """
    images = plain(images)
    size, channels = images.shape[1], images.shape[-1]
    if side == size:
        return images
    block = size // side
    files.require(block, f"at most {size}", side, "side")
    start = (size - block * side) // 2
    inside = slice(start, start + block * side)
    rows = images[:, inside, inside].reshape(-1, side, block, block * side * channels)
    # summing one axis after the other is four times as fast as both at once
    sums = rows.sum(axis=2, dtype=np.float32).reshape(-1, side, side, block, channels)
    return sums.sum(axis=3) / np.float32(block**2)
