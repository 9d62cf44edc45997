"""Figures of what a network looks at in images of galaxies."""

import numpy as np

from galutils.plots.images import BAR, _heat
from galutils.plots.sky import compass, scale_bar
from galutils.plots.style import FAST, SLOW, styled, subplots

CEILING = 0.995  # share of a map's pixels within the colour scale


@styled
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
        Whether north is up and east left. False for simulated galaxies.

    Raises
    ------
    ValueError
        If images, maps and titles do not belong together.
    """
    if np.shape(images)[:-1] != np.shape(maps) or len(titles) != len(maps) or not len(maps):
        raise ValueError(
            f"expected images (n, h, w, 3) with a map (n, h, w) and a title each: received "
            f"{np.shape(images)}, {np.shape(maps)} and {len(titles)} titles"
        )
    columns = min(columns, len(maps))
    rows, side = -(-len(maps) // columns), 7.2 / max(columns, 3)
    figure, panels = subplots(
        2 * rows, columns, figsize=(side * columns, (2 * side + 0.2) * rows + 0.6), squeeze=False
    )
    figure.get_layout_engine().set(h_pad=0.07, hspace=0)
    for axes in panels.flat:
        axes.axis("off")
    lowest = -1 if np.min(maps) < 0 else 0
    above, below = panels[::2].flat, panels[1::2].flat
    for picture, place, image, values, title in zip(
        above, below, images, maps, titles, strict=False
    ):
        picture.imshow(image, origin="upper", interpolation="nearest")
        picture.set_title(title, fontsize=9)
        size = np.abs(values)
        largest = np.quantile(size, CEILING) or size.max() or 1
        place.axis("on")
        drawn = _heat(place, values[::-1] / largest, lowest, 1)
    scale_bar(panels[0, 0], scale, length=BAR)
    if sky:
        compass(panels[0, 0])
    figure.colorbar(
        drawn, ax=panels, label="attribution / 99.5 % quantile of its absolute values in the map",
        location="bottom", aspect=40, shrink=0.8, extend="max" if lowest == 0 else "both",
    )  # fmt: skip
    return figure


@styled
def attribution_profile(radius, shares):
    """Share of the attribution within a radius, mean and spread over galaxies.

    Parameters
    ----------
    radius : ndarray, shape (m,)
        In effective radii, ascending.
    shares : mapping of str to ndarray, shape (n, m)
        Share of the absolute attribution within each radius, 0-1, of the n
        galaxies of each sample, at most four; n may differ. Galaxies with NaN
        are left out. Bands hold the central 68 per cent of the galaxies.

    Raises
    ------
    ValueError
        If a sample has another number of radii, or there are more than four.
    """
    styles = ((SLOW, "-"), (FAST, "--"), ("#009E73", "-."), ("black", ":"))
    if len(shares) > len(styles):
        raise ValueError(f"shares: expected at most {len(styles)}, received {len(shares)}")
    figure, axes = subplots(figsize=(6.2, 4.2))
    for (name, values), (colour, style) in zip(shares.items(), styles, strict=False):
        values = np.asarray(values, dtype=float)
        if values.ndim != 2 or values.shape[1] != len(radius):
            raise ValueError(f"{name}: expected shape (n, {len(radius)}), received {values.shape}")
        values = values[np.isfinite(values).all(axis=1)]
        low, high = np.quantile(values, [0.16, 0.84], axis=0)
        axes.fill_between(radius, low, high, color=colour, alpha=0.15, linewidth=0)
        label = f"{name} ({len(values)})"
        axes.plot(radius, values.mean(axis=0), ls=style, lw=1.8, color=colour, label=label)
    axes.set(
        xlim=(0, radius[-1]), ylim=(0, 1.02), xlabel=r"radius [$R_\mathrm{e}$]",
        ylabel="share of |attribution| within",
    )  # fmt: skip
    axes.legend(fontsize=9, loc="lower right", title="mean and 68 % of galaxies", title_fontsize=9)
    return figure
