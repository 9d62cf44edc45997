"""Check if maps that explain a network show the pixels which the network uses.

Pixels are deleted or inserted in the order of a map, weights are made random, and maps of
several networks are compared.
"""

import itertools

import numpy as np

from galutils.explain.comparison import attributions
from galutils.explain.gradcam import leaves
from galutils.networks import train
from galutils.physics import kinematics
from galutils.scores import intervals

GALAXIES = 8  # number whose altered inputs are held in memory together


def ranks(values, where, rng=None):
    """Rank the pixels of each map, the largest value first.

    Parameters
    ----------
    values : ndarray, shape (n, h, w)
    where : ndarray of bool, shape (n, h, w)
        Pixels that have a place in the order.
    rng : int or numpy.random.Generator, optional
        Decides between equal values.

    Returns
    -------
    ndarray, shape (n, h, w)
        In (0, 1), evenly spaced; infinite for the other pixels.
    """
    rng = np.random.default_rng(rng)
    result = np.full(values.shape, np.inf)
    for value, inside, target in zip(values, where, result, strict=True):
        order = np.lexsort((rng.random(inside.sum()), -value[inside]))
        rank = np.empty(len(order))
        rank[order] = (np.arange(len(order)) + 0.5) / len(order)
        target[inside] = rank
    return result


def curves(network, x, baseline, order, classes, steps=16):
    """Probability of a class as pixels are deleted, and as they are inserted.

    Petsiuk, Das & Saenko (2018). Deletion sets pixels of the input to the
    baseline in their order; insertion sets those of the baseline to the input.

    Parameters
    ----------
    network : keras.Model
        Output: probabilities of classes, shape (None, k).
    x : ndarray, shape (n, h, w, c)
        Network inputs.
    baseline : float or ndarray
        Broadcasts against `x`.
    order : ndarray, shape (n, h, w)
        As of `ranks`; pixels of infinite rank keep the input's value in both.
    classes : array_like of int, shape (n,)
        Column that is followed.
    steps : int
        Steps of equal area.

    Returns
    -------
    ndarray, shape (n, 2, steps + 1)
        Deletion, insertion, at shares 0, 1 / steps ... 1 of the ordered pixels.
    """
    shares = (np.arange(steps + 1) / steps)[:, None, None]
    empty = np.where(np.isfinite(order)[..., None], baseline, x).astype(np.float32)
    classes, result = np.broadcast_to(classes, len(x)), np.empty((len(x), 2, steps + 1))
    for start in range(0, len(x), GALAXIES):
        rows = slice(start, start + GALAXIES)
        taken = (order[rows, None] < shares)[..., None]
        full, rest = x[rows, None], empty[rows, None]
        both = np.stack([np.where(taken, rest, full), np.where(taken, full, rest)], axis=1)
        found = train.outputs(network, both.reshape(-1, *x.shape[1:]))
        found = found.reshape(*both.shape[:3], -1)
        result[rows] = [one[..., column] for one, column in zip(found, classes[rows], strict=True)]
    return result


def curves_by_order(network, x, baseline, maps, where, classes, steps=16, n_random=1, rng=None):
    """`curves` in the order of several maps, and in three orders that ignore the network.

    Parameters
    ----------
    network, x, baseline, classes, steps
        As of `curves`.
    maps : mapping of str to ndarray, shape (n, h, w)
        Pixels of the largest values go first.
    where : ndarray of bool, shape (n, h, w)
        Pixels that are ordered.
    n_random : int
        Random orders whose curves are averaged.
    rng : int or numpy.random.Generator, optional
        Of the random orders and between equal values.

    Returns
    -------
    dict of str to ndarray, shape (n, 2, steps + 1)
        Also ``plain input``: by how far a pixel is from the baseline; ``centre
        first``; ``random order``.
    """
    rng = np.random.default_rng(rng)
    offset_x, offset_y = kinematics.spaxel_offsets(x.shape[1:3])
    plain = {
        "plain input": np.abs(x - baseline).sum(axis=-1),
        "centre first": np.broadcast_to(-np.hypot(offset_x, offset_y), x.shape[:3]),
    }
    result = {
        name: curves(network, x, baseline, ranks(of, where, rng), classes, steps)
        for name, of in (dict(maps) | plain).items()
    }
    drawn = [ranks(np.zeros(x.shape[:3]), where, rng) for _ in range(n_random)]
    random = [curves(network, x, baseline, order, classes, steps) for order in drawn]
    return result | {"random order": np.mean(random, axis=0)}


def joined(parts):
    """Put dicts of arrays, such as those of several folds, one after the other."""
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def compare(measured, references):
    """Areas under the curves of several orders, and paired gains.

    Parameters
    ----------
    measured : mapping of str to ndarray, shape (n, 2, steps + 1)
        Name of each order to `curves` of the same inputs.
    references : sequence of str
        Orders that the others are compared with.

    Returns
    -------
    dict of (str, str, str) to dict
        Order, ``deletion`` or ``insertion``, and ``area`` or ``gain over ...``,
        to ``value``, ``low``, ``high`` (mean over inputs, see
        `galutils.scores.intervals.mean_interval`).
        A gain is the difference in area input by input, positive where the order
        is better: less area under deletion, more under insertion.
    """
    result = {}
    for kind, (name, sign) in enumerate((("deletion", -1), ("insertion", 1))):
        area = {
            key: np.trapezoid(of[:, kind], axis=1) / (of.shape[2] - 1)
            for key, of in measured.items()
        }
        for key, of in area.items():
            result[key, name, "area"] = intervals.mean_interval(of)
            for other in references:
                if other != key:
                    gain = intervals.mean_interval(sign * (of - area[other]))
                    result[key, name, f"gain over {other}"] = gain
    return result


def randomised(model, rng=None):
    """Copy a model and shuffle the weights of each array (Adebayo et al. 2018).

    The shuffled weights are as large as before, so scores stay in a usual range.

    Parameters
    ----------
    model : keras.Model
        Not changed.
    rng : int or numpy.random.Generator, optional
        Random state.

    Returns
    -------
    keras.Model
    """
    import keras

    rng = np.random.default_rng(rng)
    copy = keras.models.clone_model(keras.Model(model.input, model.output))
    shuffled = [rng.permutation(one.ravel()).reshape(one.shape) for one in model.get_weights()]
    copy.set_weights(shuffled)
    return copy


def similarity(first, second):
    """Mean rank correlation of two stacks of maps.

    Parameters
    ----------
    first, second : ndarray, shape (n, h, w)

    Returns
    -------
    float
        Mean of Spearman's coefficient over the pairs of maps that both vary.
    """
    from scipy.stats import spearmanr

    pairs = [(a.ravel(), b.ravel()) for a, b in zip(first, second, strict=True)]
    found = [spearmanr(a, b).statistic for a, b in pairs if np.ptp(a) > 0 and np.ptp(b) > 0]
    return float(np.mean(found)) if found else float("nan")


def cascade(network, rng=None):
    """Shuffle the weights of a network layer by layer, from the output down.

    The cascading randomisation of Adebayo et al. (2018); weights are those of
    `randomised`, and with the last layer all are random.

    Parameters
    ----------
    network : keras.Model
        Not changed.
    rng : int or numpy.random.Generator, optional
        Random state.

    Yields
    ------
    name : str
        Layer down to which all is random; batch normalisation goes with the
        convolution before it.
    model : keras.Model
        The same each time: look at it before going on.
    """
    model = randomised(network, rng)
    layers = [one for one in leaves(model) if one.get_weights()]
    named, shuffled = _steps(model), [one.get_weights() for one in layers]
    model.set_weights(network.get_weights())
    for layer, weights in zip(reversed(layers), reversed(shuffled), strict=True):
        layer.set_weights(weights)
        if layer in named:
            yield layer.name, model


def _steps(network):
    """Layers of a network that have weights and are no batch normalisation."""
    weighted = [one for one in leaves(network) if one.get_weights()]
    return [one for one in weighted if type(one).__name__ != "BatchNormalization"]


def similarities(first, second, where):
    """Rank correlation of each pair of maps over some of their pixels.

    Parameters
    ----------
    first, second : ndarray, shape (n, h, w)
    where : ndarray of bool, shape (n, h, w)

    Returns
    -------
    ndarray, shape (n,)
        Spearman's coefficient, NaN where a map does not vary.
    """
    pairs = zip(first, second, where, strict=True)
    return np.array([similarity([a[use]], [b[use]]) for a, b, use in pairs])


def agreement(maps, where):
    """Mean of `similarities` over all pairs of networks, shape (n,); maps are (k, n, h, w)."""
    pairs = itertools.combinations(maps, 2)
    return np.mean([similarities(a, b, where) for a, b in pairs], axis=0)


def under_randomisation(network, x, classes, layer, where, depths=None, rng=None, **settings):
    """Compare maps with those of the trained network as its weights become random.

    Parameters
    ----------
    network, x, classes, layer
        As of `attributions`.
    where : ndarray of bool, shape (n, h, w)
        Pixels over which maps are compared.
    depths : sequence of int, optional
        How many layers of `cascade` are random when maps are compared, -1 for
        all; every number by default.
    rng : int or numpy.random.Generator, optional
        Of the weights; an integer, as the noise of SmoothGrad follows it too.
    **settings
        For `attributions`.

    Returns
    -------
    dict of str to dict of str to ndarray, shape (n,)
        Kind of map, then layer down to which all is random, to `similarities`.
    """
    trained = attributions(network, x, classes, layer, rng=rng, **settings)
    result = {kind: {} for kind in trained}
    total = len(_steps(network))
    wanted = range(total + 1) if depths is None else {one % (total + 1) for one in depths}
    for number, (name, model) in enumerate(cascade(network, rng), start=1):
        if number in wanted:
            found = attributions(model, x, classes, layer, rng=rng, **settings)
            for kind, values in found.items():
                result[kind][name] = similarities(trained[kind], values, where)
    return result
