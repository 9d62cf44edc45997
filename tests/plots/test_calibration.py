"""Figures of calibration show what they were given."""

import io

import numpy as np
import pandas as pd
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


def test_unknown_galaxies_by_error_and_by_rule():
    bins = pd.DataFrame({"centre": [8.0, 16.0], "value": [0.02, np.nan], "low": 0.01, "high": 0.09})
    histogram = (np.array([0, 10, 20]), np.array([0.4, 0.6]))
    counts = {"published": (678, 39), "here": ({"value": 90.0, "low": 60.0, "high": 120.0}, 0)}
    figure = plot_calibration.unknown_named(
        {"cuts": bins}, {"known": histogram, "unknown": histogram}, counts,
        {"published": 854, "here": 1000}, 0.05,
    )  # fmt: skip
    text = drawn(figure)
    assert "678 of 854" in text and "90 of 1000" in text and "0 of 1000" in text
    assert "velocity error [km/s]" in text
    above, right, below = figure.axes
    assert above.get_xlim() == below.get_xlim()
    widths = [bar.get_width() for bar in right.patches]
    assert widths == pytest.approx([100 * 678 / 854, 100 * 39 / 854, 9, 0])
    assert right.lines[0].get_xdata() == pytest.approx([6, 12])
    assert right.get_position().y0 == pytest.approx(below.get_position().y0, abs=0.02)
