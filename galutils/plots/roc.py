"""Figures of ROC curves, thresholds, and the area under the curve."""

import numpy as np
from scipy.stats import norm

from galutils.plots import style

CHANCE = {"color": style.UNKNOWN, "lw": 1, "ls": (0, (1, 3)), "label": "chance"}


@style.figure((5.6, 4.2))
def roc_curves(axes, curves, log=True):
    """ROC curves, by default with a logarithmic axis of the false-positive rate.

    Parameters
    ----------
    curves : mapping of str to (labels, probability)
        One curve each, at most six.
    log : bool
        Logarithmic axis of the false-positive rate.

    Raises
    ------
    ValueError
        If there are more than six curves.
    """
    for name, (labels, probability), colour, drawing, _ in style.series(curves):
        look = {"ls": drawing, "color": colour, "drawstyle": "steps-post", "label": name}
        _draw(axes, labels, probability, **look)
    # The smallest rate that a curve can have besides zero is one of its slow galaxies.
    lowest = min(1 / max(np.sum(np.asarray(labels) == 0), 1) for labels, _ in curves.values())
    grid = np.geomspace(lowest / 2, 1, 200) if log else np.linspace(0, 1, 50)
    axes.plot(grid, grid, color=style.UNKNOWN, lw=1, ls=":", label="chance")
    if log:
        axes.set(xscale="log", xlim=(lowest / 2, 1))
    axes.set(ylim=(0, 1.02), xlabel="false-positive rate", ylabel="true-positive rate")
    axes.legend(loc="best")


@style.figure((7.2, 4.4))
def roc_with_threshold(axes, curves, areas, thresholds, published=None):
    """ROC curves with their areas, and the optimal threshold marked on each.

    Parameters
    ----------
    curves : mapping of str to (labels, probability)
        One curve each, at most six.
    areas : mapping of str to dict
        ``value``, ``low``, ``high`` of each area, as `roc.areas` returns.
    thresholds : mapping of str to float
        Marked where a galaxy counts as fast at the threshold and above, and
        written in the legend; curves may lack one.
    published : mapping of str to float, optional
        Published areas, at most three; each is drawn as the curve of that area which scores with
        normal distributions of equal width would have.

    Raises
    ------
    ValueError
        If there are more than six curves.
    """
    for name, (labels, probability), colour, drawing, marker in style.series(curves):
        area = areas[name]
        label = f"{name}\n{area['value']:.2f} ({area['low']:.2f}–{area['high']:.2f})"
        if name in thresholds:
            label += f", P ≥ {thresholds[name]:.2f}"
            called = np.asarray(probability) >= thresholds[name]
            point = [called[np.asarray(labels) == truth].mean() for truth in (0, 1)]
            axes.plot(*point, marker, color=colour, mec="black", ms=8, zorder=4)
        _draw(axes, labels, probability, ls=drawing, lw=1.8, color=colour, label=label)
    rate = np.linspace(0, 1, 201)
    for (name, area), look in zip((published or {}).items(), (":", "-.", "--"), strict=False):
        curve = norm.cdf(norm.ppf(rate) + np.sqrt(2) * norm.ppf(area))
        label = f"published, {name}\n{area:.2f}, drawn for normal scores"
        axes.plot(rate, curve, ls=look, lw=1.0, color="black", label=label)
    title = "area (95 % interval)" + (", threshold" if thresholds else "")
    _finish(axes)
    axes.figure.legend(loc="outside right upper", title=title, labelspacing=0.9, handlelength=2.6)


def _draw(axes, labels, probability, **look):
    """Draw one ROC curve."""
    from sklearn.metrics import roc_curve

    axes.plot(*roc_curve(labels, probability)[:2], **look)


def _finish(axes):
    """Draw the line of chance, label the axes and make them square."""
    axes.plot([0, 1], [0, 1], zorder=1, **CHANCE)
    labels = "false-positive rate (slow called fast)", "true-positive rate (fast called fast)"
    axes.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.01), aspect="equal")
    axes.set(xlabel=labels[0], ylabel=labels[1])


@style.figure((6.6, 4.2))
def learning_curve(axes, sizes, curves, label="number of training galaxies"):
    """Area under the ROC curve against the number of training galaxies, or the length of training.

    Parameters
    ----------
    sizes : sequence of int, length m
        Numbers of galaxies, or of epochs.
    curves : mapping of str to (values, lows, highs), each (m,)
        Area and limits of its interval; NaN is not drawn. At most six.
    label : str
        What the sizes are.

    Raises
    ------
    ValueError
        If there are more than six curves, or one has another number of values.
    """
    for shift, (name, values, *look) in style.side_by_side(curves):
        _errorbar(axes, name, np.asarray(sizes) * 1.035**shift, values, *look)
    axes.axhline(0.5, **CHANCE)
    axes.set_ylim(bottom=min(0.45, axes.get_ylim()[0]))
    axes.set(xscale="log", xlabel=label, ylabel="area under the ROC curve")
    axes.set_xticks(sizes, [f"{size:,}" for size in sizes])
    axes.set_xticks([], minor=True)
    axes.figure.legend(loc="outside upper center", ncols=3, handlelength=2.6)


@style.figure((7.2, 4.2))
def auc_by_bin(axes, edges, curves, counts, label=r"ellipticity $\epsilon$"):
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
    centres, step = (edges[1:] + edges[:-1]) / 2, np.diff(edges) * 0.7 / max(len(curves), 1)
    for shift, (name, values, colour, _, marker) in style.side_by_side(curves):
        _errorbar(axes, style.symbols(name), centres + shift * step, values, colour, "none", marker)
    axes.axhline(0.5, **CHANCE)
    for edge in edges:
        axes.axvline(edge, color="#E0E0E0", lw=0.8, zorder=0)
    axes.set_xticks(edges)
    axes.set(xlim=edges[[0, -1]], xlabel=label, ylabel="area under the ROC curve")
    top = axes.secondary_xaxis("top")
    top.set_xticks(centres, [f"{count:,}" for count in counts])
    top.tick_params(length=0)
    top.set_xlabel("number of galaxies", fontsize=9)
    axes.figure.legend(loc="outside lower center", ncols=3)


def _errorbar(axes, name, x, curve, colour, drawing, marker):
    """Draw values with their intervals."""
    values, low, high = np.asarray(curve, dtype=float)
    axes.vlines(x, low, high, color=colour, lw=1.5)
    axes.plot(x, values, marker=marker, ms=5.5, ls=drawing, lw=1.6, color=colour, label=name)
