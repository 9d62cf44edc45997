"""Figures of maps that explain a network."""

import numpy as np

from galutils.plots import style
from galutils.plots.images import draw_heat
from galutils.plots.sky import BAR, mark_sky


@style.styled
def attributions(images, maps, titles, scale, columns=4, sky=True):
    """Images in rows, and below each the attribution of its pixels on its own scale.

    Parameters
    ----------
    images : ndarray of uint8, shape (n, h, w, 3)
        As `colour_images` makes them, row 0 north.
    maps : ndarray, shape (n, h, w)
        Attribution summed over the channels, row 0 south as in the images the
        network was given. A map is divided by the 99.5 per cent quantile of
        its absolute values; one that is zero everywhere stays zero. The scale
        is symmetric about zero unless no map has negative values.
    titles : sequence of str
        One for each image.
    scale : float
        arcsec per pixel.
    columns : int
        Images in a row.
    sky : bool
        False for simulated galaxies, whose images do not have north up and east left.

    Raises
    ------
    ValueError
        If images, maps and titles do not belong together.
    """
    style.same_number("images with a map and a title each", images, maps, titles, least=1)
    columns = min(columns, len(maps))
    rows, side = -(-len(maps) // columns), 7.2 / max(columns, 3)
    size = (side * columns, (2 * side + 0.2) * rows + 0.6)
    figure, grid = style.bare(2 * rows, columns, size)
    figure.get_layout_engine().set(h_pad=0.07, hspace=0)
    lowest = -1 if np.min(maps) < 0 else 0
    places = zip(grid[::2].flat, grid[1::2].flat, strict=True)
    for (above, below), image, values, title in zip(places, images, maps, titles, strict=False):
        style.picture(above, image, title)
        below.axis("on")
        drawn = draw_heat(below, values[::-1] / style.ceiling(values), lowest)
    mark_sky(grid[0, 0], scale, sky, length=BAR)
    figure.colorbar(
        drawn, ax=grid, label="attribution / 99.5 % quantile of its absolute values in the map",
        location="bottom", aspect=40, shrink=0.8, extend="max" if lowest == 0 else "both",
    )  # fmt: skip
    return figure


@style.figure((6.2, 4.2))
def attribution_profile(axes, radius, shares):
    """Share of the attribution within a radius, mean and spread over galaxies.

    Parameters
    ----------
    radius : ndarray, shape (m,)
        In effective radii, ascending.
    shares : mapping of str to ndarray, shape (n, m)
        Share of the absolute attribution within each radius, 0-1, of the n
        galaxies of each sample, at most six; n may differ. Galaxies with NaN
        are left out. Bands hold the central 68 per cent of the galaxies.

    Raises
    ------
    ValueError
        If a sample has another number of radii, or there are more than six.
    """
    for name, values, colour, look, _ in style.series(shares):
        values = values[np.isfinite(values).all(axis=1)]
        low, high = np.quantile(values, [0.16, 0.84], axis=0)
        axes.fill_between(radius, low, high, color=colour, alpha=0.15, linewidth=0)
        label = f"{name} ({len(values)})"
        axes.plot(radius, values.mean(axis=0), ls=look, lw=1.8, color=colour, label=label)
    axes.set(xlabel=r"radius [$R_\mathrm{e}$]", ylabel="share of |attribution| within")
    axes.set(xlim=(0, radius[-1]), ylim=(0, 1.02))
    axes.legend(loc="lower right", title="mean and 68 % of galaxies")
