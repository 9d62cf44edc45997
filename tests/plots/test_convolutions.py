"""Figures of `galutils.plots.convolutions` show what they are given."""

import io

import numpy as np
from matplotlib.patches import Rectangle

from galutils.plots import convolutions as plot_convolutions


def drawn(figure):
    """Draw, and return the texts of a figure."""
    figure.savefig(io.BytesIO(), format="png", dpi=40)
    return " ".join(t.get_text() for t in figure.findobj(lambda o: hasattr(o, "get_text")))


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


def test_padding_names_the_sizes():
    image, kernel = np.ones((5, 5), dtype=int), np.ones((3, 3), dtype=int)
    text = drawn(plot_convolutions.padding(image, kernel, np.full((5, 5), -4), np.full((3, 3), 9)))
    for part in ("padded image, 7 × 7", "feature map, 5 × 5", "feature map, 3 × 3", "−4"):
        assert part in text
