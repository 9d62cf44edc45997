"""Grad-CAM++ and SmoothGrad: maps of the pixels that speak for a class."""

import itertools

import numpy as np

from galutils.store.measured import finite


def grad_cam_pp(model, x, layer, classes, batch_size=16):
    r"""Grad-CAM++ of Chattopadhyay et al. (2018).

    .. math::
        L_{ij} = \mathrm{relu} \sum_k w_k A^k_{ij}, \quad
        w_k = \sum_{ij} \alpha^k_{ij}\, \mathrm{relu}(\partial Y / \partial A^k_{ij})

    (their equations 11 and 5), where for :math:`Y = \exp S` with the class's
    score S before the softmax (equation 19)

    .. math::
        \alpha^k_{ij} = \frac{(\partial S / \partial A^k_{ij})^2}
        {2 (\partial S / \partial A^k_{ij})^2
         + \sum_{ab} A^k_{ab} (\partial S / \partial A^k_{ij})^3}.

    The factor exp S of all weights is left out, since maps are scaled. Values
    of A below zero, which swish leaves a few of, count as zero in the sum:
    the denominator could vanish otherwise.

    Parameters
    ----------
    model : keras.Model
        Ends in a layer with an activation, such as softmax.
    x : ndarray, shape (n, h, w, c)
        Network inputs, finite.
    layer : str
        Name of the layer whose maps A are taken, the last one that convolves:
        ``top_activation`` in `galutils.networks.efficientnet`. It may belong to a
        network inside the model.
    classes : int or array_like of int, shape (n,)
        Column of the output that is explained, for all images or for each.
    batch_size : int
        Images computed together.

    Returns
    -------
    ndarray of float32, shape (n, h, w)
        Largest value 1; a map is zero if no pixel speaks for the class.

    Raises
    ------
    ValueError
        If there is no such layer or class, the model ends otherwise, or an input is not finite.
    """
    import tensorflow as tf

    x, columns = _checked(model, x, classes)
    if not _holds(model, layer):
        raise ValueError(f"layer: expected one of {model.name}, received {layer!r}")
    network = _scores(model, layer)
    heat = []
    for start in range(0, len(x), batch_size):
        images = tf.constant(x[start : start + batch_size])
        with tf.GradientTape() as tape:
            tape.watch(images)
            scores, maps = network(images, training=False)
            chosen = tf.gather(scores, columns[start : start + batch_size], axis=1, batch_dims=1)
        gradient = tape.gradient(chosen, maps, unconnected_gradients="zero")
        heat.append(_weighted(np.asarray(maps), np.asarray(gradient)))
    return _enlarged(heat, x.shape[:3])


def _weighted(maps, gradient):
    """Return the maps of equation 11.

    With g = dS/dA, equation 19 is alpha = g^2 / (2 g^2 + sum(A) g^3) = 1 / (2 + sum(A) g), so
    the weight of equation 5 is the sum over pixels of relu(g) / (2 + sum(A) g).
    """
    positive = np.maximum(gradient, 0)
    total = np.maximum(maps, 0).sum(axis=(1, 2), keepdims=True)
    weights = (positive / (2 + total * positive)).sum(axis=(1, 2), keepdims=True)
    return np.maximum((weights * maps).sum(axis=-1), 0)


def _enlarged(heat, shape):
    """Return maps interpolated to the size of the images and divided by their largest value."""
    import keras

    if not heat:
        return np.zeros(shape, np.float32)
    heat = keras.ops.image.resize(np.concatenate(heat)[..., None], shape[1:])  # bilinear
    heat = np.asarray(heat)[..., 0]
    largest = heat.max(axis=(1, 2), keepdims=True)
    return heat / np.where(largest > 0, largest, 1)


def smooth_grad(model, x, classes, n=50, noise=0.15, rng=None, batch_size=10):
    r"""SmoothGrad of Smilkov et al. (2017): mean absolute gradient over noisy copies.

    .. math:: \frac{1}{n} \sum_{i=1}^{n} \left| \partial S / \partial x \right|_{x + g_i},
        \quad g_i \sim N(0, \sigma^2)

    with the class's score S before the softmax; the mean over the channels.

    Parameters
    ----------
    model, x, classes
        As of `grad_cam_pp`.
    n : int
        Copies; they see no gain above 50.
    noise : float
        Sigma as a share of the image's range, largest value less smallest; they
        advise 0.1 to 0.2.
    rng : int or numpy.random.Generator, optional
        Of the noise.
    batch_size : int
        Copies computed together.

    Returns
    -------
    ndarray of float32, shape (len(x), h, w)
        Change of the score per change of a value, not scaled: figures should cut
        off the few largest values.

    Raises
    ------
    ValueError
        As of `grad_cam_pp`.
    """
    import tensorflow as tf

    x, columns = _checked(model, x, classes)
    network = _scores(model)
    rng = np.random.default_rng(rng)

    @tf.function(reduce_retracing=True)
    def steepness(copies, column):
        with tf.GradientTape() as tape:
            tape.watch(copies)
            scores = network(copies, training=False)
            chosen = tf.gather(scores, column, axis=1)
        gradient = tape.gradient(chosen, copies, unconnected_gradients="zero")
        return tf.reduce_sum(tf.reduce_mean(tf.abs(gradient), axis=-1), axis=0)

    total = np.zeros(x.shape[:3], np.float32)
    for index, image in enumerate(x):
        column = tf.constant(columns[index])
        for start in range(0, n, batch_size):
            shape = (min(batch_size, n - start), *image.shape)
            copies = image + rng.normal(0, noise * np.ptp(image), shape)
            total[index] += steepness(tf.constant(copies, tf.float32), column).numpy()
    return total / n


def _checked(model, x, classes):
    """Return inputs as float32, and a column of the output for each."""
    x = finite(x, "x", np.float32)
    columns, n_columns = np.broadcast_to(classes, len(x)), model.output_shape[-1]
    if np.any((columns < 0) | (columns >= n_columns)):
        raise ValueError(f"classes: expected 0 to {n_columns - 1}, received {classes}")
    return x, columns


def leaves(network):
    """Layers of a network and of the networks inside it, in their order."""
    nested = (leaves(one) if hasattr(one, "layers") else [one] for one in network.layers)
    return list(itertools.chain.from_iterable(nested))


def _holds(network, name):
    """Return if a network, or one inside it, has a layer of this name."""
    return any(layer.name == name for layer in leaves(network))


def _scores(model, layer=None):
    """Return a copy that gives the scores before the last activation, then a layer's maps."""
    last = model.layers[-1]
    config = last.get_config()
    if "activation" not in config:
        raise ValueError(f"expected a model that ends in an activation, received {last.name}")
    linear = type(last).from_config({**config, "activation": "linear"})
    network = _tapped(model, layer, {last: linear})
    linear.set_weights(last.get_weights())
    return network


def _tapped(network, name, replaced):
    """Return a copy, layers and weights shared, that gives a layer's maps after its output.

    A layer inside another network cannot be reached from outside, so networks
    inside are copied too where they hold it.
    """
    import keras

    maps = []

    def call(layer, *inputs, **settings):
        if hasattr(layer, "layers") and _holds(layer, name):
            output, *inside = _tapped(layer, name, replaced)(*inputs, **settings)
            maps.extend(inside)
            return output
        output = replaced.get(layer, layer)(*inputs, **settings)
        if layer.name == name:
            maps.append(output)
        return output

    # A copy of a compiled model would need its loss, which may be no part of Keras.
    plain = keras.Model(network.input, network.output)
    copy = keras.models.clone_model(plain, clone_function=lambda one: one, call_function=call)
    return keras.Model(copy.input, [copy.output, *maps] if maps else copy.output)
