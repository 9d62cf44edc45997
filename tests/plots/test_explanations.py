"""What the figures of faithfulness show."""

import io

import numpy as np
import pytest
from matplotlib import colors

from galutils.plots import explanations as plot_explanations
from galutils.plots import rotation as plot_rotation
from galutils.scores import intervals


def curves(n=5, steps=4, seed=0):
    return np.random.default_rng(seed).random((n, 2, steps + 1))


def test_curves_show_means_and_intervals_of_both_kinds():
    studies = {name: {"a": curves(seed=k), "b": curves(seed=k + 5)} for k, name in enumerate("xyz")}
    figure = plot_explanations.faithfulness_curves(studies)
    panels = np.reshape(figure.axes, (3, 2))
    for row, (name, orders) in zip(panels, studies.items(), strict=True):
        for kind, axes in enumerate(row):
            assert axes.get_title().startswith(name)
            for line, values in zip(axes.lines, orders.values(), strict=True):
                np.testing.assert_allclose(line.get_xdata(), [0, 0.25, 0.5, 0.75, 1])
                np.testing.assert_allclose(line.get_ydata(), values[:, kind].mean(axis=0))
            band = axes.collections[0].get_paths()[0].get_extents()
            limits = [intervals.mean_interval(of) for of in orders["a"][:, kind].T]
            assert band.y0 == pytest.approx(min(one["low"] for one in limits))
            assert band.y1 == pytest.approx(max(one["high"] for one in limits))
    assert [text.get_text() for text in figure.legends[0].texts] == ["a", "b"]
    with pytest.raises(ValueError, match="received 8"):
        plot_explanations.faithfulness_curves({"x": {str(k): curves() for k in range(8)}})


def test_lines_differ_in_colour_and_style():
    axes = plot_explanations.faithfulness_curves({"x": {str(k): curves() for k in range(7)}}).axes[
        0
    ]
    assert len({line.get_color() for line in axes.lines}) == 7
    assert len({(line.get_linestyle(), str(line._dash_pattern)) for line in axes.lines}) == 7


def test_randomisation_keeps_the_order_of_layers():
    def one(value):
        return {"value": value, "low": value - 0.1, "high": value + 0.2}

    kinds = {"m": {"last": one(0.9), "first": one(0.1)}, "n": {"last": one(0.5), "first": one(0.0)}}
    figure = plot_explanations.randomisation({"study": kinds, "other": kinds})
    for axes in figure.axes:
        assert [tick.get_text() for tick in axes.get_xticklabels()] == ["last", "first"]
        for bar, (kind, layers) in zip(axes.containers, kinds.items(), strict=True):
            assert bar.get_label() == kind
            np.testing.assert_allclose(
                bar.lines[0].get_ydata(), [of["value"] for of in layers.values()]
            )
            [ends] = bar.lines[2]
            np.testing.assert_allclose(
                [path[:, 1] for path in ends.get_segments()],
                [[of["low"], of["high"]] for of in layers.values()],
            )
        first, second = (bar.lines[0].get_xdata() for bar in axes.containers)
        assert np.all(first < second)  # so that bars do not hide each other


def test_the_circle_lies_on_the_planted_disc():
    velocity = np.full((2, 40, 40), np.nan)
    velocity[:, 5:35, 5:35] = 1.0
    velocity[0, 12, 30] = 80  # row 12 is south of the middle, column 30 west
    centre = np.array([[12.0, 30.0], [20.0, 20.0]])
    rates = {"a": {"value": 0.5, "low": 0.2, "high": 0.8}, "b": {"value": 1, "low": 0.9, "high": 1}}
    figure = plot_explanations.planted_features(
        velocity, {"map": np.abs(velocity)}, centre, 4, rates
    )
    first = figure.axes[0]
    [below] = [axes for axes in figure.axes if "share of maps" in axes.get_xlabel()]
    circle = first.lines[0].get_xydata()
    np.testing.assert_allclose(circle[:-1].mean(axis=0), [-5.25, -3.75], atol=0.1)
    np.testing.assert_allclose(np.ptp(circle, axis=0), 4, atol=0.02)
    [image] = first.images
    left, right, low, high = image.get_extent()
    row, column = np.unravel_index(np.nanargmax(image.get_array().filled(-1)), (40, 40))
    spot = left + (column + 0.5) * (right - left) / 40, low + (row + 0.5) * (high - low) / 40
    np.testing.assert_allclose(spot, [-5.25, -3.75])
    assert [tick.get_text() for tick in below.get_yticklabels()] == ["a", "b"]
    np.testing.assert_allclose(below.collections[0].get_segments()[0][:, 0], [0.2, 0.8])
    assert below.get_ylim()[0] > below.get_ylim()[1]
    assert colors.to_hex(below.lines[0].get_color()) == "#0072b2"


def drawn(figure):
    """Draw, and return the texts of a figure."""
    figure.savefig(io.BytesIO(), format="png", dpi=40)
    return " ".join(t.get_text() for t in figure.findobj(lambda o: hasattr(o, "get_text")))


def panels(figure):
    """Return the axes that hold an image."""
    return [axes for axes in figure.axes if axes.images]


def test_attributions_lie_over_their_images(fluxes):
    maps = np.zeros((2, 48, 48))
    maps[0, 3, 41], maps[0, 20:28, 20:28] = -2, 1  # the star of the images, south
    figure = plot_explanations.attributions(
        plot_rotation.colour_images(fluxes, white=None), maps, ["a", "nothing"], scale=0.4
    )
    assert "attribution" in drawn(figure) and "5 arcsec" in drawn(figure)
    picture, blank, heat, empty = (np.asarray(axes.images[0].get_array()) for axes in
                                   panels(figure))  # fmt: skip
    assert picture.shape == blank.shape == (48, 48, 3)
    lowest = np.unravel_index(np.argmin(heat), heat.shape)
    assert picture[lowest][2] > picture[lowest][0]  # the pixel of the blue star
    assert heat[24, 24] == 1 and not empty.any()
    assert {axes.images[0].get_clim() for axes in panels(figure)[2:]} == {(-1, 1)}


def test_attributions_without_sign_begin_at_zero_and_wrap_in_pairs_of_rows(fluxes):
    rgb = plot_rotation.colour_images(np.repeat(fluxes, 3, axis=0))
    maps = np.arange(6)[:, None, None] * np.ones((6, 48, 48))
    figure = plot_explanations.attributions(rgb, maps, list("abcdef"), scale=0.4, columns=4)
    shown = panels(figure)
    assert [np.asarray(axes.images[0].get_array()).ndim for axes in shown] == [3] * 4 + [2] * 4 + [
        3
    ] * 2 + [2] * 2
    limits = {axes.images[0].get_clim() for axes in shown if axes.images[0].get_array().ndim == 2}
    assert limits == {(0, 1)}
    for images, given, titles in ((rgb[1:], maps, "abcdef"), (rgb, maps[:, 1:], "abcdef"),
                                  (rgb, maps, "abc"), (rgb[:0], maps[:0], "")):  # fmt: skip
        with pytest.raises(ValueError, match="images with a map"):
            plot_explanations.attributions(images, given, list(titles), scale=0.4)


def test_attribution_profile_is_mean_and_spread_of_whole_galaxies():
    radius = np.linspace(0.5, 4, 8)
    shares = np.linspace(0.1, 0.9, 8) * np.linspace(0.5, 1, 11)[:, None]
    shares[3, 2] = np.nan
    figure = plot_explanations.attribution_profile(
        radius, {"MaNGA": shares, "light": shares[4:] / 2}
    )
    text = drawn(figure)
    assert "MaNGA (10)" in text and "light (7)" in text and "R_\\mathrm{e}" in text
    axes = figure.axes[0]
    mean = np.delete(shares, 3, axis=0).mean(axis=0)
    assert axes.lines[0].get_ydata() == pytest.approx(mean)
    band = axes.collections[0].get_paths()[0].vertices
    assert shares[0, -1] < band[band[:, 0] == 4][:, 1].min() < mean[-1] < band[:, 1].max() < 0.9
    with pytest.raises(ValueError, match=r"MaNGA: expected \(\d+, \d+\)"):
        plot_explanations.attribution_profile(radius[1:], {"MaNGA": shares})
    with pytest.raises(ValueError, match="at most 6"):
        plot_explanations.attribution_profile(radius, dict.fromkeys("abcdefg", shares))
