"""Figures of ROC curves, thresholds, and the area under the curve."""

import numpy as np

from galutils.plots.style import FAST, SEQUENTIAL, SLOW, UNKNOWN, styled, subplots, symbols

STYLES = (
    (SLOW, "-", "o"), (FAST, "--", "s"), ("#009E73", "-.", "D"), ("#CC79A7", ":", "^"),
    ("#E69F00", (0, (7, 1.5, 1, 1.5, 1, 1.5)), "v"), ("black", (0, (1.5, 1)), "P"),
)  # fmt: skip


def _styled(curves):
    """Name, content, colour, line style and marker of each curve, six at most."""
    if len(curves) > len(STYLES):
        raise ValueError(f"curves: expected at most {len(STYLES)}, received {len(curves)}")
    return [(*item, *style) for item, style in zip(curves.items(), STYLES, strict=False)]


@styled
def roc_with_threshold(curves, areas, thresholds=None, bands=None):
    """ROC curves with their areas, and the optimal threshold marked on each.

    Parameters
    ----------
    curves : mapping of str to (labels, probability)
        One curve each, at most six.
    areas : mapping of str to dict
        ``value``, ``low``, ``high`` of each area, as `roc.areas` returns.
    thresholds : mapping of str to float, optional
        Marked where a galaxy counts as fast at the threshold and above, and
        written in the legend.
    bands : mapping of str to (false_positive, low, high), optional
        Limits of the true-positive rate at these false-positive rates.

    Raises
    ------
    ValueError
        If there are more than six curves.
    """
    from sklearn.metrics import roc_curve

    thresholds, bands = thresholds or {}, bands or {}
    figure, axes = subplots(figsize=(7.2, 4.4))
    for name, (labels, probability), colour, style, marker in _styled(curves):
        area = areas[name]
        label = f"{name}\n{area['value']:.2f} ({area['low']:.2f}–{area['high']:.2f})"
        if name in thresholds:
            label += f", P ≥ {thresholds[name]:.2f}"
            called = np.asarray(probability) >= thresholds[name]
            point = [called[np.asarray(labels) == truth].mean() for truth in (0, 1)]
            axes.plot(*point, marker, color=colour, mec="black", ms=8, zorder=4)
        if name in bands:
            axes.fill_between(*bands[name], color=colour, alpha=0.15, linewidth=0)
        false_positive, true_positive, _ = roc_curve(labels, probability)
        axes.plot(false_positive, true_positive, ls=style, lw=1.8, color=colour, label=label)
    title = "area (95 % interval)" + (", threshold" if thresholds else "")
    _finish(axes)
    figure.legend(loc="outside right upper", title=title, fontsize=9, title_fontsize=9,
                  labelspacing=0.9, handlelength=2.6)  # fmt: skip
    return figure


def _finish(axes):
    """Draw the line of chance, label the axes and make them square."""
    axes.plot([0, 1], [0, 1], color=UNKNOWN, lw=1, ls=(0, (1, 3)), label="chance", zorder=1)
    axes.set(
        xlim=(-0.01, 1.01), ylim=(-0.01, 1.01), aspect="equal",
        xlabel="false-positive rate (slow called fast)",
        ylabel="true-positive rate (fast called fast)",
    )  # fmt: skip


@styled
def roc_thresholds(false_positive, true_positive, thresholds, marks=(0.1, 0.3, 0.5, 0.7, 0.9)):
    """ROC curve coloured by threshold, with some thresholds written beside it.

    Parameters
    ----------
    false_positive, true_positive, thresholds : ndarray, shape (n,)
        As `sklearn.metrics.roc_curve` returns them, the thresholds descending.
    marks : sequence of float
        Thresholds to write, each at the last point that is not below it.

    Raises
    ------
    ValueError
        If the arrays differ in length.
    """
    from matplotlib.collections import LineCollection

    if not len(false_positive) == len(true_positive) == len(thresholds):
        raise ValueError(
            "expected rates and thresholds of one length, received "
            f"{len(false_positive)}, {len(true_positive)} and {len(thresholds)}"
        )
    figure, axes = subplots(figsize=(5.8, 4.6))
    points = np.column_stack([false_positive, true_positive])
    pieces = LineCollection(np.stack([points[:-1], points[1:]], axis=1), cmap=SEQUENTIAL, lw=3)
    pieces.set_array(np.asarray(thresholds)[1:])  # the first is infinite
    pieces.set_clim(0, 1)
    axes.add_collection(pieces)
    for mark in marks:
        x, y = points[np.flatnonzero(np.asarray(thresholds) >= mark)[-1]]
        axes.plot(x, y, "o", ms=6, color="white", mec="black", zorder=3)
        axes.annotate(
            f"{mark:g}", (x, y), (9, -9), textcoords="offset points", va="center", fontsize=10,
            bbox={"fc": "white", "ec": "none", "pad": 0.5},
        )  # fmt: skip
    figure.colorbar(pieces, ax=axes, label="threshold of the probability of a fast rotator")
    _finish(axes)
    axes.legend(fontsize=9, loc="lower right")
    return figure


@styled
def learning_curve(sizes, curves):
    """Area under the ROC curve against the number of training galaxies.

    Parameters
    ----------
    sizes : sequence of int, length m
        Numbers of galaxies.
    curves : mapping of str to (values, lows, highs), each (m,)
        Area and limits of its interval; NaN is not drawn. At most six.

    Raises
    ------
    ValueError
        If there are more than six curves, or one has another number of values.
    """
    figure, axes = subplots(figsize=(6.6, 4.2))
    for number, (name, values, colour, style, marker) in enumerate(_styled(curves)):
        shift = 1.035 ** (number - (len(curves) - 1) / 2)  # bars side by side
        _errorbar(axes, name, np.asarray(sizes) * shift, values, colour, style, marker)
    axes.axhline(0.5, color=UNKNOWN, lw=1, ls=(0, (1, 3)), label="chance")
    axes.set_xscale("log")
    axes.set_xticks(sizes, [f"{size:,}" for size in sizes])
    axes.set_xticks([], minor=True)
    axes.set(xlabel="number of training galaxies", ylabel="area under the ROC curve")
    figure.legend(loc="outside upper center", ncols=3, fontsize=9, handlelength=2.6)
    return figure


@styled
def auc_by_bin(edges, curves, counts, label=r"ellipticity $\epsilon$"):
    """Area under the ROC curve in bins of another quantity, classifiers side by side.

    Parameters
    ----------
    edges : sequence of float, length m + 1
        Limits of the bins.
    curves : mapping of str to (values, lows, highs), each (m,)
        Area and limits of its interval; NaN, where a class is missing, is not
        drawn. At most six.
    counts : sequence of int, length m
        Galaxies in each bin, written on top.
    label : str
        Axis label of the quantity.

    Raises
    ------
    ValueError
        If there are more than six curves, or one or the counts do not fit the bins.
    """
    edges = np.asarray(edges, dtype=float)
    if len(counts) != edges.size - 1:
        raise ValueError(f"counts: expected {edges.size - 1}, received {len(counts)}")
    centres, step = (edges[1:] + edges[:-1]) / 2, np.diff(edges) * 0.7 / max(len(curves), 1)
    figure, axes = subplots(figsize=(7.2, 4.2))
    for number, (name, values, colour, _, marker) in enumerate(_styled(curves)):
        places = centres + (number - (len(curves) - 1) / 2) * step
        _errorbar(axes, symbols(name), places, values, colour, "none", marker)
    axes.axhline(0.5, color=UNKNOWN, lw=1, ls=(0, (1, 3)), label="chance")
    for edge in edges:
        axes.axvline(edge, color="#E0E0E0", lw=0.8, zorder=0)
    axes.set_xticks(edges)
    axes.set(xlim=edges[[0, -1]], xlabel=label, ylabel="area under the ROC curve")
    top = axes.secondary_xaxis("top")
    top.set_xticks(centres, [f"{count:,}" for count in counts])
    top.tick_params(length=0)
    top.set_xlabel("number of galaxies", fontsize=9)
    figure.legend(loc="outside lower center", ncols=3, fontsize=9)
    return figure


def _errorbar(axes, name, x, curve, colour, style, marker):
    """Draw values with their intervals."""
    values, low, high = (np.asarray(part, dtype=float) for part in curve)
    if not values.shape == low.shape == high.shape == np.shape(x):
        raise ValueError(
            f"{name}: expected {np.size(x)} values, lows and highs, received "
            f"{values.shape}, {low.shape} and {high.shape}"
        )
    axes.vlines(x, low, high, color=colour, lw=1.5)
    axes.plot(x, values, marker=marker, ms=5.5, ls=style, lw=1.6, color=colour, label=name)
