"""Networks for velocity maps that know more than a plain one: attention, and the symmetries.

Imported only by who builds or loads such a network: the layer below is registered with Keras
on import, so that `train.load` finds it in safe mode.
"""

import keras
import numpy as np
from keras import layers, ops

from galutils.inputs import augment
from galutils.networks import models

ORDER = 8  # turns by 90 degrees and their mirror images


def _products():
    """Find the number of the symmetry s^-1 u for all s and u, as `augment.symmetric` counts."""
    square = np.arange(9).reshape(1, 3, 3)
    images = [augment.symmetric(square, s).tobytes() for s in range(ORDER)]
    table = np.empty((ORDER, ORDER), dtype=int)
    for s in range(ORDER):
        for t in range(ORDER):
            both = augment.symmetric(augment.symmetric(square, t), s)  # first t, then s
            table[s, images.index(both.tobytes())] = t
    return table


PRODUCTS = _products()


@keras.saving.register_keras_serializable("galutils")
class SymmetricConv2D(layers.Layer):
    """Convolution with every kernel in all eight orientations of the square (p4m).

    Cohen & Welling (2016), arXiv:1602.07576, sections 4.2 and 4.3. If the input turns, the output
    turns alike and its orientations change places.

    Parameters
    ----------
    filters : int
        Kernels; the output has `filters` channels for each orientation.
    size : int
        Odd side of the kernels, or the side of the map for ``padding="valid"``.
    orientations : {1, 8}
        Of the input: 1 for maps, 8 for what this layer returns.
    padding : {"same", "valid"}
        As of `keras.layers.Conv2D`.
    activation : str, optional
        As of `keras.layers.Conv2D`.
    **settings
        Passed on to `keras.layers.Layer`.

    Input shape
    -----------
    (None, side, side, `orientations` * channels), an orientation's channels side by side.

    Output shape
    ------------
    (None, side, side, 8 * `filters`), in the order of `augment.symmetric`.
    """

    def __init__(
        self, filters, size=3, orientations=ORDER, padding="same", activation=None, **settings
    ):
        super().__init__(**settings)
        self.filters, self.size = filters, size
        self.orientations, self.padding = orientations, padding
        self.activation = keras.activations.get(activation)
        # place in the one kernel of every entry of the eight turned ones
        places = np.arange(size**2 * orientations).reshape(1, size, size, orientations)
        turned = [augment.symmetric(places, s)[0] for s in range(ORDER)]
        if orientations == ORDER:
            turned = [one[..., PRODUCTS[s]] for s, one in enumerate(turned)]
        self._places = np.stack(turned, axis=2).astype("int32")  # (size, size, 8, orientations)

    def build(self, input_shape):
        """Create the kernel and one bias a filter, shared by the orientations."""
        channels = input_shape[-1] // self.orientations
        entries = self.size**2 * self.orientations
        spread = np.sqrt(2 / (entries * channels))  # He et al. (2015), for ReLU
        self.kernel = self.add_weight(
            shape=(entries, channels, self.filters),
            initializer=keras.initializers.TruncatedNormal(stddev=spread),
            name="kernel",
        )
        self.bias = self.add_weight(shape=(self.filters,), initializer="zeros", name="bias")

    def call(self, inputs):
        """Convolve with the kernel in all orientations."""
        channels = self.kernel.shape[1]
        every = ops.take(self.kernel, self._places.ravel(), axis=0)
        every = ops.reshape(every, (*self._places.shape, channels, self.filters))
        every = ops.transpose(every, (0, 1, 3, 4, 2, 5))  # y, x, in: orientation, channel, out
        shape = (self.size, self.size, self.orientations * channels, ORDER * self.filters)
        result = ops.conv(inputs, ops.reshape(every, shape), padding=self.padding)
        return self.activation(result + ops.tile(self.bias, ORDER))

    def compute_output_shape(self, input_shape):
        """Shape of the output."""
        n, *sides, _ = input_shape
        less = self.size - 1 if self.padding == "valid" else 0
        return (n, *(side - less for side in sides), ORDER * self.filters)

    def get_config(self):
        """Arguments to build the layer again."""
        own = {name: getattr(self, name) for name in ("filters", "size", "orientations", "padding")}
        own["activation"] = keras.activations.serialize(self.activation)
        return {**super().get_config(), **own}


def symmetric_cnn(
    input_shape=(40, 40, 1),
    filters=(8, 16, 32),
    learning_rate=1e-3,
    dropout=models.SAMI_DROPOUT,
    momentum=0.99,
):
    """Build a network whose output does not change when its input is turned or mirrored.

    The blocks of `models.sami_cnn` with `SymmetricConv2D`; the first dense layer is a convolution
    over the whole map, averaged over its orientations. With an eighth of the filters it has as
    many channels and an eighth of the kernels.

    Parameters
    ----------
    input_shape : tuple of int
        Side, side, channels.
    filters : sequence of int
        Kernels of each convolution.
    learning_rate, dropout, momentum : float
        As of `models.sami_cnn`.

    Returns
    -------
    keras.Model
        Compiled; output: probability of a fast rotator, shape (None, 1).

    Raises
    ------
    ValueError
        If the map is not square or its side cannot be halved once a convolution:
        pooling would leave out an edge on one side only.
    """
    side, width, _ = input_shape
    if side != width or side % 2 ** len(filters):
        raise ValueError(
            f"input_shape: expected a square with a side divisible by {2 ** len(filters)}, "
            f"received {side} by {width}"
        )
    inputs = x = keras.Input(input_shape)
    for number, n_filters in enumerate(filters):
        x = SymmetricConv2D(n_filters, 3, ORDER if number else 1, activation="relu")(x)
        x = layers.MaxPooling2D()(x)
        shape = x.shape[1:]
        # all orientations share their statistics and scale
        x = layers.Reshape((shape[0], shape[1] * ORDER, n_filters))(x)
        x = layers.Reshape(shape)(layers.BatchNormalization(momentum=momentum)(x))
    whole = x.shape[1]
    x = SymmetricConv2D(96 // ORDER, whole, padding="valid", activation="relu")(x)
    x = layers.Reshape((ORDER, 96 // ORDER))(x)
    x = layers.Dropout(dropout)(layers.GlobalAveragePooling1D()(x))
    return models.finished(
        inputs, x, (32,), learning_rate, dropout, "symmetric_cnn", jit_compile=False
    )


def attentive_cnn(
    input_shape=(40, 40, 1),
    filters=(64, 128, 256),
    learning_rate=1e-3,
    dropout=models.SAMI_DROPOUT,
    momentum=0.99,
    reduction=4,
):
    """Build `models.sami_cnn` with attention to channels and to places after every block.

    Channels are weighted as by squeeze and excitation (Hu, Shen & Sun 2018, section 3), then
    places by one 3x3 convolution (after Woo et al. 2018, section 3, who take 7x7 on the mean and
    the maximum of the channels).

    Parameters
    ----------
    input_shape, filters, learning_rate, dropout, momentum
        As of `models.sami_cnn`.
    reduction : int
        Channels for each unit of the layer between the squeeze and the weights.

    Returns
    -------
    keras.Model
        Compiled; output: probability of a fast rotator, shape (None, 1).
    """
    inputs = x = keras.Input(input_shape)
    for n_filters in filters:
        x = layers.MaxPooling2D()(layers.Conv2D(n_filters, 3, activation="relu")(x))
        x = layers.BatchNormalization(momentum=momentum)(x)
        channels = layers.GlobalAveragePooling2D(keepdims=True)(x)
        channels = layers.Dense(n_filters // reduction, activation="relu")(channels)
        channels = layers.Dense(n_filters, activation="sigmoid")(channels)
        x = layers.Multiply()([x, channels])
        places = layers.Conv2D(1, 3, padding="same", activation="sigmoid")(x)
        x = layers.Multiply()([x, places])
    x = layers.Flatten()(x)
    return models.finished(
        inputs, x, (96, 32), learning_rate, dropout, "attentive_cnn", jit_compile=False
    )
