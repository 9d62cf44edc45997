"""Which pixels a network's decision rests on."""

from dataclasses import dataclass

import numpy as np

from galutils.train import predict


@dataclass(frozen=True)
class Attribution:
    """Integrated gradients of a batch.

    Attributes
    ----------
    values : ndarray, shape of the input
        Contribution of each pixel to the probability; positive speaks for
        class 1.
    change : ndarray, shape (n,)
        f(x) - f(baseline).
    residual : ndarray, shape (n,)
        Sum of the contributions less `change`.
    steps : int
        Points on the path.
    """

    values: np.ndarray
    change: np.ndarray
    residual: np.ndarray
    steps: int


def _path_gradients(model, x, baseline, steps, batch_size):
    import tensorflow as tf

    @tf.function(reduce_retracing=True)
    def gradients(points):
        with tf.GradientTape() as tape:
            tape.watch(points)
            output = model(points, training=False)[:, 0]
        return tape.gradient(output, points)

    alphas = (np.arange(steps, dtype=np.float32) + 0.5) / steps
    total = np.zeros_like(x, dtype=np.float64)
    for index, image in enumerate(x):
        points = baseline + alphas[:, None, None, None] * (image - baseline)
        for start in range(0, steps, batch_size):
            chunk = tf.constant(points[start : start + batch_size], tf.float32)
            total[index] += gradients(chunk).numpy().sum(axis=0, dtype=np.float64)
    return total / steps


def integrated_gradients(
    model, x, baseline=0.0, tolerance=0.01, steps=64, max_steps=4096, batch_size=256
):
    r"""Integrated gradients along the straight path from a baseline.

    .. math:: (x - x') \int_0^1 \nabla f(x' + \alpha (x - x'))\, d\alpha

    Sundararajan, Taly & Yan (2017); section 3.3.2 of Chegeni et al. (2025).
    The integral is taken by the midpoint rule, with twice the points until
    the contributions add up to f(x) - f(x') within `tolerance`.

    Parameters
    ----------
    model : keras.Model
        One output, the probability of class 1; computing in float32 (see
        `models.ensemble`).
    x : ndarray, shape (n, h, w, c)
        Network inputs, finite.
    baseline : float or ndarray, shape (h, w, c)
        Where the path begins: zero is a galaxy at rest.
    tolerance : float
        Largest residual of any image, as a share of its change, or of 0.01
        where the change in probability is less than that.
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
        If the contributions do not add up with `max_steps` points.
    """
    x = np.asarray(x, dtype=np.float32)
    start = np.broadcast_to(np.float32(baseline), x.shape[1:])
    ends = predict(model, np.concatenate([x, start[None]])).astype(float)
    change = ends[:-1] - ends[-1]
    while True:
        values = (x - start) * _path_gradients(model, x, start, steps, batch_size)
        residual = values.sum(axis=(1, 2, 3)) - change
        worst = np.max(np.abs(residual) / np.maximum(np.abs(change), 0.01))
        if worst <= tolerance:
            return Attribution(values, change, residual, steps)
        if 2 * steps > max_steps:
            raise ValueError(
                f"contributions miss f(x) - f(baseline) by {worst:.1%} with {steps} steps, "
                f"expected at most {tolerance:.1%}"
            )
        steps *= 2
