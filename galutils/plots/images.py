"""Figures of images: grids, cut-outs of the sky, copies, over-red frames, feature maps."""

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
    style.same_number("images and titles", images, titles, least=1)
    side = 7.2 / max(min(columns, len(images)), 3)
    figure, shown = style.panels(len(images), columns, (side, side + 0.22))
    for axes, image, title in zip(shown, images, titles, strict=True):
        style.picture(axes, image, title, cmap=cmap)
        axes.axis("off")
    return figure


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
    figure = image_grid(images, titles, columns)
    mark_sky(figure.axes[0], scale, length=BAR)
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
    """
    columns = max(len(maps) for maps in layers.values())
    layout = [["input", *(f"{name} {k}" for k in range(columns))] for name in layers]
    size = 7.4, 7 / (columns + 1.6) * len(layers) + 0.75
    figure, grid = style.subplots(layout, figsize=size, width_ratios=[1.5] + [1] * columns)
    given = grid.pop("input")
    style.picture(given, image, "input")
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


def draw_heat(axes, values, low=0, high=1, cmap=None, title=""):
    """Draw values without ticks: from zero in one hue, about zero in two."""
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set_visible(True)
    cmap = cmap or (style.ATTRIBUTION if low < 0 else style.HEAT)
    return style.picture(axes, values, title, cmap=cmap, vmin=low, vmax=high)
