"""The style of all figures, and the drawing steps that several of them share.

Colours are those of Okabe & Ito, which colour-blind readers can tell apart; line
style, hatch or marker tell the class as well. Quantities with a sign have a colour
map that diverges from white at zero, quantities without one an evenly graded one.
"""

import functools
import inspect
import re
from pathlib import Path

import matplotlib
import numpy as np

from galutils.store.measured import floats

FAST, SLOW, UNKNOWN, GREEN = "#D55E00", "#0072B2", "#7F7F7F", "#009E73"
CLASS_COLOURS = {1: FAST, 0: SLOW, -1: UNKNOWN}
CLASS_NAMES = {1: "fast", 0: "slow", -1: "unknown"}
VELOCITY = "RdBu_r"  # receding red, approaching blue
ATTRIBUTION = "PuOr_r"  # of either sign, not to be taken for a velocity
SEQUENTIAL = "viridis"  # dispersion, flux, and a third quantity shown by colour
SHARES = "mako_r"  # of seaborn: shares and scores, evenly graded from pale to dark
HEAT = "magma"  # activations and attributions without a sign
CEILING = 0.995  # share of an attribution map's pixels within the colour scale
SERIES = (  # colour, line style and marker of curves in one plot
    (SLOW, "-", "o"), (FAST, "--", "s"), (GREEN, "-.", "D"), ("#CC79A7", ":", "^"),
    ("#E69F00", (0, (7, 1.5, 1, 1.5, 1, 1.5)), "v"), ("black", (0, (1.5, 1)), "P"),
)  # fmt: skip
EAST, NORTH = "east–west offset [arcsec]", "north–south offset [arcsec]"
PLANE = {"xlabel": r"ellipticity $\epsilon$", "ylabel": r"$\lambda_R$ within $R_\mathrm{e}$"}
SHEET = Path(__file__).with_name("style.mplstyle")
STYLE = matplotlib.rc_params_from_file(SHEET, use_default_template=False)


def styled(function):
    """Return the function as one that draws in the book's style.

    The style holds until the function returns, so that artists which it adds late have it too.
    """

    @functools.wraps(function)
    def draw(*args, **kwargs):
        with matplotlib.rc_context(STYLE):
            return function(*args, **kwargs)

    return draw


@styled
def subplots(*shape, figsize=(6, 4), **settings):
    """Return a Figure in the book's style and its axes; no state outside the figure.

    The shape is the number of rows and columns, or a list of lists of names, which gives axes
    by name. Settings are those of `matplotlib.figure.Figure.subplots` or `subplot_mosaic`.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=figsize, layout="constrained")
    named = shape and isinstance(shape[0], list)
    return figure, (figure.subplot_mosaic if named else figure.subplots)(*shape, **settings)


def figure(figsize=(6, 4), *shape, **settings):
    """Return a decorator for functions that draw on axes, their first argument.

    The function that is made of one takes its other arguments and returns the Figure.

    Parameters
    ----------
    figsize : (float, float)
        Width and height in inches.
    *shape, **settings
        As of `subplots`.
    """

    def decorate(function):
        @styled
        @functools.wraps(function)
        def draw(*args, **kwargs):
            made, axes = subplots(*shape, figsize=figsize, **settings)
            function(axes, *args, **kwargs)
            return made

        signature = inspect.signature(function)
        draw.__signature__ = signature.replace(parameters=list(signature.parameters.values())[1:])
        return draw

    return decorate


def panels(n, columns, size, margin=(0, 0), **settings):
    """Return a figure and the first `n` axes of a grid, row by row; the other places stay empty.

    Parameters
    ----------
    n, columns : int
        Number of axes, and the largest number in a row.
    size, margin : (float, float)
        Width and height of an axes, and of the rest of the figure, in inches.
    **settings
        Arguments of `matplotlib.figure.Figure.subplots`.
    """
    columns = min(columns, n)
    rows = -(-n // columns)
    figsize = np.multiply(size, (columns, rows)) + margin
    figure, grid = subplots(rows, columns, figsize=figsize, squeeze=False, **settings)
    for axes in grid.flat[n:]:
        axes.axis("off")
    return figure, grid.flat[:n]


def bare(rows, columns, figsize, **settings):
    """Return a figure and its axes, shape (rows, columns), of which only the content is drawn."""
    figure, grid = subplots(rows, columns, figsize=figsize, squeeze=False, **settings)
    for axes in grid.flat:
        axes.axis("off")
    return figure, grid


def series(curves, looks=SERIES):
    """Return name, content, colour, line style and marker of each curve.

    Raises
    ------
    ValueError
        If there are more curves than looks, which no reader could tell apart.
    """
    if len(curves) > len(looks):
        raise ValueError(f"expected at most {len(looks)}, received {len(curves)}: {list(curves)}")
    return [(*item, *look) for item, look in zip(curves.items(), looks, strict=False)]


def about_zero(n):
    """Return n numbers, one apart, whose mean is zero: places side by side."""
    return np.arange(n) - (n - 1) / 2


def side_by_side(curves, looks=SERIES):
    """Return for each curve a shift about zero and the values of `series`."""
    return zip(about_zero(len(curves)), series(curves, looks), strict=True)


def same_number(name, *parts, least=0, most=np.inf):
    """Raise ValueError unless the parts have equally many items, from `least` to `most`."""
    numbers = [len(part) for part in parts]
    if len(set(numbers)) > 1 or not least <= numbers[0] <= most:
        raise ValueError(f"{name}: expected equally many, {least} to {most}, received {numbers}")


def ends(intervals):
    """Return the arrays of ``value``, ``low`` and ``high`` of a sequence of intervals."""
    return np.array([[one[key] for one in intervals] for key in ("value", "low", "high")], float)


def shares(values):
    """Return weights with which the bars of a histogram are shares of its values."""
    return np.full(len(values), 1 / max(len(values), 1))


def draw_rows(axes, rows, value, low, high, colour=SLOW, marker="o", **style):
    """Draw values and their intervals as points on horizontal lines at the heights `rows`."""
    axes.hlines(rows, low, high, color=colour, lw=2)
    axes.plot(value, rows, marker, color=colour, **style)


def picture(axes, image, title="", fontsize=9, **look):
    """Draw an image with row 0 on top, by default a grey one on its own range, and its title."""
    axes.set_title(title, fontsize=fontsize)
    return axes.imshow(image, **{"cmap": "gray", "origin": "upper"} | look)


def ceiling(values):
    """Return the upper end of the colours of an attribution map; few values lie beyond it."""
    size = np.abs(values)
    return np.quantile(size, CEILING) or size.max() or 1


def note(axes, text, place, offset, **style):
    """Write a small text at an offset in points from a place."""
    style = {"textcoords": "offset points", "fontsize": 8.5} | style
    axes.annotate(text, place, offset, **style)


def name_rows(axes, names, fontsize=9, lines=False, room=0):
    """Write names beside rows, the first row on top.

    On request draw a pale line from each, and make the figure taller by `room` inches a row.
    """
    axes.figure.set_figheight(axes.figure.get_figheight() + room * len(names))
    axes.set_yticks(range(len(names)), [symbols(name) for name in names], fontsize=fontsize)
    axes.set_ylim(len(names) - 0.4, -0.6)
    if lines:
        axes.grid(axis="y", color="#E0E0E0", lw=0.7)
        axes.set_axisbelow(True)


def legend_outside(axes, loc="upper center", **style):
    """Put the legend of several axes outside them, each text once."""
    entries = {}
    for one in axes:
        for handle, text in zip(*one.get_legend_handles_labels(), strict=True):
            entries.setdefault(text, handle)
    axes[0].figure.legend(entries.values(), entries.keys(), loc=f"outside {loc}", **style)


def write_cells(axes, values, texts, **scale):
    """Draw a matrix as squares with a text each in black or white; NaN stay empty and grey.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    values : ndarray or pandas.DataFrame, shape (rows, columns)
        Shown by the colours.
    texts : ndarray of str, shape (rows, columns)
    **scale
        Ends of the colours, ``vmin`` and ``vmax``, and the names at the axes, ``xticklabels``
        and ``yticklabels``.

    Returns
    -------
    matplotlib.collections.QuadMesh
        For a colour bar.
    """
    import seaborn

    axes.set_facecolor("#DDDDDD")
    seaborn.heatmap(
        values, annot=texts, fmt="", cmap=SHARES, square=True, cbar=False, ax=axes, **scale
    )
    mesh = axes.collections[0]
    colours = mesh.get_facecolors()[np.ravel(np.isfinite(values)), :3]
    bright = colours**2.2 @ (0.2126, 0.7152, 0.0722) > 0.18
    for text, pale in zip(axes.texts, bright, strict=True):
        text.set_color("black" if pale else "white")
    return mesh


def symbols(text):
    """Write names of quantities in a text as symbols: ``lambda_R`` and ``sigma``."""
    text = re.sub(r"lambda_R|λ_?R(?![a-z])", r"$\\lambda_R$", str(text))
    return re.sub(r"\bsigma\b", r"$\\sigma$", text)


def largest_shown(values):
    """Return the 98 per cent quantile of the absolute values of a map, 1 where it has none."""
    finite = np.abs(values[np.isfinite(values)])
    return (np.quantile(finite, 0.98) if finite.size else 1.0) or 1.0


def draw_map(axes, values, spaxel=0.5, limit=None, cmap=VELOCITY, low=None):
    """Draw a map whose columns increase westward, centred on (0, 0) arcsec.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    values : ndarray, shape (ny, nx)
        NaN stay empty.
    spaxel : float
        Side of a spaxel in arcsec.
    limit : float, optional
        Upper end of the colours; by default `largest_shown`.
    cmap : str
    low : float, optional
        Lower end of the colours; by default ``-limit``, so that zero is in the middle.

    Returns
    -------
    matplotlib.image.AxesImage
    """
    values = floats(values)
    half_y, half_x = (length * spaxel / 2 for length in values.shape)
    limit = limit or largest_shown(values)
    scale = {"cmap": cmap, "vmin": -limit if low is None else low, "vmax": limit}
    place = {"extent": (half_x, -half_x, -half_y, half_y), "aspect": "equal", "origin": "lower"}
    return axes.imshow(values, interpolation="nearest", **scale, **place)
