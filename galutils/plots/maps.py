"""Figures of maps: galleries, kinematics, Moran's I and attributions."""

import numpy as np

from galutils.plots import style
from galutils.plots.sky import mark_sky
from galutils.store.measured import floats, takes


@style.styled
@takes(velocity="km/s")
def gallery(velocity, titles, columns=4, spaxel=0.5, empty="no such galaxy"):
    """Velocity maps side by side, each with its own colour bar; the first has a scale.

    Parameters
    ----------
    velocity : ndarray, shape (n, ny, nx)
        km/s, NaN outside. With n = 0 the figure says `empty`.
    titles : sequence of str
        One for each map.
    columns : int
        Maps in a row.
    spaxel : float
        Side of a spaxel in arcsec.
    empty : str
        Text where there is no map.

    Returns
    -------
    matplotlib.figure.Figure
    """
    n = len(velocity)
    if n == 0:
        figure, axes = style.subplots(figsize=(6, 1.2))
        axes.axis("off")
        axes.text(0.5, 0.5, empty, ha="center", va="center")
        return figure
    figure, shown = style.panels(n, columns, (2.1, 2.2), (0.4, 0.3))
    half = 0.5 * spaxel * _extent(velocity)
    for axis, values, title in zip(shown, velocity, titles, strict=True):
        image = style.draw_map(axis, values, spaxel)
        axis.set_title(style.symbols(title), fontsize=8.5)
        axis.set(xlim=(half, -half), ylim=(-1.3 * half, half))  # room for scale and compass
        axis.tick_params(labelsize=7)
        bar = figure.colorbar(image, ax=axis, shrink=0.75)
        bar.ax.tick_params(labelsize=7)
        bar.ax.set_xlabel("km/s", fontsize=7)
    mark_sky(shown[0], colour="black")
    figure.supxlabel(style.EAST, fontsize=9)
    figure.supylabel(style.NORTH, fontsize=9)
    figure.suptitle("stellar velocity [km/s]", fontsize=9)
    return figure


def _extent(velocity):
    """Return the side in spaxels of the central square with all valid spaxels and a margin."""
    valid = np.isfinite(velocity).any(axis=0)
    places = 2 * np.argwhere(valid) - (np.array(valid.shape) - 1)
    return min(np.abs(places).max(initial=0) + 3, max(valid.shape))


@style.styled
def kinematic_maps(maps, titles, labels, redshifts=None):
    """Rows of velocity and dispersion for a few galaxies.

    Parameters
    ----------
    maps : sequence of (velocity, sigma), each (ny, nx)
        km/s, spaxels of 0.5 arcsec.
    titles : sequence of str
        One for each galaxy.
    labels : sequence of str
        Text above each galaxy's dispersion, such as its numbers.
    redshifts : sequence of float, optional
        One for each galaxy: scale bars then say kpc as well, where it is known.
    """
    redshifts = [None] * len(maps) if redshifts is None else redshifts
    figure, axes = style.subplots(len(maps), 2, figsize=(7.4, 3.1 * len(maps)), squeeze=False)
    for row, (velocity, sigma), title, label, redshift in zip(
        axes, maps, titles, labels, redshifts, strict=True
    ):
        _labelled_map(row[0], velocity, "V [km/s]", style.symbols(title))
        _labelled_map(row[1], sigma, "σ [km/s]", style.symbols(label), cmap=style.SEQUENTIAL, low=0)
        mark_sky(row[0], redshift=redshift, colour="black")
    return figure


def _labelled_map(axes, values, label, title="", **look):
    """Draw a map with a colour bar and the names of the axes; the label ends in the unit."""
    values = floats(values, label.partition("[")[2].rstrip("]"))
    axes.figure.colorbar(style.draw_map(axes, values, **look), ax=axes, label=label)
    axes.set(xlabel=style.EAST, ylabel=style.NORTH, title=title)


@style.styled
def moran_panels(velocity, morans, attributions, titles):
    """Velocity map, Moran scatter plot and attribution maps of each galaxy, one below the other.

    Parameters
    ----------
    velocity : sequence of ndarray, shape (ny, nx)
        km/s; spaxels of 0.5 arcsec.
    morans : sequence of galutils.physics.spatial.Moran
        With standardised values and their spatial lag.
    attributions : mapping of str to sequence of ndarray, shape (ny, nx)
        Label of the colours, and the contribution of each spaxel to the probability.
    titles : sequence of str
        One for each galaxy.
    """
    n, rows = len(velocity), 2 + len(attributions)
    figure, axes = style.subplots(rows, n, figsize=(4.1 * n, 3.2 * rows), squeeze=False)
    columns = zip(axes.T, velocity, morans, titles, strict=True)
    for number, ((above, middle, *below), values, moran, title) in enumerate(columns):
        _labelled_map(above, values, "V [km/s]", title)
        mark_sky(above, colour="black")
        middle.scatter(moran.z, moran.lag, s=5, color=style.SLOW, alpha=0.5, linewidths=0)
        grid = np.array([moran.z.min(), moran.z.max()])
        middle.plot(grid, moran.statistic * grid, color=style.FAST)
        middle.axhline(0, color=style.UNKNOWN, lw=0.6)
        middle.axvline(0, color=style.UNKNOWN, lw=0.6)
        middle.set(xlabel="standardised velocity", ylabel="spatial lag")
        middle.set_title(f"Moran's I = {moran.statistic:.3f}, p = {moran.p_value:.3f}")
        for panel, (label, maps) in zip(below, attributions.items(), strict=True):
            _labelled_map(panel, maps[number], label, cmap=style.ATTRIBUTION)
    return figure
