"""Figures of `galutils.plots.sky` show what they are given."""

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from mpl_toolkits.axes_grid1.anchored_artists import AnchoredSizeBar

from galutils.physics import kinematics
from galutils.plots import explanations as plot_explanations
from galutils.plots import maps as plot_maps
from galutils.plots import rotation as plot_rotation
from galutils.plots import sky as plot_sky
from galutils.plots import style as plot_style


@pytest.fixture(scope="module")
def maps():
    """Velocity and dispersion of two galaxies, 40 x 40 spaxels of 0.5 arcsec."""
    x, y = kinematics.spaxel_offsets((40, 40))
    velocity = np.stack([150 * np.tanh(x / 3) + 20, -30 * np.tanh(y / 3)])
    velocity[:, np.hypot(x, y) > 7.5] = np.nan
    return velocity, np.where(np.isfinite(velocity), 120 - 3 * np.hypot(x, y), np.nan)


def draw(figure):
    """Draw a figure and return it."""
    FigureCanvasAgg(figure).draw()
    return figure


def bars(axes):
    return [artist for artist in axes.artists if isinstance(artist, AnchoredSizeBar)]


def compasses(axes):
    return [text for text in axes.texts if text.get_gid() == "compass"]


def words(bar):
    return bar.txt_label.get_text()


def test_a_map_says_where_north_is_and_how_long_five_arcseconds_are(maps):
    figure = draw(plot_maps.gallery(maps[0], ["a", "b"]))
    first, second = figure.axes[:2]
    [bar] = bars(first)
    assert words(bar) == "5 arcsec" and not bars(second)
    box = bar.size_bar.get_window_extent(figure.canvas.get_renderer())
    shown = abs(np.diff(first.transData.inverted().transform(box)[:, 0]))
    assert shown == pytest.approx(5, rel=0.02)
    north, east = (
        text.get_window_extent() for text in compasses(first) if text.get_text() in ("N", "E")
    )
    assert north.y0 > east.y1 and east.x1 < north.x0
    left, right, low, high = first.images[0].get_extent()
    assert left > 0 > right and low < 0 < high  # east left, north up, as the compass says
    assert "arcsec" in figure.get_supxlabel() and "arcsec" in figure.get_supylabel()


def test_a_known_redshift_gives_the_bar_a_length_in_kpc(maps):
    velocity, sigma = maps
    panels = list(zip(velocity, sigma, strict=True))
    figure = plot_maps.kinematic_maps(panels, "ab", "cd", redshifts=[0.05, np.nan])
    [known], [unknown] = bars(figure.axes[0]), bars(figure.axes[2])
    # c / H0 (z - 3/4 omega_m z**2) / (1 + z) = 209 Mpc is 1.01 kpc an arcsec
    assert words(known) == "5 arcsec = 5.1 kpc" and words(unknown) == "5 arcsec"


@pytest.mark.parametrize(("pixel", "side", "expected"), [(0.5, 20, 2), (0.1, 200, 5), (1, 100, 20)])
def test_a_bar_takes_at_most_a_third_of_the_picture(pixel, side, expected):
    figure, axes = plot_style.subplots()
    axes.imshow(np.zeros((side, side)))
    plot_sky.mark_sky(axes, pixel)
    [bar] = bars(axes)
    assert words(bar) == f"{expected} arcsec"


def test_simulated_galaxies_have_a_scale_but_no_north():
    images = np.zeros((2, 40, 40, 3), dtype=np.uint8)
    groups = {"a": (images[:0], [], []), "b": (images, [0.1, 0.2], [0.3, 0.4])}
    for on_sky in (True, False):
        for figure in (
            plot_rotation.outcome_gallery(groups, 0.4, 3, sky=on_sky),
            plot_explanations.attributions(
                images, np.ones((2, 40, 40)), ["a", "b"], 0.4, sky=on_sky
            ),
        ):
            marked = [axes for axes in figure.axes if bars(axes)]
            assert len(marked) == 1 and marked[0].images
            assert bool(compasses(marked[0])) == on_sky
            assert sum(bool(compasses(axes)) for axes in figure.axes) == on_sky
