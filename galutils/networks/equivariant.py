"""A convolutional network whose answer does not depend on how a velocity map is oriented.

The layer below is registered with Keras on import, so that `galutils.networks.saved.load` finds it
in safe mode.
"""

import keras
import numpy as np
from keras import layers, ops

from galutils.inputs import augment
from galutils.networks import velocity_cnn

ORDER = 8  # rotations by 90 degrees and their mirror images


# Number of the symmetry s^-1 u (row s, column u), as `augment.dihedral` counts: s is a rotation by
# QUARTERS[s] times 90 degrees and then, for MIRRORED[s], a mirroring, which reverses rotations.
QUARTERS, MIRRORED = np.arange(ORDER) % 4, np.arange(ORDER) // 4
_DIFFER = MIRRORED[:, None] ^ MIRRORED
_TURNS = QUARTERS + np.where(_DIFFER, 1, -1) * QUARTERS[:, None]
PRODUCTS = 4 * _DIFFER + _TURNS % 4


@keras.saving.register_keras_serializable("galutils")
class SymmetricConv2D(layers.Layer):
    """Convolution with every kernel in all eight orientations of the square (p4m).

    Cohen & Welling (2016), arXiv:1602.07576, sections 4.2 and 4.3. The output has one map for each
    orientation s of a kernel k,

        y_s = b + sum_t x_t * (s k)_(s^-1 t),

    where x_t are the orientations of the input, * is a convolution, and s k is the kernel rotated
    or mirrored by s. If the input turns, the output turns alike and its orientations change places.

    Parameters
    ----------
    filters : int
        Kernels; the output has `filters` channels for each orientation.
    size : int
        Odd side of the kernels, or the side of the map for ``padding="valid"``.
    orientations : {1, 8}
        Orientations of the input: 1 for maps, 8 for what this layer returns.
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
    (None, side, side, 8 * `filters`), in the order of `augment.dihedral`.
    """

    def __init__(
        self, filters, size=3, orientations=ORDER, padding="same", activation=None, **settings
    ):
        super().__init__(**settings)
        self.filters, self.size = filters, size
        self.orientations, self.padding = orientations, padding
        self.activation = keras.activations.get(activation)
        # Only one kernel is stored. Rotating a kernel of numbers 0, 1, ... gives the place in it
        # from which each entry of the eight rotated kernels is taken; for an input with
        # orientations these change places too.
        places = np.arange(size**2 * orientations).reshape(1, size, size, orientations)
        turned = [augment.dihedral(places, s)[0] for s in range(ORDER)]
        if orientations == ORDER:
            turned = [one[..., PRODUCTS[s]] for s, one in enumerate(turned)]
        self._places = np.stack(turned, axis=2).astype("int32")  # (size, size, 8, orientations)

    def build(self, input_shape):
        """Create the kernel and one bias for each filter, which the orientations share."""
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

    def get_config(self):
        """Return the arguments that build the layer again."""
        own = {name: getattr(self, name) for name in ("filters", "size", "orientations", "padding")}
        own["activation"] = keras.activations.serialize(self.activation)
        return {**super().get_config(), **own}


def symmetric_cnn(input_shape=(40, 40, 1), filters=(8, 16, 32), momentum=0.99):
    """Build a network whose output does not change when its input is rotated or mirrored.

    It has the blocks of `galutils.networks.velocity_cnn.sami_cnn` with `SymmetricConv2D`. The
    first dense layer is a convolution over the whole map, averaged over its orientations. With an
    eighth of the filters the network has as many channels and an eighth of the kernels.

    Parameters
    ----------
    input_shape : tuple of int
        Side, side, channels.
    filters : sequence of int
        Kernels of each convolution.
    momentum : float
        As of `galutils.networks.velocity_cnn.sami_cnn`.

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
        # Reshaped so that all orientations of a filter share their statistics and scale.
        x = layers.Reshape((shape[0], shape[1] * ORDER, n_filters))(x)
        x = layers.Reshape(shape)(layers.BatchNormalization(momentum=momentum)(x))
    x = SymmetricConv2D(96 // ORDER, x.shape[1], padding="valid", activation="relu")(x)
    x = layers.Reshape((ORDER, 96 // ORDER))(x)
    dropout = velocity_cnn.SAMI_DROPOUT
    x = layers.Dropout(dropout)(layers.GlobalAveragePooling1D()(x))
    return velocity_cnn.compile_binary(
        inputs, x, (32,), 1e-3, dropout, "symmetric_cnn", jit_compile=False
    )
