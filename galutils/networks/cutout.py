"""Networks for SDSS cut-outs: one that trains without a GPU, and two trained as published."""

import keras
from keras import layers

from galutils.networks.fused_batchnorm import compile_model, fuse

DECAY_STEPS = 100_000  # of the published scripts: the rate barely falls in a training


def cutout_cnn(learning_rate=2e-3, side=48, filters=(16, 32), last=64, dropout=0.4, momentum=0.9):
    """Build a small residual network for SDSS cut-outs, compiled for training.

    With 48 pixels of 0.4 arcsec, about those of the camera, it trains on two
    cores in minutes. Images are rotated and mirrored at random during training.

    Parameters
    ----------
    learning_rate : float
        For AdamW.
    side : int
        Side of the images in pixels.
    filters : sequence of int
        Filters of 3x3 convolutions with 2x2 maximum pooling, ``block_1``
        and so on.
    last : int
        Filters of the residual block that follows, ``residual_1`` and
        ``residual_2``.
    dropout : float
        Rate before the output.
    momentum : float
        Momentum of the running means of batch normalisation, as for
        `galutils.networks.velocity_cnn.sami_cnn`.

    Returns
    -------
    keras.Model
        Input: RGB of 0-255, shape (None, side, side, 3). Output: probability of
        class 1, shape (None, 1).
    """
    inputs = keras.Input((side, side, 3))
    x = layers.RandomFlip()(layers.Rescaling(1 / 255)(inputs))
    x = _residual(layers.RandomRotation(0.5)(x), filters, last, momentum)
    x = layers.Flatten()(layers.MaxPooling2D()(x))
    outputs = layers.Dense(1, activation="sigmoid")(layers.Dropout(dropout)(x))
    model = fuse(keras.Model(inputs, outputs, name="cutout_cnn"))
    adam = keras.optimizers.AdamW(learning_rate, weight_decay=1e-4)
    # labels are smoothed since a few of them are wrong
    return compile_model(model, adam, keras.losses.BinaryCrossentropy(label_smoothing=0.05))


def _residual(x, filters, last, momentum):
    """Convolutions with maximum pooling, then one residual block."""

    def convolution(x, n_filters, name):
        x = layers.Conv2D(n_filters, 3, padding="same", use_bias=False, name=name)(x)
        return layers.BatchNormalization(momentum=momentum)(x)

    for number, n_filters in enumerate(filters, start=1):
        x = layers.MaxPooling2D()(layers.ReLU()(convolution(x, n_filters, f"block_{number}")))
    shortcut = layers.Conv2D(last, 1, use_bias=False)(x)
    x = layers.ReLU()(convolution(x, last, "residual_1"))
    return layers.ReLU()(layers.Add()([convolution(x, last, "residual_2"), shortcut]))


def small_resnet(learning_rate=0.08, side=32, filters=(16, 32), last=64, momentum=0.96):
    """Build the layers of `cutout_cnn` with output and training of `resnet50`.

    It shows at a size that trains on two cores what the published training does.
    Parameters are those of the other two; input and output are those of `resnet50`. The
    momentum suits four angles in place of sixteen, with which an epoch has a quarter of the
    batches: it is the fourth power of Keras's 0.99, and means are as old in epochs.
    """
    inputs = keras.Input((side, side, 3))
    x = _residual(layers.Rescaling(1 / 255)(inputs), filters, last, momentum)
    return _as_published(inputs, x, learning_rate, "small_resnet")


def resnet50(learning_rate=0.08, side=200):
    """Build ResNet-50 as Pruitt (2024), sections 2.5.2 and 3.5, compiled for training.

    The network is that of He et al. (2016) but for its input and its end. Text and
    scripts of the thesis differ: by figure 13 the feature maps are averaged whole, which
    makes 23,591,810 parameters, while the scripts average 2x2 pixels and put a dense layer
    on all that is left, 23,653,250 for 200 pixels. Here it is as in the scripts. So are the
    L2 penalty of 0.001 on convolutions and the learning rate, which falls by a tenth in
    100,000 batches and not, as the text lets expect, soon.

    Parameters
    ----------
    learning_rate : float
        First learning rate of stochastic gradient descent.
    side : int
        Side of the images in pixels.

    Returns
    -------
    keras.Model
        Input: RGB of 0-255, shape (None, side, side, 3). Output: probabilities of
        classes 0 and 1, shape (None, 2).
    """
    inputs = keras.Input((side, side, 3))
    shape = {"include_top": False, "weights": None, "input_shape": (side, side, 3)}
    x = keras.applications.ResNet50(**shape)(layers.Rescaling(1 / 255)(inputs))
    return _as_published(inputs, x, learning_rate, "resnet50_cutouts")


def _as_published(inputs, x, learning_rate, name):
    """Put the published output on feature maps and compile the network for its training."""
    x = layers.Flatten()(layers.AveragePooling2D(2, padding="same")(x))
    outputs = layers.Dense(2, activation="softmax", kernel_initializer="he_normal")(x)
    model = fuse(keras.Model(inputs, outputs, name=name))
    for layer in model._flatten_layers():
        if isinstance(layer, layers.Conv2D):
            layer.kernel.regularizer = keras.regularizers.L2(1e-3)
    rate = keras.optimizers.schedules.ExponentialDecay(learning_rate, DECAY_STEPS, 0.9)
    return compile_model(model, keras.optimizers.SGD(rate), "sparse_categorical_crossentropy")
