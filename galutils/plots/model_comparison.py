"""Figures that set the score of classifiers against what they cost."""

import numpy as np

from galutils.plots.style import FAST, SLOW, styled, subplots, symbols

STYLES = ((SLOW, "o"), ("#009E73", "D"), (FAST, "s"), ("#7F7F7F", "*"))


def _styles(kinds):
    """Colour and marker of each kind, in the order in which they appear."""
    found = list(dict.fromkeys(kinds))
    if len(found) > len(STYLES):
        raise ValueError(f"kind: expected at most {len(STYLES)}, received {len(found)}")
    return dict(zip(found, STYLES, strict=False))


@styled
def score_against_cost(table, cost, label, score="area under the ROC curve"):
    """Score with its interval against a cost on a logarithmic axis, every point named.

    Parameters
    ----------
    table : pandas.DataFrame
        ``name``, ``kind`` (at most four), ``value``, ``low``, ``high`` and the column `cost`.
    cost : str
        Column of positive numbers.
    label : str
        Axis label of it.
    score : str
        Axis label of the score.

    Raises
    ------
    ValueError
        If there are more than four kinds.
    """
    styles = _styles(table["kind"])
    figure, axes = subplots(figsize=(9, 0.27 * len(table) + 1.6))
    for kind, (colour, marker) in styles.items():
        part = table[table["kind"] == kind]
        axes.vlines(part[cost], part["low"], part["high"], color=colour, lw=1.4)
        axes.plot(part[cost], part["value"], marker, color=colour, ms=6, label=kind)
    axes.set_xscale("log")
    axes.set(xlabel=label, ylabel=score)
    names = [f"{symbols(row.name)}  {row.value:.3f}" for row in table.itertuples()]
    colours = [styles[kind][0] for kind in table["kind"]]
    _name(axes, table[cost].to_numpy(dtype=float), table["value"].to_numpy(), names, colours)
    figure.legend(loc="outside upper center", ncols=len(styles), fontsize=9)
    return figure


def _name(axes, x, y, names, colours):
    """Write names beside points, in a column each left and right of the widest gap in `x`.

    A name stands as high as its point where that leaves it room.
    """
    from scipy.optimize import isotonic_regression

    gap = 0.2 / (axes.figure.get_figheight() - 1.1)  # inches of a line and of the axis
    low, high = axes.get_ylim()
    edges = np.sort(np.log10(x))
    widest = np.argmax(np.diff(edges))
    middle = 10 ** edges[widest : widest + 2].mean()
    left, right = 10 ** (edges[widest] + 0.15), 1.05
    for of_column, place, frame in (
        (x < middle, left, axes.get_xaxis_transform()),
        (x >= middle, right, axes.transAxes),
    ):
        rows = np.flatnonzero(of_column)
        rows = rows[np.lexsort((x[rows], y[rows]))]
        steps = gap * np.arange(rows.size)
        heights = isotonic_regression((y[rows] - low) / (high - low) - steps).x + steps
        for row, height in zip(rows, heights, strict=True):
            axes.annotate(
                names[row], (x[row], y[row]), (place, height), textcoords=frame,
                va="center", fontsize=9, color=colours[row], annotation_clip=False,
                arrowprops={"arrowstyle": "-", "color": "#999999", "lw": 0.7, "shrinkA": 1,
                            "shrinkB": 4, "zorder": 0, "relpos": (0, 0.5)},
            )  # fmt: skip


@styled
def costs(table, columns):
    """Costs of classifiers on logarithmic axes side by side, a row each.

    Parameters
    ----------
    table : pandas.DataFrame
        ``name``, ``kind`` (at most four) and the columns.
    columns : mapping of str to str
        Column of positive numbers to its axis label.

    Raises
    ------
    ValueError
        If there are more than four kinds.
    """
    styles = _styles(table["kind"])
    figure, axes = subplots(
        1, len(columns), sharey=True, squeeze=False, figsize=(9, 0.25 * len(table) + 1.4)
    )
    rows = np.arange(len(table))
    for axis, (column, label) in zip(axes[0], columns.items(), strict=True):
        for kind, (colour, marker) in styles.items():
            of_kind = (table["kind"] == kind).to_numpy()
            values = table[column].to_numpy(dtype=float)[of_kind]
            axis.plot(values, rows[of_kind], marker, color=colour, ms=6, label=kind)
        axis.set_xscale("log")
        axis.set_xlabel(label)
        axis.grid(axis="y", color="#E0E0E0", lw=0.7)
        axis.set_axisbelow(True)
    axes[0, 0].set_yticks(rows, [symbols(name) for name in table["name"]])
    axes[0, 0].invert_yaxis()
    handles, names = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside upper center", ncols=len(styles), fontsize=9)
    return figure
