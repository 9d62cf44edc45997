"""Figures of `galutils.plots.scores_by_class` show what they are given."""

import io
from itertools import combinations

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from galutils.plots import scores_by_class as plot_scores_by_class
from galutils.studies.arm_selection import CLASSES, PUBLISHED


def texts(figure):
    """Draw, and return the texts of a figure, stripped."""
    figure.savefig(io.BytesIO(), format="png", dpi=40)
    found = [t.get_text().strip() for t in figure.findobj(lambda o: hasattr(o, "get_text"))]
    return [text for text in found if text]


def test_counts_stand_in_their_class_below_the_cap():
    down = [min(n, 300) for n in PUBLISHED[:5]] + [0]
    figure = plot_scores_by_class.counts_by_class(
        {"full": PUBLISHED, "down-sampled": down}, CLASSES, cap=300
    )
    [axes] = figure.axes
    assert axes.get_yscale() == "log" and axes.lines[0].get_ydata() == [300, 300]
    for bars, counts, side in zip(axes.containers, (PUBLISHED, down), (-1, 1), strict=True):
        assert [bar.get_height() for bar in bars] == list(counts)
        offsets = np.array([b.get_x() + b.get_width() / 2 for b in bars]) - np.arange(6)
        assert (side * offsets > 0).all() and (np.abs(offsets) < 0.5).all()
    assert [t.get_text() for t in axes.get_xticklabels()] == list(CLASSES)
    text = texts(figure)
    assert "10,677" in text and "0" in text and "at most 300" in text
    low, high = axes.get_ylim()
    assert all(low < t.get_position()[1] < high for t in axes.texts)
    with pytest.raises(ValueError, match="at most 3, received 4"):
        plot_scores_by_class.counts_by_class(dict.fromkeys("abcd", down), CLASSES)


def test_intervals_stand_at_their_class_side_by_side():
    def item(value):
        return {"value": value, "low": value - 0.1, "high": value + 0.05}

    table = {
        "none": {"1": item(0.5), "3, 4": item(0.7), "?": item(np.nan)},
        "weights": {"3, 4": item(0.8), "1": item(0.6)},
    }
    figure = plot_scores_by_class.score_intervals_by_class(table, "F1 score")
    [axes] = figure.axes
    assert [t.get_text() for t in axes.get_xticklabels()] == ["1", "3, 4", "?"]
    one, other = (line.get_xydata() for line in axes.lines[:4] if line.get_label()[0] != "_")
    assert one[:2, 1].tolist() == [0.5, 0.7] and other[:, 1].tolist() == [0.8, 0.6]
    assert np.round(one[:, 0]).tolist() == [0, 1, 2] and np.round(other[:, 0]).tolist() == [1, 0]
    assert one[0, 0] < 0 < other[1, 0]
    segment = axes.collections[1].get_segments()[0]
    assert segment == pytest.approx(np.array([[other[0, 0], 0.7], [other[0, 0], 0.85]]))
    text = texts(figure)
    assert "none" in text and "weights" in text and "F1 score" in text
    with pytest.raises(ValueError, match="at most 6"):
        plot_scores_by_class.score_intervals_by_class(dict.fromkeys("abcdefg", table["none"]), "F1")


def draw(figure):
    """Draw a figure and return it."""
    FigureCanvasAgg(figure).draw()
    return figure


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
