"""Figures of spiral arms: maps that explain a network, and what it calls otherwise.

Images have row 0 on top, as Galaxy Zoo delivers them: colour uint8 (h, w, 3), or grey (h, w).
"""

import numpy as np

from galutils.plots import style

VEIL = 0.6  # opacity of an explaining map over an image


def _name(axes, name):
    """Write the class left of its row."""
    look = {"transform": axes.transAxes, "ha": "right", "va": "center", "fontsize": 10}
    axes.text(-0.1, 0.5, f"m = {name}", **look)


def _none(axes):
    """Write that there is no galaxy."""
    look = {"ha": "center", "va": "center", "fontsize": 8, "color": "#595959"}
    axes.text(0.5, 0.5, "none", transform=axes.transAxes, **look)


@style.styled
def explained_galaxies(rows):
    """Galaxies by class and network, with maps of where the network found its class.

    Parameters
    ----------
    rows : mapping of str to (mapping of str to (dict or None))
        By name of the class, then by network: ``image``; ``grad_cam``, shape
        (h, w), 0-1, drawn over the image in grey; ``smooth_grad``, shape (h, w),
        from 0 to the 99.5 per cent quantile of the map; ``title``. None where
        no galaxy is: the place stays empty.
    """
    networks = list(next(iter(rows.values())))
    side = 1.16 if len(networks) > 1 else 1.5
    figure, blocks = _blocks(networks, len(rows), 3, side, 0.2, 0.55)
    for number, (name, galaxies) in enumerate(rows.items()):
        _name(blocks[networks[0]][number, 0], name)
        for network, galaxy in galaxies.items():
            row = blocks[network][number]
            if galaxy is None:
                _none(row[1])
            else:
                drawn = _explained(row, **galaxy)
    for block in blocks.values():
        block[0, 1].set_title("Grad-CAM++", fontsize=8.5)
        block[0, 2].set_title("SmoothGrad", fontsize=8.5)
    if any(galaxy for galaxies in rows.values() for galaxy in galaxies.values()):
        axes = [axes for block in blocks.values() for axes in block.flat]
        look = {"location": "bottom", "aspect": 30, "shrink": 0.4}
        bar = figure.colorbar(drawn, ax=axes, label="importance for the class", **look)
        bar.set_ticks([0, 1], labels=["low", "high"])
    return figure


def _explained(row, image, grad_cam, smooth_grad, title):
    """Draw image, Grad-CAM++ and SmoothGrad; return the image for a colour bar."""
    grey = image if np.ndim(image) == 2 else np.mean(image, axis=-1)
    style.picture(row[0], image, title, 8.5)
    style.picture(row[1], grey)
    style.picture(row[1], grad_cam, cmap=style.HEAT, vmin=0, vmax=1, alpha=VEIL)
    shown = smooth_grad / style.ceiling(smooth_grad)
    return style.picture(row[2], shown, cmap=style.HEAT, vmin=0, vmax=1)


def _blocks(names, rows, columns, side, line=0.0, below=0.0):
    """Return a figure and a block of bare panels (rows, columns) for each name, side by side.

    `side` of a panel, `line` above each for a title and the room `below` all are in inches.
    """
    widths = ([1] * columns + [0.18]) * len(names)
    head, tall = 0.25, side + line
    size = side * sum(widths[:-1]) + 0.5, head + tall * rows + below
    ratios = {"width_ratios": widths[:-1], "height_ratios": [head / tall] + [1] * rows}
    figure, panels = style.bare(rows + 1, len(widths) - 1, size, **ratios)
    blocks = {}
    for number, name in enumerate(names):
        start = number * (columns + 1)
        panels[0, start].text(0, 0, name, fontsize=10, weight="bold", in_layout=False)
        blocks[name] = panels[1:, start : start + columns]
    return figure, blocks


@style.styled
def misclassified_galaxies(groups, columns=4):
    """Galaxies whose class by a network is not that of the volunteers, blocks side by side.

    Parameters
    ----------
    groups : mapping of str to images or (images, texts)
        Images, any number, by their predicted class; and a text above each, such
        as its probability.
    columns : int
        Images in a row of a block.

    Raises
    ------
    ValueError
        If a group has not one text for each image.
    """
    groups = {k: v if isinstance(v, tuple) else (v, [""] * len(v)) for k, v in groups.items()}
    for name, (images, texts) in groups.items():
        style.same_number(name, images, texts)
    rows = max(1, *(-(-len(images) // columns) for images, _ in groups.values()))
    line = 0.2 if any(any(texts) for _, texts in groups.values()) else 0
    side = 7.2 / max(columns * len(groups), 4)
    figure, blocks = _blocks(groups, rows, columns, side, line)
    for name, (images, texts) in groups.items():
        if not len(images):
            _none(blocks[name][0, 0])
        for axes, image, text in zip(blocks[name].flat, images, texts, strict=False):
            style.picture(axes, image)
            axes.set_title(text, fontsize=8, pad=3)
    return figure
