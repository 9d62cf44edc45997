"""Integrated gradients: the contribution of each pixel to a network's probability."""

from typing import NamedTuple

import numpy as np

from galutils.networks.train import predict
from galutils.store.measured import finite


class Attribution(NamedTuple):
    """Integrated gradients of a batch.

    Attributes
    ----------
    values : ndarray, shape of the input
        Contribution of each pixel to the probability; positive speaks for
        class 1.
    change : ndarray, shape (n,)
        f(x) - f(baseline).
    variation : ndarray, shape (n,)
        By how much f goes up and down along the path, at least the amount of `change`.
    residual : ndarray, shape (n,)
        Sum of the contributions less `change`.
    steps : int
        Points on the path of the image that needed most.
    """

    values: np.ndarray
    change: np.ndarray
    variation: np.ndarray
    residual: np.ndarray
    steps: int


def _gradients(model):
    """Return a function of inputs: gradients of the probability of class 1."""
    import tensorflow as tf

    @tf.function(reduce_retracing=True)
    def gradients(points):
        with tf.GradientTape() as tape:
            tape.watch(points)
            output = model(points, training=False)[:, -1]
        return tape.gradient(output, points)

    return gradients


def _along_path(gradients, x, baseline, steps, batch_size):
    """Contributions of the pixels, and total variation of the probability, for each path."""
    alphas = (np.arange(steps, dtype=np.float32) + 0.5) / steps
    total, variation = np.zeros_like(x, dtype=np.float64), np.zeros(len(x))
    for index, (image, rest) in enumerate(zip(x, baseline, strict=True)):
        points = rest + alphas[:, None, None, None] * (image - rest)
        for start in range(0, steps, batch_size):
            slopes = np.asarray(gradients(points[start : start + batch_size]))
            total[index] += slopes.sum(axis=0, dtype=np.float64)
            variation[index] += np.abs(np.einsum("nhwc,hwc->n", slopes, image - rest)).sum()
    return total / steps * (x - baseline), variation / steps


def integrated_gradients(
    model, x, baseline=0.0, tolerance=0.01, steps=64, max_steps=4096, batch_size=256
):
    r"""Integrated gradients along the straight path from a baseline.

    .. math:: (x - x') \int_0^1 \nabla f(x' + \alpha (x - x'))\, d\alpha

    Sundararajan, Taly & Yan (2017); section 3.3.2 of Chegeni et al. (2025).
    The integral is taken by the midpoint rule, with twice the points for every
    image until its contributions add up to f(x) - f(x') within `tolerance`.

    Parameters
    ----------
    model : keras.Model
        Its last output the probability of class 1; computing in float32 (see
        `models.ensemble`).
    x : ndarray, shape (n, h, w, c)
        Network inputs, finite.
    baseline : float or ndarray, shape (h, w, c) or (n, h, w, c)
        Where the path begins, for all or for each: zero is a galaxy at rest.
    tolerance : float
        Largest residual of any image, as a share of the variation of the probability along its
        path, or of 0.01 where that is less. A path on which it rises and falls again has little
        change, and its contributions cancel.
    steps, max_steps : int
        First and largest number of points on the path.
    batch_size : int
        Points evaluated together.

    Returns
    -------
    Attribution

    Raises
    ------
    ValueError
        If the contributions do not add up with `max_steps` points, or an input is not finite.
    """
    x = finite(x, "x", np.float32)
    start = np.broadcast_to(np.float32(baseline), x.shape)
    common = np.ndim(baseline) < x.ndim
    change = predict(model, x).astype(float) - predict(model, start[:1] if common else start)
    values, (variation, residual) = np.zeros(x.shape), np.zeros((2, len(x)))
    gradients, unfinished = _gradients(model), np.arange(len(x))
    while True:
        ends = x[unfinished], start[unfinished]
        values[unfinished], found = _along_path(gradients, *ends, steps, batch_size)
        variation[unfinished] = np.maximum(found, np.abs(change[unfinished]))
        residual[unfinished] = values[unfinished].sum(axis=(1, 2, 3)) - change[unfinished]
        share = np.abs(residual) / np.maximum(variation, 0.01)
        unfinished = np.flatnonzero(share > tolerance)
        if not unfinished.size:
            return Attribution(values, change, variation, residual, steps)
        if 2 * steps > max_steps:
            raise ValueError(
                f"contributions miss f(x) - f(baseline) by {share.max():.1%} of the variation of f "
                f"with {steps} steps, expected at most {tolerance:.1%}"
            )
        steps *= 2


def enclosed(values, radii):
    """Share of the absolute attribution within circles about the centre.

    Parameters
    ----------
    values : ndarray, shape (n, h, w)
        Attributions, channels added up.
    radii : array_like, shape (k,) or (n, k)
        Pixels, for all maps or for each.

    Returns
    -------
    ndarray, shape (n, k)
        In [0, 1]; NaN where a map is zero everywhere.
    """
    n, height, width = values.shape
    y, x = np.mgrid[:height, :width]
    radius = np.hypot(y - (height - 1) / 2, x - (width - 1) / 2)
    radii = np.broadcast_to(radii, (n, np.shape(radii)[-1]))
    inside = radius <= radii[:, :, None, None]
    weight = np.abs(values)
    with np.errstate(invalid="ignore"):
        return np.einsum("nkij,nij->nk", inside, weight) / weight.sum(axis=(1, 2))[:, None]


def by_fold(networks, x, rows, fold, baselines=None, **settings):
    """Explain each galaxy by the network of its fold, which has not seen it.

    Parameters
    ----------
    networks : sequence of keras.Model
        One for each fold.
    x : ndarray, shape (n, h, w, c)
        Network inputs.
    rows : sequence of int
        Which of `x`.
    fold : ndarray, shape (n,)
        Fold of each row of `x`.
    baselines : ndarray, shape (k, h, w, c), optional
        The mean over paths from all of them is taken (expected gradients; Erion et al. 2021,
        Nature Machine Intelligence 3, 620); zero by default.
    **settings
        As of `integrated_gradients`.

    Returns
    -------
    Attribution
        Of `rows`, in their order; all but ``steps``, the largest, are means over the paths.
    """
    rows = np.asarray(rows)
    starts = np.zeros_like(x[:1]) if baselines is None else baselines
    values, steps = np.zeros((len(rows), *x.shape[1:])), 0
    sums = np.zeros((3, len(rows)))  # change, variation, residual
    for number in np.unique(fold[rows]):
        here = np.flatnonzero(fold[rows] == number)
        images = np.repeat(x[rows[here]], len(starts), axis=0)
        paths = np.tile(starts, (len(here), 1, 1, 1))
        found = integrated_gradients(networks[int(number)], images, paths, **settings)
        shape = len(here), len(starts)
        values[here] = found.values.reshape(*shape, *x.shape[1:]).mean(axis=1)
        sums[:, here] = np.reshape(found[1:4], (3, *shape)).mean(axis=2)
        steps = max(steps, found.steps)
    return Attribution(values, *sums, steps)
