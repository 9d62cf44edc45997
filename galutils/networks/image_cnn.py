"""The convolutional network for morphology from images in g, r and i."""

from galutils.networks.fused_batchnorm import compile_model, fuse
from galutils.store.files import require

MORPHOLOGY_DROPOUT = 0.25  # Lopez Morales (2020), section 6.1


def morphology_cnn(
    input_shape=(128, 128, 3), filters=(32, 64, 64, 128), dense=64, regularisation="batch",
    outputs=1, learning_rate=1e-3, momentum=0.9,
):  # fmt: skip
    """Build the network of Lopez Morales (2020), figure 5 and section 4.3, compiled for training.

    The network has two 3x3 convolutions, 2x2 maximum pooling, a convolution,
    pooling, a convolution; then 32 x 32 x 128 = 131,072 values in one row, a
    dense layer and the output. The thesis names neither the filters of the
    third convolution nor optimiser and rate; 64, Adam and 0.001 are our readings.

    Parameters
    ----------
    input_shape : tuple of int
        Height, width, channels; the sides must be divisible by four.
    filters : sequence of int
        Filters of the four convolutions.
    dense : int
        Units before the output.
    regularisation : {'batch', 'dropout'}
        Batch normalisation between every layer and its activation, or a
        dropout of 0.25 after every hidden layer (section 6.1), behind its pooling.
    outputs : {1, 2}
        One probability, of class 1 (sigmoid, figure 5), or those of both
        classes (softmax, section 4.3).
    learning_rate : float
        For Adam.
    momentum : float
        Momentum of the running means of batch normalisation, as for
        `galutils.networks.velocity_cnn.sami_cnn`.

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

    good = regularisation in ("batch", "dropout") and outputs in (1, 2)
    received = f"{regularisation!r} and {outputs!r}"
    require(good, "batch or dropout, outputs: 1 or 2", received, "regularisation")
    batch = regularisation == "batch"

    def activated(x):
        return layers.ReLU()(layers.BatchNormalization(momentum=momentum)(x) if batch else x)

    def dropped(x):
        return x if batch else layers.Dropout(MORPHOLOGY_DROPOUT)(x)

    inputs = x = keras.Input(input_shape)
    for number, n_filters in enumerate(filters):
        x = layers.Conv2D(n_filters, 3, padding="same")(x)
        if number in (1, 2):  # pooling before the activation gives the same in less time
            x = layers.MaxPooling2D()(x)
        x = dropped(activated(x))
    x = dropped(activated(layers.Dense(dense)(layers.Flatten()(x))))
    x = layers.Dense(outputs, activation="sigmoid" if outputs == 1 else "softmax")(x)
    model = fuse(keras.Model(inputs, x, name="morphology_cnn"))
    loss = "binary_crossentropy" if outputs == 1 else "sparse_categorical_crossentropy"
    return compile_model(model, keras.optimizers.Adam(learning_rate), loss)
