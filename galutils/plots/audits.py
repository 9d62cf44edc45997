"""Figures of audits: how alike copies are, and how alike different galaxies."""

import numpy as np

from galutils.plots.style import FAST, SLOW, styled, subplots


@styled
def alike(pixels, correlation, same, needed):
    """Correlation of pairs of maps against the number of pixels compared.

    Parameters
    ----------
    pixels, correlation : ndarray, shape (n,)
        Of each pair.
    same : ndarray of bool, shape (n,)
        Copies of one map; the others are different galaxies.
    needed : callable
        Number of pixels to the correlation from which on a pair counts as copies.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, (plane, side) = subplots(1, 2, figsize=(7.4, 4.0), sharey=True, width_ratios=(3, 1.2))
    bins = np.linspace(-0.4, 1, 57)
    looks = ((~same, SLOW, "s", "different galaxies"), (same, FAST, "o", "copies"))
    for chosen, colour, marker, name in looks:
        plane.scatter(
            pixels[chosen], correlation[chosen], s=10, marker=marker, color=colour, alpha=0.5,
            linewidths=0, label=f"{name} ({np.count_nonzero(chosen)})",
        )  # fmt: skip
        weights = np.full(np.count_nonzero(chosen), 1 / max(np.count_nonzero(chosen), 1))
        side.hist(
            correlation[chosen], bins, weights=weights, orientation="horizontal",
            histtype="stepfilled", color=colour, alpha=0.6,
            hatch="/" if marker == "s" else None, edgecolor=colour,
        )  # fmt: skip
    grid = np.geomspace(max(pixels.min(initial=20), 10), pixels.max(initial=100) * 1.1, 200)
    plane.plot(grid, needed(grid), "k--", lw=1.4, label="needed for a copy")
    plane.set_xscale("log")
    plane.set(xlabel="pixels compared", ylabel="correlation of small structure", ylim=(-0.4, 1.05))
    plane.legend(loc="lower right", fontsize=8, markerscale=2, frameon=True)
    side.set(xlabel="share of pairs")
    return figure
