"""Maps and images of the sky: colours, orientation, scale, units, and labels that do not meet."""

from itertools import combinations

import matplotlib
import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from mpl_toolkits.axes_grid1.anchored_artists import AnchoredSizeBar

from galutils.physics import kinematics, spatial
from galutils.plots import arms as plot_arms
from galutils.plots import domain_shift as plot_domain_shift
from galutils.plots import explanations as plot_explanations
from galutils.plots import maps as plot_maps
from galutils.plots import rotation as plot_rotation
from galutils.plots import samples as plot_samples
from galutils.plots import scores as plot_scores
from galutils.plots import scores_by_class as plot_scores_by_class
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


def label_of(image):
    """Return what is written at the colour bar of an image."""
    bar = image.colorbar.ax
    return f"{bar.get_xlabel()} {bar.get_ylabel()}"


def collisions(figure):
    """Pairs of tick labels of one axis that overlap."""
    draw(figure)
    found = []
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            shown = axis.get_view_interval()
            boxes = [
                (tick.label1.get_text(), tick.label1.get_window_extent())
                for tick in axis.get_major_ticks()
                if tick.label1.get_visible()
                and tick.label1.get_text()
                and min(shown) <= tick.get_loc() <= max(shown)
            ]
            found += [(a, b) for (a, one), (b, two) in combinations(boxes, 2) if one.overlaps(two)]
    return found


def is_diverging(cmap):
    """Whether a colour map is palest in the middle and darkens to both ends."""
    steps = np.diff(cmap(np.linspace(0, 1, 101))[:, :3] @ (0.3, 0.59, 0.11))
    return (steps[:50] > -0.005).all() and (steps[50:] < 0.005).all()


def is_graded(cmap):
    """Whether lightness only rises or only falls."""
    steps = np.diff(cmap(np.linspace(0, 1, 101))[:, :3] @ (0.3, 0.59, 0.11))
    return (steps > -1e-3).all() or (steps < 1e-3).all()


def test_velocity_diverges_about_zero_and_dispersion_rises_from_it(maps):
    velocity, sigma = maps
    moran = spatial.moran(velocity[0], permutations=9, rng=0)
    pair = plot_maps.kinematic_maps(list(zip(velocity, sigma, strict=True)), "ab", "cd")
    signed = plot_maps.gallery(velocity, ["a", "b"]).axes[:2] + pair.axes[:4:2]
    signed += plot_maps.moran_panels(velocity[:1], [moran], velocity[:1], ["a"]).axes[:3:2]
    for axes in signed:
        [image] = axes.images
        low, high = image.get_clim()
        assert low == -high < 0
        assert is_diverging(image.get_cmap())
    for axes in pair.axes[1:4:2]:
        [image] = axes.images
        assert image.get_clim()[0] == 0
        assert is_graded(image.get_cmap())
    assert is_graded(plot_style.share_map())
    assert signed[0].images[0].get_cmap().name != signed[-1].images[0].get_cmap().name


def test_every_map_has_a_colour_bar_with_its_unit(maps):
    velocity, sigma = maps
    gallery = plot_maps.gallery(velocity, ["a", "b"])
    pair = plot_maps.kinematic_maps([(velocity[0], sigma[0])], ["a"], ["b"])
    for axes in gallery.axes[:2] + pair.axes[:2]:
        assert "km/s" in label_of(axes.images[0])
    assert "V" in label_of(pair.axes[0].images[0]) and "σ" in label_of(pair.axes[1].images[0])


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
    plot_sky.scale_bar(axes, pixel)
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


def test_frames_of_galaxy_zoo_scale_with_the_galaxy():
    images = np.zeros((2, 106, 106, 3), dtype=np.uint8)  # a quarter of the archive's pixels
    figure = draw(plot_arms.class_examples({"1": (images, [0.8, 0.9]), "2": (images, [0.8, 0.9])}))
    [axes] = [axes for axes in figure.axes if bars(axes)]
    [bar] = bars(axes)
    box = bar.size_bar.get_window_extent(figure.canvas.get_renderer())
    pixels = abs(np.diff(axes.transData.inverted().transform(box)[:, 0]))
    assert words(bar) == "2 petroR90"
    assert pixels == pytest.approx(25, abs=0.6)  # of 0.08 petroR90


def test_figures_look_the_same_whatever_the_readers_settings():
    table = {"a": {"value": 0.9, "low": 0.8, "high": 0.95}}
    with matplotlib.rc_context({"figure.facecolor": "none", "text.color": "red", "font.size": 5}):
        odd = plot_scores.intervals(table, "AUC", {"chance": 0.5})
    usual = plot_scores.intervals(table, "AUC", {"chance": 0.5})
    for figure in (odd, usual):
        assert isinstance(figure, Figure)
        assert figure.get_facecolor() == (1, 1, 1, 1)
        assert figure.axes[0].xaxis.label.get_size() == plot_style.STYLE["axes.labelsize"]
        assert figure.legends[0].get_frame().get_edgecolor()[3] == 0
    assert matplotlib.rcParams["legend.edgecolor"] != "none"


def near(values):
    return {name: {"value": v, "low": v - 0.001, "high": v} for name, v in values.items()}


FIGURES = {
    "intervals": lambda: plot_scores.intervals(
        near({"network and random forest": 0.9999, "random forest on map features": 1.0}),
        "AUC, clean against not usable, unseen galaxies",
    ),
    "gallery": lambda: plot_maps.gallery(np.full((8, 20, 20), 100.0), ["9016800044"] * 8),
    "counts": lambda: plot_scores_by_class.counts_by_class(
        {"a": [10677, 20], "b": [9602, 3], "c": [9764, 0]}, ["1", "4, 5+"]
    ),
    "probabilities": lambda: plot_scores.probability_histogram(np.linspace(0, 1, 900) ** 3),
    "confusion": lambda: plot_scores.confusion_matrices([np.array([[3, 1], [2, 14]])] * 2, "ab"),
    "scatter": lambda: plot_samples.scatter(
        np.array([1e5, 2e6]), np.array([0.5, 0.6]), "parameters", "accuracy", np.array([1, 4]), "n"
    ),
    "transfer": lambda: plot_domain_shift.transfer_matrices(
        pd.DataFrame(
            [
                {"preparation": "scale free", "trained on": a, "tested on": b}
                | {"value": 0.9, "low": 0.8, "high": 0.95}
                for a in ("SAMI", "MaNGA")
                for b in ("SAMI", "MaNGA")
            ]
        ),
        "area under the ROC curve",
    ),
}


@pytest.mark.parametrize("name", FIGURES)
def test_no_two_tick_labels_overlap(name):
    assert collisions(FIGURES[name]()) == []


def test_numbers_stand_clear_of_their_bars_and_of_each_other():
    figure = draw(
        plot_scores_by_class.counts_by_class(
            {"a": [165, 9], "b": [140, 8], "c": [142, 7]}, ["1", "2"]
        )
    )
    axes = figure.axes[0]
    tops = [bar.get_window_extent() for bar in axes.patches]
    written = [text.get_window_extent() for text in axes.texts]
    assert len(written) == 6
    assert not any(text.overlaps(bar) for text in written for bar in tops)
    assert not any(one.overlaps(two) for one, two in combinations(written, 2))


def test_a_value_is_written_beside_its_interval_and_not_on_it():
    rows = {
        "a": {"value": -0.02, "low": -0.04, "high": 0.0},
        "b": {"value": 1, "low": 0, "high": 1},
    }
    figure = draw(plot_scores.intervals(rows, "difference", {"no difference": 0}))
    axes = figure.axes[0]
    assert [text.get_text() for text in axes.texts] == ["−0.020", "1.000"]
    assert all(text.get_window_extent().x0 > axes.bbox.x1 for text in axes.texts)


def test_quantities_are_written_as_symbols():
    assert plot_style.symbols("P = 0.9, λR = 0.17") == r"P = 0.9, $\lambda_R$ = 0.17"
    assert plot_style.symbols("λ_R, corrected; V, sigma") == r"$\lambda_R$, corrected; V, $\sigma$"
    assert plot_style.symbols("sigmoid") == "sigmoid"


def test_numbers_in_cells_can_be_read_and_empty_cells_have_none():
    figure, axes = plot_style.subplots()
    text = np.array([["pale", "dark"], ["none", "dark"]])
    plot_style.write_cells(axes, np.array([[0, 1], [np.nan, 1]]), text, vmin=0, vmax=1)
    colours = {t.get_text(): np.mean(to_rgb(t.get_color())) for t in axes.texts}
    assert set(colours) == {"pale", "dark"} and colours["pale"] < 0.3 and colours["dark"] == 1
