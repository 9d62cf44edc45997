"""Figures of `galutils.plots.rotation` show what they are given."""

import io

import numpy as np
import pytest
from matplotlib.colors import to_rgba

from galutils.plots import rotation as plot_rotation
from galutils.scores import roc


def test_colour_images_have_red_first_and_north_on_top(fluxes):
    rgb = plot_rotation.colour_images(fluxes, white=None)
    assert rgb.dtype == np.uint8 and rgb.shape == fluxes.shape
    red, green, blue = rgb[0, 24, 15].astype(int)
    assert red > green > blue > 0
    star = rgb[0, 47 - 3, 41].astype(int)  # row 3 from the south
    assert star[2] > star[0] and rgb[0, 3, 41].sum() < 0.2 * star.sum()


def test_stretch_is_one_for_all_or_that_of_each_image(fluxes):
    rgb = plot_rotation.colour_images(fluxes, white=None)
    assert np.array_equal(rgb[0], rgb[1])
    assert plot_rotation.colour_images(fluxes, None, softening=100)[0].mean() > rgb[0].mean()
    common = plot_rotation.colour_images(np.stack([fluxes[0], 3 * fluxes[0]]), white=1.0)
    assert common[1].mean() > common[0].mean()
    assert plot_rotation.colour_images(fluxes[:1], white=0.5).mean() > common[0].mean()


def test_colour_images_take_blank_and_broken_pixels(fluxes):
    broken = fluxes.copy()
    broken[0] = -0.1
    broken[1, 10, 20] = np.nan
    rgb = plot_rotation.colour_images(broken, white=None)
    assert not rgb[0].any() and not rgb[1, 47 - 10, 20].any() and rgb[1].any()
    assert plot_rotation.colour_images(fluxes[:0]).shape == (0, 48, 48, 3)
    for wrong in (fluxes[0], fluxes[..., :2]):
        with pytest.raises(ValueError, match="n, h, w, 3"):
            plot_rotation.colour_images(wrong)


OUTCOMES = ["slow called fast", "fast called slow", "slow called slow", "fast called fast"]


def drawn(figure):
    """Draw, and return the texts of a figure."""
    figure.savefig(io.BytesIO(), format="png", dpi=40)
    return " ".join(t.get_text() for t in figure.findobj(lambda o: hasattr(o, "get_text")))


def panels(figure):
    """Return the axes that hold an image."""
    return [axes for axes in figure.axes if axes.images]


def test_outcome_gallery_writes_quantities_and_says_what_is_missing(fluxes):
    rgb = np.repeat(plot_rotation.colour_images(fluxes), 4, axis=0)
    spin, shape = np.linspace(0.1, 0.8, 8), np.linspace(0, 0.7, 8)
    sizes = dict(zip(OUTCOMES, (8, 3, 0, 1), strict=True))
    groups = {name: (rgb[:n], spin[:n], shape[:n]) for name, n in sizes.items()}
    figure = plot_rotation.outcome_gallery(groups, scale=0.396)
    text = drawn(figure)
    for heading in ("(a) slow called fast ", "(b) fast called slow (only 3)",
                    "(c) slow called slow (none)", "(d) fast called fast (only 1)"):  # fmt: skip
        assert heading in text + " "
    assert "(only 8)" not in text and "5 arcsec" in text
    shown = panels(figure)
    assert len(shown) == 12
    assert shown[7].get_title() == "$\\lambda_R$ = 0.80\n$\\epsilon$ = 0.70"
    [bar] = shown[0].artists
    assert bar.size_bar.get_children()[0].get_width() == pytest.approx(5 / 0.396)
    groups["fast called fast"] = rgb[:2], spin[:1], shape[:2]
    with pytest.raises(ValueError, match=r"fast called fast: .* received \[2, 1, 2\]"):
        plot_rotation.outcome_gallery(groups, scale=0.396)
    with pytest.raises(ValueError, match="equally many, 0 to 4"):
        plot_rotation.outcome_gallery({"a": (rgb, spin, shape)}, scale=0.396, columns=4)


def points(collection):
    """Return the places of a scatter as (n, 2)."""
    return np.asarray(collection.get_offsets())


@pytest.fixture(scope="module")
def plane():
    rng = np.random.default_rng(0)
    lam, eps = rng.random(80), rng.random(80) * 0.9
    lam[:2], eps[2] = np.nan, np.nan
    return lam, eps


def test_outcome_planes_split_the_galaxies_and_keep_the_rest_grey(plane):
    lam, eps = plane
    outcome = np.array([*OUTCOMES, ""])[np.arange(80) % 5]
    figure = plot_rotation.outcome_planes(lam, eps, outcome)
    assert len(figure.axes) == 4
    known = np.isfinite(lam) & np.isfinite(eps)
    for number, (axes, name) in enumerate(zip(figure.axes, OUTCOMES, strict=True)):
        behind, front = axes.collections
        here = known & (outcome == name)
        assert axes.get_title() == f"({'abcd'[number]}) {name}: {here.sum()}"
        assert np.array_equal(points(front), np.column_stack([eps[here], lam[here]]))
        assert len(points(behind)) == known.sum() - here.sum()
        colour = "#0072B2" if name.startswith("slow") else "#D55E00"
        assert tuple(front.get_facecolor()[0][:3]) == to_rgba(colour)[:3]
        x, y = axes.lines[0].get_data()
        assert y == pytest.approx(0.31 * np.sqrt(x))
    assert list(roc.OUTCOMES) == OUTCOMES  # in the order of the thesis's panels


def test_planes_by_type_tell_type_by_colour_and_survey_by_marker(plane):
    lam, eps = plane
    early, known = np.arange(80) % 3 == 0, np.isfinite(lam) & np.isfinite(eps)
    figure = plot_rotation.plane_by_type(lam, eps, early)
    one, other = figure.axes
    assert one.get_title() == f"early types ({np.sum(early & known)})"
    assert other.get_title() == f"late types ({np.sum(~early & known)})"
    blue, red = (axes.collections[0].get_facecolor()[0] for axes in (one, other))
    assert blue[2] > blue[0] and red[0] > red[2]

    survey = np.where(np.arange(80) < 30, "MaNGA", "TNG100")
    figure = plot_rotation.plane_by_type(lam, eps, early, {True: "both"}, survey)
    [axes] = figure.axes
    numbers = [np.sum(early & known & (survey == name)) for name in ("MaNGA", "TNG100")]
    assert [len(points(c)) for c in axes.collections] == numbers
    assert f"TNG100 ({numbers[1]})" in drawn(figure)
    x, y = axes.lines[0].get_data()
    assert y == pytest.approx(0.31 * np.sqrt(x))
    with pytest.raises(ValueError, match="at most 3"):
        plot_rotation.plane_by_type(lam, eps, early, survey=(np.arange(80) % 4).astype(str))


def test_class_counts_stand_over_their_type():
    figure = plot_rotation.class_counts({1: 1045, 0: 412})
    heights = {
        bar.get_x() + bar.get_width() / 2: bar.get_height() for bar in figure.axes[0].patches
    }
    assert heights == pytest.approx({0: 412, 1: 1045})
    text = drawn(figure)
    assert "1,045" in text and "412" in text and "0\nslow" in text and "1\nfast" in text
