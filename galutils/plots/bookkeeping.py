"""What is stated beside what the arithmetic gives."""

import numpy as np

from galutils.plots.style import FAST, SLOW, styled, subplots


@styled
def stated_and_computed(names, stated, computed, low, high, label):
    """Stated numbers and those worked out, the latter with intervals, one row each.

    Parameters
    ----------
    names : sequence of str
        Of the rows.
    stated, computed, low, high : sequence of float
        Printed numbers; those that counts give, and their intervals.
    label : str
        Axis label.
    """
    figure, axes = subplots(figsize=(7.4, 0.3 * len(names) + 1.6))
    rows = np.arange(len(names))
    axes.hlines(rows, low, high, color=SLOW, lw=2, label="95 per cent interval of the counts")
    axes.plot(computed, rows, "o", color=SLOW, ms=5, label="from counts")
    axes.plot(stated, rows, "D", mfc="none", mec=FAST, ms=9, mew=1.4, label="stated")
    axes.set_yticks(rows, names, fontsize=9)
    axes.set(xlim=(-0.03, 1.03), ylim=(len(names) - 0.4, -0.6), xlabel=label)
    axes.grid(axis="x", color="0.9", lw=0.8)
    figure.legend(loc="outside upper center", ncols=3, fontsize=9)
    return figure
