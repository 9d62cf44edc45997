"""Figures of images: grids, cut-outs of the sky, over-red frames, feature maps and filters."""

import numpy as np

from galutils.plots.sky import compass, scale_bar
from galutils.plots.style import ATTRIBUTION, HEAT, styled, subplots

SCALE, BAR = 0.1, 5.0  # of the SDSS cut-outs in arcsec per pixel; length of the bar in arcsec
RED = "magma_r"  # shares of red pixels, from pale to dark


@styled
def image_grid(images, titles, columns=5, cmap="gray"):
    """Images side by side, row 0 on top.

    Parameters
    ----------
    images : sequence of ndarray, shape (h, w) or (h, w, 3)
        Grey images are scaled each to its own range; RGB is uint8.
    titles : sequence of str
        One for each image.
    columns : int
        Images in a row.
    cmap : str
        Colour map of grey images.

    Raises
    ------
    ValueError
        If there is no image, or images and titles differ in number.

    Returns
    -------
    matplotlib.figure.Figure
    """
    return _grid(images, titles, columns, cmap)[0]


@styled
def cutouts(images, titles, columns=4, scale=SCALE):
    """Cut-outs of the sky, north up and east left, with a bar of 5 arcsec in the first.

    Parameters
    ----------
    images : sequence of ndarray of uint8, shape (h, w, 3)
        Row 0 is north, column 0 east, as SDSS delivers them.
    titles : sequence of str
        One for each cut-out.
    columns : int
        Cut-outs in a row.
    scale : float
        arcsec per pixel.

    Raises
    ------
    ValueError
        As `image_grid`.
    """
    figure, panels = _grid(images, titles, columns, "gray")
    scale_bar(panels[0], scale, length=BAR)
    compass(panels[0])
    return figure


def _grid(images, titles, columns, cmap):
    """Return a figure and its axes, one for each image."""
    n = len(images)
    if n == 0 or len(titles) != n:
        raise ValueError(f"expected images with a title each: {n} images, {len(titles)} titles")
    columns = min(columns, n)
    rows, side = -(-n // columns), 7.2 / max(columns, 3)
    figure, panels = subplots(
        rows, columns, figsize=(side * columns, (side + 0.22) * rows), squeeze=False
    )
    for axes in panels.flat:
        axes.axis("off")
    for axes, image, title in zip(panels.flat, images, titles, strict=False):
        axes.imshow(image, cmap=cmap, origin="upper", interpolation="nearest")
        axes.set_title(title, fontsize=9)
    return figure, panels.flat[:n]


@styled
def over_red(image, red, ra, dec, share, example, limit=0.5):
    """Over-red frame, its red pixels, and where on the sky such frames lie.

    Parameters
    ----------
    image : ndarray of uint8, shape (h, w, 3)
        The frame, row 0 north, column 0 east.
    red : ndarray of bool, shape (h, w)
        Which of its pixels count as red.
    ra, dec : ndarray, shape (n,)
        Positions of all frames in degrees.
    share : ndarray, shape (n,)
        Share of red pixels of each, 0-1. NaN are not drawn.
    example : int
        Row of the frame shown, marked on the sky.
    limit : float
        Share above which a frame is dropped.

    Raises
    ------
    ValueError
        If positions and shares differ in length.
    """
    from matplotlib.colors import ListedColormap

    ra, dec, share = (np.asarray(values, dtype=float) for values in (ra, dec, share))
    if not ra.shape == dec.shape == share.shape:
        raise ValueError(f"ra, dec, share: received {ra.shape}, {dec.shape}, {share.shape}")
    figure, panels = subplots(2, 2, figsize=(7.4, 4.6), width_ratios=(1, 1.75))
    for axes in panels[:, 1]:
        axes.remove()
    sky = figure.add_subplot(panels[0, 1].get_gridspec()[:, 1])
    mask = ListedColormap(["white", "#A50F15"])
    for axes, pixels, title in (
        (panels[0, 0], image, "over-red frame"),
        (panels[1, 0], red, f"red pixels: {np.mean(red):.0%}"),
    ):
        axes.imshow(pixels, cmap=mask, vmin=0, vmax=1, origin="upper", interpolation="nearest")
        axes.set_title(title, fontsize=9)
        axes.set(xticks=[], yticks=[])
        axes.spines[:].set_visible(True)
    scale_bar(panels[0, 0], SCALE, length=BAR)
    compass(panels[0, 0])
    order = np.argsort(share)  # the reddest on top
    order = order[np.isfinite(share[order])]
    points = sky.scatter(
        ra[order], dec[order], c=share[order], s=12, cmap=RED, vmin=0, vmax=1,
        edgecolors="#666666", linewidths=0.3,
    )  # fmt: skip
    sky.plot(ra[example], dec[example], "o", ms=11, mfc="none", mec="black", mew=1.6, label="shown")
    bar = figure.colorbar(points, ax=sky, label="share of red pixels", location="bottom")
    bar.ax.axvline(limit, color="black", lw=1.5)
    sky.set(xlabel="right ascension [deg]", ylabel="declination [deg]")
    sky.set_title(f"{np.sum(share > limit)} of {order.size} frames above {limit:.0%}", fontsize=9)
    sky.set_aspect(1 / np.cos(np.radians(np.nanmean(dec))))
    sky.invert_xaxis()
    sky.spines[["top", "right"]].set_visible(False)
    sky.legend(fontsize=8.5, loc="upper right")
    return figure


@styled
def feature_maps(image, layers):
    """Image and what successive layers make of it, each map on its own scale.

    Parameters
    ----------
    image : ndarray, shape (h, w) or (h, w, 3)
        What the network was given; RGB as uint8.
    layers : mapping of str to ndarray, shape (k, h', w')
        Name and k activation maps of each layer, in order. A map is divided
        by its largest absolute value; one that is zero everywhere stays zero.

    Raises
    ------
    ValueError
        If the layers differ in their number of maps.
    """
    numbers = {len(maps) for maps in layers.values()}
    if len(numbers) != 1:
        raise ValueError(f"layers: expected equally many maps of each, received {sorted(numbers)}")
    columns, rows = numbers.pop(), len(layers)
    side = 7.0 / (columns + 1.6)
    figure, panels = subplots(
        rows, columns + 1, figsize=(7.4, side * rows + 0.75), squeeze=False,
        width_ratios=[1.5] + [1] * columns,
    )  # fmt: skip
    for axes in panels[:, 0]:
        axes.remove()
    given = figure.add_subplot(panels[0, 0].get_gridspec()[:, 0])
    given.imshow(image, cmap="gray", origin="upper", interpolation="nearest")
    given.set_title("input", fontsize=9)
    given.axis("off")
    lowest = -1 if min(np.min(maps) for maps in layers.values()) < 0 else 0
    for row, (name, maps) in zip(panels[:, 1:], layers.items(), strict=True):
        for axes, values in zip(row, maps, strict=True):
            scaled = values / (np.max(np.abs(values)) or 1)
            drawn = _heat(axes, scaled, lowest, 1)
        row[0].set_ylabel(f"{name}\n{maps.shape[1]} × {maps.shape[2]}", fontsize=8)
    figure.colorbar(
        drawn, ax=panels[:, 1:], label="activation / largest of the map", location="bottom",
        aspect=40, shrink=0.7,
    )  # fmt: skip
    return figure


@styled
def filters(kernels, columns=8):
    """Weights of convolution filters on one colour scale symmetric about zero.

    Parameters
    ----------
    kernels : ndarray, shape (n, h, w)
        Weights, no unit.
    columns : int
        Filters in a row.
    """
    rows = -(-len(kernels) // columns)
    figure, panels = subplots(
        rows, columns, figsize=(6.6, 5.8 / columns * rows + 0.2), squeeze=False
    )
    limit = np.max(np.abs(kernels)) or 1
    for axes in panels.flat[len(kernels) :]:
        axes.axis("off")
    for axes, kernel in zip(panels.flat, kernels, strict=False):
        drawn = _heat(axes, kernel, -limit, limit)
    figure.colorbar(drawn, ax=panels, label="weight")
    return figure


def _heat(axes, values, low, high):
    """Draw values without ticks: from zero in one hue, about zero in two."""
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set_visible(True)
    cmap = ATTRIBUTION if low < 0 else HEAT
    return axes.imshow(
        values, cmap=cmap, vmin=low, vmax=high, origin="upper", interpolation="nearest"
    )
