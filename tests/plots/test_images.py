"""Figures of images show what they are given."""

import numpy as np

from galutils.plots import images as plot_images


def test_pairs_are_shown_by_kind_with_the_limit():
    same = np.arange(30) % 3 == 0
    pixels, correlation = np.geomspace(30, 900, 30), np.where(same, 0.9, 0.1)
    figure = plot_images.pair_correlations(pixels, correlation, same, lambda n: 1 / np.sqrt(n))
    plane, side = figure.axes
    shown = {one.get_label(): one.get_offsets() for one in plane.collections}
    assert set(shown) == {"different galaxies (20)", "copies (10)"}
    np.testing.assert_allclose(shown["copies (10)"][:, 1], 0.9)
    [limit] = plane.lines
    np.testing.assert_allclose(limit.get_ydata(), 1 / np.sqrt(limit.get_xdata()))
    assert plane.get_xscale() == "log" and side.get_xlabel() == "share of pairs"


def test_no_pair_of_one_kind_is_no_error():
    figure = plot_images.pair_correlations(
        np.array([50.0]), np.array([0.2]), np.array([False]), np.sqrt
    )
    assert "copies (0)" in {one.get_label() for one in figure.axes[0].collections}
