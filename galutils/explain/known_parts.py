"""How well maps that explain a network show parts of an image that are known, such as arms."""

import numpy as np
from sklearn.metrics import roc_auc_score


def hits(maps, parts, where):
    """Measure how much of each map lies on the known parts, and how well it tells them.

    Parameters
    ----------
    maps : ndarray, shape (n, h, w)
        Absolute values count.
    parts : ndarray of bool, shape (n, h, w)
        Pixels of the parts.
    where : ndarray of bool, shape (h, w) or (n, h, w)
        Pixels that count; some of the parts and some others in every image.

    Returns
    -------
    ndarray, shape (n, 2)
        Share of the map on the parts, relative to their share of the area: 1 by chance; and the
        area under the ROC curve with which values tell pixels of the parts: 0.5 by chance. NaN
        where a map is zero everywhere.
    """
    result = np.full((len(maps), 2), np.nan)
    for values, part, inside, row in zip(
        np.abs(maps), parts, np.broadcast_to(where, maps.shape), result, strict=True
    ):
        values, part = values[inside], part[inside]
        if values.any():
            row[:] = values[part].sum() / values.sum() / part.mean(), roc_auc_score(part, values)
    return result


def hits_of_turned(maps, parts, where):
    """Return `hits` of the maps turned by quarters and mirrored, the mean of those seven.

    It is what a map would score that knows how bright a galaxy is at each radius, but not where its
    arms are. The parts and `where` stay as they are.
    """
    turned = [
        hits(np.rot90(mirrored, quarters, axes=(1, 2)), parts, where)
        for mirrored in (maps, maps[:, :, ::-1])
        for quarters in range(4)
    ]
    return np.mean(turned[1:], axis=0)


def brightest(values, where, share=0.25):
    """Return the pixels of largest values of each image, that share of those that count.

    Parameters
    ----------
    values : ndarray, shape (n, h, w)
    where : ndarray of bool, shape (h, w)
    share : float

    Returns
    -------
    ndarray of bool, shape (n, h, w)
    """
    limits = np.quantile(values[:, where], 1 - share, axis=1)
    return (values > limits[:, None, None]) & where
