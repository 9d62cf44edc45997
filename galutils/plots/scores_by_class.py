"""Figures of classifiers of spiral arms: scores by class and by size of the crop, confusion."""

import numpy as np

from galutils.plots import style

LOOKS = ((style.SLOW, ""), (style.FAST, "//"), (style.GREEN, ".."))  # colour and hatch of bars


@style.figure((6.4, 5.4), 2, 1, sharex=True, height_ratios=(1.5, 1))
def score_by_size(axes, sizes, scores, published=None):
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
    above, below = axes
    for name, runs, colour, drawing, marker in style.series(scores):
        runs = np.asarray(runs, dtype=float)
        if runs.ndim != 2 or len(runs) != len(sizes) or runs.shape[1] < 2:
            raise ValueError(f"{name}: expected {len(sizes)} sizes, 2 or more runs: {runs.shape}")
        mean, spread = runs[order].mean(axis=1), runs[order].std(axis=1, ddof=1)
        look = {"color": colour, "ls": drawing, "marker": marker, "ms": 5}
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
        style.expect(name, len(classes), len(values))
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
    groupings = style.same_keys(matrices)
    n = len(groupings)
    figure, grid = style.panels(len(matrices) * n, n, (2.9, 2.8), (1.2, 0.2))
    rows = grid.reshape(-1, n)
    for row, (network, columns) in zip(rows, matrices.items(), strict=True):
        for axes, (grouping, (matrix, names)) in zip(row, columns.items(), strict=True):
            style.expect(f"{network}, {grouping}", (len(names), len(names)), np.shape(matrix))
            drawn = _confusion(axes, np.asarray(matrix), names)
        row[0].set_ylabel(f"{network}\nm by the label")
    for above, below, grouping in zip(rows[0], rows[-1], groupings, strict=True):
        above.set_title(grouping)
        below.set_xlabel("m predicted")
    figure.colorbar(drawn, ax=grid.tolist(), label="share of the labelled class", shrink=0.6)
    return figure


def _confusion(axes, matrix, names):
    """Draw one matrix; a count of zero has no share written above it."""
    total = matrix.sum(axis=1, keepdims=True)
    share = np.where(total > 0, matrix / np.maximum(total, 1), np.nan)
    text = np.where(matrix > 0, np.vectorize("{:.2f}\n{:,}".format)(share, matrix), "0")
    labels = {"xticklabels": names, "yticklabels": names, "annot_kws": {"fontsize": 8}}
    drawn = style.write_cells(axes, share, text, vmin=0, vmax=1, **labels)
    axes.tick_params(length=0, labelsize=8.5, labelrotation=0)
    return drawn


@style.styled
def votes_against_prediction(voted, predicted, names):
    """Predicted shares of votes against those of the volunteers, with counts of galaxies in cells.

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
    for values in (voted, predicted):
        style.expect("shares of votes", (len(voted), len(names)), values.shape)
    n, share = len(names), {"sharex": True, "sharey": True}
    figure, shown = style.panels(n, 3, (2.3, 2.4), (0.9, 0.4), **share)
    cells = []
    for axes, x, y, name in zip(shown, voted.T, predicted.T, names, strict=True):
        known = np.isfinite(x) & np.isfinite(y)
        cells.append(_cells(axes, x[known], y[known], name))
    most = max(2, *(count for cell in cells for count in cell.get_array()))
    for cell in cells:
        cell.set_norm(LogNorm(1, most))
    for axes in shown[-3:]:
        axes.tick_params(labelbottom=True)  # also above an empty place
    figure.supxlabel("share of votes, volunteers", fontsize=10)
    figure.supylabel("share of votes, predicted", fontsize=10)
    figure.colorbar(cells[0], ax=figure.axes, label="galaxies in a cell", shrink=0.7)
    return figure


def _cells(axes, x, y, name):
    """Draw counts in hexagons, the line of equality and the correlation of one answer."""
    look = {"extent": (0, 1, 0, 1), "cmap": "viridis_r", "linewidths": 0.2}
    drawn = axes.hexbin(x, y, gridsize=20, mincnt=1, **look)
    axes.plot([0, 1], [0, 1], color="black", ls="--", lw=1)
    varied = len(x) > 1 and np.ptp(x) > 0 and np.ptp(y) > 0
    text = f"r = {np.corrcoef(x, y)[0, 1]:.2f}" if varied else "r: none"
    place = {"transform": axes.transAxes, "va": "top", "fontsize": 8.5}
    axes.text(0.04, 0.96, f"{text}\nn = {len(x):,}", **place)
    axes.set(xlim=(-0.03, 1.03), ylim=(-0.03, 1.03), aspect="equal", title=name)
    return drawn


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
