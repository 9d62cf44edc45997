"""Figures of samples: planes, histograms, scatter plots, stellar masses by number of arms."""

import numpy as np

from galutils.plots import style
from galutils.store.measured import floats

HATCHES = ((style.FAST, "/"), (style.SLOW, "\\"), (style.UNKNOWN, "."))
FEW = 5  # galaxies: fewer are drawn one by one
BINS, INSIDE = 14, (0.005, 0.995)  # of mass histograms; quantiles between which the bins lie
MASS = r"$\log_{10}$ stellar mass [solar masses]"


@style.figure((6, 4.4))
def lambda_ellipticity(axes, lambda_r, ellipticity, classes, boundaries, errors=None):
    """lambda_R - ellipticity plane with dividing curves.

    Parameters
    ----------
    lambda_r, ellipticity : ndarray, shape (n,)
        NaN rows are not drawn.
    classes : ndarray of int, shape (n,)
        1 fast, 0 slow.
    boundaries : mapping of str to callable
        Name and function of ellipticity for each curve.
    errors : ndarray, optional
        Standard deviations of lambda_R.
    """
    if errors is not None:
        axes.errorbar(ellipticity, lambda_r, errors, fmt="none", ecolor="#888888", lw=0.7, zorder=0)
    for value, name, colour, marker in ((1, "fast", style.FAST, "o"), (0, "slow", style.SLOW, "s")):
        chosen = classes == value
        drawing = {"color": colour, "marker": marker, "alpha": 0.5, "linewidths": 0, "s": 9}
        label = f"{name} ({np.count_nonzero(chosen)})"
        axes.scatter(ellipticity[chosen], lambda_r[chosen], label=label, **drawing)
    grid = np.linspace(0, 0.95, 400)
    for (name, boundary), drawing in zip(boundaries.items(), ("-", "--", ":"), strict=False):
        axes.plot(grid, boundary(grid), drawing, color="black", lw=1.3, label=name)
    axes.set(xlim=(0, 0.95), ylim=(0, 0.95), **style.PLANE)
    axes.legend(fontsize=8, loc="upper left", markerscale=2)


@style.styled
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
    figure, row = style.panels(len(quantities), len(quantities), (3.0, 3.0))
    looks = (
        {"histtype": "stepfilled", "color": "#C8C8C8"},
        {"histtype": "step", "color": style.FAST, "ls": "-", "lw": 1.6},
        {"histtype": "step", "color": style.SLOW, "ls": "--", "lw": 1.6},
    )
    for axis, (name, (label, bins)) in zip(row, quantities.items(), strict=True):
        for sample, look, of in zip(samples, looks, labels, strict=False):
            values = floats(sample[name])
            values = np.clip(values[np.isfinite(values)], bins[0], bins[-1])
            axis.hist(values, bins, weights=style.shares(values), label=of, **look)
        axis.set(xlabel=label, ylabel="share of galaxies")
    style.legend_outside(row[-1:], ncols=len(labels))
    return figure


@style.figure((6, 3.8))
def class_histograms(axes, values, classes, label, names=None, span=None):
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
    span : (float, float), optional
        Range of the 30 bins.
    """
    names = names or {1: "fast", 0: "slow"}
    finite = np.isfinite(values)
    edges = np.histogram_bin_edges(values[finite], 30, range=span)
    for value, name, colour, hatch in style.series(names, HATCHES):
        chosen = values[finite & (classes == value)]
        drawing = {"facecolor": colour, "edgecolor": colour, "alpha": 0.45, "hatch": hatch}
        drawing |= {"histtype": "stepfilled", "label": f"{name} ({chosen.size})"}
        axes.hist(chosen, edges, weights=style.shares(chosen), **drawing)
    axes.set(xlabel=label, ylabel="share of class")
    axes.legend()


@style.figure((5.6, 4.2))
def scatter(axes, x, y, xlabel, ylabel, colour=style.SLOW, colour_label=""):
    """Points in a plane, of one colour or coloured by a third quantity.

    Parameters
    ----------
    x, y : ndarray, shape (n,)
        NaN are not drawn.
    xlabel, ylabel : str
        Axis labels.
    colour : str or ndarray, shape (n,)
        One colour, or a quantity shown by colour.
    colour_label : str
        The quantity's label.
    """
    from matplotlib.ticker import MaxNLocator

    points = axes.scatter(x, y, c=colour, s=16, edgecolors="#555555", linewidths=0.3)
    if not isinstance(colour, str):
        bar = axes.figure.colorbar(points, ax=axes, label=colour_label)
        if np.equal(np.mod(colour, 1), 0).all():  # numbers of something
            bar.locator = MaxNLocator(integer=True)
    axes.set(xlabel=xlabel, ylabel=ylabel)


@style.styled
def mass_histograms(masses, classes):
    """Density of stellar mass of each class in front of that of all galaxies, a row for each set.

    Parameters
    ----------
    masses : mapping of str to (log_mass, number)
        By set, such as labels and predictions of a network: log10 of the mass in
        solar masses, shape (n,), NaN left out; index of the class, -1 left out.
    classes : sequence of str
        Names of the classes, six at most. One with fewer than five galaxies is
        drawn as ticks. Bins hold the central 99 per cent of all galaxies;
        densities are relative to all, also those outside.

    Raises
    ------
    ValueError
        If the arrays differ in length, an index has no name or no colour, or no
        mass is known.

    Returns
    -------
    matplotlib.figure.Figure
    """
    style.series(dict.fromkeys(classes))  # not more than there are colours
    groups = {
        name: [mass[np.isfinite(mass) & (number == k)] for k in range(len(classes))]
        for name, (mass, number) in masses.items()
    }
    everything = np.concatenate([mass for group in groups.values() for mass in group])
    edges = np.linspace(*np.quantile(everything, INSIDE), BINS + 1)
    step = edges[1] - edges[0]
    n, share = len(classes), {"sharex": True, "sharey": True}
    figure, grid = style.panels(len(groups) * n, n, (1.45, 1.45), (0.9, 0.7), **share)
    rows = grid.reshape(-1, n)
    for row, (name, group) in zip(rows, groups.items(), strict=True):
        whole = np.concatenate(group)
        for axes, mass, (colour, _, _) in zip(row, group, style.SERIES, strict=False):
            axes.hist(whole, edges, weights=style.shares(whole) / step, color="#CCCCCC")
            if len(mass) < FEW:
                axes.vlines(mass, 0, 0.2, transform=axes.get_xaxis_transform(), color=colour, lw=2)
            else:
                drawing = {"histtype": "step", "color": colour, "lw": 1.5}
                axes.hist(mass, edges, weights=style.shares(mass) / step, **drawing)
            place = {"transform": axes.transAxes, "ha": "right", "va": "top", "fontsize": 8}
            axes.text(0.97, 0.96, f"n = {len(mass):,}", **place)
        row[0].set_ylabel(f"{name}\ndensity [1/dex]", fontsize=9)
    for axes, name in zip(rows[0], classes, strict=True):
        axes.set_title(f"m = {name}")
    rows[0, 0].set_ylim(bottom=0)
    figure.supxlabel(MASS, fontsize=10)
    return figure
