"""More maps from few: random affine copies, as one pass over a stack."""

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np

BLOCK = 2**15  # pixels worked on at a time: they stay in a core's cache


def affine_matrices(n, rotation=360.0, shift=4.0, zoom=(1.0, 1.05), flip=True, rng=None):
    """Draw affine transformations with the ranges of the SAMI publication.

    Chegeni et al. (2025), section 2.2, with the meaning these ranges have in
    Keras's ``ImageDataGenerator``: rotation, shift and zoom are combined into
    one matrix that takes output to input coordinates, so a zoom above one
    makes the galaxy smaller; both axes are zoomed separately.

    Parameters
    ----------
    n : int
        How many to draw.
    rotation : float
        Angles are uniform in +-`rotation` degrees.
    shift : float
        Shifts along both axes are uniform in +-`shift` pixels.
    zoom : tuple of float
        Range of the zoom factors.
    flip : bool
        Mirror half of the maps left to right.
    rng : numpy.random.Generator or int, optional
        Random state.

    Returns
    -------
    matrices : ndarray, shape (n, 2, 2)
    offsets : ndarray, shape (n, 2)
        Input = matrix @ output + offset, both from the centre of the map.
    """
    rng = np.random.default_rng(rng)
    angle = np.deg2rad(rng.uniform(-rotation, rotation, n))
    turn = np.stack([np.cos(angle), -np.sin(angle), np.sin(angle), np.cos(angle)], axis=-1)
    turn = turn.reshape(n, 2, 2)
    offsets = np.einsum("nij,nj->ni", turn, rng.uniform(-shift, shift, (n, 2)))
    scale = rng.uniform(*zoom, (n, 2))
    if flip:
        scale[:, 1] *= rng.choice([-1.0, 1.0], n)
    return turn * scale[:, None, :], offsets


def transform(maps, matrices, offsets, source=None):
    """Apply one affine transformation to each map.

    Bilinear, with the nearest edge value outside, as Keras's generator. Blocks of
    maps are worked on side by side, which takes a third of the time of
    `scipy.ndimage.affine_transform` on one map after the other, or less.

    Parameters
    ----------
    maps : ndarray, shape (n, ny, nx)
        Finite maps. Coordinates have the precision of the maps: those of float32
        are good to 1e-5 pixels. Of whole numbers the result is rounded.
    matrices, offsets : ndarray, shape (m, 2, 2) and (m, 2)
        As from `affine_matrices`.
    source : ndarray of int, shape (m,), optional
        Row of the map that each transformation is of; by default they are one each.

    Returns
    -------
    ndarray, shape (m, ny, nx), dtype of `maps`
    """
    source = np.arange(len(maps)) if source is None else source
    result = np.empty((len(source), *maps.shape[1:]), maps.dtype)
    _transform(maps, matrices, offsets, source, result)
    return result


def _transform(maps, matrices, offsets, source, result):
    """Fill `result` as `transform` does, in blocks on all cores."""
    maps = np.ascontiguousarray(maps)
    ny, nx = maps.shape[1:]
    centre = (np.array([ny, nx]) - 1) / 2
    starts = offsets + centre - matrices @ centre
    whole = not np.issubdtype(maps.dtype, np.floating)
    kind = np.float32 if whole else maps.dtype
    affine = np.concatenate([matrices, starts[..., None]], axis=2).astype(kind)
    grid = np.stack([*np.indices((ny, nx)), np.ones((ny, nx))]).reshape(3, -1).astype(kind)
    step = max(1, BLOCK // (ny * nx))

    def fill(first):
        rows = slice(first, first + step)
        values = _sampled(maps, source[rows], affine[rows] @ grid).reshape(-1, ny, nx)
        result[rows] = np.rint(values) if whole else values

    starts = range(0, len(source), step)
    if len(starts) == 1:
        fill(0)
    else:
        with ThreadPoolExecutor(os.cpu_count()) as threads:
            list(threads.map(fill, starts))


def _sampled(maps, source, places):
    """Values of the maps `source` at places (n, 2, m), between four pixels."""
    ny, nx = maps.shape[1:]
    np.maximum(places, 0, out=places)
    np.minimum(places, np.array([[ny - 1], [nx - 1]], places.dtype), out=places)
    corners = np.floor(places)
    places -= corners
    index = (corners[:, 0] * nx + corners[:, 1]).astype(np.intp)
    index += source[:, None] * (ny * nx)
    pixels = maps.reshape(-1)
    # beyond an edge the share is 0, so any finite value will do
    here, right, below, across = (
        pixels[shift:].take(index, mode="clip").astype(places.dtype, copy=False)
        for shift in (0, 1, nx, nx + 1)
    )
    upper = _between(here, right, places[:, 1])
    return _between(upper, _between(below, across, places[:, 1]), places[:, 0])


def _between(low, high, share):
    """Interpolate linearly; takes the arrays' memory for it."""
    high -= low
    high *= share
    high += low
    return high


def augment_to_balance(maps, labels, copies, rng=None, **ranges):
    """Original maps followed by class-dependent numbers of random copies.

    Parameters
    ----------
    maps : ndarray, shape (n, ny, nx, 1)
        Network inputs, finite.
    labels : array_like, shape (n,)
        Class of each map.
    copies : mapping of label to int
        Copies made of every map of that class; the publication has 8 for fast
        and 68 for slow rotators.
    rng : numpy.random.Generator or int, optional
        Random state.
    **ranges
        Passed to `affine_matrices`.

    Returns
    -------
    maps : ndarray, shape (m, ny, nx, 1)
        The originals first, in their order, then the copies.
    origin : ndarray of int, shape (m,)
        Row of the original each map came from: the group that a split must
        not divide, and the index that gives its label.

    Raises
    ------
    ValueError
        If a label has no entry in `copies`, or a map is not finite.
    """
    if not np.isfinite(maps).all():
        raise ValueError("maps must be finite: fill NaN before augmentation")
    missing = set(np.unique(labels).tolist()) - set(copies)
    if missing:
        raise ValueError(f"copies names no number for the labels {sorted(missing)}")
    repeats = np.array([copies[label] for label in np.asarray(labels).tolist()], dtype=int)
    source = np.repeat(np.arange(len(maps)), repeats)
    drawn = affine_matrices(len(source), rng=rng, **ranges)
    result = np.empty((len(maps) + len(source), *maps.shape[1:]), maps.dtype)
    result[: len(maps)] = maps
    _transform(maps[..., 0], *drawn, source, result[len(maps) :, ..., 0])
    return result, np.concatenate([np.arange(len(maps)), source])


def random_affine(images, rng=None, shift=0.03, zoom=(0.9, 1.1)):
    """Move, turn, mirror, flatten and zoom every image at random.

    Lopez Morales (2020), section 4.3.1; the thesis names the changes, not their
    ranges. Both axes are zoomed separately, which flattens as well: by up to a
    fifth, so that the axis ratio of an image blurs a little.

    Parameters
    ----------
    images : ndarray, shape (n, size, size, channels)
        Finite.
    rng : numpy.random.Generator or int, optional
        Random state.
    shift : float
        Largest shift along either axis, as a share of the side.
    zoom : (float, float)
        Range of the factors of both axes.

    Returns
    -------
    ndarray
        A copy of the same shape and dtype.
    """
    n, size, _, channels = images.shape
    matrices, offsets = affine_matrices(n, 180.0, shift * size, zoom, rng=rng)
    planes = np.moveaxis(images, -1, 1).reshape(n * channels, size, size)
    changed = transform(planes, matrices.repeat(channels, axis=0), offsets.repeat(channels, axis=0))
    return np.moveaxis(changed.reshape(n, channels, size, size), 1, -1)


def dihedral(maps, symmetry):
    """One of the eight symmetries of the square: 0-3 turns, 4-7 mirrored turns."""
    turned = np.rot90(maps, symmetry % 4, axes=(1, 2))
    return turned[:, :, ::-1] if symmetry >= 4 else turned


def random_dihedral(maps, rng=None):
    """Turn and mirror every map at random, exactly on its grid.

    Turns are multiples of 90 degrees, so no value is interpolated.

    Parameters
    ----------
    maps : ndarray, shape (n, size, size, channels)
        Square maps or images.
    rng : numpy.random.Generator or int, optional
        Random state.

    Returns
    -------
    ndarray
        A copy of the same shape and dtype.
    """
    which = np.random.default_rng(rng).integers(8, size=len(maps))
    result = np.empty_like(maps)
    for symmetry in range(8):
        chosen = which == symmetry
        result[chosen] = dihedral(maps[chosen], symmetry)
    return result


def random_dihedral_and_sign(maps, rng=None, signed=slice(None)):
    """Turn, mirror and sign-flip every velocity map at random, as `random_dihedral` does.

    A galaxy seen from behind turns the other way, so the sign carries no
    meaning. Maps are zero where not measured.

    Parameters
    ----------
    maps, rng
        As of `random_dihedral`.
    signed : slice
        Channels that are velocities: a dispersion has one sign.
    """
    rng = np.random.default_rng(rng)
    result = random_dihedral(maps, rng)
    result[..., signed] *= rng.choice(np.array([-1, 1], maps.dtype), (len(maps), 1, 1, 1))
    return result


UNIT_CIRCLE = (0, 30, 45, 60, 90, 120, 135, 150, 180, 210, 225, 240, 270, 300, 315, 330)


def rotations(images, angles=UNIT_CIRCLE):
    """Rotate colour images by fixed angles.

    Pruitt (2024), section 3.4 and figure 16: the common angles of the unit
    circle, 0 and fifteen others. What comes in at the corners is black (the
    thesis does not say what it does there).

    Parameters
    ----------
    images : ndarray of uint8, shape (n, h, w, 3)
        Square images.
    angles : sequence of int
        Degrees, counter-clockwise.

    Returns
    -------
    images : ndarray of uint8, shape (n * len(angles), h, w, 3)
        All of the first angle first, and so on.
    origin : ndarray of int
        Row each copy came from: the group that a split must not divide.
    """
    from PIL import Image

    copies = [
        np.asarray(Image.fromarray(image).rotate(angle, Image.Resampling.BILINEAR))
        for angle in angles
        for image in images
    ]
    return np.stack(copies), np.tile(np.arange(len(images)), len(angles))


def sky_changes(images, rng=None, share=0.15, strength=(0.1, 0.5)):
    """Turn and mirror SDSS cut-outs at random, and redden the sky of some.

    In some SDSS frames too little sky was subtracted in i, the red channel
    (Pruitt 2024, section 3.3). A network that has seen such frames on both
    classes does not take the frame for the galaxy.

    Parameters
    ----------
    images : ndarray, shape (n, size, size, 3)
        RGB of 0-255.
    rng : numpy.random.Generator or int, optional
        Random state.
    share : float
        Of images that are reddened.
    strength : (float, float)
        Least and most red added, as a share of 255; a tenth of it goes to green.

    Returns
    -------
    ndarray
        A copy of the same shape and dtype.
    """
    rng = np.random.default_rng(rng)
    result = random_dihedral(images, rng)
    chosen = np.flatnonzero(rng.random(len(images)) < share)
    added = 255 * rng.uniform(*strength, (len(chosen), 1, 1, 1)) * np.array([1.0, 0.1, 0.0])
    result[chosen] = np.minimum(result[chosen] + added, 255).astype(images.dtype)
    return result
