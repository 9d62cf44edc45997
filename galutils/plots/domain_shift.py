"""Figures of classifiers under conditions that differ from those of their training."""

from itertools import product

from galutils.plots import style

LOOKS = (*style.SERIES, ("#56B4E9", (0, (4, 1, 1, 1, 1, 1)), "*"))  # attributions are seven


@style.styled
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
    places, share = list(product(measures, labels)), {"sharex": "col", "sharey": "row"}
    figure, grid = style.panels(len(places), len(labels), (2.7, 2.6), (0, 0.6), **share)
    for axes, (measure, condition) in zip(grid, places, strict=True):
        part = table[(table["measure"] == measure) & (table["condition"] == condition)]
        curves = dict(list(part.groupby("classifier", sort=False)))
        for name, one, colour, drawing, marker in style.series(curves, LOOKS):
            x, look = one["setting"], {"color": colour, "ls": drawing, "marker": marker, "ms": 4.5}
            axes.fill_between(x, one["low"], one["high"], color=colour, alpha=0.15, lw=0)
            axes.plot(x, one["value"], label=style.symbols(name), **look)
        if condition in logarithmic:
            axes.set_xscale("log", base=2)
            settings = sorted(set(part["setting"]))
            axes.set_xticks(settings, [f"{value:.3g}" for value in settings])
        if usual and condition in usual:
            axes.axvline(usual[condition], color=style.UNKNOWN, lw=1, ls=":", zorder=0)
        axes.set(xlabel=labels[condition], ylabel=measure)
        axes.label_outer()
    style.legend_outside(grid[:1], ncols=2, handlelength=3)
    return figure


@style.styled
def classifiers_by_panel(questions, label):
    """Values with intervals, one row a classifier and one panel a question.

    A line marks 0.5, which is chance, where it is in sight.

    Parameters
    ----------
    questions : mapping of str to mapping of str to dict
        Title of the panel, classifier, then ``value``, ``low``, ``high``. All
        panels have the same classifiers.
    label : str or sequence of str
        Axis label of all panels, or of each.
    """
    names = list(next(iter(questions.values())))
    labels = [label] * len(questions) if isinstance(label, str) else label
    n, size = len(questions), (2.7, 0.42 * len(names) + 1.5)
    figure, row = style.panels(n, n, size, (2.4, 0), sharey=True)
    for axes, (title, found), text in zip(row, questions.items(), labels, strict=True):
        for place, name in enumerate(names):
            value, low, high = (found[name][key] for key in ("value", "low", "high"))
            colour, _, marker = style.SERIES[0 if name.startswith("network") else 1]
            style.draw_rows(axes, place, value, low, high, colour, marker)
            style.note(axes, f"{value:.3f}", (value, place), (0, 5), ha="center")
        low, high = axes.get_xlim()
        if low < 0.55:
            axes.axvline(0.5, color=style.UNKNOWN, lw=1, ls=":", zorder=0)
        axes.set(xlim=(low, high), xlabel=text, title=title)
        axes.locator_params(axis="x", nbins=4)
    style.name_rows(row[0], names)
    row[0].set_ylim(len(names) - 0.5, -0.8)  # room for the number above the first row
    return figure
