"""Convolutional networks for velocity maps, and the space that Keras Tuner searches.

Two settings make training faster and leave the architecture as it is: compilation with XLA, and
mixed precision with weights and output in float32. The value ``"device"`` selects what is fast on
this machine (`galutils.networks.device`). The publication's own settings are Keras's defaults.
"""

import keras
from keras import layers

from galutils.networks import device
from galutils.networks.equivariant import ORDER, SymmetricConv2D
from galutils.networks.fused_batchnorm import compile_model, fuse
from galutils.store.files import require

SAMI_DROPOUT = 0.3  # the publication names the layers but not their rate


def sami_cnn(
    input_shape=(40, 40, 1), filters=(64, 128, 256), learning_rate=2e-4, dropout=SAMI_DROPOUT,
    momentum=0.99, dtype="float32", jit_compile="auto", l2=0.0, attention=None,
):  # fmt: skip
    """Build the network of Chegeni et al. (2025), table 1, compiled for training.

    The network has blocks of 3x3 convolution, 2x2 maximum pooling and batch
    normalisation, then dense layers of 96, 32 and 1 units. With the default
    filters and input it has 595,873 parameters.

    Parameters
    ----------
    input_shape : tuple of int
        Height, width, channels.
    filters : sequence of int
        Filters of each convolution. Pooling is left out where a map has
        shrunk to one pixel.
    learning_rate : float
        For Adam with beta_1 = 0.9 (section 2.1; section 2.3 says 0.001).
    dropout : float
        Rate of both dropout layers.
    momentum : float
        Momentum of the running means of batch normalisation. Keras's 0.99 needs several
        hundred batches before predictions make sense; short trainings need less.
    dtype : str
        Keras dtype policy of all layers but the output, or ``"device"``.
    jit_compile : bool or "auto" or "device"
        Whether to compile with XLA.
    l2 : float
        Weight of the squared weights of all hidden layers in the loss. The authors' code has
        0.001 (and a dropout rate of 0.4), the publication names none.
    attention : int, optional
        Weight channels and places after every block. Channels are weighted as by squeeze and
        excitation (Hu, Shen & Sun 2018, section 3), with one unit for so many channels between the
        squeeze and the weights; then places by one 3x3 convolution (after Woo et al. 2018, section
        3, who apply a 7x7 convolution to the mean and the maximum of the channels).

    Returns
    -------
    keras.Model
        Output: probability of a fast rotator, shape (None, 1), float32.
    """
    dtype = device.dtype_policy() if dtype == "device" else dtype
    inputs = x = keras.Input(input_shape)
    settings = {"activation": "relu", "dtype": dtype, "kernel_regularizer": _penalty(l2)}
    for n_filters in filters:
        x = layers.Conv2D(n_filters, 3, **settings)(x)
        if min(x.shape[1:3]) > 1:
            x = layers.MaxPooling2D(dtype=dtype)(x)
        x = layers.BatchNormalization(momentum=momentum, dtype=dtype)(x)
        x = _attention(x, attention) if attention else x
    x = layers.Flatten(dtype=dtype)(x)
    return compile_binary(
        inputs, x, (96, 32), learning_rate, dropout, "sami_cnn", dtype, jit_compile, l2
    )


def _penalty(l2):
    return keras.regularizers.L2(l2) if l2 else None


def _attention(x, reduction):
    """Weight the channels of a layer by their means, then its places by one convolution."""
    n_filters = x.shape[-1]
    channels = layers.GlobalAveragePooling2D(keepdims=True)(x)
    channels = layers.Dense(n_filters // reduction, activation="relu")(channels)
    channels = layers.Dense(n_filters, activation="sigmoid")(channels)
    x = layers.Multiply()([x, channels])
    places = layers.Conv2D(1, 3, padding="same", activation="sigmoid")(x)
    return layers.Multiply()([x, places])


def compile_binary(
    inputs, x, dense, learning_rate, dropout, name, dtype="float32", jit_compile="auto", l2=0.0
):
    """Append dense layers and one sigmoid output to a network, and compile it.

    Parameters
    ----------
    inputs, x : keras.KerasTensor
        Input of the network, and the features from which it decides.
    dense : sequence of int
        Units of each dense layer.
    learning_rate, dropout, dtype, jit_compile, l2
        As of `sami_cnn`.
    name : str
        Name of the model.

    Returns
    -------
    keras.Model
    """
    for units in dense:
        x = layers.Dense(units, activation="relu", dtype=dtype, kernel_regularizer=_penalty(l2))(x)
        x = layers.Dropout(dropout, dtype=dtype)(x)
    outputs = layers.Dense(1, activation="sigmoid", dtype="float32")(x)
    model = keras.Model(inputs, outputs, name=name)
    jit_compile = device.jit_compile() if jit_compile == "device" else jit_compile
    if not jit_compile:  # XLA itself fuses more than the batch normalisation
        fuse(model)
    adam = keras.optimizers.Adam(learning_rate, beta_1=0.9)
    return compile_model(model, adam, "binary_crossentropy", jit_compile)


def sami_hypermodel(hp, **settings):
    """Build a network from the publication's search space (section 2.1).

    The space has one to four convolutions, 32 to 256 filters in steps of 32 in
    each, and a learning rate of 1e-2, 1e-3 or 1e-4.

    Parameters
    ----------
    hp : keras_tuner.HyperParameters
        Source of the choices.
    **settings
        Passed on to `sami_cnn` (`input_shape`, `dtype`, `jit_compile`).

    Returns
    -------
    keras.Model
    """
    n_layers = hp.Int("conv_layers", 1, 4)
    filters = [hp.Int(f"filters_{i}", 32, 256, step=32) for i in range(n_layers)]
    rate = hp.Choice("learning_rate", [1e-2, 1e-3, 1e-4])
    return sami_cnn(filters=filters, learning_rate=rate, **settings)


def symmetric_cnn(input_shape=(40, 40, 1), filters=(8, 16, 32), momentum=0.99):
    """Build a network whose output does not change when its input is rotated or mirrored.

    It has the blocks of `sami_cnn` with `galutils.networks.equivariant.SymmetricConv2D`. The
    first dense layer is a convolution over the whole map, averaged over its orientations. With an
    eighth of the filters the network has as many channels and an eighth of the kernels.

    Parameters
    ----------
    input_shape : tuple of int
        Side, side, channels.
    filters : sequence of int
        Kernels of each convolution.
    momentum : float
        As of `sami_cnn`.

    Returns
    -------
    keras.Model
        Compiled; output: probability of a fast rotator, shape (None, 1).

    Raises
    ------
    ValueError
        If the map is not square or its side cannot be halved once for each convolution, since
        pooling would then leave out an edge on one side only.
    """
    side, width, _ = input_shape
    divisor, received = 2 ** len(filters), f"{side} by {width}"
    good = side == width and side % divisor == 0
    require(good, f"a square with a side divisible by {divisor}", received, "input_shape")
    inputs = x = keras.Input(input_shape)
    for number, n_filters in enumerate(filters):
        x = SymmetricConv2D(n_filters, 3, ORDER if number else 1, activation="relu")(x)
        x = layers.MaxPooling2D()(x)
        shape = x.shape[1:]
        # Reshaped so that all orientations of a filter share their statistics and scale.
        x = layers.Reshape((shape[0], shape[1] * ORDER, n_filters))(x)
        x = layers.Reshape(shape)(layers.BatchNormalization(momentum=momentum)(x))
    x = SymmetricConv2D(96 // ORDER, x.shape[1], padding="valid", activation="relu")(x)
    x = layers.Reshape((ORDER, 96 // ORDER))(x)
    x = layers.Dropout(SAMI_DROPOUT)(layers.GlobalAveragePooling1D()(x))
    settings = {"dropout": SAMI_DROPOUT, "name": "symmetric_cnn", "jit_compile": False}
    return compile_binary(inputs, x, (32,), 1e-3, **settings)
