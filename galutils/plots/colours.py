"""Figures of photometry and redshift: colour-magnitude planes, pairs of colours, redshifts."""

from itertools import cycle

import numpy as np

from galutils.physics.photometry import MEMBER_REDSHIFT, SEQUENCE, SLOPE
from galutils.plots.style import FAST, SEQUENTIAL, SLOW, UNKNOWN, styled, subplots

GROUPS = [
    (FAST, "o"), (SLOW, "s"), ("#E69F00", "^"), ("#009E73", "v"), ("#CC79A7", "D"), ("black", "P")
]  # fmt: skip
REGIONS, HATCHES = [SLOW, "#009E73", FAST], ["", "..", "//"]


@styled
def colour_magnitude(r, g_z, groups, lines=SEQUENCE, span=((-0.5, 4.5), (11, 22))):
    """Colour-magnitude diagram by group, with the lines of the red sequence.

    Parameters
    ----------
    r, g_z : ndarray, shape (n,)
        mag. NaN, and points beyond `span`, are not drawn, but counted in a note.
    groups : mapping of str to ndarray of bool, shape (n,)
        Name and members of each group, drawn in this order.
    lines : (low, high)
        Values of r + 14.3 (g - z) on the two lines.
    span : ((low, high), (low, high))
        Range of g - z and of r, mag.

    Raises
    ------
    ValueError
        If arrays or groups differ in length.

    Returns
    -------
    matplotlib.figure.Figure
        Bright is up, red is right.
    """
    r, g_z, inside = _points(r, g_z, span)
    chosen = {name: np.asarray(members, dtype=bool) for name, members in groups.items()}
    figure, axes = subplots(figsize=(6.4, 4.6))
    for (name, members), (colour, marker) in zip(chosen.items(), cycle(GROUPS), strict=False):
        if members.shape != r.shape:
            raise ValueError(f"{name}: expected shape {r.shape}, received {members.shape}")
        drawn = members & inside
        axes.scatter(
            g_z[drawn], r[drawn], s=20, color=colour, marker=marker, alpha=0.7, linewidths=0,
            label=f"{name} ({drawn.sum()})",
        )  # fmt: skip
    _frame(axes, lines, span)
    _note(axes, np.any(list(chosen.values()), axis=0), r, g_z, inside)
    axes.legend(fontsize=8.5, loc="upper right")
    return figure


@styled
def colour_magnitude_shaded(r, g_z, quantity, label, lines=SEQUENCE, span=((-0.5, 4.5), (11, 22))):
    """Colour-magnitude diagram whose points are coloured by a quantity.

    Parameters
    ----------
    r, g_z, lines, span
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
    r, g_z, inside = _points(r, g_z, span)
    quantity = np.asarray(quantity, dtype=float)
    if quantity.shape != r.shape:
        raise ValueError(f"quantity: expected shape {r.shape}, received {quantity.shape}")
    figure, axes = subplots(figsize=(6.8, 4.6))
    drawn, grey = inside & np.isfinite(quantity), inside & np.isnan(quantity)
    if np.any(grey):
        axes.scatter(
            g_z[grey], r[grey], s=14, color=UNKNOWN, alpha=0.5, label=f"not known ({grey.sum()})"
        )
    points = axes.scatter(
        g_z[drawn],
        r[drawn],
        c=quantity[drawn],
        s=20,
        cmap=SEQUENTIAL,
        edgecolors="#555555",
        linewidths=0.3,
    )
    figure.colorbar(points, ax=axes, label=label)
    _frame(axes, lines, span)
    _note(axes, np.ones_like(inside), r, g_z, inside)
    axes.legend(fontsize=8.5, loc="upper right")
    return figure


@styled
def colour_regions(r, g_z, regions, span=((-0.5, 4.5), (11, 22))):
    """Colour-magnitude diagram with named regions as shaded bands.

    Parameters
    ----------
    r, g_z, span
        As in `colour_magnitude`.
    regions : mapping of str to (low, high)
        Names of three regions from blue to red, and between which values of
        r + 14.3 (g - z) each lies; ends may be infinite.
    """
    r, g_z, inside = _points(r, g_z, span)
    figure, axes = subplots(figsize=(6.4, 4.6))
    magnitude = np.array(span[1])
    for (name, limits), colour, hatch in zip(regions.items(), REGIONS, HATCHES, strict=True):
        edges = [np.clip((limit - magnitude) / SLOPE, *span[0]) for limit in limits]
        axes.fill_betweenx(
            magnitude, *edges, color=colour, alpha=0.25, lw=0, hatch=hatch, label=name
        )
    label = f"galaxies ({inside.sum()})"
    axes.scatter(g_z[inside], r[inside], s=9, color="black", alpha=0.5, linewidths=0, label=label)
    _frame(axes, (), span)
    _note(axes, np.ones_like(inside), r, g_z, inside)
    axes.legend(fontsize=8.5, loc="upper right")
    return figure


def _points(r, g_z, span):
    """Return r and g - z as float arrays, and which points lie within the span."""
    r, g_z = np.asarray(r, dtype=float), np.asarray(g_z, dtype=float)
    if r.shape != g_z.shape:
        raise ValueError(f"r, g_z: expected one shape, received {r.shape} and {g_z.shape}")
    (blue, red), (bright, faint) = span
    return r, g_z, (g_z >= blue) & (g_z <= red) & (r >= bright) & (r <= faint)


def _frame(axes, lines, span):
    """Axes of a colour-magnitude diagram, bright up, and lines r + 14.3 (g - z) = constant."""
    magnitude = np.array(span[1])
    for line, style in zip(lines, ("--", "-."), strict=False):
        axes.plot(
            (line - magnitude) / SLOPE, magnitude, style, color="black", lw=1.2,
            label=f"r + {SLOPE} (g − z) = {line:g}",
        )  # fmt: skip
    axes.set(xlim=span[0], ylim=span[1][::-1], xlabel="g − z [mag]", ylabel="r [mag]")


def _note(axes, asked, r, g_z, inside):
    """Say in the legend how many of the points asked for are not drawn, and why."""
    known = np.isfinite(r) & np.isfinite(g_z)
    reasons = [
        f"{np.sum(asked & ~known)} without photometry" if np.any(asked & ~known) else "",
        f"{np.sum(asked & known & ~inside)} outside the axes"
        if np.any(asked & known & ~inside)
        else "",
    ]
    if any(reasons):
        axes.plot([], [], " ", label="not drawn:\n" + "\n".join(filter(None, reasons)))


@styled
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
        If table and labels differ in length, or a label is neither.
    """
    import matplotlib.pyplot as plt
    import seaborn

    names = {1: "member", 0: "background"}
    if len(labels) != len(table) or not set(labels) <= set(names):
        raise ValueError(
            f"labels: expected {len(table)} of 0 and 1, received {len(labels)} of {set(labels)}"
        )
    low, high = table.quantile(0.02), table.quantile(0.98)
    margin = 0.1 * (high - low)
    shown = table.where((table >= low - margin) & (table <= high + margin))
    shown["class"] = [names[label] for label in labels]
    grid = seaborn.pairplot(
        shown, hue="class", hue_order=list(names.values()), palette=[FAST, SLOW],
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


@styled
def redshift_histogram(z, limits=MEMBER_REDSHIFT):
    """Spectroscopic redshifts: all of them, and those near the cluster.

    Parameters
    ----------
    z : ndarray, shape (n,)
        Redshift, no unit; NaN left out.
    limits : (low, high)
        Between them an object is a member of the cluster.

    Returns
    -------
    matplotlib.figure.Figure
        Left all, with logarithmic counts; right from below zero, where the
        stars are, to 0.06.
    """
    z = np.asarray(z, dtype=float)
    z = z[np.isfinite(z)]
    low, high = limits
    members = np.sum((z > low) & (z < high))
    figure, (whole, near) = subplots(1, 2, figsize=(7.4, 3.4))
    for axes, edges in (
        (whole, np.linspace(min(z.min(), 0), max(z.max(), 0.06), 45)),
        (near, np.arange(-0.006, 0.0601, 0.0015)),
    ):
        axes.axvspan(
            low,
            high,
            color=FAST,
            alpha=0.25,
            lw=0,
            label=f"members, {low} < z < {high} ({members})",
        )
        axes.hist(z, edges, color=SLOW, label=f"spectra ({z.size})")
        axes.set(xlabel="spectroscopic redshift z", ylabel="number of objects")
    whole.set(yscale="log", ylim=(0.7, None))
    near.set_xlim(-0.006, 0.06)
    beyond = np.sum((z < -0.006) | (z > 0.06))
    near.set_title(f"{beyond} beyond this range", fontsize=9)
    figure.legend(
        *near.get_legend_handles_labels(), loc="outside upper center", ncols=2, fontsize=9
    )
    return figure
