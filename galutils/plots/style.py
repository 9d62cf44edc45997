"""How every figure of the book looks: one style, colours, and axes of maps.

Colours are those of Okabe & Ito, told apart by colour-blind readers; class is
told by line style, hatch or marker as well.
"""

import numpy as np

FAST, SLOW, UNKNOWN = "#D55E00", "#0072B2", "#7F7F7F"
CLASS_COLOURS = {1: FAST, 0: SLOW, -1: UNKNOWN}
CLASS_NAMES = {1: "fast", 0: "slow", -1: "unknown"}
STYLE = {
    "figure.dpi": 110,
    "figure.facecolor": "white",
    "axes.facecolor": "white",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": False,
    "font.size": 10,
    "legend.frameon": False,
    "image.origin": "lower",
    "image.interpolation": "nearest",
}


def subplots(*args, **kwargs):
    """Return a Figure in the book's style and its axes; no state outside the figure."""
    import matplotlib

    with matplotlib.rc_context(STYLE):
        from matplotlib.figure import Figure

        figure = Figure(figsize=kwargs.pop("figsize", (6, 4)), layout="constrained")
        return figure, figure.subplots(*args, **kwargs)


def draw_map(axes, values, spaxel=0.5, limit=None, cmap="RdBu_r"):
    """Draw a map whose columns increase westward, centred on (0, 0) arcsec."""
    values = np.asarray(values, dtype=float)
    half_y, half_x = (length * spaxel / 2 for length in values.shape)
    if limit is None:
        finite = np.abs(values[np.isfinite(values)])
        limit = np.quantile(finite, 0.98) if finite.size else 1.0
    limit = limit or 1.0
    image = axes.imshow(
        values,
        cmap=cmap,
        vmin=-limit,
        vmax=limit,
        extent=(half_x, -half_x, -half_y, half_y),
        origin="lower",
        interpolation="nearest",
    )
    axes.set_aspect("equal")
    return image
