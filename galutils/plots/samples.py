"""Figures of samples: planes, histograms, scatter plots."""

import numpy as np

from galutils.plots.style import (
    CLASS_COLOURS,
    CLASS_NAMES,
    FAST,
    SEQUENTIAL,
    SLOW,
    UNKNOWN,
    styled,
    subplots,
)


@styled
def lambda_ellipticity(lambda_r, ellipticity, classes, boundaries, highlight=None):
    """lambda_R - ellipticity plane with dividing curves.

    Parameters
    ----------
    lambda_r, ellipticity : ndarray, shape (n,)
        NaN rows are not drawn.
    classes : ndarray of int, shape (n,)
        1 fast, 0 slow.
    boundaries : mapping of str to callable
        Name and function of ellipticity for each curve.
    highlight : mapping of str to (ellipticity, lambda_r), optional
        Galaxies to name in the plane.
    """
    figure, axes = subplots(figsize=(6, 4.4))
    for value, marker in ((1, "o"), (0, "s")):
        chosen = classes == value
        axes.scatter(
            ellipticity[chosen],
            lambda_r[chosen],
            s=9,
            marker=marker,
            alpha=0.5,
            linewidths=0,
            color=CLASS_COLOURS[value],
            label=f"{CLASS_NAMES[value]} ({np.count_nonzero(chosen)})",
        )
    grid = np.linspace(0, 0.95, 400)
    for (name, boundary), style in zip(boundaries.items(), ("-", "--", ":"), strict=False):
        axes.plot(grid, boundary(grid), style, color="black", lw=1.3, label=name)
    for name, (x, y) in (highlight or {}).items():
        axes.plot(x, y, "*", ms=15, color="gold", mec="black")
        axes.annotate(name, (x, y), xytext=(9, 5), textcoords="offset points", fontsize=9)
    axes.set(
        xlim=(0, 0.95),
        ylim=(0, 0.95),
        xlabel=r"ellipticity $\epsilon$",
        ylabel=r"$\lambda_R$ within $R_\mathrm{e}$",
    )
    axes.legend(fontsize=8, loc="upper left", markerscale=2)
    return figure


@styled
def distributions(samples, labels, quantities):
    """Normalised histograms of the same quantities in up to three samples, the first filled.

    Parameters
    ----------
    samples : sequence of mapping of str to ndarray
        Values by quantity, NaN left out.
    labels : sequence of str
        Name of each sample.
    quantities : mapping of str to (label, bins)
        Axis label and bin edges by quantity.
    """
    figure, axes = subplots(1, len(quantities), figsize=(3.0 * len(quantities), 3.0))
    looks = (
        {"histtype": "stepfilled", "color": "#C8C8C8"},
        {"histtype": "step", "color": FAST, "ls": "-", "lw": 1.6},
        {"histtype": "step", "color": SLOW, "ls": "--", "lw": 1.6},
    )
    for axis, (name, (label, bins)) in zip(np.atleast_1d(axes), quantities.items(), strict=True):
        for sample, look, of in zip(samples, looks, labels, strict=False):
            values = np.asarray(sample[name], dtype=float)
            values = np.clip(values[np.isfinite(values)], bins[0], bins[-1])
            weights = np.full(values.size, 1 / max(values.size, 1))
            axis.hist(values, bins, weights=weights, label=of, **look)
        axis.set(xlabel=label, ylabel="share of galaxies")
    handles = axis.get_legend_handles_labels()
    figure.legend(*handles, loc="outside upper center", ncols=len(labels))
    return figure


@styled
def class_histograms(values, classes, label, names=None, bins=30, span=None):
    """Histograms of one quantity by class, each normalised to its class.

    Parameters
    ----------
    values : ndarray, shape (n,)
        NaN left out.
    classes : ndarray, shape (n,)
        Class of each value.
    label : str
        Axis label of the quantity.
    names : mapping of class to str, optional
        Which classes to draw and their names; fast and slow by default.
    bins : int
        Number of bins.
    span : (float, float), optional
        Range of the bins.
    """
    names = names or {1: "fast", 0: "slow"}
    figure, axes = subplots(figsize=(6, 3.8))
    finite = np.isfinite(values)
    edges = np.histogram_bin_edges(values[finite], bins, range=span)
    palette = zip(names.items(), (FAST, SLOW, UNKNOWN), ("/", "\\", "."), strict=False)
    for (value, name), colour, hatch in palette:
        chosen = values[finite & (classes == value)]
        axes.hist(
            chosen,
            edges,
            weights=np.full(chosen.size, 1 / max(chosen.size, 1)),
            histtype="stepfilled",
            facecolor=colour,
            edgecolor=colour,
            alpha=0.45,
            hatch=hatch,
            label=f"{name} ({chosen.size})",
        )
    axes.set(xlabel=label, ylabel="share of class")
    axes.legend()
    return figure


@styled
def scatter(x, y, xlabel, ylabel, colour=None, colour_label=None, identity=False):
    """Points in a plane, coloured by a third quantity if given.

    Parameters
    ----------
    x, y : ndarray, shape (n,)
        NaN are not drawn.
    xlabel, ylabel : str
        Axis labels.
    colour : ndarray, shape (n,), optional
        Quantity shown by colour.
    colour_label : str, optional
        Its label.
    identity : bool
        Draw the line y = x.
    """
    from matplotlib.ticker import MaxNLocator

    figure, axes = subplots(figsize=(5.6, 4.2))
    if colour is None:
        axes.scatter(x, y, color=SLOW, s=14, alpha=0.7)
    else:
        points = axes.scatter(
            x, y, c=colour, s=16, cmap=SEQUENTIAL, edgecolors="#555555", linewidths=0.3
        )
        bar = figure.colorbar(points, ax=axes, label=colour_label)
        if np.equal(np.mod(colour, 1), 0).all():  # numbers of something
            bar.locator = MaxNLocator(integer=True)
    if identity:
        ends = [np.nanmin([x, y]), np.nanmax([x, y])]
        axes.plot(ends, ends, color=UNKNOWN, ls=":", label="equal")
        axes.legend()
    axes.set(xlabel=xlabel, ylabel=ylabel)
    return figure
