"""Figures of images: grids, cut-outs of the sky, copies, over-red frames, feature maps, filters."""

import numpy as np

from galutils.plots import style
from galutils.plots.sky import BAR, SCALE, mark_sky

RED = "magma_r"  # shares of red pixels, from pale to dark


@style.styled
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


@style.styled
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
    figure, shown = _grid(images, titles, columns, "gray")
    mark_sky(shown[0], scale, length=BAR)
    return figure


def _grid(images, titles, columns, cmap):
    """Return a figure and its axes, one for each image."""
    n = len(images)
    if n == 0 or len(titles) != n:
        raise ValueError(f"expected images with a title each: {n} images, {len(titles)} titles")
    side = 7.2 / max(min(columns, n), 3)
    figure, shown = style.panels(n, columns, (side, side + 0.22))
    for axes, image, title in zip(shown, images, titles, strict=True):
        axes.imshow(image, cmap=cmap, origin="upper", interpolation="nearest")
        axes.set_title(title, fontsize=9)
        axes.axis("off")
    return figure, shown


@style.styled
def pair_correlations(pixels, correlation, same, needed):
    """Correlation of pairs of maps against the number of pixels compared.

    Parameters
    ----------
    pixels, correlation : ndarray, shape (n,)
        Of each pair.
    same : ndarray of bool, shape (n,)
        Copies of one map; the others are different galaxies.
    needed : callable
        Number of pixels to the correlation from which on a pair counts as copies.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, (plane, side) = style.subplots(
        1, 2, figsize=(7.4, 4.0), sharey=True, width_ratios=(3, 1.2)
    )
    looks = (
        (~same, style.SLOW, "s", "/", "different galaxies"),
        (same, style.FAST, "o", None, "copies"),
    )
    for chosen, colour, marker, hatch, name in looks:
        x, y = pixels[chosen], correlation[chosen]
        look = {"color": colour, "linewidths": 0, "label": f"{name} ({y.size})"}
        plane.scatter(x, y, s=10, marker=marker, alpha=0.5, **look)
        look = {"histtype": "stepfilled", "color": colour, "edgecolor": colour, "hatch": hatch}
        weights = np.full(y.size, 1 / max(y.size, 1))
        bins = np.linspace(-0.4, 1, 57)
        side.hist(y, bins, weights=weights, orientation="horizontal", alpha=0.6, **look)
    grid = np.geomspace(max(pixels.min(initial=20), 10), pixels.max(initial=100) * 1.1, 200)
    plane.plot(grid, needed(grid), "k--", lw=1.4, label="needed for a copy")
    plane.set_xscale("log")
    plane.set(xlabel="pixels compared", ylabel="correlation of small structure", ylim=(-0.4, 1.05))
    plane.legend(loc="lower right", fontsize=8, markerscale=2, frameon=True)
    side.set(xlabel="share of pairs")
    return figure


@style.styled
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
    ra, dec, share = style.same_length(ra=ra, dec=dec, share=share)
    figure, axes = style.mosaic(
        [["frame", "sky"], ["red", "sky"]], (7.4, 4.6), width_ratios=(1, 1.75)
    )
    draw_heat(axes["frame"], image)
    axes["frame"].set_title("over-red frame", fontsize=9)
    draw_heat(axes["red"], red, 0, 1, cmap="Reds")
    axes["red"].set_title(f"red pixels: {np.mean(red):.0%}", fontsize=9)
    mark_sky(axes["frame"], SCALE, length=BAR)
    sky, order = axes["sky"], np.argsort(share)  # the reddest on top
    order = order[np.isfinite(share[order])]
    look = {"cmap": RED, "vmin": 0, "vmax": 1, "edgecolors": "#666666", "linewidths": 0.3}
    points = sky.scatter(ra[order], dec[order], c=share[order], s=12, **look)
    sky.plot(ra[example], dec[example], "o", ms=11, mfc="none", mec="black", mew=1.6, label="shown")
    bar = figure.colorbar(points, ax=sky, label="share of red pixels", location="bottom")
    bar.ax.axvline(limit, color="black", lw=1.5)
    sky.set(xlabel="right ascension [deg]", ylabel="declination [deg]")
    sky.set_title(f"{np.sum(share > limit)} of {order.size} frames above {limit:.0%}", fontsize=9)
    sky.set_aspect(1 / np.cos(np.radians(np.nanmean(dec))))
    sky.invert_xaxis()
    sky.legend(fontsize=8.5, loc="upper right")
    return figure


@style.styled
def feature_maps(image, layers):
    """Image and activations of successive layers, each map on its own scale.

    Parameters
    ----------
    image : ndarray, shape (h, w) or (h, w, 3)
        Network input; RGB as uint8.
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
    figure, grid = style.mosaic(
        [["input", *(f"{name} {k}" for k in range(columns))] for name in layers],
        (7.4, side * rows + 0.75), width_ratios=[1.5] + [1] * columns,
    )  # fmt: skip
    given = grid.pop("input")
    given.imshow(image, cmap="gray", origin="upper", interpolation="nearest")
    given.set_title("input", fontsize=9)
    given.axis("off")
    lowest = -1 if min(np.min(maps) for maps in layers.values()) < 0 else 0
    for name, maps in layers.items():
        for k, values in enumerate(maps):
            scaled = values / (np.max(np.abs(values)) or 1)
            drawn = draw_heat(grid[f"{name} {k}"], scaled, lowest)
        size = f"{name}\n{maps.shape[1]} × {maps.shape[2]}"
        grid[f"{name} 0"].set_ylabel(size, fontsize=8)
    label = "activation / largest of the map"
    place = {"ax": list(grid.values()), "location": "bottom", "aspect": 40, "shrink": 0.7}
    figure.colorbar(drawn, label=label, **place)
    return figure


@style.styled
def filters(kernels, columns=8):
    """Weights of convolution filters on one colour scale symmetric about zero.

    Parameters
    ----------
    kernels : ndarray, shape (n, h, w)
        Weights, no unit.
    columns : int
        Filters in a row.
    """
    figure, shown = style.panels(len(kernels), columns, (6.6 / columns, 5.8 / columns), (0, 0.2))
    limit = np.max(np.abs(kernels)) or 1
    for axes, kernel in zip(shown, kernels, strict=True):
        drawn = draw_heat(axes, kernel, -limit, limit)
    figure.colorbar(drawn, ax=figure.axes, label="weight")
    return figure


def draw_heat(axes, values, low=0, high=1, cmap=None):
    """Draw values without ticks: from zero in one hue, about zero in two."""
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set_visible(True)
    cmap = cmap or (style.ATTRIBUTION if low < 0 else style.HEAT)
    scale = {"cmap": cmap, "vmin": low, "vmax": high}
    return axes.imshow(values, origin="upper", interpolation="nearest", **scale)
