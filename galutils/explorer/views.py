"""The two pictures of the explorer: the plane of a sample, and the galaxy chosen in it."""

import matplotlib
import numpy as np
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from galutils.plots import style
from galutils.plots.rotation import colour_images
from galutils.plots.sky import SCALE

SIZES = (4.7, 3.9), (4.4, 3.9)  # inches, of the plane and of the galaxy
FRAMES = {"Perseus": 200 * SCALE, "MaNGA": 128 * 0.396}  # arcsec, sides of images


def blank(size):
    """Return an empty figure in the book's style; no state outside it."""
    with matplotlib.rc_context(style.STYLE):
        return Figure(figsize=size, dpi=100)


def frame(sample, picture, scale=None, unit="arcsec"):
    """Side of a pixel and its unit.

    Parameters
    ----------
    sample : astropy.table.Table
        With the column `picture`, and ``survey`` or ``spaxel`` in meta.
    picture : {"velocity", "image"}
        Column.
    scale : float, optional
        Of a pixel in `unit`; otherwise that of the survey, and pixels where it is not known.
    unit : str
        Of `scale`.

    Returns
    -------
    (scale, unit) : (float, str)
    """
    if scale is not None:
        return float(scale), unit
    if picture == "velocity":
        return float(sample.meta.get("spaxel", 0.5)), "arcsec"
    survey = str(sample.meta.get("survey", ""))
    side = next((side for name, side in FRAMES.items() if survey.startswith(name)), None)
    return (1.0, "pixel") if side is None else (side / sample[picture].shape[1], "arcsec")


class Plane:
    """Points of a sample in a plane of two quantities, by class.

    Parameters
    ----------
    figure : matplotlib.figure.Figure or SubFigure
        Where to draw.
    groups : sequence of sample.Group
        Classes.
    height : float
        Of the axes as a share of the figure.
    """

    def __init__(self, figure, groups, height=0.83):
        with matplotlib.rc_context(style.STYLE):
            self.axes = figure.add_axes((0.13, 0.12, 0.84, height))
        self.groups = groups
        self._lines = [
            self.axes.plot([], [], one.marker, ms=4.5, color=one.colour, alpha=0.6,
                           mew=1 if one.marker == "x" else 0)[0]
            for one in groups
        ]  # fmt: skip
        look = {"mfc": "none", "mec": "black", "zorder": 5}
        [self._tagged] = self.axes.plot([], [], "D", ms=8, mew=1.0, **look)
        [self._ring] = self.axes.plot([], [], "o", ms=13, mew=2.2, **look)

    def show(self, x, y, keep, labels, upside_down=(False, False)):
        """Draw the kept points.

        Parameters
        ----------
        x, y : ndarray, shape (n,)
            NaN rows are not drawn.
        keep : ndarray of bool, shape (n,)
            Which rows are shown.
        labels : (str, str)
            Of the axes.
        upside_down : (bool, bool)
            Axes on which small values lie right or up, as magnitudes.
        """
        self.points = np.column_stack([x, y]).astype(float)
        self.passing, self.keep = keep, keep & np.isfinite(self.points).all(axis=1)
        for line, group in zip(self._lines, self.groups, strict=True):
            drawn = self.keep & group.rows
            line.set_data(*self.points[drawn].T)
            line.set_label(f"{group.name} ({drawn.sum()})")
        for name, values, down in zip("xy", (x, y), upside_down, strict=True):
            self.axes.set(**{f"{name}lim": _span(values)[:: -1 if down else 1]})
        self.axes.set(xlabel=labels[0], ylabel=labels[1])
        self.axes.legend(fontsize=8, loc="best" if len(x) < 1000 else "upper left", markerscale=1.3,
                         frameon=True, framealpha=0.8, edgecolor="none")  # fmt: skip

    def mark(self, row, tagged=()):
        """Ring one galaxy, and the tagged ones."""
        self._ring.set_data(*self.points[[row]].T)
        self._tagged.set_data(*self.points[[k for k in tagged if self.keep[k]]].T)
        self.axes.figure.canvas.draw_idle()

    def nearest(self, x, y):
        """Row of the shown point nearest to a place in pixels of the canvas; None if none is."""
        rows = np.flatnonzero(self.keep)
        if not len(rows):
            return None
        places = self.axes.transData.transform(self.points[rows])
        return int(rows[np.argmin(np.hypot(*(places - (x, y)).T))])


class Portrait:
    """Map or image of one galaxy, with the attribution of a network over it if wanted.

    Parameters
    ----------
    figure : matplotlib.figure.Figure or SubFigure
        Where to draw.
    scale, unit
        As of `frame`.
    height : float
        Of the axes as a share of the figure.
    """

    def __init__(self, figure, scale, unit, height=0.83):
        with matplotlib.rc_context(style.STYLE):
            self.axes = figure.add_axes((0.15, 0.12, 0.66, height))
            self._beside = figure.add_axes((0.84, 0.2, 0.03, height - 0.16))
        self.scale, self.unit, self.figure = scale, unit, figure
        self._picture = self._over = self._bar = None
        east, north = ("x [pixel]", "y [pixel]") if unit == "pixel" else (style.EAST, style.NORTH)
        self.axes.set(xlabel=east.replace("arcsec", unit), ylabel=north.replace("arcsec", unit))
        for axis in (self.axes.xaxis, self.axes.yaxis):
            axis.set_major_locator(MaxNLocator(5))
        self.axes.yaxis.set_label_coords(-0.14, 0.5)  # a fixed place need not be looked for

    def show(self, pixels, attribution=None, share=1.0):
        """Draw one galaxy.

        Parameters
        ----------
        pixels : ndarray
            Velocities in km/s (h, w), row 0 south, NaN where not measured; or RGB of 0-255 with
            row 0 north, or fluxes of g, r, i with row 0 south, (h, w, 3).
        attribution : ndarray, shape (h', w'), optional
            With rows as those of `pixels`; drawn over a grey picture.
        share : float
            Side of the attribution as a share of that of the picture.
        """
        explained = attribution is not None
        if pixels.ndim == 2:
            self._velocity(np.asarray(pixels, dtype=float), explained)
        else:
            self._image(pixels, explained)
        upright = pixels.ndim == 3 and pixels.dtype == np.uint8
        if self._over is not None:
            self._over.set_visible(explained)
        if explained:
            self._overlay(attribution[::-1] if upright else attribution, share)

    def _velocity(self, values, grey):
        limit = style.largest_shown(values)
        if self._picture is None:
            self._picture = style.draw_map(self.axes, values, self.scale, limit)
        with self._picture.callbacks.blocked():  # the bar is drawn anew once, at the end
            self._picture.set_data(values)
            self._picture.set_clim(-limit, limit)
            self._picture.set_cmap("Greys" if grey else style.VELOCITY)
        if not grey:
            self._label(self._picture, "V [km/s]")

    def _image(self, pixels, grey):
        rgb = pixels if pixels.dtype == np.uint8 else colour_images(pixels[None], white=None)[0]
        if grey:
            rgb = np.repeat(rgb.mean(axis=-1, keepdims=True).astype(np.uint8), 3, axis=-1)
        if self._picture is None:
            half_y, half_x = (n * self.scale / 2 for n in rgb.shape[:2])
            left, right = (-half_x, half_x) if self.unit == "pixel" else (half_x, -half_x)
            extent = (left, right, -half_y, half_y)
            self._picture = self.axes.imshow(rgb, origin="upper", extent=extent)
        self._picture.set_data(rgb)
        self._beside.set_visible(grey)

    def _overlay(self, values, share):
        largest = style.ceiling(values)
        colours = matplotlib.colormaps[style.ATTRIBUTION](values / largest / 2 + 0.5)
        colours[..., 3] = 0.85 * np.minimum(np.abs(values) / largest, 1) ** 0.5
        if self._over is None:
            extent = np.multiply(self._picture.get_extent(), share)
            limits = self.axes.axis()
            self._over = self.axes.imshow(colours, origin="lower", extent=extent, zorder=2)
            self.axes.axis(limits)
        self._over.set_data(colours)
        scale = matplotlib.cm.ScalarMappable(Normalize(-largest, largest), style.ATTRIBUTION)
        self._label(scale, "integrated gradient [probability a pixel]")

    def _label(self, mappable, text):
        if self._bar is None:
            self._bar = self.figure.colorbar(mappable, cax=self._beside)
        else:
            self._bar.update_normal(mappable)
        self._bar.formatter.set_powerlimits((-2, 3))
        self._bar.formatter.set_useMathText(True)
        self._bar.update_ticks()
        self._bar.set_label(text)


def _span(values):
    """Limits of an axis that hold all values but the wildest, with a margin."""
    finite = values[np.isfinite(values)]
    if not finite.size:
        return 0.0, 1.0
    low, high = np.quantile(finite, (0.01, 0.99))
    reach = high - low
    low, high = max(finite.min(), low - reach), min(finite.max(), high + reach)
    margin = 0.04 * (high - low) or 0.5
    return low - margin, high + margin
