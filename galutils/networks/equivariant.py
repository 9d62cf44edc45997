"""A convolution that turns with the map: the layer of `velocity_cnn.symmetric_cnn`.

It is registered with Keras on import, so that `galutils.networks.saved.load` finds it
in safe mode.
"""

import keras
import numpy as np
from keras import layers, ops

from galutils.inputs import augment

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
