"""Figures of calibration show what they were given."""

import io

import numpy as np
import pytest

from galutils.plots import calibration as plot_calibration
from galutils.scores import calibration


def drawn(figure):
    """Draw, and return the texts of a figure."""
    figure.savefig(io.BytesIO(), format="png", dpi=40)
    return " ".join(t.get_text() for t in figure.findobj(lambda o: hasattr(o, "get_text")))


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    probability = rng.random(300)
    return (rng.random(300) < probability).astype(int), probability


def test_reliability_diagrams_stand_above_their_histograms(data):
    tables = {name: calibration.reliability(*data, bins) for name, bins in (("a", 4), ("b", 5))}
    notes = {"a": "ECE 0.1", "b": "ECE 0.2"}
    figure = plot_calibration.reliability_diagrams(
        tables, dict.fromkeys("ab", data[1]), notes, columns=1
    )
    assert len(figure.axes) == 4
    text = drawn(figure)
    assert "ECE 0.1" in text and "ECE 0.2" in text and "a fast rotator" in text
    for axes, table in zip(figure.axes[::2], tables.values(), strict=True):
        diagonal, curve = axes.lines
        assert np.array_equal(diagonal.get_xdata(), diagonal.get_ydata())
        np.testing.assert_allclose(curve.get_ydata(), table["value"])
        whiskers = np.array([path.vertices[:, 1] for path in axes.collections[0].get_paths()])
        np.testing.assert_allclose(whiskers, table[["low", "high"]])
    for axes in figure.axes[1::2]:
        assert sum(bar.get_height() for bar in axes.patches) == 300


def test_empty_places_of_the_grid_are_left_blank(data):
    tables = dict.fromkeys("abcd", calibration.reliability(*data))
    figure = plot_calibration.reliability_diagrams(
        tables, dict.fromkeys("abcd", data[1]), dict.fromkeys("abcd", "")
    )
    shown = [axes for axes in figure.axes if axes.axison]
    assert len(figure.axes) == 12 and len(shown) == 8
    assert [axes.get_title() for axes in shown if axes.get_title()] == list("abcd")
