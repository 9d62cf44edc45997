"""A network beside a browsed sample: probabilities in batches, attributions one by one."""

import contextlib

import numpy as np

from galutils.explain import comparison
from galutils.inputs import images
from galutils.networks import saved, train
from galutils.store import measured
from galutils.store.files import require

BATCH = 256
TOLERANCE = 0.05  # of the sum of the attributions, enough to look at


class Network:
    """A model's answers on a sample, computed when asked for and kept.

    Parameters
    ----------
    model : keras.Model or path-like
        Or the ``.keras`` file of one, loaded in safe mode.
    sample : astropy.table.Table
        With the column `picture`.
    picture : {"velocity", "image"}
        What the model looks at.
    prepare : callable, optional
        Takes rows of the sample (Table), returns network inputs (n, h, w, c). Without it the
        studies' own preparation is used: `images.network_input` for velocity maps, `images.shrink`
        for colour images of 0-255, and for fluxes `images.normalise` by the maximum of each band.

    Raises
    ------
    ValueError
        If the model takes other inputs than that, or `prepare` makes others.
    """

    def __init__(self, model, sample, picture, prepare=None):
        self.model = model if hasattr(model, "input_shape") else saved.load(model)
        self.sample, self.picture, self.own = sample, picture, prepare
        shape = self.model.input_shape
        good = isinstance(shape, tuple) and len(shape) == 4
        require(good, "inputs (n, h, w, channels)", shape, "model")
        if prepare is None:
            _check(shape, sample[picture].shape, picture)
        self.side, self.n_outputs = shape[1], self.model.output_shape[-1]
        self._outputs = np.full((len(sample), self.n_outputs), np.nan, dtype=np.float32)
        self._attributions = {}
        self.inputs([0])  # whatever is wrong with them is said now

    def inputs(self, rows):
        """Return network inputs of some rows, as float32 (n, h, w, channels)."""
        some = self.sample[rows]
        if self.own is not None:
            found = measured.plain(self.own(some)).astype(np.float32)
            wanted, shape = tuple(self.model.input_shape[1:]), found.shape[1:]
            require(shape == wanted, f"shape {wanted} a galaxy", shape, "prepare")
            return found
        pixels = some[self.picture]
        if self.picture == "velocity":
            return images.network_input(pixels, self.side)
        pixels = images.block_average(pixels, self.side)
        if some[self.picture].dtype == np.uint8:
            mean = self.model.input_shape[-1] == 1
            return (pixels.mean(axis=-1, keepdims=True) if mean else pixels).astype(np.float32)
        return images.normalise(pixels, "max", central=0.25)

    def outputs(self, rows, tell=None):
        """Compute outputs of the model for some rows, shape (n, k).

        Parameters
        ----------
        rows : array_like of int
            Those not yet known are computed in batches.
        tell : callable, optional
            Called after each batch with the number done and to do.

        Returns
        -------
        ndarray
            NaN where no input can be made, such as of an image without light; a single row raises
            the ValueError that says why.
        """
        rows = np.asarray(rows, dtype=int)
        missing = rows[np.isnan(self._outputs[rows, 0])]
        for start in range(0, len(missing), BATCH):
            batch = missing[start : start + BATCH]
            self._outputs[batch] = self._computed(batch)
            if tell:
                tell(start + len(batch), len(missing))
        return self._outputs[rows]

    def _computed(self, rows):
        try:
            return train.outputs(self.model, self.inputs(rows))
        except ValueError:
            if len(rows) == 1:
                raise
        found = np.full((len(rows), self.n_outputs), np.nan, dtype=np.float32)
        for place, row in enumerate(rows):
            with contextlib.suppress(ValueError):
                found[place] = self._computed([row])[0]
        return found

    def probability(self, rows, tell=None):
        """Probability of class 1, or that of the class called where there are more than two."""
        found = self.outputs(rows, tell)
        return (found.max(axis=1) if self.n_outputs > 2 else found[:, -1]).astype(float)

    def called(self, row):
        """Column of the output that a galaxy is called, and its probability."""
        found = self.outputs([row])[0]
        column = int(found.argmax()) if self.n_outputs > 1 else int(found[0] >= 0.5)
        return column, float(self.probability([row])[0])

    def attribution(self, row):
        """Integrated gradients of one galaxy, channels added up, shape (h, w).

        Positive speaks for class 1, or for the class called where there are more than two.

        Raises
        ------
        ValueError
            If they do not add up to the change in probability.
        """
        if row not in self._attributions:
            x = self.inputs([row])
            column = self.called(row)[0] if self.n_outputs > 2 else self.n_outputs - 1
            found = comparison.path_attributions(self.model, x, [column], tolerance=TOLERANCE)
            self._attributions[row] = found[0]
        return self._attributions[row]

    def share(self):
        """Side of the network's input as a share of that of the picture."""
        side = self.sample[self.picture].shape[1]
        if self.own is not None:
            return 1.0
        if self.picture == "velocity":
            return self.side / side
        return side // self.side * self.side / side


def _check(wanted, given, picture):
    """Refuse a model that takes other inputs than the picture can be made into."""
    height, width, channels = wanted[1:]
    possible = (1,) if picture == "velocity" else (1, 3)
    good = height == width and height is not None and channels in possible
    good = good and (picture == "velocity" or height <= given[1])
    kinds = f"{' or '.join(map(str, possible))} channels of '{picture}'"
    expected = f"one that takes squares of at most {given[1]} pixels with {kinds}"
    received = f"one of inputs {(height, width, channels)}; give prepare=... to make them yourself"
    require(good, expected, received, "model")
