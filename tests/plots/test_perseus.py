"""Figures of the Perseus study: what is drawn, what is not, and how axes run."""

import io

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot
from matplotlib.colors import to_rgba
from matplotlib.patches import Circle, Ellipse, FancyBboxPatch, Rectangle

from galutils.plots import colours as plot_colours
from galutils.plots import convolutions as plot_convolutions
from galutils.plots import diagrams as plot_diagrams
from galutils.plots import galaxies as plot_galaxies
from galutils.plots import images as plot_images
from galutils.plots import network_diagrams as plot_network_diagrams

SPAN = ((-0.5, 4.5), (11, 22))


def drawn(figure):
    """Draw, and return the texts of a figure."""
    figure.savefig(io.BytesIO(), format="png", dpi=40)
    return " ".join(t.get_text() for t in figure.findobj(lambda o: hasattr(o, "get_text")))


def points(figure):
    """Return the number of finite points of every scatter of the first axes."""
    return [len(c.get_offsets()) for c in figure.axes[0].collections if len(c.get_offsets()) > 1]


def images(figure):
    """Return the arrays of all images, axes by axes."""
    return [np.asarray(i.get_array()) for axes in figure.axes for i in axes.images]


@pytest.fixture(scope="module")
def photometry():
    rng = np.random.default_rng(0)
    r, g_z = rng.uniform(12, 21, 60), rng.uniform(0, 3, 60)
    r[:2], g_z[2], r[3] = np.nan, np.nan, 27
    return r, g_z, np.arange(60) % 3 == 0


def test_tuning_fork_has_every_class_and_is_the_same_each_time():
    figure = plot_galaxies.tuning_fork()
    labels = {t.get_text() for t in figure.axes[0].texts}
    assert {"E0", "E7", "S0", "Sa", "Sb", "Sc", "SBa", "SBb", "SBc", "Irr"} <= labels
    assert len(images(figure)) == 12
    for one, other in zip(images(figure), images(plot_galaxies.tuning_fork()), strict=True):
        assert np.array_equal(one, other)
    figure.canvas.draw()
    assert figure.axes[0].get_xlim() == (0, 13)  # the stamps have not moved the panel


def test_an_elliptical_is_redder_than_an_irregular_and_a_bar_adds_light():
    def colour(stamp):
        light = (stamp[..., :3] * stamp[..., 3:]).sum(axis=(0, 1))
        return light[0] / light[2]

    stamps = images(plot_galaxies.tuning_fork())
    assert colour(stamps[0]) > 1 > colour(stamps[-1])
    revision = images(plot_galaxies.tuning_fork(revised=True))[2:]  # three families of nine stages
    assert len(revision) == 27
    assert revision[-2][..., 3].sum() > revision[7][..., 3].sum()  # SBm, SAm


def test_revision_and_volume_name_stages_families_and_varieties():
    text = drawn(plot_galaxies.tuning_fork(revised=True))
    assert all(name in text.split() for name in "E⁺ S0⁻ S0⁺ Sd Sm Im SA SAB SB".split())
    figure = plot_galaxies.classification_volume()
    text = drawn(figure)
    for family in ("SA", "SAB", "SB"):
        assert all(f"{family}({variety})b" in text for variety in ("r", "rs", "s"))
    heights = [patch.height for patch in figure.axes[0].findobj(Ellipse)][:10]
    assert heights[0] < 0.1 and heights[-1] < 0.1 and 3 < np.argmax(heights) < 7


def test_kinds_of_learning_draw_from_the_seed():
    figure = plot_diagrams.kinds_of_learning(rng=1)
    titles = [axes.get_title().split(":")[0] for axes in figure.axes]
    assert titles == ["supervised", "unsupervised", "semi-supervised", "reinforcement"]
    assert points(figure) == [40, 40]
    same, other = plot_diagrams.kinds_of_learning(rng=1), plot_diagrams.kinds_of_learning(rng=2)
    first = [f.axes[0].collections[0].get_offsets() for f in (figure, same, other)]
    assert np.array_equal(first[0], first[1]) and not np.array_equal(first[0], first[2])


def test_network_has_its_units_and_weights():
    figure = plot_network_diagrams.neural_network((3, 4, 2))
    assert len(figure.findobj(Circle)) == 9
    assert len(figure.axes[0].lines) == 3 * 4 + 4 * 2
    assert "hidden 1" in drawn(figure) and "hidden 2" not in drawn(figure)
    with pytest.raises(ValueError, match="input and an output"):
        plot_network_diagrams.neural_network((3,))


def test_blocks_show_layers_and_the_sum():
    figure = plot_network_diagrams.residual_block()
    assert len(figure.findobj(FancyBboxPatch)) == 2 and "$F(x) + x$" in drawn(figure)
    figure = plot_network_diagrams.bottleneck_block((512, 128, 128, 512))
    assert len(figure.findobj(FancyBboxPatch)) == 3
    text = drawn(figure)
    assert "3×3 conv, 128" in text and "1×1 conv, 512" in text and text.count("ReLU") == 3
    with pytest.raises(ValueError, match="equal to the last"):
        plot_network_diagrams.bottleneck_block((256, 64, 64, 128))


def test_angles_are_written_as_fractions_of_pi():
    text = drawn(plot_diagrams.rotation_angles([0, 45, 180, 330]))
    assert "330°" in text and r"$\frac{11\pi}{6}$ rad" in text and r"$\frac{\pi}{4}$ rad" in text
    assert r"$\pi$ rad" in text and "$0$ rad" in text


def test_vanishing_gradient_is_logarithmic_and_names_the_steepest_slope():
    x = np.linspace(-6, 6, 101)
    sigmoid = 1 / (1 + np.exp(-x))
    depths = np.arange(1, 9)
    gradients = {"sigmoid": 0.25**depths, "ReLU": 1.0**depths}
    figure = plot_diagrams.vanishing_gradient(
        x, sigmoid, sigmoid * (1 - sigmoid), depths, gradients
    )
    assert "≤ 0.25" in drawn(figure)
    assert figure.axes[1].get_yscale() == "log" and len(figure.axes[1].lines) == 2


def test_convolution_1d_shades_the_area_that_is_the_result():
    t = np.linspace(-3, 3, 1201)
    f, g = (np.abs(t) <= 0.5) * 1.0, np.where(t >= 0, np.clip(1 - t, 0, None), 0)
    result = np.convolve(f, g, "same") * (t[1] - t[0])
    figure = plot_convolutions.convolution_1d(t, f, g, result, [-0.4, 0.2, 0.9])
    below = figure.axes[-1]
    marks = below.lines[1].get_ydata()
    for axes, mark in zip(figure.axes, marks, strict=False):
        outline = axes.collections[0].get_paths()[0].vertices
        x, y = outline.T
        area = abs(np.sum(x * np.roll(y, 1) - y * np.roll(x, 1))) / 2
        assert area == pytest.approx(mark, abs=5e-3) and mark > 0.05
    assert "g(t − τ)" in drawn(figure)
    with pytest.raises(ValueError, match="t, f, g, result: expected one length"):
        plot_convolutions.convolution_1d(t, f, g[:-1], result, [0])


def test_convolution_2d_fills_the_map_as_far_as_the_kernel_came():
    image = np.arange(30).reshape(5, 6)
    kernel = np.ones((2, 3), dtype=int)
    result = np.arange(16).reshape(4, 4)
    figure = plot_convolutions.convolution_2d(image, kernel, [(0, 1), (2, 3)], result)
    maps = [axes for axes in figure.axes if axes.get_title().startswith("feature map")]
    assert [len(axes.texts) for axes in maps] == [2, 12]
    windows = [axes.findobj(Rectangle)[0] for axes in figure.axes if "step" in axes.get_title()]
    assert [w.get_xy() for w in windows] == [(1, 0), (3, 2)]
    assert (windows[0].get_width(), windows[0].get_height()) == (3, 2)
    with pytest.raises(ValueError, match="expected shape"):
        plot_convolutions.convolution_2d(image, kernel, [(0, 0)], result[1:])


def test_padding_names_the_sizes():
    image, kernel = np.ones((5, 5), dtype=int), np.ones((3, 3), dtype=int)
    text = drawn(plot_convolutions.padding(image, kernel, np.full((5, 5), -4), np.full((3, 3), 9)))
    for part in ("padded image, 7 × 7", "feature map, 5 × 5", "feature map, 3 × 3", "−4"):
        assert part in text
    with pytest.raises(ValueError, match="same: expected shape"):
        plot_convolutions.padding(image, kernel, np.ones((3, 3)), np.ones((3, 3)))


def test_colour_magnitude_counts_what_it_draws_and_says_what_not(photometry):
    r, g_z, member = photometry
    figure = plot_colours.colour_magnitude(r, g_z, {"member": member, "background": ~member})
    shown = np.isfinite(r) & np.isfinite(g_z) & (r < 22)
    assert points(figure) == [np.sum(member & shown), np.sum(~member & shown)]
    text = drawn(figure)
    assert f"member ({np.sum(member & shown)})" in text and "g − z [mag]" in text
    assert "3 without photometry" in text and "1 outside" in text
    faint, bright = figure.axes[0].get_ylim()
    assert faint > bright
    with pytest.raises(ValueError, match="member: expected one length"):
        plot_colours.colour_magnitude(r, g_z, {"member": member[1:]})
    with pytest.raises(ValueError, match="r, g_z"):
        plot_colours.colour_magnitude(r[1:], g_z, {})


def test_lines_of_the_red_sequence_hold_their_equation(photometry):
    r, g_z, member = photometry
    figure = plot_colours.colour_magnitude(r, g_z, {"member": member})
    for line, value in zip(figure.axes[0].lines, (37, 46), strict=False):
        x, y = line.get_data()
        assert y + 14.3 * x == pytest.approx(value)
    assert "r + 14.3 (g − z) = 46" in drawn(figure)


def test_shaded_points_carry_their_quantity_and_unknown_are_grey(photometry):
    r, g_z, _ = photometry
    distance = np.linspace(0, 45, 60)
    distance[-5:] = np.nan
    figure = plot_colours.colour_magnitude_shaded(r, g_z, distance, "distance [arcmin]")
    assert points(figure) == [5, 51]
    values = figure.axes[0].collections[1].get_array()
    assert np.array_equal(values, distance[4:-5])
    assert "distance [arcmin]" in drawn(figure) and "not known (5)" in drawn(figure)
    with pytest.raises(ValueError, match="quantity"):
        plot_colours.colour_magnitude_shaded(r, g_z, distance[1:], "distance [arcmin]")


def test_regions_are_bands_named_in_the_legend(photometry):
    r, g_z, _ = photometry
    regions = {"blue cloud": (-np.inf, 33), "green valley": (33, 37), "red sequence": (37, 46)}
    figure = plot_colours.colour_regions(r, g_z, regions)
    assert all(name in drawn(figure) for name in regions)
    red = figure.axes[0].collections[2].get_paths()[0].vertices
    total = red[:, 1] + 14.3 * red[:, 0]
    assert total.min() == pytest.approx(37) and total.max() == pytest.approx(46)
    with pytest.raises(ValueError):
        plot_colours.colour_regions(r, g_z, {"red sequence": (37, 46)})


def test_pair_plot_draws_every_pair_once_without_pyplot():
    rng = np.random.default_rng(4)
    table = pd.DataFrame(rng.normal(1, 0.2, (50, 3)), columns=["u − g", "g − r", "r − i [mag]"])
    table.iloc[0, 0] = -9999
    labels = np.arange(50) % 2
    before = pyplot.get_fignums()
    figure = plot_colours.pair_plot(table, labels)
    assert pyplot.get_fignums() == before
    text = drawn(figure)
    assert "member" in text and "background" in text and "r − i [mag]" in text
    used = [axes for axes in figure.axes if axes.collections]
    assert len(used) == 6  # three pairs, three histograms
    assert min(axes.get_xlim()[0] for axes in used) > -1  # failed photometry left out
    with pytest.raises(ValueError, match="labels"):
        plot_colours.pair_plot(table, labels[1:])
    with pytest.raises(ValueError, match="labels"):
        plot_colours.pair_plot(table, labels - 1)


def test_redshifts_shade_members_and_lose_none():
    z = np.array([-0.004, 0.0, 0.0, 0.012, 0.02, 0.033, 0.05, 0.2, np.nan])
    figure = plot_colours.redshift_histogram(z)
    text = drawn(figure)
    assert "(2)" in text and "spectra (8)" in text and "1 beyond" in text
    whole, near = figure.axes
    assert whole.get_yscale() == "log" and near.get_xlim() == (-0.006, 0.06)
    heights = [patch.get_height() for patch in whole.patches[1:]]  # the first is the shade
    assert sum(heights) == 8


def test_image_grid_and_its_errors():
    figure = plot_images.image_grid(np.zeros((7, 8, 8)), list("0123456"), columns=5)
    assert len(images(figure)) == 7 and len(figure.axes) == 10
    assert [axes.get_title() for axes in figure.axes][:2] == ["0", "1"]
    for wrong in ([], ["one"]):
        with pytest.raises(ValueError, match="title each"):
            plot_images.image_grid(np.zeros((2 * len(wrong), 8, 8)), wrong)


def test_cutouts_have_north_up_and_a_true_scale():
    cut = np.zeros((2, 200, 200, 3), dtype=np.uint8)
    figure = plot_images.cutouts(cut, ["member", "background"])
    assert "5 arcsec" in drawn(figure)
    [bar] = figure.axes[0].artists
    assert bar.size_bar.get_children()[0].get_width() == pytest.approx(50)  # pixels of 0.1 arcsec
    assert not figure.axes[1].artists  # the scale is that of all
    for axes in figure.axes:
        bottom, top = axes.get_ylim()
        assert bottom > top  # row 0, north, is on top
    where = {t.get_text(): t.get_position() for t in figure.axes[0].texts}
    assert where["N"][1] > where["E"][1] and where["E"][0] < where["N"][0]  # points, up and left


def test_over_red_marks_its_frame_and_counts():
    rng = np.random.default_rng(2)
    ra, dec, share = 49 + rng.random(20), 41 + rng.random(20), rng.random(20)
    share[:4] = [0.9, 0.8, 0.1, np.nan]
    image, red = np.zeros((50, 50, 3), dtype=np.uint8), np.arange(2500).reshape(50, 50) < 2000
    figure = plot_images.over_red(image, red, ra, dec, share, example=1)
    text = drawn(figure)
    assert "red pixels: 80%" in text and "right ascension [deg]" in text
    assert f"{np.sum(share > 0.5)} of 19 frames above 50%" in text
    [sky] = [axes for axes in figure.axes if "ascension" in axes.get_xlabel()]
    east, west = sky.get_xlim()
    assert east > west
    assert sky.lines[0].get_xydata()[0] == pytest.approx([ra[1], dec[1]])
    assert len(sky.collections[0].get_offsets()) == 19
    with pytest.raises(ValueError, match="ra, dec, share"):
        plot_images.over_red(image, red, ra[1:], dec, share, 0)


def test_feature_maps_are_each_on_their_own_scale():
    rng = np.random.default_rng(3)
    layers = {"conv1": rng.random((3, 20, 20)), "block 2": 50 * rng.random((3, 5, 5))}
    layers["block 2"][2] = 0
    figure = plot_images.feature_maps(np.zeros((40, 40, 3), dtype=np.uint8), layers)
    maps = [array for array in images(figure) if array.shape in ((20, 20), (5, 5))]
    assert [array.max() for array in maps] == [1, 1, 1, 1, 1, 0]
    assert "20 × 20" in drawn(figure) and "activation" in drawn(figure)
    layers["conv1"] = layers["conv1"][:2]
    with pytest.raises(ValueError, match="equally many"):
        plot_images.feature_maps(np.zeros((40, 40)), layers)


def test_filters_share_one_symmetric_scale():
    kernels = np.zeros((10, 3, 3))
    kernels[4, 1, 1] = -0.3
    figure = plot_images.filters(kernels, columns=4)
    limits = {image.get_clim() for axes in figure.axes for image in axes.images}
    assert limits == {(-0.3, 0.3)} and "weight" in drawn(figure)


def test_members_are_drawn_in_the_colour_of_the_house(photometry):
    r, g_z, member = photometry
    figure = plot_colours.colour_magnitude(r, g_z, {"member": member, "background": ~member})
    first, second = (c.get_facecolor()[0][:3] for c in figure.axes[0].collections)
    assert tuple(first) == to_rgba("#D55E00")[:3] and tuple(second) == to_rgba("#0072B2")[:3]
