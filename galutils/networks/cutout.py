"""Networks for SDSS cut-outs: the published one, and one that trains without a GPU."""

import keras
from keras import layers

from galutils.networks.fused_batchnorm import compile_model, fuse


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

    def convolution(x, n_filters, name):
        x = layers.Conv2D(n_filters, 3, padding="same", use_bias=False, name=name)(x)
        return layers.BatchNormalization(momentum=momentum)(x)

    inputs = keras.Input((side, side, 3))
    x = layers.RandomFlip()(layers.Rescaling(1 / 255)(inputs))
    x = layers.RandomRotation(0.5)(x)
    for number, n_filters in enumerate(filters, start=1):
        x = layers.MaxPooling2D()(layers.ReLU()(convolution(x, n_filters, f"block_{number}")))
    shortcut = layers.Conv2D(last, 1, use_bias=False)(x)
    x = layers.ReLU()(convolution(x, last, "residual_1"))
    x = layers.Add()([convolution(x, last, "residual_2"), shortcut])
    x = layers.Flatten()(layers.MaxPooling2D()(layers.ReLU()(x)))
    outputs = layers.Dense(1, activation="sigmoid")(layers.Dropout(dropout)(x))
    model = fuse(keras.Model(inputs, outputs, name="cutout_cnn"))
    adam = keras.optimizers.AdamW(learning_rate, weight_decay=1e-4)
    # labels are smoothed since a few of them are wrong
    return compile_model(model, adam, keras.losses.BinaryCrossentropy(label_smoothing=0.05))


def resnet50(steps_per_epoch, learning_rate=0.08, side=200, decay=0.9):
    """Build ResNet-50 as Pruitt (2024), sections 2.5.2 and 3.5, compiled for training.

    The network is that of He et al. (2016) with another input and two outputs;
    it has 23,591,810 parameters.

    Parameters
    ----------
    steps_per_epoch : int
        Batches after which the learning rate has fallen once by `decay`. The
        thesis does not say how many; an epoch is our reading.
    learning_rate, decay : float
        First learning rate of stochastic gradient descent, and the factor.
    side : int
        Side of the images in pixels.

    Returns
    -------
    keras.Model
        Input: RGB of 0-255, shape (None, side, side, 3). Output: probabilities of
        classes 0 and 1, shape (None, 2).
    """
    inputs = keras.Input((side, side, 3))
    x = keras.layers.Rescaling(1 / 255)(inputs)
    network = keras.applications.ResNet50(weights=None, input_shape=(side, side, 3), classes=2)
    model = keras.Model(inputs, network(x), name="resnet50_cutouts")
    rate = keras.optimizers.schedules.ExponentialDecay(learning_rate, steps_per_epoch, decay)
    return compile_model(model, keras.optimizers.SGD(rate), "sparse_categorical_crossentropy")
