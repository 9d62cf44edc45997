"""Diagrams that explain learning and networks; drawn, not measured."""

from fractions import Fraction
from itertools import cycle, pairwise

import numpy as np

from galutils.plots.style import FAST, SLOW, UNKNOWN, styled, subplots

GREEN, PALE = "#009E73", "#E8EEF4"


def _canvas(width, height, figsize):
    """Return a figure with bare axes whose units are those of the drawing."""
    figure, axes = subplots(figsize=figsize)
    axes.set(xlim=(0, width), ylim=(0, height), aspect="equal")
    axes.axis("off")
    return figure, axes


def _box(axes, x, y, text, width=2.6, height=0.7, colour=SLOW):
    """Draw a rounded box centred on (x, y)."""
    from matplotlib.patches import FancyBboxPatch

    corner = (x - width / 2, y - height / 2)
    style = "round,pad=0,rounding_size=0.12"
    axes.add_patch(FancyBboxPatch(corner, width, height, style, fc=PALE, ec=colour, lw=1.3))
    axes.text(x, y, text, ha="center", va="center", fontsize=9)


def _arrow(axes, start, end, bend=0.0, colour="black"):
    style = {"arrowstyle": "-|>", "color": colour, "connectionstyle": f"arc3,rad={bend}"}
    axes.annotate("", end, start, arrowprops=style | {"shrinkA": 0, "shrinkB": 0, "lw": 1.2})


@styled
def kinds_of_learning(rng=0):
    """Supervised, unsupervised, semi-supervised and reinforcement learning.

    Parameters
    ----------
    rng : numpy.random.Generator or int
        Draws the points of the first three panels.

    Returns
    -------
    matplotlib.figure.Figure
    """
    rng = np.random.default_rng(rng)
    one = rng.normal((-1.1, -0.6), 0.55, (40, 2))
    two = rng.normal((1.1, 0.6), 0.55, (40, 2))
    figure, axes = subplots(2, 2, figsize=(7.0, 5.4))
    figure.get_layout_engine().set(hspace=0.08)
    supervised, unsupervised, semi, reinforcement = axes.flat
    _labelled(supervised, one, two)
    _unlabelled(unsupervised, np.concatenate([one, two]))
    for centre in ((-1.1, -0.6), (1.1, 0.6)):
        unsupervised.add_patch(_circle(centre, 1.35, fill=False, ec=GREEN, ls="--", lw=1.5))
    unsupervised.plot([], [], color=GREEN, ls="--", label="group found")
    _unlabelled(semi, np.concatenate([one[4:], two[4:]]))
    _labelled(semi, one[:4], two[:4])
    for panel in (supervised, semi):
        panel.plot([-1.05, 0.95], [2.1, -1.9], color="black", lw=1.3)
        panel.text(-1.15, 2.0, "learned\nboundary", ha="right", va="center", fontsize=8.5)
    titles = "supervised: all labelled", "unsupervised: no labels", "semi-supervised: few labels"
    for panel, title in zip(axes.flat, titles, strict=False):
        panel.set(xlim=(-2.9, 2.9), ylim=(-2.4, 2.4), xticks=[], yticks=[])
        panel.set(xlabel="feature 1", ylabel="feature 2")
        panel.set_title(title, fontsize=10.5)
        panel.legend(fontsize=8.5, loc="lower right")
    reinforcement.set(xlim=(0, 6), ylim=(0, 4))
    reinforcement.set_title("reinforcement: trial and reward", fontsize=10.5)
    reinforcement.axis("off")
    _box(reinforcement, 3, 3.2, "agent")
    _box(reinforcement, 3, 0.8, "environment")
    _arrow(reinforcement, (4.35, 3.2), (4.35, 0.8), bend=-0.6)
    _arrow(reinforcement, (1.65, 0.8), (1.65, 3.2), bend=-0.6)
    reinforcement.text(4.2, 2, "action", ha="center", va="center", fontsize=9)
    reinforcement.text(1.85, 2, "state,\nreward", ha="center", va="center", fontsize=9)
    return figure


def _circle(centre, radius, **style):
    from matplotlib.patches import Circle

    return Circle(centre, radius, **style)


def _labelled(axes, one, two):
    for points, colour, marker, name in ((one, SLOW, "s", "class 0"), (two, FAST, "o", "class 1")):
        axes.scatter(*points.T, s=22, color=colour, marker=marker, label=name, zorder=3)


def _unlabelled(axes, points):
    axes.scatter(*points.T, s=18, color=UNKNOWN, marker="o", alpha=0.6, label="no label")


@styled
def neural_network(layers=(4, 5, 5, 2)):
    """Fully connected network: units as circles, weights as lines.

    Parameters
    ----------
    layers : sequence of int
        Units of each layer, input first, output last; at least two layers.

    Raises
    ------
    ValueError
        With fewer than two layers.
    """
    if len(layers) < 2:
        raise ValueError(f"layers: expected an input and an output, received {layers}")
    height = 0.66 * max(layers) + 0.7
    figure, axes = _canvas(7, height, (6.6, 6.6 * height / 7))
    columns = np.linspace(0.8, 6.2, len(layers))
    places = [
        [(x, height / 2 + 0.25 + 0.66 * (k - (n - 1) / 2)) for k in range(n)]
        for x, n in zip(columns, layers, strict=True)
    ]
    for left, right in pairwise(places):
        for start in left:
            for end in right:
                axes.plot(*zip(start, end, strict=True), color=UNKNOWN, lw=0.7, zorder=1)
    hidden = len(layers) - 2
    names = ["input"] + [f"hidden {k + 1}" for k in range(hidden)] + ["output"]
    colours = [SLOW] + [GREEN] * hidden + [FAST]
    for units, name, colour in zip(places, names, colours, strict=True):
        for place in units:
            axes.add_patch(_circle(place, 0.22, fc=PALE, ec=colour, lw=1.8, zorder=2))
        axes.text(units[0][0], 0.1, name, ha="center", fontsize=10, color=colour)
    return figure


@styled
def residual_block():
    """Residual block: two weight layers and a shortcut that adds the input again.

    After He et al. (2016, CVPR, p. 770), figure 2.

    Returns
    -------
    matplotlib.figure.Figure
    """
    return _block(["weight layer", "weight layer"], "$x$", "$F(x)$", "$F(x) + x$")


@styled
def bottleneck_block(channels=(256, 64, 64, 256)):
    """Bottleneck block of ResNet-50: 1x1, 3x3 and 1x1 convolutions and the shortcut.

    After He et al. (2016, CVPR, p. 770), figure 5.

    Parameters
    ----------
    channels : sequence of four int
        Channels of the input and after each convolution.

    Raises
    ------
    ValueError
        If input and output differ in channels: the shortcut could not add them.
    """
    if len(channels) != 4 or channels[0] != channels[-1]:
        raise ValueError(f"channels: expected four, the first equal to the last: {channels}")
    sizes = "1×1", "3×3", "1×1"
    boxes = [f"{size} conv, {n}" for size, n in zip(sizes, channels[1:], strict=True)]
    return _block(boxes, f"$x$ ({channels[0]} channels)", "$F(x)$", "$F(x) + x$")


def _block(boxes, entry, residual, result):
    """Boxes from top to bottom, ReLU between them, the identity round them, a sum, ReLU."""
    height = 1.15 * len(boxes) + 2.2
    figure, axes = _canvas(6.6, height, (5.0, 5.0 * height / 6.6))
    x, top = 2.4, height - 0.35
    axes.text(x + 0.15, top, entry, fontsize=10, va="center")
    y = top - 0.95
    _arrow(axes, (x, top + 0.2), (x, y + 0.35))
    for k, text in enumerate(boxes):
        _box(axes, x, y, text)
        last = k == len(boxes) - 1
        _arrow(axes, (x, y - 0.35), (x, y - (0.7 if last else 0.8)))
        if not last:
            axes.text(x + 0.15, y - 0.57, "ReLU", fontsize=9, va="center", color=GREEN)
        y -= 1.15
    y += 0.22
    axes.text(x - 0.15, y + 0.4, residual, fontsize=10, va="center", ha="right")
    axes.add_patch(_circle((x, y), 0.22, fc="white", ec="black", lw=1.3))
    axes.text(x, y, "+", ha="center", va="center", fontsize=13)
    fork, side = top - 0.35, 4.9
    axes.plot([x, side, side], [fork, fork, y], color=FAST, lw=1.4)
    _arrow(axes, (side, y), (x + 0.22, y), colour=FAST)
    axes.text(side + 0.1, (fork + y) / 2, "identity\nshortcut", color=FAST, fontsize=9, va="center")
    _arrow(axes, (x, y - 0.22), (x, 0.05))
    axes.text(x + 0.15, y - 0.55, "ReLU", fontsize=9, va="center", color=GREEN)
    axes.text(x - 0.15, y - 0.55, result, fontsize=10, va="center", ha="right")
    return figure


@styled
def rotation_angles(angles):
    """Angles on the unit circle, in degrees and as fractions of pi.

    Parameters
    ----------
    angles : sequence of int
        Degrees, counter-clockwise from the right.
    """
    figure, axes = subplots(figsize=(5.4, 5.2))
    axes.set(xlim=(-1.55, 1.55), ylim=(-1.45, 1.45), aspect="equal")
    axes.axis("off")
    axes.add_patch(_circle((0, 0), 1, fill=False, ec="black", lw=1.2))
    for angle in angles:
        x, y = np.cos(np.radians(angle)), np.sin(np.radians(angle))
        axes.plot([0, x], [0, y], color=UNKNOWN, lw=0.8)
        axes.plot(x, y, "o", color=FAST, ms=6)
        axes.text(0.72 * x, 0.72 * y, f"{angle}°", ha="center", va="center", fontsize=9,
                  backgroundcolor="white")  # fmt: skip
        axes.text(1.22 * x, 1.22 * y, _radians(angle), ha="center", va="center", fontsize=11)
    return figure


def _radians(angle):
    """Write an angle given in whole degrees as a fraction of pi."""
    part = Fraction(int(angle), 180)
    over = {0: "0", 1: r"\pi"}.get(part.numerator, rf"{part.numerator}\pi")
    if part.denominator == 1:
        return f"${over}$ rad"
    return rf"$\frac{{{over}}}{{{part.denominator}}}$ rad"


@styled
def vanishing_gradient(x, sigmoid, derivative, depths, gradients):
    """Sigmoid, its derivative, and how much of a gradient is left after many layers.

    Parameters
    ----------
    x, sigmoid, derivative : ndarray, shape (n,)
        Input of a unit, its output and the slope there.
    depths : ndarray of int, shape (m,)
        Numbers of layers.
    gradients : mapping of str to ndarray, shape (m,)
        Product of the slopes along as many layers, by activation function.
    """
    figure, (left, right) = subplots(1, 2, figsize=(7.2, 3.2))
    left.plot(x, sigmoid, color=SLOW, label="sigmoid")
    left.plot(x, derivative, "--", color=FAST, label=f"derivative (≤ {np.max(derivative):.2f})")
    left.set(xlabel="input of the unit", ylabel="output; slope")
    left.legend(fontsize=8.5, loc="upper left")
    styles = cycle([(FAST, "s--"), (SLOW, "o-"), (GREEN, "^:")])
    for (name, values), (colour, style) in zip(gradients.items(), styles, strict=False):
        right.plot(depths, values, style, color=colour, ms=4, label=name)
    right.set(xlabel="number of layers", ylabel="product of the slopes", yscale="log")
    right.legend(fontsize=8.5)
    return figure
