"""Figures of stellar mass by number of spiral arms, as labelled and as predicted."""

import numpy as np

from galutils.plots.roc import STYLES
from galutils.plots.rotation import _alike
from galutils.plots.style import styled, subplots

FEW = 5  # galaxies: fewer are drawn one by one
BINS, INSIDE = 14, (0.005, 0.995)  # of the histograms; quantiles between which they lie
TRIMMED = (0.05, 0.99)  # quantiles between which violins lie, as in the publication
MASS = r"$\log_{10}$ stellar mass [solar masses]"


@styled
def mass_histograms(masses, classes):
    """Density of stellar mass of each class over that of all galaxies, one row for each set.

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
    groups, everything = _by_class(masses, classes)
    edges = np.linspace(*np.quantile(everything, INSIDE), BINS + 1)
    figure, panels = subplots(
        len(groups), len(classes), squeeze=False, sharex=True, sharey=True,
        figsize=(1.45 * len(classes) + 0.9, 1.45 * len(groups) + 0.7),
    )  # fmt: skip
    for row, (name, group) in zip(panels, groups.items(), strict=True):
        whole = np.concatenate(group)
        for axes, mass, (colour, _, _) in zip(row, group, STYLES, strict=False):
            axes.hist(whole, edges, weights=_density(whole, edges), color="#CCCCCC")
            if len(mass) < FEW:
                axes.vlines(mass, 0, 0.2, transform=axes.get_xaxis_transform(), color=colour, lw=2)
            else:
                style = {"histtype": "step", "color": colour, "lw": 1.5}
                axes.hist(mass, edges, weights=_density(mass, edges), **style)
            axes.text(
                0.97, 0.96, f"n = {len(mass):,}", transform=axes.transAxes, ha="right", va="top",
                fontsize=8,
            )  # fmt: skip
        row[0].set_ylabel(f"{name}\ndensity [1/dex]", fontsize=9)
    for axes, name in zip(panels[0], classes, strict=True):
        axes.set_title(f"m = {name}", fontsize=10)
    panels[0, 0].set_ylim(bottom=0)
    figure.supxlabel(MASS, fontsize=10)
    return figure


def _by_class(masses, classes):
    """Return the finite masses of each class, by set, and those of all sets together."""
    if len(classes) > len(STYLES):
        raise ValueError(f"classes: expected at most {len(STYLES)}, received {len(classes)}")
    groups = {}
    for name, columns in masses.items():
        mass, number = _alike(log_mass=columns[0], number=columns[1])
        if len(number) and number.max() >= len(classes):
            raise ValueError(f"{name}: {len(classes)} classes, received index {number.max()}")
        known = np.isfinite(mass)
        groups[name] = [mass[known & (number == k)] for k in range(len(classes))]
    everything = np.concatenate([mass for group in groups.values() for mass in group])
    if not everything.size:
        raise ValueError("masses: expected finite masses of some class, received none")
    return groups, everything


def _density(values, edges):
    """Weight of each value in bins of one width."""
    return np.full(len(values), 1 / (max(len(values), 1) * (edges[1] - edges[0])))


@styled
def mass_violins(masses, classes):
    """Distribution of stellar mass by class with its mean, one panel for each set.

    Parameters
    ----------
    masses : mapping of str to (log_mass, number)
        As of `mass_histograms`. Only masses from the 5 to the 99 per cent
        quantile of all galaxies are drawn and averaged, as in the publication.
    classes : sequence of str
        Names of the classes, six at most. One with fewer than five galaxies is
        drawn as points.

    Raises
    ------
    ValueError
        As of `mass_histograms`.
    """
    groups, everything = _by_class(masses, classes)
    low, high = np.quantile(everything, TRIMMED)
    figure, panels = subplots(
        1, len(groups), figsize=(0.42 * len(classes) * len(groups) + 1.2, 3.8), squeeze=False,
        sharey=True,
    )  # fmt: skip
    for axes, (name, group) in zip(panels.flat, groups.items(), strict=True):
        group = [mass[(mass >= low) & (mass <= high)] for mass in group]
        for place, (mass, (colour, _, _)) in enumerate(zip(group, STYLES, strict=False)):
            _violin(axes, place, mass, colour)
        whole = np.concatenate(group)
        if whole.size:
            axes.axhline(whole.mean(), color="black", lw=0.8, zorder=0)
        axes.set_title(name, fontsize=10)
        axes.set_xticks(range(len(classes)), classes)
        axes.set_xlim(-0.6, len(classes) - 0.4)
    panels[0, 0].set_ylabel(MASS)
    figure.supxlabel("number of spiral arms m", fontsize=10)
    figure.legend(
        handles=[
            axes.plot([], [], color="black", ls=":", lw=1.6, label="mean of the class")[0],
            axes.plot([], [], color="black", lw=0.8, label="mean of all")[0],
        ],
        loc="outside upper center", ncols=2, fontsize=9,
    )  # fmt: skip
    return figure


def _violin(axes, place, mass, colour):
    """Draw a violin and its mean; points instead if there are few masses."""
    if len(mass) < FEW:
        axes.plot(np.full(len(mass), place), mass, "o", color=colour, ms=4)
    else:
        for body in axes.violinplot(mass, [place], widths=0.85, showextrema=False)["bodies"]:
            body.set(facecolor=colour, edgecolor=colour, alpha=0.45)
    if len(mass):
        reach = 0.42
        axes.hlines(mass.mean(), place - reach, place + reach, color="black", ls=":", lw=1.6)
