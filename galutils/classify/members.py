"""Compute the outputs of the members of an ensemble in one pass."""

import numpy as np

from galutils.networks import saved, train, wrappers

BATCH = 256


def separated(model):
    """Keep the members of an ensemble apart.

    Parameters
    ----------
    model : keras.Model
        As of `galutils.networks.wrappers.ensemble`, also within `symmetrised` and `shrinking`.

    Returns
    -------
    model : keras.Model
        The same network with the members' outputs side by side, (None, members * outputs);
        one that has no members as it is.
    count : int
        Members, at least 1.
    """
    import keras

    inner = wrappers.members(model)
    if model.name == "ensemble" and len(inner) > 1:
        inputs = model.inputs[0]
        outputs = [member(inputs) for member in inner]
        return keras.Model(inputs, keras.layers.Concatenate()(outputs)), len(inner)
    if model.name not in ("symmetrised", "shrinking"):
        return model, 1
    [network] = inner
    apart, count = separated(network)
    if model.name == "symmetrised":
        return wrappers.symmetrised(apart), count
    return wrappers.shrinking(apart, model.input_shape[1]), count


class Network:
    """A saved network as one graph, loaded in safe mode.

    Parameters
    ----------
    path : path-like
        A ``.keras`` model.
    symmetric : bool
        Average over the eight symmetries of the square, if the model does not do so itself.

    Attributes
    ----------
    input_shape : tuple
        Of one input.
    n_members, n_outputs : int

    Raises
    ------
    ValueError
        If it cannot be loaded.
    """

    def __init__(self, path, symmetric=False):
        apart, self.n_members = separated(saved.load(path))
        if symmetric and apart.name != "symmetrised":
            apart = wrappers.symmetrised(apart)
        self.input_shape = tuple(apart.input_shape[1:])
        self.n_outputs = apart.output_shape[-1] // self.n_members
        # one graph, which leaves other threads to read in the meantime
        self._model, self._call = apart, train.graph(apart)

    def mean_and_spread(self, x):
        """Mean and standard deviation of the members.

        Parameters
        ----------
        x : ndarray, shape (n, ...) of inputs

        Returns
        -------
        mean, spread : ndarray of float32, shape (n, outputs)
            The spread of a single network is NaN.
        """
        starts = range(0, len(x), BATCH)
        found = [self._call(np.asarray(x[i : i + BATCH], np.float32)).numpy() for i in starts]
        found = np.concatenate(found) if found else np.empty(0, np.float32)
        found = found.reshape(-1, self.n_members, self.n_outputs)
        mean = found.mean(axis=1)
        spread = found.std(axis=1) if self.n_members > 1 else np.full_like(mean, np.nan)
        return mean, spread
