"""Figures of a cluster: velocities against distance, and planes shaded by a probability."""

from itertools import cycle

import numpy as np

from galutils.plots import style
from galutils.plots.colours import GROUPS


@style.figure((7.0, 4.6))
def phase_space(axes, distance, velocity, groups, radius, escape, limits):
    """Velocity against distance from the centre, with the escape velocity and the cut in redshift.

    Parameters
    ----------
    distance, velocity : ndarray, shape (n,)
        arcmin; km/s in the frame of the cluster. Velocities beyond 1.6 times the largest escape
        velocity are not drawn, but counted in a note.
    groups : mapping of str to ndarray of bool, shape (n,)
    radius, escape : ndarray
        arcmin; escape velocity there, km/s.
    limits : (float, float)
        Velocities between which a galaxy counts as a member by its redshift alone, km/s.

    Raises
    ------
    ValueError
        If the arrays differ in length.
    """
    distance, velocity, *parts = style.same_length(distance=distance, velocity=velocity, **groups)
    end = 1.6 * np.max(escape)
    inside = np.abs(velocity) <= end
    for name, part, (colour, marker) in zip(groups, parts, cycle(GROUPS), strict=False):
        drawn = part & inside
        look = {"color": colour, "marker": marker, "alpha": 0.75, "linewidths": 0, "s": 22}
        axes.scatter(distance[drawn], velocity[drawn], label=f"{name} ({part.sum()})", **look)
    for sign in (-1, 1):
        label = "escape velocity" if sign > 0 else None
        axes.plot(radius, sign * escape, color="black", lw=1.3, label=label)
    for limit, label in zip(limits, ("limits in redshift", None), strict=True):
        axes.axhline(limit, color="black", ls=":", lw=1.2, label=label)
    beyond = np.sum(np.any(parts, axis=0) & ~inside)
    if beyond:
        axes.plot([], [], " ", label=f"{beyond} beyond the axis")
    axes.set(xlim=(0, np.max(radius)), ylim=(-end, end))
    axes.set(xlabel="distance from the centre [arcmin]", ylabel="velocity in the cluster [km/s]")
    axes.figure.legend(loc="outside right upper", fontsize=8.5)


@style.figure((6.4, 4.8))
def by_probability(axes, x, y, probability, xlabel, ylabel, flip=(False, False), sky=False):
    """Scatter objects, the likely members on top, shaded by the probability of a member.

    Parameters
    ----------
    x, y, probability : ndarray, shape (n,)
        Rows where any is NaN are not drawn.
    xlabel, ylabel : str
        With unit.
    flip : (bool, bool)
        Whether values rise to the left, and downwards.
    sky : bool
        The axes are right ascension and declination in deg: one degree is as long on both.

    Raises
    ------
    ValueError
        If the arrays differ in length.
    """
    x, y, probability = style.same_length(x=x, y=y, probability=probability)
    good = np.isfinite(x) & np.isfinite(y) & np.isfinite(probability)
    order = np.flatnonzero(good)[np.argsort(probability[good], kind="stable")]
    look = {"s": 7, "linewidths": 0, "vmin": 0, "vmax": 1, "cmap": f"{style.SEQUENTIAL}_r"}
    points = axes.scatter(x[order], y[order], c=probability[order], **look)
    axes.figure.colorbar(points, ax=axes, label="probability of a member")
    axes.set(xlabel=xlabel, ylabel=ylabel)
    if sky:
        axes.set_aspect(1 / np.cos(np.deg2rad(np.median(y[order]))))
    if flip[0]:
        axes.invert_xaxis()
    if flip[1]:
        axes.invert_yaxis()
