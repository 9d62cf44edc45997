"""Figures of classifiers of spiral arms: scores by size of the crop and by class, confusion."""

import numpy as np

from galutils.plots.arms import _about_zero, _same_columns
from galutils.plots.roc import _styled
from galutils.plots.style import FAST, SLOW, ink, share_map, styled, subplots


@styled
def score_by_size(sizes, scores, published=None):
    """Mean F1 with its standard deviation above, their ratio below, against the crop's size.

    Parameters
    ----------
    sizes : sequence of int, shape (m,)
        Side of the crop in pixels.
    scores : mapping of str to ndarray, shape (m, n)
        F1 of n runs, two at least, by network, six at most. A size where a run
        is NaN is not drawn.
    published : mapping of str to (float, float, float), optional
        By network: size, F1 and coefficient of variation in per cent.

    Raises
    ------
    ValueError
        If the scores have another shape, a published network has none, or there
        are more than six networks.
    """
    published = published or {}
    if not set(published) <= set(scores):
        raise ValueError(f"published: expected of {list(scores)}, received {list(published)}")
    order = np.argsort(sizes)
    sizes = np.asarray(sizes)[order]
    figure, (above, below) = subplots(
        2, 1, figsize=(6.4, 5.4), sharex=True, gridspec_kw={"height_ratios": (1.5, 1)}
    )
    for name, runs, colour, style, marker in _styled(scores):
        runs = np.asarray(runs, dtype=float)
        if runs.ndim != 2 or len(runs) != len(sizes) or runs.shape[1] < 2:
            raise ValueError(f"{name}: expected {len(sizes)} sizes, 2 or more runs: {runs.shape}")
        mean, spread = runs[order].mean(axis=1), runs[order].std(axis=1, ddof=1)
        look = {"color": colour, "ls": style, "marker": marker, "ms": 5}
        above.errorbar(sizes, mean, spread, capsize=3, elinewidth=1, label=name, **look)
        below.plot(sizes, 100 * spread / mean, **look)
        if name in published:
            size, score, variation = published[name]
            look |= {"ls": "", "mfc": "none", "mew": 1.5, "ms": 11}
            above.plot(size, score, label=f"{name}, published", **look)
            below.plot(size, variation, **look)
    above.set_ylabel("F1 score, mean ± std. dev.")
    below.set(xlabel="side of the crop [pixels of 424]", ylabel="coefficient of\nvariation [%]")
    below.set_ylim(bottom=0)
    below.set_xticks(sizes, [f"{size:d}" for size in sizes])
    entries = sorted(zip(*above.get_legend_handles_labels(), strict=True), key=lambda x: x[1])
    above.legend(*zip(*entries, strict=True), fontsize=9)
    return figure


@styled
def counts_by_class(counts, classes, cap=None):
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
    looks = ((SLOW, ""), (FAST, "//"), ("#009E73", ".."))
    if len(counts) > len(looks):
        raise ValueError(f"counts: expected at most {len(looks)} sets, received {len(counts)}")
    figure, axes = subplots(figsize=(6.8, 3.8))
    lowest, wide = 0.7, 0.84 / len(counts)
    tilt = 90 if len(counts) > 2 else 0  # else numbers of five digits meet
    for (name, values), (colour, hatch), shift in zip(
        counts.items(), looks, _about_zero(len(counts)), strict=False
    ):
        values, places = np.asarray(values), np.arange(len(classes)) + wide * shift
        if values.shape != places.shape:
            raise ValueError(f"{name}: expected {len(classes)} classes, received {values.shape}")
        axes.bar(places, values, wide, color=colour, alpha=0.55, ec=colour, hatch=hatch, label=name)
        for x, value in zip(places, values, strict=True):
            axes.annotate(
                f"{value:,}", (x, max(value, lowest)), (0, 3), textcoords="offset points",
                ha="center", va="bottom", fontsize=8, rotation=tilt,
            )  # fmt: skip
    axes.set_yscale("log")
    axes.set_ylim(lowest, 4 * max(np.max(values) for values in counts.values()))
    if cap is not None:
        axes.axhline(cap, color="black", ls="--", lw=1, label=f"at most {cap:,}", zorder=0)
    axes.set_xticks(range(len(classes)), classes)
    axes.set(xlabel="number of spiral arms m", ylabel="number of images")
    figure.legend(loc="outside upper center", ncols=len(counts) + (cap is not None))
    return figure


@styled
def confusion_grid(matrices):
    """Confusion matrices as shares of the true class, with counts: networks by groupings.

    Parameters
    ----------
    matrices : mapping of str to (mapping of str to (matrix, names))
        By network, then by grouping of the classes: counts, shape (k, k), rows
        truth and columns prediction, and the names of the classes. The row of a
        class without galaxies is grey.

    Raises
    ------
    ValueError
        If networks differ in their groupings, or a matrix is not (k, k).
    """
    groupings = _same_columns(matrices)
    side = 2.9
    figure, panels = subplots(
        len(matrices), len(groupings), squeeze=False,
        figsize=(side * len(groupings) + 1.2, (side - 0.1) * len(matrices) + 0.2),
    )  # fmt: skip
    for row, (network, columns) in zip(panels, matrices.items(), strict=True):
        for axes, (grouping, (matrix, names)) in zip(row, columns.items(), strict=True):
            if np.shape(matrix) != (len(names), len(names)):
                raise ValueError(
                    f"{network}, {grouping}: {len(names)} classes, matrix {np.shape(matrix)}"
                )
            drawn = _confusion(axes, np.asarray(matrix), names)
        row[0].set_ylabel(f"{network}\nm by the label")
    for axes, grouping in zip(panels[0], groupings, strict=True):
        axes.set_title(grouping, fontsize=10)
    for axes in panels[-1]:
        axes.set_xlabel("m predicted")
    figure.colorbar(drawn, ax=panels, label="share of the labelled class", shrink=0.6)
    return figure


def _confusion(axes, matrix, names):
    """Draw one matrix; what is zero has no count."""
    total = matrix.sum(axis=1, keepdims=True)
    share = np.where(total > 0, matrix / np.maximum(total, 1), np.nan)
    drawn = axes.imshow(share, cmap=share_map(), vmin=0, vmax=1, origin="upper")
    axes.set_facecolor("#DDDDDD")  # seen where there is no share
    for (row, column), count in np.ndenumerate(matrix):
        if count:
            style = {
                "ha": "center",
                "va": "center",
                "color": ink(drawn.to_rgba(share[row, column])),
            }
            axes.text(column, row - 0.17, f"{share[row, column]:.2f}", fontsize=8.5, **style)
            axes.text(column, row + 0.23, f"{count:,}", fontsize=7.5, **style)
        elif total[row]:
            axes.text(column, row, "0", ha="center", va="center", fontsize=7, color="#595959")
    axes.set_xticks(range(len(names)), names, fontsize=8.5)
    axes.set_yticks(range(len(names)), names, fontsize=8.5)
    axes.tick_params(length=0)
    return drawn


@styled
def votes_against_prediction(voted, predicted, names):
    """Predicted against the volunteers' share of votes for each answer, galaxies counted in cells.

    Parameters
    ----------
    voted, predicted : ndarray, shape (n, k)
        Shares of votes, 0-1, for k answers. Pairs with NaN are left out.
    names : sequence of str, shape (k,)
        Answers.

    Raises
    ------
    ValueError
        If the shapes differ.
    """
    from matplotlib.colors import LogNorm

    voted, predicted = (np.asarray(values, dtype=float) for values in (voted, predicted))
    if not voted.shape == predicted.shape == (len(voted), len(names)):
        raise ValueError(
            f"expected shape (n, {len(names)}), received {voted.shape} and {predicted.shape}"
        )
    columns = min(len(names), 3)
    rows = -(-len(names) // columns)
    figure, panels = subplots(
        rows, columns, figsize=(2.3 * columns + 0.9, 2.4 * rows + 0.4), squeeze=False,
        sharex=True, sharey=True,
    )  # fmt: skip
    cells = []
    for axes, x, y, name in zip(panels.flat, voted.T, predicted.T, names, strict=False):
        known = np.isfinite(x) & np.isfinite(y)
        cells.append(_cells(axes, x[known], y[known], name))
    most = max(2, *(count for cell in cells for count in cell.get_array()))
    for cell in cells:
        cell.set_norm(LogNorm(1, most))
    for axes in panels.flat[len(names) :]:
        axes.axis("off")
    for axes in panels.flat[max(len(names) - columns, 0) : len(names)]:
        axes.tick_params(labelbottom=True)  # also above an empty place
    figure.supxlabel("share of votes, volunteers", fontsize=10)
    figure.supylabel("share of votes, predicted", fontsize=10)
    figure.colorbar(cells[0], ax=panels, label="galaxies in a cell", shrink=0.7)
    return figure


def _cells(axes, x, y, name):
    """Draw counts in hexagons, the line of equality and the correlation of one answer."""
    drawn = axes.hexbin(
        x, y, gridsize=20, extent=(0, 1, 0, 1), mincnt=1, cmap="viridis_r", linewidths=0.2
    )
    axes.plot([0, 1], [0, 1], color="black", ls="--", lw=1)
    varied = len(x) > 1 and np.ptp(x) > 0 and np.ptp(y) > 0
    text = f"r = {np.corrcoef(x, y)[0, 1]:.2f}" if varied else "r: none"
    axes.text(
        0.04, 0.96, f"{text}\nn = {len(x):,}", transform=axes.transAxes, va="top", fontsize=8.5
    )
    axes.set(xlim=(-0.03, 1.03), ylim=(-0.03, 1.03), aspect="equal")
    axes.set_title(name, fontsize=10)
    return drawn


@styled
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
    figure, axes = subplots(figsize=(max(5.2, 1.05 * len(classes) + 1.2), 3.9))
    shifts = 0.72 / len(table) * _about_zero(len(table))
    for (name, scores, colour, _, marker), shift in zip(_styled(table), shifts, strict=True):
        places = np.array([classes.index(known) for known in scores]) + shift
        value, low, high = (
            np.array([item[key] for item in scores.values()]) for key in ("value", "low", "high")
        )
        axes.vlines(places, low, high, color=colour, lw=1.6)
        axes.plot(places, value, marker, color=colour, ms=5.5, label=name)
    for edge in np.arange(len(classes) - 1) + 0.5:
        axes.axvline(edge, color="#DDDDDD", lw=0.8, zorder=0)
    axes.set_xticks(range(len(classes)), classes)
    axes.set(xlabel=xlabel, ylabel=label, xlim=(-0.5, len(classes) - 0.5))
    figure.legend(loc="outside upper center", ncols=min(len(table), 3), fontsize=9)
    return figure
