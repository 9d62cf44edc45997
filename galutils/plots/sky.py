"""Marks on pictures of the sky: a compass and a scale bar.

Pictures have north up and east left. Simulated galaxies have no such directions: their
pictures have no compass.
"""

SCALE, BAR = 0.1, 5.0  # arcsec: pixel of SDSS cut-outs, and the scale bar of colour images
LENGTHS = (1, 2, 5, 10, 20, 50)  # arcsec, of scale bars
WIDEST = 0.34  # of a picture, that a bar may take
ARM, FONT = 13, 8  # points: arms of the compass; letters


def mark_sky(
    axes, pixel=1.0, north=True, colour="white", unit="arcsec", length=None, redshift=None
):
    """Draw a bar with its length in the lower left corner, and a compass in the right one.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        With its picture and final limits.
    pixel : float
        Length of one unit of the axes: arcsec per pixel for images, 1 for maps
        whose axes are in arcsec.
    north : bool
        Draw the compass; False for simulated galaxies.
    colour : str
        Of the marks; a rim of the opposite brightness sets them off.
    unit : str
        Unit of lengths.
    length : float, optional
        Of the bar; by default the longest of 1, 2, 5, 10, 20, 50 that takes at
        most a third of the picture.
    redshift : float, optional
        If the unit is arcsec the text also gives the length in kpc (Planck 2018
        cosmology); NaN and values that are not positive are ignored.
    """
    from matplotlib.font_manager import FontProperties
    from matplotlib.patches import Rectangle
    from matplotlib.text import Text
    from mpl_toolkits.axes_grid1.anchored_artists import AnchoredSizeBar

    wide = abs(axes.get_xlim()[1] - axes.get_xlim()[0]) * pixel
    length = length or max([one for one in LENGTHS if one <= WIDEST * wide], default=LENGTHS[0])
    text = f"{length:g} {unit}"
    if redshift is not None and redshift > 0:
        from astropy.cosmology import Planck18

        text += f" = {length / Planck18.arcsec_per_kpc_proper(redshift).value:.1f} kpc"
    tall = abs(axes.get_ylim()[1] - axes.get_ylim()[0])
    bar = AnchoredSizeBar(
        axes.transData, length / pixel, text, loc="lower left", pad=0.1, borderpad=0.35, sep=2,
        frameon=False, size_vertical=0.012 * tall, color=colour, label_top=True,
        fontproperties=FontProperties(size=FONT),
    )  # fmt: skip
    for part in bar.findobj(lambda artist: isinstance(artist, (Rectangle, Text))):
        part.set_path_effects(_rim(colour))
    bar.set_gid("scale bar")
    axes.add_artist(bar)
    if north:
        _compass(axes, colour)


def _compass(axes, colour):
    """Draw arrows to north, up, and east, left, in the lower right corner."""
    for name, (x, y) in (("N", (0, 1)), ("E", (-1, 0))):
        place = {"xy": (0.94, 0.06), "xycoords": "axes fraction", "textcoords": "offset points"}
        tip, letter = (ARM * x, ARM * y), ((ARM + 4.5) * x, (ARM + 4.5) * y)
        axes.annotate(
            "", xytext=tip, **place, gid="compass",
            arrowprops={"arrowstyle": "<|-", "color": colour, "shrinkA": 0, "shrinkB": 0,
                        "lw": 1, "mutation_scale": 7, "path_effects": _rim(colour)},
        )  # fmt: skip
        axes.annotate(
            name, xytext=letter, **place, ha="center", va="center", color=colour,
            fontsize=FONT, path_effects=_rim(colour), gid="compass",
        )  # fmt: skip


def _rim(colour):
    """Return the rim that sets a mark off from the picture behind it."""
    from matplotlib.patheffects import withStroke

    return [withStroke(linewidth=2.5, foreground="#00000090" if colour == "white" else "#FFFFFFC0")]
