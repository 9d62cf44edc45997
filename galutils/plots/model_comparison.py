"""Figures that compare classifiers: scores beside costs, chance, statements and protocols."""

from itertools import pairwise

import numpy as np

from galutils.plots import style

KINDS = ((style.SLOW, "o"), (style.GREEN, "D"), (style.FAST, "s"), (style.UNKNOWN, "*"))
SMALL = ["accuracy", "balanced_accuracy", "precision"]  # in `waterfall`, besides the area


def _by_kind(table):
    """Return name, rows, colour and marker of each kind, in the order in which they appear."""
    return style.series(dict(list(table.groupby("kind", sort=False))), KINDS)


@style.figure((9, 1.6))
def score_against_cost(axes, table, cost, label):
    """Area under the ROC curve against a cost on a logarithmic axis, with the name of each point.

    Parameters
    ----------
    table : pandas.DataFrame
        ``name``, ``kind`` (at most four), ``value``, ``low``, ``high`` and the column `cost`.
    cost : str
        Column of positive numbers.
    label : str
        Axis label of it.

    Raises
    ------
    ValueError
        If there are more than four kinds.
    """
    axes.figure.set_figheight(1.6 + 0.27 * len(table))
    colours = {}
    for kind, part, colour, marker in _by_kind(table):
        axes.vlines(part[cost], part["low"], part["high"], color=colour, lw=1.4)
        axes.plot(part[cost], part["value"], marker, color=colour, ms=6, label=kind)
        colours[kind] = colour
    axes.set(xscale="log", xlabel=label, ylabel="area under the ROC curve")
    x, y = table[[cost, "value"]].to_numpy(dtype=float).T
    names = [f"{style.symbols(row.name)}  {row.value:.3f}" for row in table.itertuples()]
    _name(axes, x, y, names, table["kind"].map(colours).to_list())
    axes.figure.legend(loc="outside upper center", ncols=len(KINDS))


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


@style.styled
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
    size = 9 / len(columns), 0.25 * len(table) + 1.4
    figure, row = style.panels(len(columns), len(columns), size, sharey=True)
    table = table.reset_index(drop=True)
    for axis, (column, label) in zip(row, columns.items(), strict=True):
        for kind, part, colour, marker in _by_kind(table):
            axis.plot(part[column], part.index, marker, color=colour, ms=6, label=kind)
        axis.set(xscale="log", xlabel=label)
        style.name_rows(axis, table["name"], lines=True)
    style.legend_outside(row[:1], ncols=len(KINDS))
    return figure


@style.figure((7.4, 1.6))
def stated_and_computed(axes, names, stated, computed, low, high, label):
    """Stated and computed numbers, the latter with intervals, one row each.

    Parameters
    ----------
    names : sequence of str
        Of the rows.
    stated, computed, low, high : sequence of float
        Printed numbers; the numbers that counts give, and their intervals.
    label : str
        Axis label.
    """
    rows = np.arange(len(names))
    axes.hlines(rows, low, high, color=style.SLOW, lw=2, label="95 per cent interval of the counts")
    axes.plot(computed, rows, "o", color=style.SLOW, ms=5, label="from counts")
    axes.plot(stated, rows, "D", mfc="none", mec=style.FAST, ms=9, mew=1.4, label="stated")
    style.name_rows(axes, names, room=0.3)
    axes.set(xlim=(-0.03, 1.03), xlabel=label)
    axes.grid(axis="x", color="0.9", lw=0.8)
    axes.figure.legend(loc="outside upper center", ncols=3)


@style.figure((6.8, 1.6))
def errors_beside_chance(axes, errors, chance, label):
    """Measured errors and those by chance, both with intervals, one row each.

    Parameters
    ----------
    errors, chance : mapping of str to dict
        Name to ``value``, ``low``, ``high``; the same names.
    label : str
        Axis label.
    """
    for name, table, shift, colour, marker in (
        ("measured", errors, -0.17, style.FAST, "o"),
        ("by chance", chance, 0.17, style.SLOW, "s"),
    ):
        rows = np.arange(len(errors)) + shift
        value, low, high = style.ends([table[key] for key in errors])
        style.draw_rows(axes, rows, value, low, high, colour, marker, ms=5, label=name)
        for row, middle, end in zip(rows, value, high, strict=True):
            axes.text(end, row, f"  {middle:.3f}", va="center", fontsize=8)
    style.name_rows(axes, errors, room=0.48)
    axes.set(xlabel=label, xlim=(0, axes.get_xlim()[1] * 1.08))
    axes.legend(loc="best", fontsize=8)


@style.figure((8.4, 6.6), [["auc"] * len(SMALL), SMALL], height_ratios=(1.6, 1))
def waterfall(axes, levels, changes, singles, names, published=None):
    """Scores step by step: the area under the ROC curve large, three other measures small.

    Levels are short lines with their intervals over galaxies. Changes are bars from one level
    to the next, hatched where a score falls. Single seeds are small dots.

    Parameters
    ----------
    levels : mapping of str to mapping
        Step to measure to ``value``, ``low``, ``high``.
    changes : mapping of str to mapping
        ``"A to B"`` to measure to ``value``, ``low``, ``high``, for neighbouring steps.
    singles : pandas.DataFrame
        Measures by step and seed, indexed so.
    names : mapping of str to str
        Text below each step of the large panel.
    published : mapping of str to float, optional
        Measures to mark by a line.
    """
    steps = list(levels)
    for measure, axis in axes.items():
        _draw_steps(axis, measure, levels, singles, published or {})
        axis.set_xticks(range(len(steps)), steps)
    large = axes["auc"]
    _label_steps(large, "auc", levels, changes)
    large.set_xticks(range(len(steps)), [f"{step}\n{names[step]}" for step in steps], fontsize=8.5)
    style.legend_outside(list(axes.values()), "lower center", ncols=3, fontsize=8)


def _draw_steps(axis, measure, levels, singles, published):
    """Draw levels, the bars between them, single seeds, and the published value."""
    values, low, high = style.ends([level[measure] for level in levels.values()])
    seeds = [singles.xs(step, level="step")[measure].to_numpy() for step in levels]
    places, text = np.arange(len(levels)), "upright: 95 per cent over galaxies"
    axis.vlines(places, low, high, color="black", lw=1.4, label=text)
    level = {"color": "black", "lw": 2.4, "label": "level: mean over seeds"}
    axis.hlines(values, places - 0.22, places + 0.22, **level)
    at = np.repeat(places + 0.12, [len(one) for one in seeds])
    dots = {"ms": 3.5, "mfc": "white", "mec": style.UNKNOWN, "label": "one seed", "zorder": 3}
    axis.plot(at, np.concatenate(seeds), "o", **dots)
    for x, (before, after) in enumerate(pairwise(values)):
        look = {"color": style.SLOW, "label": "change upwards", "edgecolor": "black", "lw": 0.6}
        if after < before:
            look |= {"color": style.FAST, "label": "change downwards", "hatch": "//"}
        axis.bar(x + 0.5, after - before, 0.3, bottom=before, **look)
    if measure in published:
        axis.axhline(published[measure], color=style.UNKNOWN, ls="--", lw=1.3, label="published")
    label = measure.replace("_", " ") if measure in SMALL else "area under the ROC curve"
    axis.set(xlim=(-0.5, len(levels) - 0.5), ylabel=label)


def _label_steps(axis, measure, levels, changes):
    """Write each level beside its interval and each change with its interval above everything."""
    for x, level in enumerate(levels.values()):
        one = level[measure]
        look = {"ha": "right", "va": "top", "bbox": {"fc": "white", "ec": "none", "pad": 0.5}}
        style.note(axis, f"{one['value']:.3f}", (x, one["high"]), (-4, 0), fontsize=9, **look)
    for x, pair in enumerate(pairwise(levels)):
        one = changes[" to ".join(pair)][measure]
        text = f"{one['value']:+.3f}\n({one['low']:+.3f} to\n{one['high']:+.3f})".replace("-", "−")
        look = {"xycoords": ("data", "axes fraction"), "ha": "center", "va": "bottom"}
        style.note(axis, text, (x + 0.5, 1.01), (0, 0), **look)
    axis.margins(y=0.1)
