"""Figures of photometry: colour-magnitude planes, pairs of colours."""

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
        Name and members of each group, drawn in this order.
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
    inside = _inside(r, g_z)
    for name, of_group, (colour, marker) in zip(
        groups, groups.values(), cycle(GROUPS), strict=False
    ):
        drawn = of_group & inside
        look = {"color": colour, "marker": marker, "alpha": 0.7, "linewidths": 0}
        axes.scatter(g_z[drawn], r[drawn], s=20, label=f"{name} ({drawn.sum()})", **look)
    _finish(axes, lines, r, g_z, np.any([*groups.values()], axis=0))


@style.figure((6.8, 4.6))
def colour_magnitude_shaded(axes, r, g_z, quantity, label, lines=SEQUENCE):
    """Colour-magnitude diagram whose points are coloured by a quantity.

    Parameters
    ----------
    r, g_z, lines
        As in `colour_magnitude`.
    quantity : ndarray, shape (n,)
        Such as the distance from the cluster's centre; points where it is NaN are grey.
    label : str
        Of the colour bar, with unit.

    Raises
    ------
    ValueError
        If the arrays differ in length.
    """
    inside = _inside(r, g_z)
    drawn, grey = inside & np.isfinite(quantity), inside & np.isnan(quantity)
    if np.any(grey):
        look = {"color": style.UNKNOWN, "alpha": 0.5, "label": f"not known ({grey.sum()})"}
        axes.scatter(g_z[grey], r[grey], s=14, **look)
    look = {"edgecolors": "#555555", "linewidths": 0.3, "s": 20}
    points = axes.scatter(g_z[drawn], r[drawn], c=quantity[drawn], **look)
    axes.figure.colorbar(points, ax=axes, label=label)
    _finish(axes, lines, r, g_z)


def _inside(r, g_z):
    """Return which points lie within `SPAN`."""
    (blue, red), (bright, faint) = SPAN
    return (g_z >= blue) & (g_z <= red) & (r >= bright) & (r <= faint)


def _finish(axes, lines, r, g_z, asked=True):
    """Draw lines r + 14.3 (g - z) = constant, label the axes and note the points left out."""
    magnitude = np.array(SPAN[1])
    for line, look in zip(lines, ("--", "-."), strict=False):
        label = f"r + {SLOPE} (g − z) = {line:g}"
        axes.plot((line - magnitude) / SLOPE, magnitude, look, color="black", lw=1.2, label=label)
    axes.set(xlim=SPAN[0], ylim=SPAN[1][::-1], xlabel="g − z [mag]", ylabel="r [mag]")
    known = np.isfinite(r) & np.isfinite(g_z)
    missing, beyond = np.sum(asked & ~known), np.sum(asked & known & ~_inside(r, g_z))
    notes = {"without photometry": missing, "outside the axes": beyond}
    text = [f"{number} {note}" for note, number in notes.items() if number]
    if text:
        axes.plot([], [], " ", label="\n".join(["not drawn:", *text]))
    axes.legend(fontsize=8.5, loc="upper right")


@style.styled
def pair_plot(table, labels):
    """Every quantity against every other, by class.

    Parameters
    ----------
    table : pandas.DataFrame
        Float columns to draw; column names are the axis labels, with unit.
        Values beyond the central 96 per cent of their column, widened by a
        tenth on both sides, are not drawn: failed photometry would hide the rest.
    labels : ndarray of int, shape (n,)
        Class of each row: 1 member, 0 background.

    Raises
    ------
    ValueError
        If table and labels differ in length.
    """
    import matplotlib.pyplot as plt
    import seaborn

    names = {1: "member", 0: "background"}
    low, high = table.quantile(0.02), table.quantile(0.98)
    margin = 0.1 * (high - low)
    shown = table.where((table >= low - margin) & (table <= high + margin))
    shown["class"] = [names[label] for label in labels]
    grid = seaborn.pairplot(
        shown, hue="class", hue_order=list(names.values()), palette=[style.FAST, style.SLOW],
        corner=True, height=7.4 / len(table.columns), diag_kind="hist",
        grid_kws={"diag_sharey": False}, diag_kws={"bins": 20, "element": "step"},
        plot_kws={"s": 8, "alpha": 0.6, "linewidth": 0, "style": shown["class"],
                  "markers": dict(zip(names.values(), "os", strict=True))},
    )  # fmt: skip
    plt.close(grid.figure)  # no figure of ours lives in pyplot
    for axes in grid.axes[np.tril_indices(len(table.columns))]:
        axes.tick_params(labelsize=8)
        axes.locator_params(nbins=3)
        axes.xaxis.label.set_size(8.5)
        axes.yaxis.label.set_size(8.5)
    seaborn.move_legend(grid, "upper right", bbox_to_anchor=(0.95, 0.95), fontsize=9, markerscale=2)
    grid.figure.set_size_inches(7.4, 7.4)
    grid.figure.set_layout_engine("constrained")
    grid.figure.align_ylabels()
    return grid.figure
