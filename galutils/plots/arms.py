"""Figures of spiral arms: galaxies by class, their preparation, and maps that explain a network.

Images have row 0 on top, as Galaxy Zoo delivers them: colour uint8 (h, w, 3), or grey (h, w).
"""

import numpy as np

from galutils.plots import style
from galutils.plots.diagrams import arrow, canvas, write
from galutils.plots.sky import mark, mark_sky

VEIL = 0.6  # opacity of an explaining map over an image
FRAME = 424 * 0.02  # petroR90, side of a whole image of Galaxy Zoo 2


@style.styled
def class_examples(rows, columns=6):
    """Galaxies by class, a row each, with the share of votes for the class in the corner.

    The first image has a scale and a compass: images are whole frames of Galaxy Zoo 2,
    which scale with the galaxy and have north up, east left, as SDSS makes cut-outs.

    Parameters
    ----------
    rows : mapping of str to (images, fractions)
        By name of the class, in order: at most `columns` images, and the vote
        fraction of each, 0-1. Where there are fewer, places stay empty.
    columns : int
        Images in a row.

    Raises
    ------
    ValueError
        If a class has more images than columns, or not a fraction each.

    Returns
    -------
    matplotlib.figure.Figure
    """
    side = 6.8 / columns
    figure, panels = style.bare(len(rows), columns, (7.4, side * len(rows) + 0.1))
    for row, (name, (images, fractions)) in zip(panels, rows.items(), strict=True):
        style.same_number(name, images, fractions, most=columns)
        _name(row[0], name)
        for axes, image, fraction in zip(row, images, fractions, strict=False):
            style.picture(axes, image)
            height, width = np.shape(image)[:2]
            mark(axes, 0.05 * width, 0.05 * height, f"p = {fraction:.2f}", ha="left", va="top")
    marked = next((axes for axes in panels.flat if axes.images), None)
    if marked:
        mark_sky(marked, FRAME / marked.images[0].get_size()[1], unit="petroR90", length=2)
    return figure


def _name(axes, name):
    """Write the class left of its row."""
    look = {"transform": axes.transAxes, "ha": "right", "va": "center", "fontsize": 10}
    axes.text(-0.1, 0.5, f"m = {name}", **look)


def _none(axes):
    """Write that there is no galaxy."""
    look = {"ha": "center", "va": "center", "fontsize": 8, "color": "#595959"}
    axes.text(0.5, 0.5, "none", transform=axes.transAxes, **look)


@style.figure()
def processing_steps(axes, images, titles):
    """Images with arrows from one to the next, all at one scale, their sizes beneath.

    Parameters
    ----------
    images : sequence of ndarray, shape (h, w) or (h, w, 3)
        After each step, of any sizes; grey images each on their own range.
    titles : sequence of str
        One for each.

    Raises
    ------
    ValueError
        If there is no image, or images and titles differ in number.
    """
    style.same_number("images and titles", images, titles, least=1)
    sizes = np.array([np.shape(image)[:2] for image in images])
    gap = 0.22 * sizes[:, 1].mean()
    height, width = sizes[:, 0].max(), sizes[:, 1].sum() + gap * (len(images) - 1)
    page = min(9.6, 1.9 * len(images))  # inches
    room = 0.24 * width / page  # for a line of text
    canvas(axes, width, height + 3 * room, page)
    middle = 1.5 * room + height / 2
    lefts = np.concatenate([[0], np.cumsum(sizes[:-1, 1] + gap)])
    limits = axes.axis()
    for image, title, left, (tall, wide) in zip(images, titles, lefts, sizes, strict=True):
        low = middle - tall / 2
        style.picture(axes, image, extent=(left, left + wide, low, low + tall))
        centre, space = left + wide / 2, 0.25 * room
        write(axes, centre, low + tall + space, title, va="bottom")
        size = f"{tall} × {wide} pixels"
        write(axes, centre, low - space, size, va="top", fontsize=8, color="#555555")
    for left, wide, following in zip(lefts, sizes[:, 1], lefts[1:], strict=False):
        arrow(axes, (left + wide + 0.12 * gap, middle), (following - 0.12 * gap, middle))
    axes.axis(limits)  # imshow sets those of its image


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
