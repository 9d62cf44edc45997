r"""Global Moran's I of maps: how alike neighbouring spaxels are.

.. math:: I = \frac{n}{\sum_{ij} w_{ij}}
          \frac{\sum_{ij} w_{ij} (x_i - \bar x)(x_j - \bar x)}{\sum_i (x_i - \bar x)^2}

Moran (1948); equation 3 of Chegeni et al. (2025). Only valid spaxels take
part; weights join valid spaxels that share an edge (rook) or an edge or corner
(queen) and are standardised by row, as in esda's default. A spaxel without a
valid neighbour has no weight.
"""

from dataclasses import dataclass

import numpy as np

NEIGHBOURS = {
    "rook": ((0, 1), (1, 0), (0, -1), (-1, 0)),
    "queen": ((0, 1), (1, 0), (0, -1), (-1, 0), (1, 1), (1, -1), (-1, 1), (-1, -1)),
}


@dataclass(frozen=True)
class Moran:
    """Moran's I of one map with what its scatter plot needs.

    Attributes
    ----------
    statistic : float
        Global Moran's I.
    p_value : float
        One-sided pseudo p-value from permutations of the spaxels.
    z, lag : ndarray, shape (n_valid,)
        Standardised values and the mean of their valid neighbours; the slope
        of `lag` on `z` is the statistic.
    """

    statistic: float
    p_value: float
    z: np.ndarray
    lag: np.ndarray


def _offsets(contiguity):
    if contiguity not in NEIGHBOURS:
        raise ValueError(f"contiguity must be 'queen' or 'rook', received {contiguity!r}")
    return NEIGHBOURS[contiguity]


def _neighbour_sum(stack, contiguity):
    padded = np.pad(stack, ((0, 0), (1, 1), (1, 1)))
    ny, nx = stack.shape[1:]
    return sum(
        padded[:, 1 + dy : 1 + dy + ny, 1 + dx : 1 + dx + nx] for dy, dx in _offsets(contiguity)
    )


def _valid(maps, valid):
    finite = np.isfinite(maps)
    return finite if valid is None else finite & valid


def morans_i(maps, contiguity="queen", valid=None):
    """Moran's I of every map in a stack, in one vectorised pass.

    Equal to ``esda.Moran`` with row-standardised weights on each map's valid
    spaxels to rounding error, about a hundred times faster.

    Parameters
    ----------
    maps : array_like, shape (n, ny, nx)
        Values; NaN spaxels are left out.
    contiguity : {'queen', 'rook'}
        Which spaxels are neighbours.
    valid : array_like of bool, shape (n, ny, nx), optional
        Spaxels to use; all finite ones by default.

    Returns
    -------
    ndarray, shape (n,)
        NaN where it is undefined: a constant map, or no two valid neighbours.

    Raises
    ------
    ValueError
        If `maps` is no stack or `contiguity` is unknown.
    """
    maps = np.asarray(maps, dtype=float)
    if maps.ndim != 3:
        raise ValueError(f"maps must have shape (n, ny, nx), received {maps.shape}")
    use = _valid(maps, valid)
    count = use.sum(axis=(1, 2))
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.where(use, maps, 0.0).sum(axis=(1, 2)) / count
        z = np.where(use, maps - mean[:, None, None], 0.0)
        degree = np.where(use, _neighbour_sum(use.astype(float), contiguity), 0.0)
        lag = np.where(degree > 0, _neighbour_sum(z, contiguity) / degree, 0.0)
        spread = np.square(z).sum(axis=(1, 2))
        total_weight = (degree > 0).sum(axis=(1, 2))
        statistic = count / total_weight * (z * lag).sum(axis=(1, 2)) / spread
    rounding = np.finfo(float).eps * count * np.square(np.nan_to_num(mean))
    return np.where((spread > rounding) & (total_weight > 0), statistic, np.nan)


def _lattice(shape, contiguity):
    from libpysal.weights import lat2SW

    _offsets(contiguity)
    return lat2SW(*shape, criterion=contiguity).tocsr().astype(float)


def permutation_p_values(maps, contiguity="queen", permutations=999, valid=None, rng=None):
    """Pseudo p-value of Moran's I for every map of a stack.

    The same test as ``esda.Moran(...).p_sim``: the share of random
    permutations of the valid spaxels whose statistic is at least as extreme,
    on the side where the observed one lies. esda draws from numpy's global
    state; this takes its own generator, and multiplies all permutations of a
    map by one sparse matrix, which is several times faster.

    Parameters
    ----------
    maps, contiguity, valid
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
    maps = np.asarray(maps, dtype=float)
    observed = morans_i(maps, contiguity, valid)
    lattice = _lattice(maps.shape[1:], contiguity)
    result = np.full(len(maps), np.nan)
    for index in np.flatnonzero(np.isfinite(observed)):
        chosen = np.flatnonzero(_valid(maps[index], None if valid is None else valid[index]))
        weights = lattice[chosen][:, chosen]
        degree = np.asarray(weights.sum(axis=1))
        linked = degree > 0
        weights.data /= np.repeat(degree, np.diff(weights.indptr))
        z = maps[index].ravel()[chosen]
        z = z - z.mean()
        drawn = rng.permuted(np.tile(z, (permutations, 1)), axis=1).T
        simulated = np.einsum("ij,ij->j", drawn, weights @ drawn)
        simulated *= z.size / linked.sum() / np.square(z).sum()
        larger = np.count_nonzero(simulated >= observed[index])
        result[index] = (min(larger, permutations - larger) + 1) / (permutations + 1)
    return result


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
    Moran

    Raises
    ------
    ValueError
        If the map is constant or has no two valid neighbours.
    """
    from esda import Moran as EsdaMoran
    from libpysal.weights import WSP, lag_spatial

    values = np.asarray(values, dtype=float)
    p_value = permutation_p_values(values[None], contiguity, permutations, rng=rng)[0]
    if not np.isfinite(p_value):
        raise ValueError("Moran's I is undefined: the map is constant or has no valid neighbours")
    chosen = np.flatnonzero(np.isfinite(values))
    weights = WSP(_lattice(values.shape, contiguity)[chosen][:, chosen]).to_W(silence_warnings=True)
    result = EsdaMoran(values.ravel()[chosen], weights, permutations=0)
    return Moran(float(result.I), float(p_value), result.z, lag_spatial(result.w, result.z))
