"""Figures of classifiers under conditions they were not taught."""

import numpy as np

from galutils.plots.roc import STYLES
from galutils.plots.style import UNKNOWN, ink, share_map, styled, subplots, symbols


@styled
def transfer_matrices(cells, label):
    """One matrix a preparation: rows trained on, columns tested on.

    Parameters
    ----------
    cells : pandas.DataFrame
        ``preparation``, ``trained on``, ``tested on``, ``value``, ``low``, ``high``;
        every combination once.
    label : str
        What the values are.
    """
    names = list(dict.fromkeys(cells["preparation"]))
    figure, panels = subplots(1, len(names), figsize=(3.5 * len(names) + 0.6, 3.4), squeeze=False)
    span = min(cells["value"].min(), 0.9), 1
    for axes, name in zip(panels.flat, names, strict=True):
        part = cells[cells["preparation"] == name]
        surveys = list(dict.fromkeys(part["trained on"]))
        table = part.set_index(["trained on", "tested on"])
        values = np.array([[table.loc[(a, b), "value"] for b in surveys] for a in surveys])
        image = axes.imshow(values, cmap=share_map(), vmin=span[0], vmax=span[1], origin="upper")
        for row, column in np.ndindex(values.shape):
            one = table.loc[(surveys[row], surveys[column])]
            axes.text(
                column, row, f"{one['value']:.3f}\n({one['low']:.3f}–{one['high']:.3f})",
                ha="center", va="center", color=ink(image.to_rgba(one["value"])),
            )  # fmt: skip
        ticks = range(len(surveys))
        axes.set_xticks(ticks, surveys)
        axes.set_yticks(ticks, surveys, rotation=90, va="center")
        axes.set(xlabel="tested on", ylabel="trained on", title=name)
    figure.colorbar(image, ax=panels, label=label, shrink=0.85)
    return figure


@styled
def degraded(table, labels, logarithmic=(), usual=None):
    """Measures of several classifiers against one condition a column.

    Parameters
    ----------
    table : pandas.DataFrame
        ``condition``, ``setting``, ``classifier``, ``measure``, ``value``, ``low``,
        ``high``; at most six classifiers.
    labels : mapping of str to str
        Axis label, with unit, of each condition; a column each.
    logarithmic : sequence of str
        Conditions with a logarithmic axis.
    usual : mapping of str to float, optional
        Setting of the training maps, marked by a line.
    """
    measures = list(dict.fromkeys(table["measure"]))
    figure, panels = subplots(
        len(measures), len(labels), figsize=(2.7 * len(labels), 2.6 * len(measures) + 0.6),
        sharex="col", sharey="row", squeeze=False,
    )  # fmt: skip
    for (row, column), axes in np.ndenumerate(panels):
        measure, condition = measures[row], list(labels)[column]
        part = table[(table["measure"] == measure) & (table["condition"] == condition)]
        curves = part.groupby("classifier", sort=False)
        for (name, one), (colour, style, marker) in zip(curves, STYLES, strict=False):
            x = one["setting"]
            axes.fill_between(x, one["low"], one["high"], color=colour, alpha=0.15, lw=0)
            axes.plot(
                x, one["value"], ls=style, marker=marker, ms=4.5, color=colour, label=symbols(name)
            )
        if condition in logarithmic:
            axes.set_xscale("log", base=2)
            settings = sorted(set(part["setting"]))
            axes.set_xticks(settings, [f"{value:.3g}" for value in settings])
        if usual and condition in usual:
            axes.axvline(usual[condition], color=UNKNOWN, lw=1, ls=":", zorder=0)
        if row == len(measures) - 1:
            axes.set_xlabel(labels[condition])
        if column == 0:
            axes.set_ylabel(measure)
    handles, names = panels[0, 0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside upper center", ncols=2, fontsize=9, handlelength=3)
    return figure


@styled
def classifiers_by_panel(panels, label, chance=0.5):
    """Values with intervals, one row a classifier and one panel a question.

    Parameters
    ----------
    panels : mapping of str to mapping of str to dict
        Title of the panel, classifier, then ``value``, ``low``, ``high``. All
        panels have the same classifiers.
    label : str or sequence of str
        Axis label of all panels, or of each.
    chance : float
        Marked by a line where it is in sight.
    """
    names = list(next(iter(panels.values())))
    labels = [label] * len(panels) if isinstance(label, str) else label
    figure, row = subplots(
        1, len(panels), figsize=(2.4 + 2.7 * len(panels), 0.42 * len(names) + 1.5), sharey=True,
        squeeze=False,
    )  # fmt: skip
    for axes, (title, found), text in zip(row.flat, panels.items(), labels, strict=True):
        for place, name in enumerate(names):
            one = found[name]
            colour, _, marker = STYLES[0 if name.startswith("network") else 1]
            axes.plot([one["low"], one["high"]], [place, place], color=colour, lw=2)
            axes.plot(one["value"], place, marker, color=colour)
            axes.annotate(
                f"{one['value']:.3f}", (one["value"], place), (0, 5), fontsize=8.5,
                textcoords="offset points", ha="center",
            )  # fmt: skip
        low, high = axes.get_xlim()
        if low < chance + 0.05:
            axes.axvline(chance, color=UNKNOWN, lw=1, ls=":", zorder=0)
        axes.set(xlim=(low, high), xlabel=text, title=title, ylim=(len(names) - 0.5, -0.8))
        axes.title.set_fontsize(10)
        axes.locator_params(axis="x", nbins=4)
    row[0, 0].set_yticks(range(len(names)), [symbols(name) for name in names])
    return figure
