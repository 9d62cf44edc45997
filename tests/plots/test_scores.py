"""Figures of `galutils.plots.scores` show what they are given."""

import io

import numpy as np
import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg

from galutils.plots import roc as plot_roc
from galutils.plots import scores as plot_scores


def draw(figure):
    """Draw a figure and return it."""
    FigureCanvasAgg(figure).draw()
    return figure


def test_a_value_is_written_beside_its_interval_and_not_on_it():
    rows = {
        "a": {"value": -0.02, "low": -0.04, "high": 0.0},
        "b": {"value": 1, "low": 0, "high": 1},
    }
    figure = draw(plot_scores.intervals(rows, "difference", {"no difference": 0}))
    axes = figure.axes[0]
    assert [text.get_text() for text in axes.texts] == ["−0.020", "1.000"]
    assert all(text.get_window_extent().x0 > axes.bbox.x1 for text in axes.texts)


def drawn(figure):
    """Draw, and return the texts of a figure."""
    figure.savefig(io.BytesIO(), format="png", dpi=40)
    return " ".join(t.get_text() for t in figure.findobj(lambda o: hasattr(o, "get_text")))


def test_figures_of_classifiers():
    rng = np.random.default_rng(1)
    labels = rng.integers(0, 2, 80)
    probability = np.clip(labels * 0.4 + rng.random(80) * 0.6, 0, 1)
    text = drawn(plot_scores.confusion_matrices([np.array([[3, 1], [2, 14]])] * 2, ["a", "b"]))
    assert "75.0%" in text and "14" in text
    figure = plot_roc.roc_curves({"net": (labels, probability)})
    assert figure.axes[0].get_xscale() == "log"
    text = drawn(plot_scores.probability_histogram(probability, labels, cuts=(0.05, 0.95)))
    assert f"P ≥ 0.95: {np.sum(probability >= 0.95)}" in text
    history = pd.DataFrame(
        {"epoch": [1, 2], "loss": [1, 0.5], "val_loss": [1, 0.9], "accuracy": [0.5, 0.8],
         "val_accuracy": [0.5, 0.7]}
    )  # fmt: skip
    assert "cross-entropy" in drawn(plot_scores.training_curves([history], ["one"]))
    rows = {"a": {"value": 0.9, "low": 0.8, "high": 0.95}}
    assert "0.900" in drawn(plot_scores.intervals(rows, "AUC", {"published": 0.95}))


def test_several_kinds_stand_side_by_side_in_a_row_with_their_texts():
    one = {"value": 0.4, "low": 0.3, "high": 0.5}
    rows = {"a": {"x": one, "y": one | {"text": "7 named"}}, "b": {"y": one}}
    figure = draw(plot_scores.intervals(rows, "share"))
    first, second = figure.axes[0].lines
    assert len(first.get_ydata()) == 1 and len(second.get_ydata()) == 2
    assert first.get_ydata()[0] < 0 < second.get_ydata()[0]
    assert sorted(t.get_text() for t in figure.axes[0].texts) == ["0.400", "0.400", "7 named"]
    assert [t.get_text() for t in figure.legends[0].get_texts()] == ["x", "y"]


def test_a_class_without_galaxies_is_grey_and_has_no_share():
    figure = draw(plot_scores.confusion_matrices([np.array([[0, 0], [1, 3]])], ["one"]))
    texts = [text.get_text() for text in figure.axes[0].texts]
    assert texts == ["1\n25.0%", "3\n75.0%"]
