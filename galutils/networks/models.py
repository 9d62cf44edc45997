"""The networks, and the spaces Keras Tuner searches.

Two settings serve speed and change no architecture: whether to compile with XLA, and
computing in a mixed precision with float32 weights and output. ``"device"`` for either
takes what is fast on this machine (`galutils.networks.device`). The publication's own settings are
Keras's defaults.
"""

from galutils.networks import device
from galutils.networks.fused_batchnorm import built, fuse

SAMI_DROPOUT = 0.3  # the publication names the layers but not their rate
MORPHOLOGY_DROPOUT = 0.25  # Lopez Morales (2020), section 6.1


def sami_cnn(
    input_shape=(40, 40, 1),
    filters=(64, 128, 256),
    learning_rate=2e-4,
    dropout=SAMI_DROPOUT,
    momentum=0.99,
    dtype="float32",
    jit_compile="auto",
):
    """Build the network of Chegeni et al. (2025), table 1, compiled for training.

    Blocks of 3x3 convolution, 2x2 maximum pooling and batch normalisation,
    then dense layers of 96, 32 and 1. With the default filters and input it
    has 595,873 parameters.

    Parameters
    ----------
    input_shape : tuple of int
        Height, width, channels.
    filters : sequence of int
        Filters of each convolution; pooling is left out where a map has
        shrunk to one pixel.
    learning_rate : float
        For Adam with beta_1 = 0.9 (section 2.1; section 2.3 says 0.001).
    dropout : float
        Rate of both dropout layers.
    momentum : float
        Of the running means of batch normalisation. Keras's 0.99 needs several
        hundred batches before predictions make sense; short trainings take less.
    dtype : str
        Keras dtype policy of all layers but the output, or ``"device"``.
    jit_compile : bool or "auto" or "device"
        Whether to compile with XLA.

    Returns
    -------
    keras.Model
        Output: probability of a fast rotator, shape (None, 1), float32.
    """
    import keras
    from keras import layers

    dtype = device.dtype_policy() if dtype == "device" else dtype
    inputs = keras.Input(input_shape)
    x = inputs
    for n_filters in filters:
        x = layers.Conv2D(n_filters, 3, activation="relu", dtype=dtype)(x)
        if min(x.shape[1:3]) > 1:
            x = layers.MaxPooling2D(dtype=dtype)(x)
        x = layers.BatchNormalization(momentum=momentum, dtype=dtype)(x)
    x = layers.Flatten(dtype=dtype)(x)
    return finished(inputs, x, (96, 32), learning_rate, dropout, "sami_cnn", dtype, jit_compile)


def finished(inputs, x, dense, learning_rate, dropout, name, dtype="float32", jit_compile="auto"):
    """Put the end of `sami_cnn` to a network: dense layers, output, compilation.

    Parameters
    ----------
    inputs, x : keras.KerasTensor
        Where the network begins, and the features it ends in.
    dense : sequence of int
        Units of each dense layer.
    learning_rate, dropout, dtype, jit_compile
        As of `sami_cnn`.
    name : str
        Of the model.

    Returns
    -------
    keras.Model
    """
    import keras
    from keras import layers

    for units in dense:
        x = layers.Dense(units, activation="relu", dtype=dtype)(x)
        x = layers.Dropout(dropout, dtype=dtype)(x)
    outputs = layers.Dense(1, activation="sigmoid", dtype="float32")(x)
    model = keras.Model(inputs, outputs, name=name)
    jit_compile = device.jit_compile() if jit_compile == "device" else jit_compile
    if not jit_compile:  # XLA fuses more than that
        fuse(model)
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate, beta_1=0.9),
        loss="binary_crossentropy",
        metrics=["accuracy"],
        jit_compile=jit_compile,
    )
    return built(model)


def sami_hypermodel(hp, **settings):
    """Build a network from the publication's search space (section 2.1).

    One to four convolutions, 32 to 256 filters in steps of 32 in each, and a
    learning rate of 1e-2, 1e-3 or 1e-4.

    Parameters
    ----------
    hp : keras_tuner.HyperParameters
        Where the choices come from.
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


def morphology_cnn(
    input_shape=(128, 128, 3),
    filters=(32, 64, 64, 128),
    dense=64,
    regularisation="batch",
    outputs=1,
    learning_rate=1e-3,
    momentum=0.9,
):
    """Build the network of Lopez Morales (2020), figure 5 and section 4.3, compiled for training.

    Two 3x3 convolutions, 2x2 maximum pooling, a convolution, pooling, a
    convolution; then 32 x 32 x 128 = 131,072 values in one row, a dense layer
    and the output. The thesis names neither the filters of the third
    convolution nor optimiser and rate; 64, Adam and 0.001 are our readings.

    Parameters
    ----------
    input_shape : tuple of int
        Height, width, channels; the sides divisible by four.
    filters : sequence of int
        Of the four convolutions.
    dense : int
        Units before the output.
    regularisation : {'batch', 'dropout'}
        Batch normalisation between every layer and its activation, or a
        dropout of 0.25 after poolings and the dense layer (section 6.1).
    outputs : {1, 2}
        One probability, of class 1 (sigmoid, figure 5), or those of both
        classes (softmax, section 4.3).
    learning_rate : float
        For Adam.
    momentum : float
        Of the running means of batch normalisation, as for `sami_cnn`.

    Returns
    -------
    keras.Model
        Output of shape (None, `outputs`), the last the probability of class 1.

    Raises
    ------
    ValueError
        If `regularisation` or `outputs` is neither of the two.
    """
    import keras
    from keras import layers

    if regularisation not in ("batch", "dropout") or outputs not in (1, 2):
        raise ValueError(
            "regularisation: expected batch or dropout, outputs: 1 or 2, "
            f"received {regularisation!r} and {outputs!r}"
        )
    batch = regularisation == "batch"

    def activated(x):
        return layers.ReLU()(layers.BatchNormalization(momentum=momentum)(x) if batch else x)

    def dropped(x):
        return x if batch else layers.Dropout(MORPHOLOGY_DROPOUT)(x)

    inputs = x = keras.Input(input_shape)
    for number, n_filters in enumerate(filters):
        x = layers.Conv2D(n_filters, 3, padding="same")(x)
        if number in (1, 2):  # before the activation, which gives the same in less time
            x = dropped(activated(layers.MaxPooling2D()(x)))
        else:
            x = activated(x)
    x = dropped(activated(layers.Dense(dense)(layers.Flatten()(x))))
    x = layers.Dense(outputs, activation="sigmoid" if outputs == 1 else "softmax")(x)
    model = fuse(keras.Model(inputs, x, name="morphology_cnn"))
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate),
        loss="binary_crossentropy" if outputs == 1 else "sparse_categorical_crossentropy",
        metrics=["accuracy"],
        jit_compile=False,
    )
    return built(model)


def ensemble(members):
    """Mean of several networks as one network that computes in float32.

    Gradients in bfloat16 carry three digits, too few for attributions that
    must add up, so the copies do not keep their members' dtype policy.

    Parameters
    ----------
    members : sequence of keras.Model
        Networks of equal input and output shape, sequences of plain layers.

    Returns
    -------
    keras.Model
        Not compiled.
    """
    import keras

    inputs = keras.Input(members[0].input_shape[1:])
    outputs = []
    for number, member in enumerate(members):
        copy = keras.models.clone_model(member, clone_function=_in_float32)
        copy.set_weights(member.get_weights())
        copy.name = f"member_{number}"
        outputs.append(copy(inputs))
    mean = keras.layers.Average()(outputs) if len(outputs) > 1 else outputs[0]
    return keras.Model(inputs, mean, name="ensemble")


def _in_float32(layer):
    return type(layer).from_config({**layer.get_config(), "dtype": "float32"})


def symmetrised(model):
    """Mean of a network over the eight symmetries of the square, as one network.

    Turning or mirroring an image does not change what it shows; the result
    does not depend on it at all.

    Parameters
    ----------
    model : keras.Model
        Takes square images.

    Returns
    -------
    keras.Model
        Of the same input and output shape, not compiled.
    """
    import keras
    from keras import ops

    inputs = keras.Input(model.input_shape[1:])
    views = []
    for image in (inputs, ops.transpose(inputs, (0, 2, 1, 3))):
        for mirrored in (image, ops.flip(image, 1)):
            views += [mirrored, ops.flip(mirrored, 2)]
    # one call on all eight, since eight calls of an ensemble would be a large graph
    outputs = model(ops.concatenate(views, axis=0))
    mean = ops.mean(ops.reshape(outputs, (8, -1, outputs.shape[-1])), axis=0)
    return keras.Model(inputs, mean, name="symmetrised")


def shrinking(model, size):
    """Let a network take larger images, shrunk as by `images.shrink`.

    Parameters
    ----------
    model : keras.Model
        Takes square images of at most `size`.
    size : int
        Side of the new input in pixels.

    Returns
    -------
    keras.Model
        Not compiled.
    """
    import keras

    side, channels = model.input_shape[2:]
    block = size // side
    inputs = keras.Input((size, size, channels))
    x = keras.layers.CenterCrop(block * side, block * side)(inputs)
    return keras.Model(inputs, model(keras.layers.AveragePooling2D(block)(x)), name="shrinking")


def layer_table(model):
    """Layers of a model as the publication's table 1 lists them.

    Parameters
    ----------
    model : keras.Model
        A built model; its input layer is left out.

    Returns
    -------
    pandas.DataFrame
        ``Layer Type``, ``Output Shape``, ``Parameters``.
    """
    import pandas as pd

    rows = [
        (type(layer).__name__, str(tuple(layer.output.shape)), layer.count_params())
        for layer in model.layers
        if type(layer).__name__ != "InputLayer"
    ]
    return pd.DataFrame(rows, columns=["Layer Type", "Output Shape", "Parameters"])
