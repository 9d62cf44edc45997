"""Diagrams that explain learning, and the shapes that diagrams consist of."""

from fractions import Fraction

import numpy as np

from galutils.plots import style

PALE = "#E8EEF4"


def canvas(axes, width, height, page):
    """Make axes bare, with the units of a drawing, and the figure `page` inches wide."""
    axes.set(xlim=(0, width), ylim=(0, height), aspect="equal")
    axes.axis("off")
    axes.figure.set_size_inches(page, page * height / width)


def write(axes, x, y, text, **look):
    """Write a text centred on (x, y)."""
    axes.text(x, y, text, **{"ha": "center", "va": "center", "fontsize": 9} | look)


def box(axes, x, y, text, width=2.6, height=0.7, colour=style.SLOW, fontsize=9):
    """Draw a rounded box with a text, centred on (x, y)."""
    from matplotlib.patches import FancyBboxPatch

    corner = (x - width / 2, y - height / 2)
    look = "round,pad=0,rounding_size=0.12"
    axes.add_patch(FancyBboxPatch(corner, width, height, look, fc=PALE, ec=colour, lw=1.3))
    write(axes, x, y, text, fontsize=fontsize)


def circle(axes, centre, radius, text="", fontsize=13, **look):
    """Draw a circle with a text in it."""
    from matplotlib.patches import Circle

    axes.add_patch(Circle(centre, radius, **{"fc": PALE, "lw": 1.8} | look))
    if text:
        write(axes, *centre, text, fontsize=fontsize)


def arrow(axes, start, end, bend=0.0, colour="black"):
    """Draw an arrow between two points."""
    look = {"arrowstyle": "-|>", "color": colour, "connectionstyle": f"arc3,rad={bend}"}
    axes.annotate("", end, start, arrowprops=look | {"shrinkA": 0, "shrinkB": 0, "lw": 1.2})


@style.figure((7.0, 5.4), 2, 2)
def kinds_of_learning(axes, rng=0):
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
    axes[0, 0].figure.get_layout_engine().set(hspace=0.08)
    supervised, unsupervised, semi, reinforcement = axes.flat
    _labelled(supervised, one, two)
    _unlabelled(unsupervised, np.concatenate([one, two]))
    for centre in ((-1.1, -0.6), (1.1, 0.6)):
        circle(unsupervised, centre, 1.35, fill=False, ec=style.GREEN, ls="--", lw=1.5)
    unsupervised.plot([], [], color=style.GREEN, ls="--", label="group found")
    _unlabelled(semi, np.concatenate([one[4:], two[4:]]))
    _labelled(semi, one[:4], two[:4])
    for panel in (supervised, semi):
        panel.plot([-1.05, 0.95], [2.1, -1.9], color="black", lw=1.3)
        panel.text(-1.15, 2.0, "learned\nboundary", ha="right", va="center", fontsize=8.5)
    titles = "supervised: all labelled", "unsupervised: no labels", "semi-supervised: few labels"
    for panel, title in zip(axes.flat, titles, strict=False):
        panel.set(xlim=(-2.9, 2.9), ylim=(-2.4, 2.4), xticks=[], yticks=[])
        panel.set(xlabel="feature 1", ylabel="feature 2", title=title)
        panel.legend(fontsize=8.5, loc="lower right")
    reinforcement.set(xlim=(0, 6), ylim=(0, 4), title="reinforcement: trial and reward")
    reinforcement.axis("off")
    box(reinforcement, 3, 3.2, "agent")
    box(reinforcement, 3, 0.8, "environment")
    arrow(reinforcement, (4.35, 3.2), (4.35, 0.8), bend=-0.6)
    arrow(reinforcement, (1.65, 0.8), (1.65, 3.2), bend=-0.6)
    write(reinforcement, 4.2, 2, "action")
    write(reinforcement, 1.85, 2, "state,\nreward")


def _labelled(axes, one, two):
    axes.scatter(*one.T, s=22, color=style.SLOW, marker="s", label="class 0", zorder=3)
    axes.scatter(*two.T, s=22, color=style.FAST, marker="o", label="class 1", zorder=3)


def _unlabelled(axes, points):
    axes.scatter(*points.T, s=18, color=style.UNKNOWN, marker="o", alpha=0.6, label="no label")


@style.figure((5.4, 5.2))
def rotation_angles(axes, angles):
    """Angles on the unit circle, in degrees and as fractions of pi.

    Parameters
    ----------
    angles : sequence of int
        Degrees, counter-clockwise from the right.
    """
    axes.set(xlim=(-1.55, 1.55), ylim=(-1.45, 1.45), aspect="equal")
    axes.axis("off")
    circle(axes, (0, 0), 1, fill=False, ec="black", lw=1.2)
    for angle in angles:
        x, y = np.cos(np.radians(angle)), np.sin(np.radians(angle))
        axes.plot([0, x], [0, y], color=style.UNKNOWN, lw=0.8)
        axes.plot(x, y, "o", color=style.FAST, ms=6)
        write(axes, 0.72 * x, 0.72 * y, f"{angle}°", backgroundcolor="white")
        write(axes, 1.22 * x, 1.22 * y, _radians(angle), fontsize=11)


def _radians(angle):
    """Write an angle given in whole degrees as a fraction of pi."""
    part = Fraction(int(angle), 180)
    over = {0: "0", 1: r"\pi"}.get(part.numerator, rf"{part.numerator}\pi")
    whole = part.denominator == 1
    return f"${over}$ rad" if whole else rf"$\frac{{{over}}}{{{part.denominator}}}$ rad"


@style.figure((7.2, 3.2), 1, 2)
def vanishing_gradient(axes, x, sigmoid, derivative, depths, gradients):
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
    left, right = axes
    left.plot(x, sigmoid, color=style.SLOW, label="sigmoid")
    label = f"derivative (≤ {np.max(derivative):.2f})"
    left.plot(x, derivative, "--", color=style.FAST, label=label)
    left.set(xlabel="input of the unit", ylabel="output; slope")
    left.legend(fontsize=8.5, loc="upper left")
    styles = [(style.FAST, "s--"), (style.SLOW, "o-"), (style.GREEN, "^:")]
    for (name, values), (colour, look) in zip(gradients.items(), styles, strict=False):
        right.plot(depths, values, look, color=colour, ms=4, label=name)
    right.set(xlabel="number of layers", ylabel="product of the slopes", yscale="log")
    right.legend(fontsize=8.5)
