"""Networks that learn a class together with measured quantities, and then tell the class alone.

A class of few galaxies teaches little about what images look like. Quantities of a catalogue, such
as the T-type, are known for more galaxies and hold more than one bit each; the layers that all of
them share are taught by all (Caruana 1997, Machine Learning 28, 41). Only training needs them.
"""

import keras
from keras import layers, ops

from galutils.networks import cross_validation, wrappers
from galutils.networks.fused_batchnorm import compile_model, fuse

WEIGHT = 0.3  # of the squared error of a quantity, beside the cross-entropy of the class


def build(network, quantities):
    """Add quantities to the output of a network, and compile it for training.

    Parameters
    ----------
    network : callable
        Returns a model with one output, a probability, that is its last layer.
    quantities : int
        Number of quantities. Each is a linear unit beside the output.

    Returns
    -------
    keras.Model
        Output (None, `quantities` + 1), the probability last. A target that is NaN is not
        known and adds nothing to the loss.
    """
    model = network()
    linear = layers.Dense(quantities, dtype="float32")(model.layers[-1].input)
    both = layers.Concatenate(dtype="float32")([linear, model.output])
    model = fuse(keras.Model(model.input, both))
    return compile_model(model, keras.optimizers.Adam(), _loss, metrics=None)


@keras.saving.register_keras_serializable("galutils")  # copies of a model keep its loss
def _loss(truth, output):
    """Return the loss of each row over the targets that are known."""
    known = ops.cast(truth == truth, "float32")  # NaN is not equal to itself
    truth = ops.where(truth == truth, truth, 0.5)
    squares = ops.square(truth - output)[:, :-1] * known[:, :-1]
    entropy = ops.binary_crossentropy(truth[:, -1], output[:, -1]) * known[:, -1]
    return WEIGHT * ops.sum(squares, axis=-1) + entropy


def fit(x, labels, groups, seed, **settings):
    """Train on classes and quantities, and keep what tells the class.

    Parameters
    ----------
    x : ndarray, shape (n, size, size, channels)
        Network inputs.
    labels : ndarray of float, shape (n, quantities + 1)
        Quantities, best in units of their scatter, then the class as target in [0, 1]; NaN where
        not known.
    groups : ndarray, shape (n,)
        Galaxy of each row.
    seed : int
        As of `galutils.networks.cross_validation.fit_symmetric`.
    **settings
        Its other arguments but ``classes``; its ``build`` as `build` here.

    Returns
    -------
    model : keras.Model
        Output: probability of class 1, shape (None, 1).
    history : pandas.DataFrame
    """
    model, history = cross_validation.fit_symmetric(
        x, labels, groups, seed, classes=None, **settings
    )
    members = [keras.Model(one.input, one.layers[-1].input[-1]) for one in wrappers.members(model)]
    return wrappers.ensemble(members), history
