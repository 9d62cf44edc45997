"""Figures that compare classifiers: scores beside costs, and protocols step by step."""

from itertools import pairwise

import numpy as np

from galutils.plots import style

KINDS = ((style.SLOW, "o"), (style.GREEN, "D"), (style.FAST, "s"), (style.UNKNOWN, "*"))
SMALL = ["accuracy", "balanced_accuracy", "precision"]  # in `waterfall`, besides the area


@style.styled
def costs(table, columns):
    """Scores with intervals and costs on logarithmic axes side by side, a classifier a row.

    Parameters
    ----------
    table : pandas.DataFrame
        ``name``, ``kind`` (at most four) and the columns.
    columns : mapping of str to str
        Column to its axis label: ``value``, a score, which has ``low`` and ``high``, or costs,
        which are positive.

    Raises
    ------
    ValueError
        If there are more than four kinds.
    """
    size = 9 / len(columns), 0.25 * len(table) + 1.4
    figure, row = style.panels(len(columns), len(columns), size, sharey=True)
    table = table.reset_index(drop=True)
    for axis, (column, label) in zip(row, columns.items(), strict=True):
        kinds = dict(list(table.groupby("kind", sort=False)))
        for kind, part, colour, marker in style.series(kinds, KINDS):
            axis.plot(part[column], part.index, marker, color=colour, ms=6, label=kind)
            if column == "value":
                axis.hlines(part.index, part["low"], part["high"], color=colour, lw=1.4)
        axis.set(xscale="linear" if column == "value" else "log", xlabel=label)
        style.name_rows(axis, table["name"], lines=True)
    style.legend_outside(row[:1], ncols=len(KINDS))
    return figure


@style.figure((8.4, 6.6), [["auc"] * len(SMALL), SMALL], height_ratios=(1.6, 1))
def waterfall(axes, levels, changes, singles, names, published):
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
    published : mapping of str to float
        Measures to mark by a line.
    """
    steps = list(levels)
    for measure, axis in axes.items():
        _draw_steps(axis, measure, levels, singles, published)
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
