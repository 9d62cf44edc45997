"""Figures of calibration and abstention."""

import numpy as np

from galutils.plots import style

RATIOS = {"height_ratios": (3, 1.1), "width_ratios": (1.15, 1)}  # of axes in `unknown_named`


@style.styled
def reliability_diagrams(tables, probabilities, notes, columns=3, label="a fast rotator"):
    """Reliability diagrams, each above the histogram of its probabilities.

    Parameters
    ----------
    tables : mapping of str to pandas.DataFrame
        By name, the table of `galutils.scores.calibration.reliability`.
    probabilities : mapping of str to array_like
        Of the same names.
    notes : mapping of str to str
        Written in the diagram of that name.
    columns : int
        Diagrams in a row.
    label : str
        Class whose probability it is.
    """
    rows = -(-len(tables) // columns)
    size, ratios = (2.9 * columns + 0.4, 3.7 * rows), [3, 1] * rows
    figure, grid = style.bare(2 * rows, columns, size, sharex=True, height_ratios=ratios)
    places = zip(grid[::2].flat, grid[1::2].flat, strict=True)
    for (above, below), (name, table) in zip(places, tables.items(), strict=False):
        above.plot([0, 1], [0, 1], color=style.UNKNOWN, ls=":", lw=1.2)
        above.vlines(table["probability"], table["low"], table["high"], color=style.SLOW, lw=1.6)
        above.plot(table["probability"], table["value"], "o-", color=style.SLOW, ms=4.5, lw=0.8)
        place = {"transform": above.transAxes, "ha": "right", "va": "bottom", "fontsize": 8.5}
        above.text(0.98, 0.04, notes[name], **place)
        above.axis("on")
        above.set(ylim=(-0.02, 1.02), xlim=(-0.02, 1.02), title=name)
        below.hist(probabilities[name], np.linspace(0, 1, 21), color=style.SLOW, alpha=0.6)
        below.axis("on")
        below.set(yscale="log", ylim=(0.7, None))
        below.yaxis.set_minor_formatter("")
        below.tick_params(labelbottom=True)
    for above, below in zip(grid[::2, 0], grid[1::2, 0], strict=True):
        above.set_ylabel("observed share")
        below.set_ylabel("galaxies")
    figure.supxlabel(f"probability of {label}", fontsize=10)
    return figure


@style.figure((10, 4.8), [["above", "right"], ["below", "right"]], **RATIOS)
def unknown_named(axes, by_error, shares, counts, total, rate, label="velocity error [km/s]"):
    """Error rates along a quantity, its distribution, and how many galaxies are named.

    Parameters
    ----------
    by_error : mapping of str to pandas.DataFrame
        Name of the cuts to ``centre``, ``value``, ``low``, ``high``; one row a bin, six at most.
    shares : mapping of str to (edges, share)
        Kind of galaxies to edges of bins and the share of galaxies in each.
    counts : mapping of str to (fast, slow)
        Galaxies named, each an interval or a number.
    total : mapping of str to int
        Galaxies of unknown class, of the same names.
    rate : float
        Error rate to mark.
    label : str
        The quantity, with its unit.
    """
    above, below = axes["above"], axes["below"]
    for number, (name, table, colour, look, marker) in enumerate(style.series(by_error)):
        x = table["centre"] * (1 + 0.012 * number)  # side by side
        above.vlines(x, 100 * table["low"], 100 * table["high"], color=colour, lw=1.8)
        above.plot(x, 100 * table["value"], marker, ls=look, color=colour, label=name, lw=1)
    above.axhline(100 * rate, color=style.UNKNOWN, ls="--", lw=1)
    above.set(ylabel="wrong among those\nnamed fast [%]", ylim=(0, None))
    above.legend(fontsize=8.5, loc="upper left")
    for (kind, (edges, share)), look in zip(shares.items(), ("-", "--"), strict=True):
        below.stairs(100 * share, edges, color="black", ls=look, lw=1.4, label=kind)
    below.set(xlabel=label, ylabel="galaxies [%]")
    below.legend(fontsize=8.5)
    above.sharex(below)
    _bars(axes["right"], counts, total)


def _bars(axes, counts, total):
    """Draw shares named fast and slow, with whiskers where there is an interval."""
    for row, (name, pair) in enumerate(counts.items()):
        for (kind, colour, hatch, shift), one in zip(
            (("fast", style.FAST, "", -0.19), ("slow", style.SLOW, "//", 0.19)), pair, strict=True
        ):
            one = one if isinstance(one, dict) else dict.fromkeys(("value", "low", "high"), one)
            value, low, high = (100 * one[key] / total[name] for key in ("value", "low", "high"))
            place = {"label": f"named {kind}"} if row == 0 else {}
            axes.barh(row + shift, value, 0.36, color=colour, hatch=hatch, alpha=0.75, **place)
            if high > low:
                axes.plot([low, high], [row + shift] * 2, color="black", lw=1.4)
            text = f"{one['value']:.0f} of {total[name]}"
            style.note(axes, text, (high, row + shift), (5, 0), va="center")
    style.name_rows(axes, counts)
    axes.set(xlabel="galaxies of unknown class [%]", xlim=(0, 118), xticks=[0, 25, 50, 75, 100])
    axes.legend(fontsize=8.5, loc="lower right")
