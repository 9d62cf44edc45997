"""Figures of `galutils.plots.network_diagrams` show what they are given."""

import io

import numpy as np
import pytest
from matplotlib.patches import Circle, FancyBboxPatch, Polygon

from galutils.plots import network_diagrams as plot_network_diagrams
from galutils.studies.arm_selection import group_names


def texts(figure):
    """Draw, and return the texts of a figure, stripped."""
    figure.savefig(io.BytesIO(), format="png", dpi=40)
    found = [t.get_text().strip() for t in figure.findobj(lambda o: hasattr(o, "get_text"))]
    return [text for text in found if text]


def test_tail_has_layers_in_order_and_a_unit_a_class():
    shapes = [("top_activation", "7 × 7 × 1280"), ("pooling", "1280"), ("softmax", "5")]
    figure = plot_network_diagrams.network_tail("EfficientNetB0", shapes, group_names("3+4"))
    text = texts(figure)
    assert "EfficientNetB0\n\ntop_activation" in text
    places = {t.get_text(): t.get_position()[0] for t in figure.axes[0].texts}
    assert places["7 × 7 × 1280"] < places["pooling"] == places["1280"] < places["softmax"]
    assert len(figure.findobj(FancyBboxPatch)) == 3 and len(figure.findobj(Circle)) == 5
    heights = {t.get_text(): t.get_position()[1] for t in figure.axes[0].texts}
    assert heights["P(m = 1)"] > heights["P(m = 3, 4)"] > heights["P(m = ?)"]


def drawn(figure):
    """Draw, and return the texts of a figure."""
    figure.savefig(io.BytesIO(), format="png", dpi=40)
    return " ".join(t.get_text() for t in figure.findobj(lambda o: hasattr(o, "get_text")))


def test_network_volumes_keep_their_proportions():
    layers = [("input", 128, 128, 3), ("convolution", 128, 128, 64), ("pooling", 32, 64, 64),
              ("flatten", 1, 1, 131072), ("output", 1, 1, 1)]  # fmt: skip
    figure = plot_network_diagrams.cnn_structure(layers)
    text = drawn(figure)
    assert "128 × 128\n× 64" in text and "32 × 64" in text and "131,072" in text
    fronts = [patch.get_xy() for patch in figure.findobj(Polygon)[::3]]
    width, height = np.transpose([np.ptp(front, axis=0) for front in fronts])
    assert height[0] == height[1] == pytest.approx(4 * height[2])
    assert width[0] < width[1] == width[2] and height[3] > height[4] > 0
    edges = [(front[:, 0].min(), front[:, 0].max()) for front in fronts]
    assert all(a[1] < b[0] for a, b in zip(edges, edges[1:], strict=False))
