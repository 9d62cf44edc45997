"""Activations inside a convolutional network."""

import numpy as np


def activations(model, image, n_maps, n_layers=4):
    """Follow an image through successive layers of a network.

    Parameters
    ----------
    model : keras.Model
        Takes square images; networks inside it (`models.ensemble`,
        `models.symmetrised`) are opened, and the first of them is looked at.
    image : ndarray, shape (h, w, c)
        Network input.
    n_maps : int
        Maps of each layer, those with the largest spread over the image.
    n_layers : int
        Layers shown, spread evenly over all that convolve (1x1 does not count).

    Returns
    -------
    dict of str to ndarray, shape (n_maps, h', w')
        Name of each layer, in their order, to its maps, negative values cut off.
    """
    import keras

    network = _innermost(model)
    layers = [one for one in network.layers if getattr(one, "kernel_size", (1, 1)) != (1, 1)]
    layers = [layers[k] for k in np.unique(np.linspace(0, len(layers) - 1, n_layers).astype(int))]
    tapped = keras.Model(network.input, [layer.output for layer in layers])
    outputs = tapped(image[None], training=False)
    result = {}
    for layer, output in zip(layers, outputs, strict=True):
        maps = np.moveaxis(np.maximum(np.asarray(output)[0], 0), -1, 0)
        best = np.sort(np.argsort(-maps.std(axis=(1, 2)))[:n_maps])
        result[layer.name] = maps[best]
    return result


def _innermost(model):
    """First network inside networks, the one that holds the convolutions."""
    inside = [layer for layer in model.layers if hasattr(layer, "layers")]
    return _innermost(inside[0]) if inside else model
