"""Colour-magnitude diagrams."""

from itertools import cycle

import numpy as np

from galutils.physics.photometry import SEQUENCE, SLOPE
from galutils.plots import style

GROUPS = [
    (style.FAST, "o"), (style.SLOW, "s"), ("#E69F00", "^"),
    (style.GREEN, "v"), ("#CC79A7", "D"), ("black", "P"),
]  # fmt: skip
SPAN = (-0.5, 4.5), (11, 22)  # mag: ranges of g - z and of r in the diagrams


@style.figure((6.4, 4.6))
def colour_magnitude(axes, r, g_z, groups, lines=SEQUENCE):
    """Colour-magnitude diagram by group, with the lines of the red sequence.

    Parameters
    ----------
    r, g_z : ndarray, shape (n,)
        mag. NaN, and points beyond `SPAN`, are not drawn, but counted in a note.
    groups : mapping of str to ndarray of bool, shape (n,)
        Name and members of each group, drawn in this order; without any only the axes.
    lines : (low, high)
        Values of r + 14.3 (g - z) on the two lines.

    Raises
    ------
    ValueError
        If arrays or groups differ in length.

    Returns
    -------
    matplotlib.figure.Figure
        Bright is up, red is right.
    """
    (blue, red), (bright, faint) = SPAN
    known = np.isfinite(r) & np.isfinite(g_z)
    inside = (g_z >= blue) & (g_z <= red) & (r >= bright) & (r <= faint)
    asked = np.any([*groups.values()], axis=0) if groups else True
    for (name, of_group), (colour, marker) in zip(groups.items(), cycle(GROUPS), strict=False):
        drawn = of_group & inside
        look = {"color": colour, "marker": marker, "alpha": 0.7, "linewidths": 0}
        axes.scatter(g_z[drawn], r[drawn], s=20, label=f"{name} ({drawn.sum()})", **look)
    magnitude = np.array(SPAN[1])
    for line, look in zip(lines, ("--", "-."), strict=False):
        label = f"r + {SLOPE} (g − z) = {line:g}"
        axes.plot((line - magnitude) / SLOPE, magnitude, look, color="black", lw=1.2, label=label)
    axes.set(xlim=SPAN[0], ylim=SPAN[1][::-1], xlabel="g − z [mag]", ylabel="r [mag]")
    missing, beyond = np.sum(asked & ~known), np.sum(asked & known & ~inside)
    notes = {"without photometry": missing, "outside the axes": beyond}
    text = [f"{number} {note}" for note, number in notes.items() if number]
    if text:
        axes.plot([], [], " ", label="\n".join(["not drawn:", *text]))
    axes.legend(fontsize=8.5, loc="upper right")
