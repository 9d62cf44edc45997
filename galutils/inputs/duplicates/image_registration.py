"""Register two maps of one galaxy: fit an affine transformation, and measure the agreement.

Maps are registered by their small structure, in which two galaxies differ; the smooth part, in
which they resemble each other, is subtracted first (`detail`).
"""

import numpy as np
from scipy import ndimage

FINE = 0.7  # pixels; blur after which a copy, which is interpolated, equals its original
# Arguments of `detail`: first to register maps, then to decide whether they are the same.
WIDE, STRICT = (FINE, 2.0, 2, 4.0), (0.0, 1.5, 3, 3.0)
POINTS, STEPS, CHUNK = 600, 4, 256  # pixels used, steps of half a fit, fits at a time
HOPELESS = 0.3  # correlation after half the steps below which a fit is given up
# A pixel and its four neighbours; eroded by it, an area loses its rim.
CROSS = ndimage.generate_binary_structure(2, 1)[None]


def blur(maps, width):
    """Blur each map of a stack by a Gaussian of `width` pixels, with zeros beyond the edge."""
    return ndimage.gaussian_filter(maps, (0, width, width), mode="constant", truncate=3)


def detail(values, valid, fine, wide, passes, local):
    """Subtract the smooth part of maps and bring the rest to equal contrast.

    Parameters
    ----------
    values : ndarray of float32, shape (n, h, w)
        Finite.
    valid : ndarray of bool, shape (n, h, w)
        Pixels to use.
    fine, wide, local : float
        Gaussian widths in pixels: of a blur of the rest (0 for none), of the
        smooth part, and of the neighbourhood by whose scatter the rest is
        divided, so that noisy rims and bright cores have equal weight.
    passes : int
        Number of times the smooth part is subtracted, since once leaves some of
        a steep gradient.

    Returns
    -------
    ndarray of float32, shape (n, h, w)
        Zero where not valid.
    """
    # Means over the valid pixels only: the blurred map over the blurred area (normalised
    # convolution), which does not mix in the zeros of pixels that are not valid.
    weight = valid.astype(np.float32)
    smooth = np.maximum(blur(weight, wide), 1e-3)
    left = values * weight
    for _ in range(passes):
        left = (left - blur(left, wide) / smooth) * weight
    if fine:
        left = blur(left, fine) / np.maximum(blur(weight, fine), 1e-3) * weight
    power = blur(left**2, local) / np.maximum(blur(weight, local), 1e-3)
    floor = 0.02 * (left**2).mean(axis=(1, 2), keepdims=True) + 1e-12
    return left / np.sqrt(power + floor)


def sample(maps, rows, y, x):
    """Interpolate maps bilinearly at points; outside the values are zero.

    Parameters
    ----------
    maps : ndarray, shape (n, h, w)
    rows : ndarray of int, shape (m,)
        Map of each set of points.
    y, x : ndarray, shape (m, points)
        Row and column, in pixels.

    Returns
    -------
    ndarray of float32, shape (m, points)
    """
    height, width = maps.shape[1:]
    inside = (y >= 0) & (y <= height - 1) & (x >= 0) & (x <= width - 1)
    y = np.clip(y, 0, height - 1.001).astype(np.float32)
    x = np.clip(x, 0, width - 1.001).astype(np.float32)
    top, left = y.astype(np.int64), x.astype(np.int64)
    y, x = y - top.astype(np.float32), x - left.astype(np.float32)
    flat, first = maps.reshape(-1), rows[:, None] * (height * width) + top * width + left
    upper = flat[first] * (1 - x) + flat[first + 1] * x
    lower = flat[first + width] * (1 - x) + flat[first + width + 1] * x
    return (upper * (1 - y) + lower * y) * inside


def _points(maps, rows, centre):
    """Return offsets from the centre and values of the pixels of each map that are not zero.

    Of more than `POINTS` pixels every second, third, ... is taken. Rows are padded with value 0.
    """
    width = maps.shape[2]
    found = [np.flatnonzero(one) for one in maps[rows]]
    found = [one[:: -(-one.size // POINTS)] if one.size else one for one in found]
    place = np.zeros((len(rows), max(one.size for one in found)), dtype=np.int64)
    value = np.zeros(place.shape, dtype=np.float32)
    for k, one in enumerate(found):
        place[k, : one.size], value[k, : one.size] = one, maps[rows[k]].ravel()[one]
    y, x = place // width - centre[rows, :1], place % width - centre[rows, 1:]
    return y.astype(np.float32), x.astype(np.float32), value


def _to(matrix, offset, centre, y, x):
    """Return row and column of centre + offset + matrix (x, y)."""
    column = centre[:, 1] + offset[:, 0], matrix[:, 0, 0], matrix[:, 0, 1]
    row = centre[:, 0] + offset[:, 1], matrix[:, 1, 0], matrix[:, 1, 1]
    return [a[:, None] + b[:, None] * x + c[:, None] * y for a, b, c in (row, column)]


def _step(gradients, first, centre, points, matrix, offset):
    """Do one step of the least-squares fit; matrix and offset change in place.

    The fit minimises sum (v - s w(A p + t))^2 over the points p with values v of the second map,
    where w is the first map, A the matrix, t the offset and s a factor of the contrast. To first
    order in a change (dA, dt) the residual changes by -s grad w . (dA p + dt), so that
    the step solves the normal equations J^T J (dA, dt) = J^T residual (Gauss-Newton; Lucas &
    Kanade 1981, IJCAI, 674), with damping as of Levenberg and Marquardt.

    Returns
    -------
    ndarray, shape (pairs,)
        Correlation of v and w before the step.
    """
    y, x, value = points
    place = _to(matrix, offset, centre, y, x)
    warped, down, along = (sample(maps, first, *place) for maps in gradients)
    used = value != 0  # rows are padded with zeros
    square = np.maximum((warped**2 * used).sum(axis=1), 1e-9)
    common = (warped * value).sum(axis=1)
    scale = (common / square)[:, None]  # the best s for this position
    left = (value - scale * warped) * used
    # derivatives by the six parameters: first row of A and of t, then the second rows
    slope = np.stack([along * x, along * y, along, down * x, down * y, down], axis=1)
    slope *= (used * scale)[:, None]
    normal = (slope @ slope.transpose(0, 2, 1)).astype(float)
    damping = 1e-3 * np.trace(normal, axis1=1, axis2=2) / 6 + 1e-6
    normal += damping[:, None, None] * np.eye(6)
    change = np.linalg.solve(normal, (slope @ left[..., None]).astype(float))[..., 0]
    change = change.reshape(-1, 2, 3)
    # small steps only, since the first order holds for a pixel or so
    matrix += np.clip(change[:, :, :2], -0.1, 0.1)
    offset += np.clip(change[:, :, 2], -1, 1)
    return common / np.sqrt(square * np.maximum((value**2).sum(axis=1), 1e-9))


def register(train, test, first, second, matrix, sign):
    """Fit affine transformations between pairs of maps by least squares.

    The details are compared (Lucas & Kanade 1981, IJCAI, 674), from a start
    that must be right to a pixel or two.

    Parameters
    ----------
    train, test : galutils.inputs.duplicates.descriptors.Prepared
    first, second : ndarray of int, shape (pairs,)
        Rows of `train` and `test`.
    matrix : ndarray, shape (pairs, 2, 2)
        Start of the fit; it maps offsets (x, y) from the centre in `test` to those in `train`.
    sign : ndarray, shape (pairs,)
        Factor of the maps in `test`.

    Returns
    -------
    matrix : ndarray, shape (pairs, 2, 2)
    offset : ndarray, shape (pairs, 2)
        Shift along x and y between the centres, pixels.
    """
    matrix, offset = matrix.copy(), np.zeros((len(first), 2))
    gradients = (train.detail, *np.gradient(train.detail, axis=(1, 2)))
    # rims are left out, where a copy mixes values with zeros
    target = test.detail * ndimage.binary_erosion(test.values != 0, CROSS)
    # pairs of similar size are fitted together, so that there is little padding
    order = np.argsort(np.count_nonzero(target, axis=(1, 2))[second], kind="stable")
    for start in range(0, len(order), CHUNK):
        rows = order[start : start + CHUNK]
        points = _points(target, second[rows], test.centre)
        points = (*points[:2], points[2] * sign[rows, None].astype(np.float32))
        for _ in range(2):
            turn, shift, centre = matrix[rows], offset[rows], train.centre[first[rows]]
            for _ in range(STEPS):
                reached = _step(gradients, first[rows], centre, points, turn, shift)
            matrix[rows], offset[rows] = turn, shift
            going = reached > HOPELESS
            rows, points = rows[going], tuple(one[going] for one in points)
            if not len(rows):
                break
    return matrix, offset


def agreement(train, test, first, second, matrix, offset, sign):
    """Correlate the details of pairs of registered maps.

    Parameters
    ----------
    train, test, first, second, matrix, sign
        As of `register`.
    offset : ndarray, shape (pairs, 2)
        As it returns.

    Returns
    -------
    ndarray, shape (3, pairs)
        First, the correlation of the details over pixels measured in both, 0
        where there are none; rims are left out, where a copy mixes values with
        zeros. Second, the number of those pixels. Third, the area measured in
        both over the area measured in either.
    """
    height, width = test.values.shape[1:]
    row, column = (axis.reshape(1, -1) for axis in np.mgrid[:height, :width])
    result = np.empty((3, len(first)))
    measured = (train.values != 0).astype(np.float32)
    for start in range(0, len(first), CHUNK):
        part = slice(start, start + CHUNK)
        one, other = first[part], second[part]
        centre = test.centre[other]
        y, x = row - centre[:, :1], column - centre[:, 1:]
        place = _to(matrix[part], offset[part], train.centre[one], y, x)
        shape = (len(one), height, width)
        warped = sample(train.values, one, *place).reshape(shape)
        covered = sample(measured, one, *place).reshape(shape)
        values = test.values[other] * sign[part, None, None].astype(np.float32)
        known = (covered > 0) & (values != 0)
        used = (covered > 0.99) & ndimage.binary_erosion(values != 0, CROSS)
        # A copy is smoother than its original, since it was interpolated; both are blurred alike.
        soft = np.maximum(blur(known.astype(np.float32), FINE), 1e-3)
        a, b = (detail(blur(m * known, FINE) / soft, used, *STRICT) for m in (warped, values))
        norm = np.sqrt((a**2).sum(axis=(1, 2)) * (b**2).sum(axis=(1, 2))) + 1e-9
        either = ((covered > 0) | (values != 0)).sum(axis=(1, 2))
        result[0, part] = (a * b).sum(axis=(1, 2)) / norm
        result[1, part] = used.sum(axis=(1, 2))
        result[2, part] = known.sum(axis=(1, 2)) / np.maximum(either, 1)
    return result
