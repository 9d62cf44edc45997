"""Figures of how far maps that explain a network can be trusted."""

import numpy as np

from galutils.plots.sky import compass, scale_bar
from galutils.plots.style import ATTRIBUTION, EAST, FAST, NORTH, SLOW, draw_map, styled, subplots
from galutils.scores import intervals

# Okabe & Ito, one line style each; what knows nothing of the network is thin.
LINES = (
    {"color": FAST, "ls": "-", "lw": 2.0},
    {"color": SLOW, "ls": "--", "lw": 2.0},
    {"color": "#009E73", "ls": "-.", "lw": 2.0},
    {"color": "#56B4E9", "ls": (0, (4, 1, 1, 1, 1, 1)), "lw": 2.0},
    {"color": "black", "ls": ":", "lw": 1.6},
    {"color": "#CC79A7", "ls": (0, (5, 1)), "lw": 1.4},
    {"color": "#7F7F7F", "ls": (0, (3, 1, 1, 1)), "lw": 1.4},
)
MARKERS = "os^Dv*P"


def _check(names):
    if len(names) > len(LINES):
        raise ValueError(f"expected at most {len(LINES)} lines, received {len(names)}")


@styled
def faithfulness_curves(studies):
    """Mean probability against the share of pixels deleted or inserted, a row for each study.

    Parameters
    ----------
    studies : mapping of str to mapping of str to ndarray, shape (n, 2, steps + 1)
        Study, then order of the pixels, to `galutils.explain.faithfulness.curves`; at
        most seven orders, the same in all. Bands are 95 per cent intervals of the
        mean over inputs.

    Raises
    ------
    ValueError
        If there are more than seven orders.
    """
    figure, panels = subplots(
        len(studies), 2, figsize=(7.4, 2.5 * len(studies) + 0.9), squeeze=False, sharey="row",
        sharex=True,
    )  # fmt: skip
    for row, (study, orders) in zip(panels, studies.items(), strict=True):
        _check(orders)
        for kind, (axes, name) in enumerate(zip(row, ("deleted", "inserted"), strict=True)):
            for (order, curves), style in zip(orders.items(), LINES, strict=False):
                values = curves[:, kind]
                share = np.linspace(0, 1, values.shape[1])
                middle = [intervals.mean_interval(column) for column in values.T]
                low, high = ([one[key] for one in middle] for key in ("low", "high"))
                axes.fill_between(share, low, high, color=style["color"], alpha=0.08, linewidth=0)
                axes.plot(share, values.mean(axis=0), label=order, **style)
            axes.set_title(f"{study}: {name} ({len(values)})", fontsize=9.5)
            axes.set(xlim=(0, 1))
        row[0].set_ylabel("probability of the class", fontsize=9)
    panels[-1, 0].set_xlabel("share of the pixels deleted")
    panels[-1, 1].set_xlabel("share of the pixels inserted")
    handles, labels = panels[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3)
    return figure


@styled
def randomisation(studies):
    """Similarity to the trained network's maps as more layers become random.

    Parameters
    ----------
    studies : mapping of str to mapping of str to mapping of str to dict
        Study, kind of map, and layer down to which weights are random, to
        ``value``, ``low`` and ``high``; at most seven kinds. The layers are the
        same for all kinds of a study and in the order they became random.

    Raises
    ------
    ValueError
        If there are more than seven kinds.
    """
    figure, panels = subplots(
        1, len(studies), figsize=(4.0 * len(studies) + 0.4, 4.3), squeeze=False, sharey=True
    )
    for axes, (study, kinds) in zip(panels[0], studies.items(), strict=True):
        _check(kinds)
        for number, (kind, layers) in enumerate(kinds.items()):
            value, low, high = (
                np.array([one[key] for one in layers.values()]) for key in ("value", "low", "high")
            )
            at = np.arange(len(layers)) + 0.07 * (number - (len(kinds) - 1) / 2)
            axes.errorbar(
                at, value, [value - low, high - value], marker=MARKERS[number], ms=5, capsize=2,
                label=kind, **LINES[number],
            )  # fmt: skip
        axes.axhline(0, color="#7F7F7F", lw=0.8)
        axes.set_xticks(range(len(layers)), list(layers), rotation=40, ha="right", fontsize=8.5)
        axes.set_xlabel("random from the output down to")
        axes.set_title(study, fontsize=10)
    panels[0, 0].set_ylabel("rank correlation with\nthe trained network's map")
    handles, labels = panels[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=2)
    return figure


@styled
def planted_features(velocity, maps, centre, radius, rates, spaxel=0.5):
    """Velocity maps with a planted disc, what explains them, and how often the disc is hit.

    Parameters
    ----------
    velocity : ndarray, shape (n, h, w)
        km/s, NaN where not measured; a row each.
    maps : mapping of str to ndarray, shape (n, h, w)
        Each divided by the 98 per cent quantile of its absolute values where
        velocity is known; colours are symmetric about zero. A column each.
    centre : ndarray, shape (n, 2)
        Row and column of the discs.
    radius : float
        Of the discs, spaxels.
    rates : mapping of str to dict
        ``value``, ``low`` and ``high`` of the share of hits.
    spaxel : float
        Side of a spaxel in arcsec.
    """
    n, side = len(velocity), velocity.shape[1]
    figure, panels = subplots(
        n + 1, len(maps) + 1, figsize=(1.95 * (len(maps) + 1) + 0.6, 1.9 * n + 2.4), squeeze=False,
        gridspec_kw={"height_ratios": [1] * n + [0.28 * len(rates)]},
    )  # fmt: skip
    grid = panels[0, 0].get_gridspec()
    for axes in panels[-1]:
        axes.remove()
    below = figure.add_subplot(grid[-1, 1:])
    below.tick_params(labelsize=8.5)
    turn = np.linspace(0, 2 * np.pi, 60)
    shown = {"stellar velocity": velocity} | maps
    for column, (name, stack) in enumerate(shown.items()):
        panels[0, column].set_title(name, fontsize=9)
        for row in range(n):
            axes = panels[row, column]
            values = np.where(np.isfinite(velocity[row]), stack[row], np.nan)
            if column:
                largest = np.nanquantile(np.abs(values), 0.98) or 1
                explained = draw_map(axes, values / largest, spaxel, 1, ATTRIBUTION)
            else:
                bar = figure.colorbar(draw_map(axes, values, spaxel), ax=axes, shrink=0.8)
                bar.set_label("V [km/s]", fontsize=8)
                bar.ax.tick_params(labelsize=7)
            y = (centre[row, 0] + radius * np.sin(turn) - (side - 1) / 2) * spaxel
            x = -(centre[row, 1] + radius * np.cos(turn) - (side - 1) / 2) * spaxel
            axes.plot(x, y, color="black", lw=1.2)
            axes.tick_params(labelsize=7)
            if row < n - 1:
                axes.set_xticklabels([])
            if column:
                axes.set_yticklabels([])
    for axes in panels[n - 1]:
        axes.set_xlabel(EAST, fontsize=8)
    for axes in panels[:n, 0]:
        axes.set_ylabel(NORTH, fontsize=8)
    scale_bar(panels[0, 0], colour="black")
    compass(panels[0, 0], colour="black")
    bar = figure.colorbar(explained, ax=panels[:n, 1:], shrink=0.6, extend="both")
    bar.set_label("attribution / 98 % quantile\nof its absolute values", fontsize=8)
    bar.ax.tick_params(labelsize=7)
    for row, one in enumerate(rates.values()):
        below.plot([one["low"], one["high"]], [row, row], color=SLOW, lw=2)
        below.plot(one["value"], row, "o", color=SLOW)
    below.set_yticks(range(len(rates)), list(rates), fontsize=8.5)
    for label in below.get_yticklabels():  # they have the room below the first column
        label.set_in_layout(False)
    below.set(xlim=(-0.02, 1.02), ylim=(len(rates) - 0.5, -0.5))
    below.set_xlabel("share of maps whose largest value lies in the disc", fontsize=9)
    return figure
