"""Figures of maps: galleries, kinematics, and what a network looked at."""

import numpy as np

from galutils.plots.sky import compass, scale_bar
from galutils.plots.style import (
    ATTRIBUTION,
    EAST,
    FAST,
    NORTH,
    SEQUENTIAL,
    SLOW,
    UNKNOWN,
    draw_map,
    styled,
    subplots,
    symbols,
)


@styled
def gallery(velocity, titles, columns=4, spaxel=0.5, empty="no such galaxy"):
    """Velocity maps side by side, each with its own colour bar; a scale in the first.

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
        What to write where there is no map.

    Returns
    -------
    matplotlib.figure.Figure
    """
    n = len(velocity)
    if n == 0:
        figure, axes = subplots(figsize=(6, 1.2))
        axes.axis("off")
        axes.text(0.5, 0.5, empty, ha="center", va="center")
        return figure
    columns = min(columns, n)
    rows = -(-n // columns)
    figure, axes = subplots(
        rows, columns, figsize=(2.1 * columns + 0.4, 2.2 * rows + 0.3), squeeze=False
    )
    half = 0.5 * spaxel * _extent(velocity)
    for axis in axes.flat[n:]:
        axis.axis("off")
    for axis, values, title in zip(axes.flat, velocity, titles, strict=False):
        image = draw_map(axis, values, spaxel)
        axis.set_title(symbols(title), fontsize=8.5)
        axis.set(xlim=(half, -half), ylim=(-1.3 * half, half))  # room for scale and compass
        axis.tick_params(labelsize=7)
        bar = figure.colorbar(image, ax=axis, shrink=0.75)
        bar.ax.tick_params(labelsize=7)
        bar.ax.set_xlabel("km/s", fontsize=7)
    scale_bar(axes[0, 0], colour="black")
    compass(axes[0, 0], colour="black")
    figure.supxlabel(EAST, fontsize=9)
    figure.supylabel(NORTH, fontsize=9)
    figure.suptitle("stellar velocity [km/s]", fontsize=9)
    return figure


def _extent(velocity):
    """Side in spaxels of the central square that holds all valid spaxels, with a margin."""
    valid = np.isfinite(velocity).any(axis=0)
    places = 2 * np.argwhere(valid) - (np.array(valid.shape) - 1)
    return min(np.abs(places).max(initial=0) + 3, max(valid.shape))


@styled
def kinematic_maps(panels, titles, labels, spaxel=0.5, redshifts=None):
    """Rows of velocity and dispersion for a few galaxies.

    Parameters
    ----------
    panels : sequence of (velocity, sigma), each (ny, nx)
        km/s.
    titles : sequence of str
        One for each galaxy.
    labels : sequence of str
        Text above each galaxy's dispersion, such as its numbers.
    spaxel : float
        Side of a spaxel in arcsec.
    redshifts : sequence of float, optional
        One for each galaxy: scale bars then say kpc as well, where it is known.
    """
    redshifts = [None] * len(panels) if redshifts is None else redshifts
    figure, axes = subplots(len(panels), 2, figsize=(7.4, 3.1 * len(panels)), squeeze=False)
    for row, (velocity, sigma), title, label, redshift in zip(
        axes, panels, titles, labels, redshifts, strict=True
    ):
        image = draw_map(row[0], velocity, spaxel)
        figure.colorbar(image, ax=row[0], label="V [km/s]")
        image = draw_map(row[1], sigma, spaxel, cmap=SEQUENTIAL, low=0)
        figure.colorbar(image, ax=row[1], label="σ [km/s]")
        row[0].set_title(symbols(title))
        row[1].set_title(symbols(label))
        for axis in row:
            axis.set(xlabel=EAST, ylabel=NORTH)
        scale_bar(row[0], redshift=redshift, colour="black")
        compass(row[0], colour="black")
    return figure


@styled
def moran_panels(velocity, morans, attributions, titles, spaxel=0.5):
    """Velocity map, Moran scatter plot and attribution map of each galaxy.

    Parameters
    ----------
    velocity, attributions : sequence of ndarray, shape (ny, nx)
        km/s, and contribution to the probability of each spaxel.
    morans : sequence of galutils.physics.spatial.Moran
        With standardised values and their spatial lag.
    titles : sequence of str
        One for each galaxy.
    spaxel : float
        Side of a spaxel in arcsec.
    """
    n = len(velocity)
    figure, axes = subplots(3, n, figsize=(4.1 * n, 9.6), squeeze=False)
    for column, values, moran, contribution, title in zip(
        axes.T, velocity, morans, attributions, titles, strict=True
    ):
        image = draw_map(column[0], values, spaxel)
        figure.colorbar(image, ax=column[0], label="V [km/s]")
        column[0].set_title(title, fontsize=10)
        column[1].scatter(moran.z, moran.lag, s=5, color=SLOW, alpha=0.5, linewidths=0)
        grid = np.array([moran.z.min(), moran.z.max()])
        column[1].plot(grid, moran.statistic * grid, color=FAST)
        column[1].axhline(0, color=UNKNOWN, lw=0.6)
        column[1].axvline(0, color=UNKNOWN, lw=0.6)
        column[1].set(xlabel="standardised velocity", ylabel="spatial lag")
        column[1].set_title(f"Moran's I = {moran.statistic:.3f}, p = {moran.p_value:.3f}")
        image = draw_map(column[2], contribution, spaxel, cmap=ATTRIBUTION)
        figure.colorbar(image, ax=column[2], label="integrated gradient")
        for axis in (column[0], column[2]):
            axis.set(xlabel=EAST, ylabel=NORTH)
        scale_bar(column[0], colour="black")
        compass(column[0], colour="black")
    return figure
