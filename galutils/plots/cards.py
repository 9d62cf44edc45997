"""Errors of several networks beside what chance would give."""

import numpy as np

from galutils.plots.style import FAST, SLOW, styled, subplots


@styled
def errors_beside_chance(errors, chance, label):
    """Measured errors and those by chance, both with intervals, one row each.

    Parameters
    ----------
    errors, chance : mapping of str to dict
        Name to ``value``, ``low``, ``high``; the same names.
    label : str
        Axis label.
    """
    figure, axes = subplots(figsize=(6.8, 0.48 * len(errors) + 1.6))
    rows = np.arange(len(errors))
    kinds = (("by chance", chance, 0.17, SLOW, "s"), ("measured", errors, -0.17, FAST, "o"))
    for name, table, shift, colour, marker in reversed(kinds):
        values = np.array([list(map(table[key].get, ("value", "low", "high"))) for key in errors])
        axes.hlines(rows + shift, values[:, 1], values[:, 2], color=colour, lw=2)
        axes.plot(values[:, 0], rows + shift, marker, color=colour, ms=5, ls="none", label=name)
        for y, (value, _, high) in zip(rows + shift, values, strict=True):
            axes.text(high, y, f"  {value:.3f}", va="center", fontsize=8)
    axes.set_yticks(rows, list(errors))
    axes.set(ylim=(len(errors) - 0.5, -0.5), xlabel=label)
    axes.set_xlim(0, axes.get_xlim()[1] * 1.08)
    axes.legend(loc="best", fontsize=8)
    return figure
