"""Figures of calibration."""

import numpy as np

from galutils.plots import style


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
