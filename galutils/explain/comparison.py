"""Maps of several kinds that explain any class of a network, on the same pixels."""

import numpy as np

from galutils.explain import gradcam, integrated_gradients


def both_classes(network):
    """Return a network with the probabilities of both classes from one with the probability of one.

    Half the score before the sigmoid speaks for class 1 and as much against
    class 0, so that the softmax is the same probability, and either class has a
    score that maps can explain (see `galutils.explain.gradcam`).

    Parameters
    ----------
    network : keras.Model
        Ends in a dense layer of one unit with a sigmoid.

    Returns
    -------
    keras.Model
        All other layers shared; output of shape (None, 2).
    """
    import keras

    kernel, bias = network.layers[-1].get_weights()
    last = keras.layers.Dense(2, activation="softmax", name="classes")
    outputs = last(network.layers[-2].output)
    last.set_weights([np.hstack([-kernel, kernel]) / 2, np.hstack([-bias, bias]) / 2])
    return keras.Model(network.input, outputs, name=network.name)


def path_attributions(network, x, classes, baseline=0.0, tolerance=0.05, steps=64):
    """Integrated gradients of the probability of any class.

    Parameters
    ----------
    network : keras.Model
        Output: probabilities of classes, shape (None, k).
    x : ndarray, shape (n, h, w, c)
        Network inputs.
    classes : array_like of int, shape (n,)
        Column that is explained.
    baseline : float or ndarray, shape (h, w, c) or (n, h, w, c)
        Where the paths begin, for all inputs or for each.
    tolerance, steps
        As of `galutils.explain.integrated_gradients.integrated_gradients`.

    Returns
    -------
    ndarray, shape (n, h, w)
        Channels added up; positive speaks for the class.
    """
    import keras

    classes, values = np.broadcast_to(classes, len(x)), np.zeros(x.shape[:3])
    baseline = np.broadcast_to(np.float32(baseline), x.shape)
    for number in np.unique(classes):
        model = keras.Model(network.input, network.output[:, number : number + 1])
        rows = np.flatnonzero(classes == number)
        found = integrated_gradients.integrated_gradients(
            model, x[rows], baseline[rows], tolerance, steps
        )
        values[rows] = found.values.sum(axis=-1)
    return values


def attributions(network, x, classes, layer, n_noisy=15, rng=None, **path):
    """Integrated gradients, their size, Grad-CAM++ and SmoothGrad of each input.

    Parameters
    ----------
    network, x, classes
        As of `path_attributions`.
    layer, n_noisy, rng
        As of `galutils.explain.gradcam.grad_cam_pp` and `smooth_grad`.
    **path
        For `path_attributions`.

    Returns
    -------
    dict of str to ndarray, shape (n, h, w)
        Grad-CAM++ with each value where its unit looks (`placed`).
    """
    signed = path_attributions(network, x, classes, **path)
    cam = gradcam.grad_cam_pp(network, x, layer, classes)
    return {
        "integrated gradients": signed,
        "|integrated gradients|": np.abs(signed),
        "Grad-CAM++": placed(cam, *unit_centres(network, layer)),
        "SmoothGrad": gradcam.smooth_grad(network, x, classes, n_noisy, rng=rng, batch_size=32),
    }


def unit_centres(network, layer):
    """Find the pixels on which the receptive fields of a layer's units are centred.

    Convolutions without padding lose the border, so that a map which is only
    enlarged to the image is stretched.

    Parameters
    ----------
    network : keras.Model
        Square input; its convolutions and poolings in one chain, shortcuts apart.
    layer : str
        Name of the layer.

    Returns
    -------
    first, step : float
        Pixel of unit 0 and from one unit to the next.
    units : int
        Along a side.

    Raises
    ------
    ValueError
        If there is no such layer.
    """
    first, step, units = 0.0, 1, network.input_shape[1]
    for one in gradcam.leaves(network):
        size = getattr(one, "kernel_size", getattr(one, "pool_size", None))
        if type(one).__name__ == "ZeroPadding2D":
            first, units = first - step * one.padding[0][0], units + sum(one.padding[0])
        elif size is not None:
            kernel, stride, same = size[0], one.strides[0], one.padding == "same"
            after = -(-units // stride) if same else (units - kernel) // stride + 1
            padding = max((after - 1) * stride + kernel - units, 0) // 2 if same else 0
            first, step, units = first + step * ((kernel - 1) / 2 - padding), step * stride, after
        if one.name == layer:
            return first, step, units
    raise ValueError(f"layer: expected one of {network.name}, received {layer!r}")


def placed(maps, first, step, units):
    """Shift and scale maps that were enlarged to the image to where their units look.

    Parameters
    ----------
    maps : ndarray, shape (n, side, side)
        As `galutils.explain.gradcam.grad_cam_pp` gives them.
    first, step, units
        As of `unit_centres`.

    Returns
    -------
    ndarray, shape (n, side, side)
        Linear between units; constant beyond the outermost ones.
    """
    side = maps.shape[1]
    unit = (np.arange(side) - first) / step
    position = np.clip((unit + 0.5) * side / units - 0.5, 0, side - 1)
    weight = np.maximum(1 - np.abs(position[:, None] - np.arange(side)), 0)
    return np.einsum("ia,nab,jb->nij", weight, maps, weight, optimize=True)
