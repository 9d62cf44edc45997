r"""Global Moran's I of maps: how alike neighbouring spaxels are.

.. math:: I = \frac{n}{\sum_{ij} w_{ij}}
          \frac{\sum_{ij} w_{ij} (x_i - \bar x)(x_j - \bar x)}{\sum_i (x_i - \bar x)^2}

Moran (1948); equation 3 of Chegeni et al. (2025). Only valid spaxels take
part; weights join valid spaxels that share an edge (rook) or an edge or corner
(queen) and are standardised by row, as in esda's default. A spaxel without a
valid neighbour has no weight.
"""

from collections import namedtuple

import numpy as np
from scipy.ndimage import correlate1d

from galutils.store.measured import takes

BLOCK = 2**17  # values worked on at a time: they stay in a core's cache
Moran = namedtuple("Moran", "statistic p_value z lag")


def _dot(one, other):
    """Sum of products over each map of two stacks."""
    return np.vecdot(one.reshape(len(one), -1), other.reshape(len(other), -1))


def _neighbour_sum(maps, contiguity):
    """Return the sum of the neighbours of every spaxel of a stack of maps."""
    if contiguity == "queen":  # the square about the spaxel, without the spaxel
        rows = correlate1d(maps, [1, 1, 1], axis=2, mode="constant")
        return correlate1d(rows, [1, 1, 1], axis=1, mode="constant") - maps
    return sum(correlate1d(maps, [1, 0, 1], axis=axis, mode="constant") for axis in (1, 2))


def _weights(used, contiguity):
    """One over the number of neighbours, 0 for spaxels without any or not used, and their sum."""
    neighbours = _neighbour_sum(used, contiguity)
    weights = used / np.maximum(neighbours, 1)
    return weights, _dot(weights, neighbours)  # d times 1/d is 1 exactly for d up to 8


def _products(z, weights, contiguity):
    """Sum of values times the mean of their neighbours, one for each map."""
    return _dot(z, weights * _neighbour_sum(z, contiguity))


def _statistics(maps, use, contiguity):
    """Return Moran's I of a block of maps, shape (n,).

    With z the values less their mean and w_ij = 1 / d_i for the d_i valid neighbours j of i,
    the formula of the module is I = (n / sum_i 1[d_i > 0]) (sum_i z_i lag_i) / (sum_i z_i^2),
    where lag_i is the mean of z over the neighbours of i.
    """
    z = np.where(use, maps, 0.0).astype(float, copy=False)
    same = (use == use[0]).all()  # often all maps have one footprint
    used = (use[:1] if same else use).astype(float)
    count = _dot(used, used)
    weights, total_weight = _weights(used, contiguity)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = _dot(z, used) / count
        z -= np.nan_to_num(mean)[:, None, None] * used
        spread = _dot(z, z)
        statistic = count / total_weight * _products(z, weights, contiguity) / spread
    # A constant map leaves a spread of rounding errors only: there I is undefined.
    rounding = np.finfo(float).eps * count * np.square(np.nan_to_num(mean))
    return np.where((spread > rounding) & (total_weight > 0), statistic, np.nan)


def _extent(use):
    """Return slices of the rows and columns in which anything is used."""
    places = [np.flatnonzero(use.any(axis=axes)) for axes in ((0, 2), (0, 1))]
    return tuple(slice(p[0], p[-1] + 1) if p.size else slice(0, 1) for p in places)


@takes(maps=None)
def morans_i(maps, contiguity="queen"):
    """Moran's I of every map in a stack, vectorised.

    Equal to ``esda.Moran`` with row-standardised weights on each map's valid
    spaxels to rounding error; how much faster is in ``results/benchmarks.json``.

    Parameters
    ----------
    maps : array_like, shape (n, ny, nx)
        Values; NaN spaxels are left out.
    contiguity : {'queen', 'rook'}
        Which spaxels are neighbours.

    Returns
    -------
    ndarray, shape (n,)
        NaN where it is undefined: a constant map, or no two valid neighbours.

    Raises
    ------
    ValueError
        If `maps` is no stack or `contiguity` is unknown.
    """
    if contiguity not in ("queen", "rook"):
        raise ValueError(f"contiguity must be 'queen' or 'rook', received {contiguity!r}")
    if maps.ndim != 3:
        raise ValueError(f"maps must have shape (n, ny, nx), received {maps.shape}")
    use = np.isfinite(maps)
    inside = (slice(None), *_extent(use))
    maps, use = maps[inside], use[inside]
    step = max(1, BLOCK // max(1, maps[:1].size))
    result = np.empty(len(maps))
    for start in range(0, len(maps), step):
        rows = slice(start, start + step)
        result[rows] = _statistics(maps[rows], use[rows], contiguity)
    return result


def _shuffled(values, n, rng):
    """Draw `n` random orders of `values`.

    Each value has a random 64-bit key whose last bits are its index; sorting the keys puts the
    indices in random order, faster than a permutation for each row.
    """
    last = np.uint64((1 << len(values).bit_length()) - 1)
    keys = rng.integers(0, 2**64, (n, len(values)), dtype=np.uint64)
    keys &= ~last
    keys |= np.arange(len(values), dtype=np.uint64)
    keys.sort(axis=1)
    keys &= last
    return values.take(keys.astype(np.intp))


def _simulated(values, contiguity, permutations, rng):
    """Return Moran's I of random orders of the values of one map's spaxels.

    A permutation changes neither the mean nor the spread, so that only the sum of products of
    the formula is computed for each.
    """
    use = np.isfinite(values)
    z = values[use] - values[use].mean()
    used = use[None][:, *_extent(use[None])].astype(float)
    weights, total_weight = _weights(used, contiguity)
    place = np.full(used.size, z.size)  # of each spaxel among the values; beyond them is 0
    place[np.flatnonzero(used)] = np.arange(z.size)
    step = max(1, BLOCK // used.size)
    result = []
    for start in range(0, permutations, step):
        drawn = np.zeros((min(step, permutations - start), z.size + 1))
        drawn[:, :-1] = _shuffled(z, len(drawn), rng)
        framed = drawn.take(place, axis=1).reshape(-1, *used.shape[1:])
        result.append(_products(framed, weights, contiguity))
    return np.concatenate(result) * z.size / total_weight / np.square(z).sum()


@takes(maps=None)
def permutation_p_values(maps, contiguity="queen", permutations=999, rng=None):
    """Pseudo p-value of Moran's I for every map of a stack.

    The same test as ``esda.Moran(...).p_sim``: the share of random
    permutations of the valid spaxels whose statistic is at least as extreme,
    on the side where the observed one lies. esda draws from numpy's global
    state; this takes its own generator and works on blocks of permutations.

    Parameters
    ----------
    maps, contiguity
        As in `morans_i`.
    permutations : int
        Number of permutations; the smallest p-value is 1/(permutations + 1).
    rng : numpy.random.Generator or int, optional
        Random state.

    Returns
    -------
    ndarray, shape (n,)
        NaN where Moran's I is undefined.
    """
    rng = np.random.default_rng(rng)
    maps = maps.astype(float)
    observed = morans_i(maps, contiguity)
    result = np.full(len(maps), np.nan)
    for index in np.flatnonzero(np.isfinite(observed)):
        simulated = _simulated(maps[index], contiguity, permutations, rng)
        larger = np.count_nonzero(simulated >= observed[index])
        result[index] = (min(larger, permutations - larger) + 1) / (permutations + 1)
    return result


@takes(values=None)
def moran(values, contiguity="queen", permutations=999, rng=None):
    """Moran's I of one map with inference and scatter plot, by esda.

    Parameters
    ----------
    values : array_like, shape (ny, nx)
        NaN spaxels are left out.
    contiguity : {'queen', 'rook'}
        Which spaxels are neighbours.
    permutations : int
        Number of permutations for the p-value.
    rng : numpy.random.Generator or int, optional
        Random state of the permutations.

    Returns
    -------
    statistic : float
        Global Moran's I.
    p_value : float
        One-sided pseudo p-value from permutations of the spaxels.
    z, lag : ndarray, shape (n_valid,)
        Standardised values and the mean of their valid neighbours; the slope
        of `lag` on `z` is the statistic.

    Raises
    ------
    ValueError
        If the map is constant or has no two valid neighbours.
    """
    from esda import Moran as EsdaMoran
    from libpysal.weights import WSP, lag_spatial, lat2SW

    values = values.astype(float)
    p_value = permutation_p_values(values[None], contiguity, permutations, rng=rng)[0]
    if not np.isfinite(p_value):
        raise ValueError("Moran's I is undefined: the map is constant or has no valid neighbours")
    chosen = np.flatnonzero(np.isfinite(values))
    lattice = lat2SW(*values.shape, criterion=contiguity).tocsr().astype(float)
    weights = WSP(lattice[chosen][:, chosen]).to_W(silence_warnings=True)
    result = EsdaMoran(values.ravel()[chosen], weights, permutations=0)
    return Moran(float(result.I), float(p_value), result.z, lag_spatial(result.w, result.z))
