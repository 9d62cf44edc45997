"""How every figure of the book looks: one style, colours, and axes of maps.

Colours are those of Okabe & Ito, told apart by colour-blind readers; class is
told by line style, hatch or marker as well. Colour maps: one that diverges from
white at zero for what has a sign, evenly graded ones for what has none.
"""

import functools
import re

import numpy as np

FAST, SLOW, UNKNOWN = "#D55E00", "#0072B2", "#7F7F7F"
CLASS_COLOURS = {1: FAST, 0: SLOW, -1: UNKNOWN}
CLASS_NAMES = {1: "fast", 0: "slow", -1: "unknown"}
VELOCITY = "RdBu_r"  # receding red, approaching blue
ATTRIBUTION = "PuOr_r"  # of either sign, not to be taken for a velocity
SEQUENTIAL = "viridis"  # dispersion, flux, and a third quantity shown by colour
HEAT = "magma"  # activations and attributions without a sign
EAST, NORTH = "east–west offset [arcsec]", "north–south offset [arcsec]"
STYLE = {
    "figure.dpi": 110,
    "figure.facecolor": "white",
    "figure.titlesize": 10,
    "axes.facecolor": "white",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": False,
    "axes.titlesize": 10,
    "axes.labelsize": 10,
    "axes.formatter.use_mathtext": True,
    "font.family": "DejaVu Sans",
    "font.size": 10,
    "xtick.labelsize": 9,
    "ytick.labelsize": 9,
    "legend.fontsize": 9,
    "legend.title_fontsize": 9,
    "legend.edgecolor": "none",  # white behind the words, no frame
    "legend.framealpha": 0.8,
    "image.origin": "lower",
    "image.interpolation": "nearest",
    "image.cmap": SEQUENTIAL,
}


def styled(function):
    """Return the function as one that draws in the book's style, also what it adds late."""

    @functools.wraps(function)
    def draw(*args, **kwargs):
        import matplotlib

        with matplotlib.rc_context(STYLE):
            return function(*args, **kwargs)

    return draw


@styled
def subplots(*args, **kwargs):
    """Return a Figure in the book's style and its axes; no state outside the figure."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=kwargs.pop("figsize", (6, 4)), layout="constrained")
    return figure, figure.subplots(*args, **kwargs)


def share_map():
    """Return the colours of shares and scores: evenly graded from pale to dark."""
    from seaborn import color_palette

    return color_palette("mako_r", as_cmap=True)


def ink(colour):
    """Return black or white, whichever reads better on a colour, RGB(A) from 0 to 1."""
    linear = np.asarray(colour[:3]) ** 2.2
    return "black" if linear @ (0.2126, 0.7152, 0.0722) > 0.18 else "white"


def symbols(text):
    """Write names of quantities in a text as symbols: ``lambda_R`` and ``sigma``."""
    text = re.sub(r"lambda_R|λ_?R(?![a-z])", r"$\\lambda_R$", str(text))
    return re.sub(r"\bsigma\b", r"$\\sigma$", text)


def draw_map(axes, values, spaxel=0.5, limit=None, cmap=VELOCITY, low=None):
    """Draw a map whose columns increase westward, centred on (0, 0) arcsec.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to draw.
    values : ndarray, shape (ny, nx)
        NaN stay empty.
    spaxel : float
        Side of a spaxel in arcsec.
    limit : float, optional
        Upper end of the colours; by default the 98 per cent quantile of the
        absolute values.
    cmap : str
        Colour map.
    low : float, optional
        Lower end of the colours; by default ``-limit``, so that zero is in the middle.

    Returns
    -------
    matplotlib.image.AxesImage
    """
    values = np.asarray(values, dtype=float)
    half_y, half_x = (length * spaxel / 2 for length in values.shape)
    if limit is None:
        finite = np.abs(values[np.isfinite(values)])
        limit = np.quantile(finite, 0.98) if finite.size else 1.0
    limit = limit or 1.0
    image = axes.imshow(
        values,
        cmap=cmap,
        vmin=-limit if low is None else low,
        vmax=limit,
        extent=(half_x, -half_x, -half_y, half_y),
        origin="lower",
        interpolation="nearest",
    )
    axes.set_aspect("equal")
    return image
