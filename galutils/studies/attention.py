"""Where in an image the attribution of the morphology study lies, in numbers."""

import numpy as np
import pandas as pd

from galutils.explain import integrated_gradients


def attributions(model, setting, pixels, zoom=1):
    """Integrated gradients of flux images, filters added up.

    Parameters
    ----------
    model : keras.Model
        As `galutils.studies.morphology.both_protocols` returns them.
    setting : galutils.studies.morphology.Setting
        The one it was trained under.
    pixels : ndarray, shape (n, side, side, 3)
        Flux images.
    zoom : int
        Each pixel is repeated as often along both axes, for display.

    Returns
    -------
    ndarray, shape (n, h, w)
        Positive where a pixel speaks for a fast rotator.
    """
    # Five per cent of the change suffice for a map.
    result = integrated_gradients.integrated_gradients(
        model, setting.inputs(pixels), tolerance=0.05
    )
    maps = result.values.sum(axis=3)
    return maps.repeat(zoom, axis=1).repeat(zoom, axis=2)


def neighbours(pixels, scale, nearest=8.0, excess=0.1):
    """Find light that is not the galaxy's: far out, above what is usual at that distance.

    Parameters
    ----------
    pixels : ndarray, shape (n, side, side, 3)
        Flux images in nanomaggies a pixel of SDSS, galaxies in the middle.
    scale : float
        arcsec of a pixel.
    nearest : float
        arcsec from the middle, within which nothing counts as a neighbour.
    excess : float
        nanomaggies above the median of all pixels at that distance, in the mean of the filters.

    Returns
    -------
    near, far : ndarray of bool, shape (n, side, side)
        Pixels of neighbours, and all others beyond `nearest`.
    """
    light = pixels.mean(axis=3)
    axis = np.arange(light.shape[1]) - (light.shape[1] - 1) / 2
    radius = np.hypot(axis, axis[:, None])
    outside = np.broadcast_to(radius * scale > nearest, light.shape)
    ring = radius.astype(int)
    usual = np.stack([np.median(light[:, ring == k], axis=1) for k in range(ring.max() + 1)], 1)
    above = light > usual[:, ring] + excess
    return outside & above, outside & ~above


def attention(maps, pixels, scale, inner=2.5, outer=8.0):
    """Where the attribution lies: in the centre, in the outskirts, on neighbours.

    Parameters
    ----------
    maps : ndarray, shape (n, side, side)
        Attributions.
    pixels : ndarray, shape (n, side, side, 3)
        Flux images of the same pixels.
    scale, inner, outer : float
        arcsec of a pixel, and the radii of centre and outskirts.

    Returns
    -------
    pandas.DataFrame
        A row a galaxy: ``centre`` and ``outskirts``, shares of the absolute attribution within
        `inner` and beyond `outer`; ``light in the centre``, ``light in the outskirts`` those of
        the light; ``neighbours over sky``, mean absolute attribution of a pixel of a neighbour
        over that of another pixel out there, NaN without neighbour.
    """
    radii = np.array([inner, outer]) / scale
    light = np.maximum(pixels.sum(axis=3), 0)
    columns = {}
    for words, values in (("", maps), ("light in the ", light)):
        inside, within = integrated_gradients.enclosed(values, radii).T
        columns |= {f"{words}centre": inside, f"{words}outskirts": 1 - within}
    near, far = neighbours(pixels, scale, outer)
    weight = np.abs(maps)
    with np.errstate(invalid="ignore"):
        of_near, of_far = ((weight * one).sum((1, 2)) / one.sum((1, 2)) for one in (near, far))
        columns["neighbours over sky"] = of_near / of_far
    return pd.DataFrame(columns)
