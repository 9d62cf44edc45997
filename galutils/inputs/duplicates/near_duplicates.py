"""Find near-copies in stacks of maps or images: rotated, mirrored, or slightly shifted or zoomed.

A copy keeps the noise and the small structure of its original; two galaxies
that look alike do not share them. The smooth part is therefore subtracted from
every map, and the rest, the detail, is compared in three steps:

1. Amplitudes of the angular Fourier transform of the detail give the nearest
   neighbours; no rotation, mirroring or change of sign alters them.
2. The phases give angle and mirroring of each pair.
3. Least squares fit the affine transformation (Lucas & Kanade 1981, IJCAI, 674).

The correlation of both details then decides.
"""

import numpy as np

from galutils.inputs.duplicates import image_registration
from galutils.inputs.duplicates.descriptors import ANGLES, fingerprints, prepare

MAPS, IMAGES = True, False  # `Prepared.signed`: whether a change of sign makes a copy
PROMISING = {MAPS: 0.6, IMAGES: 0.45}  # neighbours with a lower polar correlation are dropped
HALFWAY = 0.4  # correlation below which the pair is not registered the other way round
ZOOM = 1.12  # largest zoom between two copies: each is zoomed by up to 1.05
COMMON = 50  # smallest number of common pixels from which a decision is made
OVERLAP = 0.5  # smallest overlap of the areas of two copies; part of one may be out of the frame
THRESHOLD, EVIDENCE = {MAPS: 0.87, IMAGES: 0.8}, 12.5  # see `minimum_correlation`


def neighbours_of(train, test, number, same=False):
    """Find pairs of rows whose fingerprints are near each other.

    Parameters
    ----------
    train, test : galutils.inputs.duplicates.descriptors.Prepared
    number : int
        Rows of `train` taken for each of `test`.
    same : bool
        Both are one stack: each pair is listed once, the smaller row first.

    Returns
    -------
    first, second : ndarray of int
        Rows of `train` and `test`; only maps that can be compared.
    """
    from sklearn.neighbors import NearestNeighbors

    known, asked = (np.flatnonzero(one.usable) for one in (train, test))
    number = min(number + same, len(known))
    if not number or not len(asked):
        return np.zeros(0, dtype=int), np.zeros(0, dtype=int)
    search = NearestNeighbors(n_neighbors=number, algorithm="brute").fit(fingerprints(train, known))
    nearest = search.kneighbors(fingerprints(test, asked), return_distance=False)
    first, second = known[nearest.ravel()], np.repeat(asked, number)
    if same:
        pairs = np.unique(np.sort(np.stack([first, second], axis=1), axis=1), axis=0)
        first, second = pairs[pairs[:, 0] < pairs[:, 1]].T
    return first, second


def turns(train, test, first, second):
    """Find angle, mirroring and sign at which the details of pairs agree best.

    The cross-correlation over all angles is the inverse Fourier transform of the product of one
    spectrum and the conjugate of the other, summed over the circles. Without the conjugate the
    second map is mirrored.

    Returns
    -------
    correlation : ndarray, shape (pairs,)
    matrix : ndarray, shape (pairs, 2, 2)
        Maps offsets (x, y) in `test` to those in `train`.
    sign : ndarray, shape (pairs,)
        -1 where they agree with opposite sign.
    """
    height, angle, flipped, sign = np.full((4, len(first)), -np.inf)
    for start in range(0, len(first), 2048):
        rows = np.arange(start, min(start + 2048, len(first)))
        one, other = train.spectrum[first[rows]], test.spectrum[second[rows]]
        for flip, spectrum in ((1, other.conj()), (-1, other)):
            wave = np.fft.irfft((one * spectrum).sum(axis=1), axis=1)
            peak = (np.abs(wave) if train.signed else wave).argmax(axis=1)
            value = wave[np.arange(len(rows)), peak]
            better = (np.abs(value) if train.signed else value) > height[rows]
            at = rows[better]
            sign[at] = np.sign(value[better]) if train.signed else 1
            height[at], flipped[at] = value[better] * sign[at], flip
            angle[at] = peak[better] * 2 * np.pi / ANGLES
    # Parseval: the spectrum of real values holds half of the frequencies, hence the factor 2
    power = [(np.abs(one.spectrum) ** 2).sum(axis=(1, 2)) * 2 / ANGLES for one in (train, test)]
    correlation = height / np.sqrt(power[0][first] * power[1][second] + 1e-12)
    c, s = np.cos(angle), np.sin(angle)
    matrix = np.stack([c, -s * flipped, s, c * flipped], axis=1).reshape(-1, 2, 2)
    return correlation, matrix, sign


def compare(train, test, neighbours=5, same=False):
    """Register nearest neighbours and measure their agreement, whether copies or not.

    Parameters
    ----------
    train, test : galutils.inputs.duplicates.descriptors.Prepared
    neighbours : int
        Rows of `train` looked at for each of `test`.
    same : bool
        Both are one stack, see `neighbours_of`.

    Returns
    -------
    astropy.table.Table
        ``train``, ``test``, int: rows. ``correlation``, float: of the details.
        ``pixels``, float: number measured in both. ``overlap``, float: of their
        areas. ``angle``, float, deg: by which the map in `train` is rotated, from
        columns towards rows (counter-clockwise with row 0 at the bottom), after
        it is ``mirrored``, bool, left to right. ``negative``, bool: its sign is
        changed. ``zoom``, float: the larger of both axes' zoom factors or of
        their inverses.
    """
    from astropy.table import Table

    first, second = neighbours_of(train, test, neighbours, same)
    correlation, matrix, sign = turns(train, test, first, second)
    kept = correlation > PROMISING[train.signed]
    first, second, matrix, sign = first[kept], second[kept], matrix[kept], sign[kept]
    matrix, offset = image_registration.register(train, test, first, second, matrix, sign)
    sound = _zoom(matrix) < 1.5  # otherwise the fit has failed
    first, second, matrix, offset, sign = (
        one[sound] for one in (first, second, matrix, offset, sign)
    )
    quality = image_registration.agreement(train, test, first, second, matrix, offset, sign)
    turn = np.linalg.inv(matrix)
    # Register the other way round as well: a copy is smoother than its original, and only the
    # original can be transformed into the copy exactly.
    again = np.flatnonzero(quality[0] > HALFWAY)
    swapped = test, train, second[again], first[again]
    back, moved = image_registration.register(*swapped, turn[again], sign[again])
    other = image_registration.agreement(*swapped, back, moved, sign[again])
    better = other[0] > quality[0, again]
    quality[:, again[better]], turn[again[better]] = other[:, better], back[better]
    names = ("train", "test", "correlation", "pixels", "overlap")
    table = Table([first, second, *quality], names=names)
    mirrored = np.linalg.det(turn) < 0
    flip = np.where(mirrored, -1, 1)
    table["angle"] = np.rad2deg(np.arctan2(turn[:, 1, 0] * flip, turn[:, 0, 0] * flip)) % 360
    table["angle"].unit = "deg"
    table["mirrored"], table["negative"], table["zoom"] = mirrored, sign < 0, _zoom(turn)
    table.meta["threshold"] = THRESHOLD[train.signed]
    return table


def _zoom(matrix):
    """Return the larger of both axes' zoom factors or of their inverses, by singular values."""
    stretch = np.linalg.svd(matrix, compute_uv=False)
    return np.maximum(stretch, 1 / np.maximum(stretch, 1e-3)).max(axis=1, initial=1)


def find(train, test=None, neighbours=5):
    """Find near-copies within one stack, or of one stack in another.

    Parameters
    ----------
    train, test : ndarray
        As of `galutils.inputs.duplicates.descriptors.prepare`, of equal shape except for their
        numbers. Without `test`, the pairs within `train` are searched.
    neighbours : int
        Rows of `train` looked at for each of `test`.

    Returns
    -------
    pairs : astropy.table.Table
        The pairs of `compare` that are copies.
    judged : ndarray of bool, shape (rows of test,)
        Test rows with enough pixels to be compared.

    Raises
    ------
    ValueError
        If a stack has another shape, or the two stacks have different ones.
    """
    same = test is None
    first = prepare(train)
    second = first if same else prepare(test)
    if first.values.shape[1:] != second.values.shape[1:] or first.signed != second.signed:
        raise ValueError(f"expected equal shapes, received {train.shape} and {test.shape}")
    pairs = compare(first, second, neighbours, same)
    return pairs[are_copies(pairs)], second.usable


def minimum_correlation(pixels, threshold=THRESHOLD[MAPS]):
    """Return the smallest correlation of details at which two maps are copies.

    It is the threshold or, if larger, tanh(12.5 / sqrt(pixels)): by Fisher's
    transformation artanh(r) of a correlation r has an error of about
    1 / sqrt(pixels), so that few pixels must agree better.

    The numbers lie between two distributions on mock SAMI maps (1000 of each of
    the seeds 12 and 13 of `galutils.mock.sami`, as network inputs of 40x40
    pixels). One is that of copies against their originals and against other
    copies, made by `galutils.inputs.affine.affine_matrices`, also with 5 per cent
    of the spaxels lost; the other is that of nearest neighbours among different
    maps. There less than one in a hundred of the copies with enough pixels was
    missed, and no other map was called a copy. For images 0.8 lies below the
    0.84 to 0.95 of real SDSS cut-outs of one object about two centres; it was
    raised from 0.6 when mock images of different MaNGA galaxies had larger
    correlations. The notebook ``beyond/01_audit`` measures the error rates on
    other maps.

    Without noise the method fails: maps of a model, maps smoothed over many
    pixels, and images of bright smooth galaxies that fill their frame may be
    called copies of each other.

    Parameters
    ----------
    pixels : array_like
        Number of pixels compared.
    threshold : float
        Value for many pixels, one of `THRESHOLD`.

    Returns
    -------
    ndarray of float
    """
    return np.maximum(threshold, np.tanh(EVIDENCE / np.sqrt(np.maximum(pixels, 1))))


def are_copies(pairs):
    """Decide which pairs are copies.

    Parameters
    ----------
    pairs : astropy.table.Table
        As of `compare`.

    Returns
    -------
    ndarray of bool
        True where correlation, pixels, overlap and zoom are all those of a copy.
    """
    sound = (pairs["pixels"] >= COMMON) & (pairs["overlap"] > OVERLAP) & (pairs["zoom"] < ZOOM)
    least = minimum_correlation(pairs["pixels"], pairs.meta["threshold"])
    return np.asarray(sound & (pairs["correlation"] >= least))


def recovery(originals, changed):
    """Search for copies whose originals are known, to measure how many are found.

    Parameters
    ----------
    originals, changed : ndarray
        As of `galutils.inputs.duplicates.descriptors.prepare`; row i of `changed` was made from
        row i of `originals`, and all originals are different galaxies.

    Returns
    -------
    pairs : astropy.table.Table
        As of `compare`, with ``own``, bool: the pair is a copy and its original;
        and ``found``, bool: the pair is called a copy.
    judged : ndarray of bool, shape (n,)
        Rows with enough pixels on both sides.
    """
    first, second = prepare(originals), prepare(changed)
    pairs = compare(first, second)
    pairs["own"], pairs["found"] = pairs["train"] == pairs["test"], are_copies(pairs)
    return pairs, first.usable & second.usable
