"""Figures of classifiers of spiral arms: scores by class and by size of the crop, confusion."""

import numpy as np

from galutils.plots import style

LOOKS = ((style.SLOW, ""), (style.FAST, "//"), (style.GREEN, ".."))  # colour and hatch of bars


@style.figure((6.8, 3.8))
def counts_by_class(axes, counts, classes, cap=None):
    """Bars with the number of images of each class in several sets, on a logarithmic axis.

    Parameters
    ----------
    counts : mapping of str to sequence of int, shape (k,)
        By set, three at most. A class without images has a 0 and no bar.
    classes : sequence of str, shape (k,)
        Names of the classes.
    cap : int, optional
        Most images a class may have, drawn as a line.

    Raises
    ------
    ValueError
        If a set has another number of classes, or there are more than three.
    """
    lowest, wide = 0.7, 0.84 / len(counts)
    tilt = 90 if len(counts) > 2 else 0  # else numbers of five digits meet
    for shift, (name, values, colour, hatch) in style.side_by_side(counts, LOOKS):
        places = np.arange(len(classes)) + wide * shift
        drawing = {"color": colour, "ec": colour, "alpha": 0.55, "hatch": hatch}
        axes.bar(places, values, wide, label=name, **drawing)
        for x, value in zip(places, values, strict=True):
            look = {"ha": "center", "va": "bottom", "fontsize": 8, "rotation": tilt}
            style.note(axes, f"{value:,}", (x, max(value, lowest)), (0, 3), **look)
    axes.set(yscale="log", ylim=(lowest, 4 * max(max(values) for values in counts.values())))
    if cap is not None:
        axes.axhline(cap, color="black", ls="--", lw=1, label=f"at most {cap:,}", zorder=0)
    axes.set_xticks(range(len(classes)), classes)
    axes.set(xlabel="number of spiral arms m", ylabel="number of images")
    axes.figure.legend(loc="outside upper center", ncols=len(counts) + (cap is not None))


@style.styled
def score_intervals_by_class(table, label, xlabel="number of spiral arms m"):
    """Values with intervals by class, methods side by side.

    Parameters
    ----------
    table : mapping of str to (mapping of str to dict)
        By method, six at most, then by class: ``value``, ``low``, ``high``. A
        class that a method lacks, or a NaN, leaves a gap.
    label, xlabel : str
        Axis labels of the value and the class.

    Raises
    ------
    ValueError
        If there are more than six methods.
    """
    classes = list(dict.fromkeys(name for scores in table.values() for name in scores))
    figure, axes = style.subplots(figsize=(max(5.2, 1.05 * len(classes) + 1.2), 3.9))
    for shift, (name, scores, colour, _, marker) in style.side_by_side(table):
        places = np.array([classes.index(known) for known in scores]) + 0.72 / len(table) * shift
        value, low, high = style.ends(scores.values())
        axes.vlines(places, low, high, color=colour, lw=1.6)
        axes.plot(places, value, marker, color=colour, ms=5.5, label=name)
    for edge in np.arange(len(classes) - 1) + 0.5:
        axes.axvline(edge, color="#DDDDDD", lw=0.8, zorder=0)
    axes.set_xticks(range(len(classes)), classes)
    axes.set(xlabel=xlabel, ylabel=label, xlim=(-0.5, len(classes) - 0.5))
    figure.legend(loc="outside upper center", ncols=min(len(table), 3))
    return figure
