"""Networks that count spiral arms: EfficientNet without its top, and the published tail.

All take images of 0-255. EfficientNetB0 divides by 255 itself, so that Zoobot's
weights are applied to values of 0-1, as in their training.
"""

from functools import partial

import keras
import numpy as np
from keras import layers

from galutils.networks import lite0, saved, timm_weights, train, wrappers
from galutils.networks.fused_batchnorm import compile_model
from galutils.networks.pretrained import load_weights
from galutils.store.files import require

# Filters and strides of the separable convolutions of the small backbone.
TINY_BLOCKS = ((48, 2), (48, 1), (96, 2), (96, 1), (192, 1), (192, 1), (192, 1), (256, 1))


def backbone(variant="B0", input_shape=(224, 224, 3), weights=None):
    """Build a network that turns images into maps of features.

    Parameters
    ----------
    variant : {'B0', 'V2M', 'Lite0', 'tiny'}
        EfficientNetB0 (Tan & Le 2019), EfficientNetV2M (Tan & Le 2021),
        `galutils.networks.lite0`, or eight separable convolutions of about 170,000 weights, which
        two cores train.
    input_shape : tuple of int
        Height, width, channels. Zoobot's published weights take one channel. Those of ImageNet
        take three; with one, each is given the same level.
    weights : None, 'imagenet' or path-like
        None: random. 'imagenet': from Keras's folder, or downloaded.
        A path: see `galutils.networks.pretrained.load_weights`; with the ending ``.safetensors``
        of timm's ``efficientnet_b0``, see `galutils.networks.timm_weights`.

    Returns
    -------
    keras.Model
        Not compiled; its last layer is ``top_activation``. Input: 0-255. Output:
        shape (None, height / 32, width / 32, 1280), of 'tiny'
        (None, height / 8, width / 8, 256).

    Raises
    ------
    ValueError
        If there is no such variant, or no such weights.
    """
    b0, v2m = keras.applications.EfficientNetB0, keras.applications.EfficientNetV2M
    known = {"B0": b0, "V2M": v2m, "Lite0": lite0.network, "tiny": _tiny}
    require(variant in known, f"one of {', '.join(known)}", repr(variant), "variant")
    if weights == "imagenet":
        good = variant in ("B0", "V2M") and input_shape[-1] in (1, 3)
        received = f"{variant} and {input_shape[-1]}"
        require(good, "variant B0 or V2M and 1 or 3 channels", received, "ImageNet weights")
        given = {"input_shape": input_shape}
        if input_shape[-1] == 1:  # the network of colours, given one level three times
            grey = keras.Input(input_shape)
            given = {"input_tensor": layers.Concatenate(name="colours")([grey] * 3)}
        try:
            network = known[variant](include_top=False, weights="imagenet", **given)
        except Exception as error:
            reason = f"expected in Keras's folder or from its address, received {error}"
            raise ValueError(f"ImageNet weights of {variant}: {reason}") from error
        return keras.Model(network.inputs[0], network.output, name=network.name)
    if str(weights).endswith(".safetensors"):
        state = timm_weights.read(weights)
        require(variant == "B0", "variant B0", variant, weights)
        return timm_weights.network(input_shape, state, weights)
    network = known[variant](include_top=False, weights=None, input_shape=input_shape)
    if weights is not None:
        load_weights(network, weights)
    return network


def starting(start, side, galaxy_path):
    """Build or load the backbone from which a training starts.

    Parameters
    ----------
    start : str
        ``galaxy``: that of `galaxy_path`; or a variant and weights as of `backbone`, as
        ``V2M:imagenet``, ``B0:/path/of/a/checkpoint`` or ``tiny:`` (random).
    side : int
        Pixels of its input. One channel for B0, as Zoobot, three otherwise.
    galaxy_path : path-like
        Backbone that this project has trained itself (``.keras``).

    Returns
    -------
    keras.Model

    Raises
    ------
    ValueError
        If there are no such variant or weights.
    """
    if start != "galaxy":
        variant, _, weights = start.partition(":")
        shape = (side, side, 1 if variant == "B0" else 3)
        return backbone(variant, shape, weights or None)
    network = saved.load(galaxy_path)
    shape = (side, side, network.input_shape[-1])
    return wrappers.copied(network, input_tensors=keras.Input(shape))


def inputs(network, images):
    """Prepare images for a network: `with_channels` of its input."""
    return with_channels(images, network.input_shape[-1])


def with_channels(images, channels):
    """Take the mean of the colours where a network takes one channel.

    Parameters
    ----------
    images : ndarray of uint8, shape (n, side, side, 3)
    channels : int
        1, as of Zoobot, or 3.

    Returns
    -------
    ndarray
        `images`, or float32 (n, side, side, 1).
    """
    if channels == images.shape[-1]:
        return images
    return images.mean(axis=-1, keepdims=True, dtype=np.float32)


def features(backbone, images, batch_size=64):
    """Compute the mean of each map of a backbone.

    Parameters
    ----------
    backbone : keras.Model
        As of `backbone`.
    images : ndarray of uint8, shape (n, side, side, 3)
        As for `inputs`.
    batch_size : int
        Images computed together.

    Returns
    -------
    ndarray of float32, shape (n, n_features)
    """
    means = partial(np.mean, axis=(1, 2))
    return train.outputs(backbone, inputs(backbone, images), batch_size, means)


def _tiny(include_top, weights, input_shape):
    """Build the small backbone; takes the arguments of those of Keras."""

    def activated(x, name):
        # The published 0.99 needs hundreds of batches before predictions make sense.
        x = layers.BatchNormalization(momentum=0.9, name=f"{name}_bn")(x)
        return layers.Activation("relu", name=f"{name}_activation")(x)

    settings = {"padding": "same", "use_bias": False}
    inputs = keras.Input(input_shape)
    x = layers.Rescaling(1 / 255, name="rescaling")(inputs)
    x = activated(layers.Conv2D(24, 3, strides=2, name="stem_conv", **settings)(x), "stem")
    for number, (filters, strides) in enumerate(TINY_BLOCKS, start=1):
        name = "top" if number == len(TINY_BLOCKS) else f"block{number}"
        convolution = layers.SeparableConv2D(filters, 3, strides, name=f"{name}_conv", **settings)
        y = activated(convolution(x), name)
        x = layers.Add(name=f"{name}_add")([x, y]) if x.shape == y.shape else y
    return keras.Model(inputs, x, name="tiny")


def head(n_features, classes=6, dense=1024, learning_rate=1e-4, loss=None):
    """Build the published tail for features that are already averaged, compiled for training.

    A dense layer with ReLU and the probabilities of the classes (section 3.4);
    Adam with a constant rate of 0.0001 (section 3.5).

    Parameters
    ----------
    n_features : int
        Last axis of the backbone's output.
    classes : int
        Classes.
    dense : int
        Units. The text says 1028, both published parameter counts say 1024.
    learning_rate : float
        For Adam.
    loss : str or keras.losses.Loss, optional
        By default the categorical cross-entropy of integer labels.

    Returns
    -------
    keras.Model
        Input: shape (None, n_features), as of
        `features`.
        Output: probabilities, shape (None, classes).
    """
    inputs = keras.Input((n_features,))
    x = keras.layers.Dense(dense, activation="relu", name="dense")(inputs)
    x = keras.layers.Dense(classes, activation="softmax", name="probabilities")(x)
    return compile_classifier(keras.Model(inputs, x, name="head"), learning_rate, loss)


def compile_classifier(network, learning_rate=1e-4, loss=None):
    """Compile a network as published, in place: Adam with a constant learning rate."""
    loss = loss or "sparse_categorical_crossentropy"
    return compile_model(network, keras.optimizers.Adam(learning_rate), loss)


def joined(network, tail):
    """Join a backbone and a tail; layers and weights are shared, not copied.

    Parameters
    ----------
    network : keras.Model
        As of `backbone`.
    tail : keras.Model
        As of `head`, perhaps trained on features.

    Returns
    -------
    keras.Model
        Images to probabilities, not compiled.
    """
    inputs = keras.Input(network.input_shape[1:])
    x = keras.layers.GlobalAveragePooling2D(name="average")(network(inputs))
    for layer in tail.layers[1:]:
        x = layer(x)
    return keras.Model(inputs, x, name=f"{network.name}_classifier")


def efficientnet(variant="B0", classes=6, input_shape=(224, 224, 3), dense=1024, **settings):
    """Build a network of Lee, Soo & Sharoni, table 2 and figure 4, compiled for training.

    It has a backbone, global average pooling, a dense layer and softmax. With
    the default tail V2M has the published 54,468,282 parameters; so the dense
    layer has 1024 units, not the 1028 of the text. B0 for one channel has
    5,366,885, published are 5,366,883: Keras normalises the input with 3
    parameters that Zoobot's B0 does not have, and Zoobot counts its training
    steps in a parameter of its own (our reading, which gives the number).

    Parameters
    ----------
    variant, input_shape
        As of `backbone`. As published, training changes the backbone of V2M and
        not that of B0; it changes that of 'tiny'.
    classes, dense
        As of `head`.
    **settings
        ``learning_rate`` and ``loss``, as of `head`.

    Returns
    -------
    keras.Model
        Input: 0-255. Output: probabilities, shape (None, classes). The backbone
        is one layer of it.

    Raises
    ------
    ValueError
        As of `backbone`.
    """
    network = backbone(variant, input_shape)
    network.trainable = variant != "B0"
    tail = head(network.output_shape[-1], classes, dense)
    return compile_classifier(joined(network, tail), **settings)
