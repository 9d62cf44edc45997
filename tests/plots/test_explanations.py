"""What the figures of faithfulness show."""

import io

import numpy as np
import pytest

from galutils.plots import explanations as plot_explanations
from galutils.plots import rotation as plot_rotation


def curves(n=5, steps=4, seed=0):
    return np.random.default_rng(seed).random((n, 2, steps + 1))


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
    with pytest.raises(ValueError, match="at most 6"):
        plot_explanations.attribution_profile(radius, dict.fromkeys("abcdefg", shares))
