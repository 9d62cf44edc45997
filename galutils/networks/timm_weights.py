"""EfficientNetB0 with weights of timm, the form in which Zoobot 2 (PyTorch) is published.

PyTorch pads both sides of an image alike, Keras the right and lower one, and timm's batch
normalisation has another epsilon; so weights alone do not make the same network. Files are
``.safetensors``, which hold arrays and no code. Neither PyTorch nor timm is needed.
"""

import json

import keras
import numpy as np

from galutils.networks import saved
from galutils.store import files
from galutils.store.files import require

EPSILON = 1e-5  # of PyTorch's batch normalisation
HEADER = 8  # bytes, the length of what describes the arrays
TYPES = {"F32": "<f4", "F16": "<f2", "F64": "<f8", "I64": "<i8"}
NORMS = ("weight", "bias", "running_mean", "running_var")


def read(path):
    """Read the arrays of a ``.safetensors`` file.

    Parameters
    ----------
    path : path-like

    Returns
    -------
    dict of str to ndarray

    Raises
    ------
    ValueError
        If it is damaged, or holds types other than `TYPES`; the message names the file.
    """
    content, arrays = files.regular(path).read_bytes(), {}
    with saved.guarded(path, "arrays in safetensors"):
        length = int.from_bytes(content[:HEADER], "little")
        about = json.loads(content[HEADER : HEADER + length])
        about.pop("__metadata__", None)
        data = memoryview(content)[HEADER + length :]
        for name, one in about.items():
            start, end = one["data_offsets"]
            values = np.frombuffer(data[start:end], TYPES[one["dtype"]])
            arrays[name] = values.reshape(one["shape"])
    return arrays


def network(input_shape, state, path=""):
    """Build a backbone that computes what timm's ``efficientnet_b0`` does.

    Parameters
    ----------
    input_shape : tuple of int
        Height, width, channels; 1 channel where the weights are for 3 is given to all three.
    state : dict of str to ndarray
        As of `read`: timm's names, perhaps behind a prefix; those of the head are left out.
    path : path-like
        File they are from, for the messages.

    Returns
    -------
    keras.Model
        As of `galutils.networks.efficientnet.backbone`; images of 0-255, which are divided by 255.

    Raises
    ------
    ValueError
        If an array is missing or has another shape; names it, what was expected and received.
    """
    plain = keras.applications.EfficientNetB0(False, None, input_shape=input_shape)
    model = keras.models.clone_model(plain, clone_function=_as_in_pytorch)
    stem = next((name for name in state if name.endswith("conv_stem.weight")), "conv_stem.weight")
    prefix = stem.removesuffix("conv_stem.weight")
    named = {ours: f"{prefix}{theirs}" for ours, theirs in names(model).items()}
    fill(model, named, state, path)
    return model


def fill(model, named, state, path):
    """Give the layers of a network the arrays of a PyTorch network, in place.

    Parameters
    ----------
    model : keras.Model
    named : dict of str to str
        Name of a layer to that of its arrays, without ``.weight`` and the like. The first layer
        of a network of one channel is given the sum over the colours.
    state, path
        As of `network`.

    Raises
    ------
    ValueError
        As of `network`.
    """
    for ours, theirs in named.items():
        layer = model.get_layer(ours)
        kinds = NORMS if isinstance(layer, keras.layers.BatchNormalization) else ("weight", "bias")
        wanted = [f"{theirs}.{kind}" for kind in kinds[: len(layer.weights)]]
        for name in wanted:
            require(name in state, f"{name} among {len(state)} arrays", "none", path)
        values = [np.asarray(state[name], np.float32) for name in wanted]
        if values[0].ndim == 4:
            depthwise = isinstance(layer, keras.layers.DepthwiseConv2D)
            values[0] = values[0].transpose(2, 3, *((0, 1) if depthwise else (1, 0)))
        if values[0].ndim == 2:
            values[0] = values[0].T
        if ours == "stem_conv" and model.input_shape[-1] == 1:
            values[0] = values[0].sum(axis=2, keepdims=True)
        for value, weight in zip(values, layer.weights, strict=True):
            expected = f"{theirs} as {tuple(weight.shape)} in Keras's order"
            require(value.shape == tuple(weight.shape), expected, value.shape, path)
        layer.set_weights(values)


def names(model):
    """Return timm's name of each layer of Keras's EfficientNetB0 that has weights."""
    found = {"stem_conv": "conv_stem", "stem_bn": "bn1", "top_conv": "conv_head", "top_bn": "bn2"}
    parts = {
        "expand_conv": "conv_pw", "expand_bn": "bn1", "dwconv": "conv_dw", "bn": "bn2",
        "se_reduce": "se.conv_reduce", "se_expand": "se.conv_expand",
        "project_conv": "conv_pwl", "project_bn": "bn3",
    }  # fmt: skip
    # the first block does not expand, so its layers count from one less
    first = {"bn": "bn1", "project_conv": "conv_pw", "project_bn": "bn2"}
    for layer in model.layers:
        block, _, part = layer.name.partition("_")
        if part in parts and block.startswith("block"):
            stage, number = int(block[5:-1]) - 1, ord(block[-1]) - ord("a")
            theirs = (parts | first)[part] if stage == 0 else parts[part]
            found[layer.name] = f"blocks.{stage}.{number}.{theirs}"
    return found


def _as_in_pytorch(layer):
    """Copy a layer with PyTorch's epsilon; padding before a stride is alike on both sides."""
    settings = layer.get_config()
    if isinstance(layer, keras.layers.BatchNormalization):
        settings["epsilon"] = EPSILON
    if isinstance(layer, keras.layers.ZeroPadding2D):  # (0, 1) for a kernel of 3, (1, 2) of 5
        settings["padding"] = [[side[1], side[1]] for side in settings["padding"]]
    return type(layer).from_config(settings)
