"""Make more maps or images from few: random affine copies, symmetries, rotations, sky errors."""

import numpy as np

from galutils.inputs import affine
from galutils.store.measured import known, plain


def augment_to_balance(maps, labels, copies, rng=None, **ranges):
    """Append random affine copies to the maps, in numbers that depend on the class.

    Parameters
    ----------
    maps : ndarray, shape (n, ny, nx, 1)
        Network inputs, finite.
    labels : array_like, shape (n,)
        Class of each map.
    copies : mapping of label to int
        Copies of every map of that class; the publication has 8 for fast
        and 68 for slow rotators.
    rng : numpy.random.Generator or int, optional
        Random state.
    **ranges
        Passed to `galutils.inputs.affine.affine_matrices`.

    Returns
    -------
    maps : ndarray, shape (m, ny, nx, 1)
        The originals first, in their order, then the copies.
    origin : ndarray of int, shape (m,)
        Row of the original of each map: the group that a split must not
        divide, and the index that gives the label.

    Raises
    ------
    ValueError
        If a label has no entry in `copies`, or a map is not finite.
    """
    maps, labels = plain(maps), known(labels)
    if not np.isfinite(maps).all():
        raise ValueError("maps must be finite: fill NaN before augmentation")
    missing = set(np.unique(labels).tolist()) - set(copies)
    if missing:
        raise ValueError(f"copies names no number for the labels {sorted(missing)}")
    repeats = np.array([copies[label] for label in labels.tolist()], dtype=int)
    source = np.repeat(np.arange(len(maps)), repeats)
    drawn = affine.affine_matrices(len(source), rng=rng, **ranges)
    result = np.empty((len(maps) + len(source), *maps.shape[1:]), maps.dtype)
    result[: len(maps)] = maps
    affine.transform(maps[..., 0], *drawn, source, out=result[len(maps) :, ..., 0])
    return result, np.concatenate([np.arange(len(maps)), source])


def random_affine(images, rng=None, shift=0.03, zoom=(0.9, 1.1), blank=False, flatten=True):
    """Shift, rotate, mirror, flatten and zoom every image at random.

    Lopez Morales (2020), section 4.3.1; the thesis names the changes, not their
    ranges, and it does not mirror: half of the copies being mirror images is
    ours.

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
    blank : bool
        Whether what comes in from outside is 0, the empty sky. Otherwise it has the value of the
        nearest pixel at the edge, which draws neighbours out to bars. The outermost pixels are
        blank then as well.
    flatten : bool
        Whether both axes are zoomed separately: axis ratios change by up to a fifth.

    Returns
    -------
    ndarray
        A copy of the same shape and dtype.
    """
    n, size, _, channels = images.shape
    matrices, offsets = affine.affine_matrices(
        n, 180.0, shift * size, zoom, rng=rng, flatten=flatten
    )
    if blank:
        images = np.pad(images[:, 1:-1, 1:-1], ((0, 0), (1, 1), (1, 1), (0, 0)))
    result = np.empty(images.shape, images.dtype)
    for channel in range(channels):
        affine.transform(images[..., channel], matrices, offsets, out=result[..., channel])
    return result


def dihedral(maps, symmetry):
    """Apply one of the eight symmetries of the square to maps (n, size, size, ...).

    Numbers 0-3 are rotations by 0, 90, 180 and 270 degrees, 4-7 the same mirrored.
    """
    turned = np.rot90(maps, symmetry % 4, axes=(1, 2))
    return turned[:, :, ::-1] if symmetry >= 4 else turned


def mean_over_symmetries(function, maps):
    """Return the mean of what a function makes of maps in the eight symmetries of `dihedral`.

    Rotating or mirroring a map does not change what it shows.

    Parameters
    ----------
    function : callable
        Takes maps, returns an array of numbers.
    maps : ndarray, shape (n, size, size, ...)

    Returns
    -------
    ndarray
    """
    return np.mean([function(dihedral(maps, symmetry)) for symmetry in range(8)], axis=0)


def random_dihedral(maps, rng=None):
    """Rotate and mirror every map at random, exactly on its grid.

    Rotations are multiples of 90 degrees, so no value is interpolated.

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
    """Rotate and mirror every velocity map as `random_dihedral` does, and flip signs at random.

    A galaxy seen from behind rotates the other way, so the sign carries no
    meaning. Maps are zero where not measured.

    Parameters
    ----------
    maps, rng
        As of `random_dihedral`.
    signed : slice
        Channels that are velocities; a dispersion keeps its sign.

    Returns
    -------
    ndarray
        A copy of the same shape and dtype.
    """
    rng = np.random.default_rng(rng)
    result = random_dihedral(maps, rng)
    result[..., signed] *= rng.choice(np.array([-1, 1], maps.dtype), (len(maps), 1, 1, 1))
    return result


UNIT_CIRCLE = (0, 30, 45, 60, 90, 120, 135, 150, 180, 210, 225, 240, 270, 300, 315, 330)


def rotations(images, angles=UNIT_CIRCLE):
    """Rotate colour images by fixed angles.

    Pruitt (2024), section 3.4 and figure 16, with the common angles of the unit
    circle, 0 and fifteen others; its scripts have 235 degrees in the place of 225. As there,
    every pixel takes the value of the nearest one, and corners without one become black.

    Parameters
    ----------
    images : ndarray of uint8, shape (n, h, w, 3)
        Square images.
    angles : sequence of int
        Degrees, counter-clockwise.

    Returns
    -------
    images : ndarray of uint8, shape (n * len(angles), h, w, 3)
        All images at the first angle, then all at the second, and so on.
    origin : ndarray of int
        Row of the original of each copy: the group that a split must not divide.
    """
    from PIL import Image

    copies = [
        np.asarray(Image.fromarray(image).rotate(angle)) for angle in angles for image in images
    ]
    return np.stack(copies), np.tile(np.arange(len(images)), len(angles))


def sky_changes(images, rng=None, share=0.15, strength=(0.1, 0.5)):
    """Rotate and mirror SDSS cut-outs at random, and redden the sky of some.

    In some SDSS frames too little sky was subtracted in i, the red channel
    (Pruitt 2024, section 3.3). A network trained with such frames in both
    classes does not mistake a property of the frame for one of the galaxy.

    Parameters
    ----------
    images : ndarray, shape (n, size, size, 3)
        RGB of 0-255.
    rng : numpy.random.Generator or int, optional
        Random state.
    share : float
        Share of the images that are reddened.
    strength : (float, float)
        Range of the red added, as a share of 255; a tenth of it is added to green.

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
