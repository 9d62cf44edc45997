"""Diagrams of a single unit and of a convolutional network; drawn, not measured."""

import numpy as np

from galutils.plots.diagrams import GREEN, PALE, _arrow, _box, _canvas, _circle
from galutils.plots.style import FAST, SLOW, UNKNOWN, styled

TALLEST, SLANT = 1.6, 0.2  # inches; offset of the far edge per side
SLOT, LETTER = 0.62, 0.063  # inches: least room of a layer, room of a letter of its name


@styled
def artificial_neuron():
    """Artificial neuron: weighted inputs and a bias are summed, then activated.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axes = _canvas(10, 4.9, (7.2, 7.2 * 0.49))
    centre, inputs = (4.9, 2.3), {"1": 4.1, "2": 2.9, "m": 0.5}
    for name, y in inputs.items():
        axes.add_patch(_circle((0.9, y), 0.42, fc=PALE, ec=SLOW, lw=1.8))
        axes.text(0.9, y, f"$x_{name}$", fontsize=13, ha="center", va="center")
        step = np.subtract(centre, (0.9, y)) / np.hypot(*np.subtract(centre, (0.9, y)))
        start, end = np.array((0.9, y)) + 0.42 * step, np.array(centre) - 0.55 * step
        _arrow(axes, start, end)
        axes.text(*(start + 0.36 * (end - start)), f"$w_{name}$", fontsize=12, ha="center",
                  va="center", backgroundcolor="white")  # fmt: skip
    axes.text(0.9, 1.75, r"$\vdots$", fontsize=15, ha="center", va="center")
    axes.add_patch(_circle(centre, 0.55, fc=PALE, ec=GREEN, lw=1.8))
    axes.text(*centre, r"$\Sigma$", fontsize=17, ha="center", va="center")
    axes.add_patch(_circle((4.9, 4.3), 0.38, fc=PALE, ec=UNKNOWN, lw=1.8))
    axes.text(4.9, 4.3, "$b$", fontsize=13, ha="center", va="center")
    _arrow(axes, (4.9, 3.92), (4.9, 2.85))
    _box(axes, 7.3, 2.3, "", 0.9, 0.9, colour=GREEN)
    axes.text(7.3, 2.3, "$f$", fontsize=14, ha="center", va="center")
    _arrow(axes, (5.45, 2.3), (6.85, 2.3))
    _arrow(axes, (7.75, 2.3), (8.68, 2.3))
    axes.add_patch(_circle((9.1, 2.3), 0.42, fc=PALE, ec=FAST, lw=1.8))
    axes.text(9.1, 2.3, "$y$", fontsize=13, ha="center", va="center")
    for x, y, text in (
        (0.9, 4.72, "inputs"), (2.6, 4.35, "weights"), (5.95, 4.3, "bias"),
        (4.9, 1.45, "weighted sum"), (7.3, 1.45, "activation"), (9.1, 1.45, "output"),
    ):  # fmt: skip
        axes.text(x, y, text, fontsize=10.5, ha="center", va="center", style="italic")
    axes.text(6.9, 0.45, r"$y = f\,(w_1 x_1 + w_2 x_2 + \dots + w_m x_m + b)$", fontsize=12,
              ha="center", va="center")  # fmt: skip
    return figure


@styled
def cnn_structure(layers):
    """Layers of a convolutional network as volumes, and as bars where they are one row of numbers.

    Height and width are to scale among volumes; depth, and the length of bars,
    is logarithmic. About ten layers fit a page.

    Parameters
    ----------
    layers : sequence of (name, height, width, depth)
        From input to output; height and width are 1 where there is only depth.

    Raises
    ------
    ValueError
        If there is no layer or a size is not positive.
    """
    sizes = np.array([layer[1:] for layer in layers])
    if sizes.size == 0 or sizes.min() < 1:
        raise ValueError(f"layers: expected positive sizes, received {layers}")
    flat = (sizes[:, :2] == 1).all(axis=1)
    thick, tall, far = _extents(sizes, flat)
    written = [LETTER * len(layer[0]) for layer in layers]
    room = np.max([thick + far, written, np.full(len(layers), SLOT)], axis=0) + 0.08
    middle, height = 0.67 + (1 + SLANT) * TALLEST / 2, 0.74 + (1 + SLANT) * TALLEST
    figure, axes = _canvas(room.sum(), height, (room.sum(), height))
    for number, (name, *size) in enumerate(layers):
        x = room[:number].sum() + room[number] / 2
        colour = SLOW if not flat[number] else FAST if number == len(layers) - 1 else GREEN
        _volume(axes, x, middle, thick[number], tall[number], far[number], colour)
        wide = "{} × {}\n× {}".format(*size) if not flat[number] else f"{size[2]:,}"
        axes.text(x, 0.5, name, ha="center", va="center", fontsize=8.5, color=colour)
        axes.text(x, 0.36, wide, ha="center", va="top", fontsize=8.5)
    return figure


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
