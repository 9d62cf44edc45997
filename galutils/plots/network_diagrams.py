"""Diagrams of networks: their last layers, and the sizes of a convolutional network."""

from itertools import pairwise

import numpy as np

from galutils.plots import style
from galutils.plots.diagrams import arrow, box, canvas, circle, write

TALLEST, SLANT = 1.6, 0.2  # inches; offset of the far edge per side
SLOT, LETTER = 0.62, 0.063  # inches: least room of a layer, room of a letter of its name


@style.figure()
def network_tail(axes, backbone, shapes, classes):
    """Backbone of a network, the layers behind it, and a unit for each class.

    Parameters
    ----------
    backbone : str
        Its name.
    shapes : sequence of (str, str)
        Name of a layer and the shape of its output: of the last layer of
        the backbone, then of each layer behind it, two at least. The last
        feeds the classes.
    classes : sequence of str
        Names, in the order of the output.
    """
    step, wide, tall, last = 2.5, 1.9, 0.5 * len(classes) + 0.6, len(shapes) - 1
    height, width = tall + 0.6, step * len(shapes) + 2.4
    middle, centres = tall / 2 + 0.55, 1.1 + step * np.arange(len(shapes))
    canvas(axes, width, height, 7.4)
    for number, ((name, shape), x) in enumerate(zip(shapes, centres, strict=True)):
        size = 1.1 if number else tall
        text = name if number else f"{backbone}\n\n{name}"
        colour = style.FAST if number == last else style.GREEN if number else style.SLOW
        box(axes, x, middle, text, wide, size, colour)
        write(axes, x, middle - size / 2 - 0.12, shape, va="top")
    for left, right in pairwise(centres):
        arrow(axes, (left + wide / 2, middle), (right - wide / 2, middle))
    x = centres[-1] + 2.0
    for name, y in zip(classes, middle - 0.5 * style.about_zero(len(classes)), strict=True):
        axes.plot([centres[-1] + wide / 2, x - 0.18], [middle, y], color=style.UNKNOWN, lw=0.8)
        circle(axes, (x, y), 0.18, fc="white", ec=style.FAST, lw=1.3)
        write(axes, x + 0.3, y, f"P(m = {name})", ha="left")


@style.figure()
def cnn_structure(axes, layers):
    """Layers of a convolutional network as volumes, and as bars where they are one row of numbers.

    Height and width are to scale among volumes; depth, and the length of bars,
    is logarithmic. About ten layers fit a page.

    Parameters
    ----------
    layers : sequence of (name, height, width, depth)
        From input to output; height and width are 1 where there is only depth.
    """
    sizes = np.array([layer[1:] for layer in layers])
    flat = (sizes[:, :2] == 1).all(axis=1)
    thick, tall, far = _extents(sizes, flat)
    written = [LETTER * len(layer[0]) for layer in layers]
    room = np.max([thick + far, written, np.full(len(layers), SLOT)], axis=0) + 0.08
    middle, height = 0.67 + (1 + SLANT) * TALLEST / 2, 0.74 + (1 + SLANT) * TALLEST
    canvas(axes, room.sum(), height, room.sum())
    colours = np.where(flat, style.GREEN, style.SLOW).tolist()
    if flat[-1]:
        colours[-1] = style.FAST
    for number, (name, *size) in enumerate(layers):
        x = room[:number].sum() + room[number] / 2
        _volume(axes, x, middle, thick[number], tall[number], far[number], colours[number])
        wide = "{} × {}\n× {}".format(*size) if not flat[number] else f"{size[2]:,}"
        write(axes, x, 0.5, name, fontsize=8.5, color=colours[number])
        write(axes, x, 0.36, wide, va="top", fontsize=8.5)


def _extents(sizes, flat):
    """Depth, height and offset of the far edge of each volume or bar in inches."""
    side = TALLEST / sizes[~flat, :2].max(initial=1)
    thick, tall, far = 0.06 + 0.05 * np.log2(sizes[:, 2]), side * sizes[:, 0], side * sizes[:, 1]
    length = np.log(sizes[:, 2]) / np.log(sizes[flat, 2].max(initial=2))
    return (
        np.where(flat, 0.14, thick),
        np.where(flat, 0.06 + (TALLEST - 0.06) * length, tall),
        np.where(flat, 0, SLANT * far),
    )


def _volume(axes, x, y, thick, tall, far, colour):
    """Draw a box centred on (x, y): its front, and the sides that recede by `far`."""
    from matplotlib.colors import to_rgba
    from matplotlib.patches import Polygon

    left, low = x - (thick + far) / 2, y - (tall + far) / 2
    right, top = left + thick, low + tall
    front = [(left, low), (right, low), (right, top), (left, top)]
    roof = [(left, top), (right, top), (right + far, top + far), (left + far, top + far)]
    side = [(right, low), (right + far, low + far), (right + far, top + far), (right, top)]
    for corners, shade in ((front, 0.25), (roof, 0.1), (side, 0.45)):
        axes.add_patch(Polygon(corners, fc=to_rgba(colour, shade), ec=colour, lw=1))
