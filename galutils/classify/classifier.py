"""A saved network with its card: from a run of inputs to a table of results."""

import hashlib
import json
from typing import NamedTuple

import numpy as np

from galutils.classify.members import Network
from galutils.classify.preparation import FLAGS, Preparation
from galutils.classify.rows import Rows
from galutils.networks import cards
from galutils.scores import multiclass
from galutils.store.files import require


class Job(NamedTuple):
    """Classify by a saved network, as a job of `galutils.classify.engine`."""

    model_path: object
    card_path: object = None

    def identity(self):
        """Return the sha256 of the model and of its card."""
        card = read_card(self.model_path, self.card_path)
        text = json.dumps(card, sort_keys=True)
        return card["file"]["sha256"], hashlib.sha256(text.encode()).hexdigest()

    def chosen(self, listing):
        """Return all inputs."""
        return listing

    def begun(self):
        """Load the network."""
        return Classifier(self.model_path, self.card_path)


class Classifier:
    """A network, and how its inputs are read and prepared.

    Parameters
    ----------
    model_path : path-like
        A ``.keras`` model.
    card_path : path-like, optional
        Its card; by default the one beside it.

    Attributes
    ----------
    classes : list of str
        As the card names them.
    sha256 : str
        Of the model's file.

    Raises
    ------
    ValueError
        If the model or the card cannot be read, the card is that of another file, or the network
        is no classifier.
    """

    def __init__(self, model_path, card_path=None):
        card = read_card(model_path, card_path)
        self.classes, self.sha256 = card["classes"], card["file"]["sha256"]
        self._preparation = preparation = Preparation(card, Rows())
        self._network = Network(model_path, bool(card["architecture"].get("symmetric")))
        shape, n_outputs = self._network.input_shape, self._network.n_outputs
        good, expected = shape == preparation.shape, f"inputs of {preparation.shape} by the card"
        require(good, expected, f"a model of {shape}", model_path)
        good = n_outputs in {len(self.classes), len(self.classes) - 1 or 1}
        require(good, f"outputs for {self.classes}", f"a model of {n_outputs}", model_path)

    def load(self, listing):
        """Read and prepare inputs, as `galutils.classify.preparation.Preparation.load`."""
        return self._preparation.load(listing)

    def probabilities(self, inputs):
        """Classify arrays that were read elsewhere.

        Parameters
        ----------
        inputs : iterable of (int, ndarray)
            As of `galutils.classify.preparation.Preparation.of`.

        Returns
        -------
        good, mean, spread, flags : ndarray
            Places, outputs and their spread (n_good, outputs), bits of
            `galutils.classify.preparation.FLAGS`.
        """
        x, good, flags, _ = self._preparation.of(inputs)
        return good, *self._network.mean_and_spread(x), flags

    def table(self, listing, loaded):
        """Classify what was loaded.

        Parameters
        ----------
        listing : pandas.DataFrame
            As of `galutils.classify.inputs.listing`.
        loaded : tuple
            What `load` has made of it.

        Returns
        -------
        pyarrow.Table
            Of the good ones: ``class``, ``probability``, ``spread``, ``flags``, ``model``; of more
            than two classes ``p_<class>`` of each.
        good, reasons
            As of `galutils.classify.engine`.
        """
        import pyarrow as pa

        x, good, flags, reasons = loaded
        mean, spread = self._network.mean_and_spread(x)
        rows, repeated = np.arange(len(good)), listing["repeated"].to_numpy()[good]
        several = len(self.classes) > 2
        # of two classes the probability is that of the second, whichever is named
        named = multiclass.decide(mean, self.classes) if several else mean[:, -1] >= 0.5
        shown = named if several else -1
        results = {
            "class": pa.array(np.array(self.classes, dtype=object)[named.astype(int)], pa.string()),
            "probability": mean[rows, shown],
            "spread": spread[rows, shown],
            "flags": flags | (repeated * FLAGS["repeated_id"]).astype(np.uint16),
            "model": pa.array([self.sha256] * len(good), pa.string()),
        }
        if several:
            results |= {f"p_{c}": mean[:, k] for k, c in enumerate(self.classes)}
        return pa.table(results), good, reasons


def read_card(model_path, card_path=None):
    """Read the card of a model that names classes.

    Raises
    ------
    ValueError
        If there is none, it is that of another file, or names no classes.
    """
    path = card_path or cards.beside(model_path)
    try:
        card = cards.read(path, model_path)
    except OSError as error:
        reason = f"{model_path}: expected a model and its card, received {error}"
        raise ValueError(reason) from error
    require(card["classes"], "the card of a classifier", "no classes", path)
    return card


def flagged(flags, name):
    """Tell in which rows a flag is set.

    Parameters
    ----------
    flags : array_like of int
        Column ``flags`` of a result.
    name : str
        One of `galutils.classify.preparation.FLAGS`.

    Returns
    -------
    ndarray of bool
    """
    return (np.asarray(flags) & FLAGS[name]) != 0
