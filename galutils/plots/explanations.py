"""Figures of maps that explain a network, and of checks of such maps."""

import numpy as np

from galutils.plots import style
from galutils.plots.images import draw_heat
from galutils.plots.sky import BAR, mark_sky
from galutils.scores import intervals

LINES = (  # colour, style, width and marker of kinds of maps; maps without a network are thin
    (style.FAST, "-", 2.0, "o"),
    (style.SLOW, "--", 2.0, "s"),
    (style.GREEN, "-.", 2.0, "^"),
    ("#56B4E9", (0, (4, 1, 1, 1, 1, 1)), 2.0, "D"),
    ("black", ":", 1.6, "v"),
    ("#CC79A7", (0, (5, 1)), 1.4, "*"),
    (style.UNKNOWN, (0, (3, 1, 1, 1)), 1.4, "P"),
)


@style.styled
def attributions(images, maps, titles, scale, columns=4, sky=True):
    """Images in rows, and below each the attribution of its pixels on its own scale.

    Parameters
    ----------
    images : ndarray of uint8, shape (n, h, w, 3)
        As `colour_images` makes them, row 0 north.
    maps : ndarray, shape (n, h, w)
        Attribution summed over the channels, row 0 south as in the images the
        network was given. A map is divided by the 99.5 per cent quantile of
        its absolute values; one that is zero everywhere stays zero. The scale
        is symmetric about zero unless no map has negative values.
    titles : sequence of str
        One for each image.
    scale : float
        arcsec per pixel.
    columns : int
        Images in a row.
    sky : bool
        False for simulated galaxies, whose images do not have north up and east left.

    Raises
    ------
    ValueError
        If images, maps and titles do not belong together.
    """
    style.expect("images with a map each", np.shape(maps), np.shape(images)[:-1])
    style.same_number("images with a map and a title each", images, maps, titles, least=1)
    columns = min(columns, len(maps))
    rows, side = -(-len(maps) // columns), 7.2 / max(columns, 3)
    size = (side * columns, (2 * side + 0.2) * rows + 0.6)
    figure, grid = style.bare(2 * rows, columns, size)
    figure.get_layout_engine().set(h_pad=0.07, hspace=0)
    lowest = -1 if np.min(maps) < 0 else 0
    places = zip(grid[::2].flat, grid[1::2].flat, strict=True)
    for (above, below), image, values, title in zip(places, images, maps, titles, strict=False):
        style.picture(above, image, title)
        below.axis("on")
        drawn = draw_heat(below, values[::-1] / style.ceiling(values), lowest)
    mark_sky(grid[0, 0], scale, sky, length=BAR)
    figure.colorbar(
        drawn, ax=grid, label="attribution / 99.5 % quantile of its absolute values in the map",
        location="bottom", aspect=40, shrink=0.8, extend="max" if lowest == 0 else "both",
    )  # fmt: skip
    return figure


@style.figure((6.2, 4.2))
def attribution_profile(axes, radius, shares):
    """Share of the attribution within a radius, mean and spread over galaxies.

    Parameters
    ----------
    radius : ndarray, shape (m,)
        In effective radii, ascending.
    shares : mapping of str to ndarray, shape (n, m)
        Share of the absolute attribution within each radius, 0-1, of the n
        galaxies of each sample, at most six; n may differ. Galaxies with NaN
        are left out. Bands hold the central 68 per cent of the galaxies.

    Raises
    ------
    ValueError
        If a sample has another number of radii, or there are more than six.
    """
    for name, values, colour, look, _ in style.series(shares):
        style.expect(name, (len(values), len(radius)), np.shape(values))
        values = values[np.isfinite(values).all(axis=1)]
        low, high = np.quantile(values, [0.16, 0.84], axis=0)
        axes.fill_between(radius, low, high, color=colour, alpha=0.15, linewidth=0)
        label = f"{name} ({len(values)})"
        axes.plot(radius, values.mean(axis=0), ls=look, lw=1.8, color=colour, label=label)
    axes.set(xlabel=r"radius [$R_\mathrm{e}$]", ylabel="share of |attribution| within")
    axes.set(xlim=(0, radius[-1]), ylim=(0, 1.02))
    axes.legend(loc="lower right", title="mean and 68 % of galaxies")


@style.styled
def faithfulness_curves(studies):
    """Mean probability against the share of pixels deleted or inserted, a row for each study.

    Parameters
    ----------
    studies : mapping of str to mapping of str to ndarray, shape (n, 2, steps + 1)
        Study, then order of the pixels, to `galutils.explain.checks.curves`; at
        most seven orders, the same in all. Bands are 95 per cent intervals of the
        mean over inputs.

    Raises
    ------
    ValueError
        If there are more than seven orders.
    """
    n = 2 * len(studies)
    figure, shown = style.panels(n, 2, (3.7, 2.5), (0, 0.9), sharex=True, sharey="row")
    grid = shown.reshape(-1, 2)
    for row, (study, orders) in zip(grid, studies.items(), strict=True):
        for kind, (axes, name) in enumerate(zip(row, ("deleted", "inserted"), strict=True)):
            for order, curves, colour, dashes, width, _ in style.series(orders, LINES):
                values = curves[:, kind]
                share = np.linspace(0, 1, values.shape[1])
                _, low, high = style.ends([intervals.mean_interval(column) for column in values.T])
                axes.fill_between(share, low, high, color=colour, alpha=0.08, linewidth=0)
                look = {"color": colour, "ls": dashes, "lw": width}
                axes.plot(share, values.mean(axis=0), label=order, **look)
            axes.set_title(f"{study}: {name} ({len(values)})", fontsize=9.5)
            axes.set(xlim=(0, 1), xlabel=f"share of the pixels {name}")
            axes.label_outer()
        row[0].set_ylabel("probability of the class", fontsize=9)
    style.legend_outside(grid[0, :1], "lower center", ncols=3)
    return figure


@style.styled
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
    figure, row = style.panels(len(studies), len(studies), (4.0, 4.3), (0.4, 0), sharey=True)
    for axes, (study, kinds) in zip(row, studies.items(), strict=True):
        for shift, (kind, layers, colour, dash, width, marker) in style.side_by_side(kinds, LINES):
            value, low, high = style.ends(layers.values())
            at, spread = np.arange(len(layers)) + 0.07 * shift, [value - low, high - value]
            look = {"color": colour, "ls": dash, "lw": width, "marker": marker, "ms": 5}
            axes.errorbar(at, value, spread, capsize=2, label=kind, **look)
        axes.axhline(0, color=style.UNKNOWN, lw=0.8)
        axes.set_xticks(range(len(layers)), list(layers), rotation=40, ha="right", fontsize=8.5)
        axes.set(xlabel="random from the output down to", title=study)
    row[0].set_ylabel("rank correlation with\nthe trained network's map")
    style.legend_outside(row[:1], "lower center", ncols=2)
    return figure


@style.styled
def planted_features(velocity, maps, centre, radius, rates):
    """Velocity maps with a planted disc, maps that explain them, and the share of hits.

    Parameters
    ----------
    velocity : ndarray, shape (n, h, w)
        km/s, NaN where not measured, spaxels of 0.5 arcsec; a row each.
    maps : mapping of str to ndarray, shape (n, h, w)
        Each divided by the 98 per cent quantile of its absolute values where
        velocity is known; colours are symmetric about zero. A column each.
    centre : ndarray, shape (n, 2)
        Row and column of the discs.
    radius : float
        Of the discs, spaxels.
    rates : mapping of str to dict
        ``value``, ``low`` and ``high`` of the share of hits.
    """
    n, shown = len(velocity), {"stellar velocity": velocity} | maps
    numbers = np.arange(n * len(shown)).reshape(n, -1)
    layout = [*numbers.tolist(), [".", *["rates"] * len(maps)]]
    size, ratios = (1.95 * len(shown) + 0.6, 1.9 * n + 2.4), [1] * n + [0.28 * len(rates)]
    figure, axes = style.subplots(layout, figsize=size, height_ratios=ratios)
    below = axes.pop("rates")
    for (row, column), number in np.ndenumerate(numbers):
        panel, (name, stack) = axes[number], list(shown.items())[column]
        values = np.where(np.isfinite(velocity[row]), stack[row], np.nan)
        if column:
            largest = np.nanquantile(np.abs(values), 0.98) or 1
            drawn = style.draw_map(panel, values / largest, limit=1, cmap=style.ATTRIBUTION)
        else:
            bar = figure.colorbar(style.draw_map(panel, values), ax=panel, shrink=0.8)
            bar.set_label("V [km/s]", fontsize=8)
            bar.ax.tick_params(labelsize=7)
        _outline_disc(panel, centre[row], radius, values.shape)
        panel.set_title("" if row else name, fontsize=9)
        panel.set_xlabel(style.EAST if row == n - 1 else "", fontsize=8)
        panel.set_ylabel("" if column else style.NORTH, fontsize=8)
        panel.tick_params(labelsize=7, labelbottom=row == n - 1, labelleft=column == 0)
    mark_sky(axes[0], colour="black")
    places = [axes[number] for number in numbers[:, 1:].flat]
    bar = figure.colorbar(drawn, ax=places, shrink=0.6, extend="both")
    bar.set_label("attribution / 98 % quantile\nof its absolute values", fontsize=8)
    bar.ax.tick_params(labelsize=7)
    style.draw_rows(below, range(len(rates)), *style.ends(rates.values()))
    style.name_rows(below, rates, fontsize=8.5)
    for label in below.get_yticklabels():  # they have the room below the first column
        label.set_in_layout(False)
    below.tick_params(labelsize=8.5)
    below.set_xlim(-0.02, 1.02)
    below.set_xlabel("share of maps whose largest value lies in the disc", fontsize=9)
    return figure


def _outline_disc(axes, centre, radius, shape, spaxel=0.5):
    """Draw a circle about a row and column of a map, in arcsec from its middle."""
    turn = np.linspace(0, 2 * np.pi, 60)
    y = (centre[0] + radius * np.sin(turn) - (shape[0] - 1) / 2) * spaxel
    x = -(centre[1] + radius * np.cos(turn) - (shape[1] - 1) / 2) * spaxel
    axes.plot(x, y, color="black", lw=1.2)
