"""Diagrams that explain learning, drawings kept as lists of shapes, and these shapes.

``diagrams.yml`` holds the drawings.
"""

from pathlib import Path

import numpy as np
import yaml
from matplotlib.axes import Axes

from galutils.plots import style

PALE = "#E8EEF4"
DRAWINGS = yaml.safe_load(Path(__file__).with_suffix(".yml").read_text(encoding="utf-8"))


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


def draw(axes, name, **shapes):
    """Draw the shapes of one of `DRAWINGS`, made of functions of this module and of `shapes`.

    Each function takes the axes, what the drawing gives it, and styles by name.
    """
    known = {"write": write, "box": box, "circle": circle, "arrow": arrow, "line": Axes.plot}
    for kind, *given in DRAWINGS[name]["shapes"]:
        look = given.pop() if isinstance(given[-1], dict) else {}
        if kind == "draw":
            draw(axes, *given, **shapes)
        else:
            (known | shapes)[kind](axes, *given, **look)


@style.figure()
def drawing(axes, name, **shapes):
    """One of `DRAWINGS`: ``artificial neuron``, ``residual block`` or ``bottleneck block``.

    The blocks are those of He et al. (2016, CVPR, p. 770), figures 2 and 5.

    Parameters
    ----------
    name : str
    **shapes : callable
        Further shapes that the drawing has, as of `galutils.plots.galaxies`.

    Returns
    -------
    matplotlib.figure.Figure
    """
    canvas(axes, *DRAWINGS[name]["size"])
    draw(axes, name, **shapes)


@style.figure((7.0, 5.4), 2, 2)
def kinds_of_learning(axes):
    """Supervised, unsupervised, semi-supervised and reinforcement learning."""
    rng = np.random.default_rng(0)
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
    draw(reinforcement, "reinforcement")


def _labelled(axes, one, two):
    axes.scatter(*one.T, s=22, color=style.SLOW, marker="s", label="class 0", zorder=3)
    axes.scatter(*two.T, s=22, color=style.FAST, marker="o", label="class 1", zorder=3)


def _unlabelled(axes, points):
    axes.scatter(*points.T, s=18, color=style.UNKNOWN, marker="o", alpha=0.6, label="no label")
