"""Figures of `galutils.plots.roc` show what they are given."""

import io

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score, roc_curve

from galutils.plots import roc as plot_roc
from galutils.scores import roc


@pytest.fixture(scope="module")
def scores():
    rng = np.random.default_rng(1)
    labels = np.arange(200) % 3 > 0
    return labels.astype(int), np.clip(0.35 * labels + 0.65 * rng.random(200), 0, 1)


def test_roc_marks_the_threshold_on_the_curve(scores):
    labels, probability = scores
    threshold = roc.optimal_threshold(labels, probability)
    area = {"value": roc_auc_score(labels, probability), "low": 0.75, "high": 0.812}
    figure = plot_roc.roc_with_threshold(
        {"network": scores, "chance-like": (labels, np.sin(np.arange(200)))},
        {"network": area, "chance-like": {"value": 0.5, "low": 0.4, "high": 0.6}},
        {"network": threshold},
    )
    text = " ".join(t.get_text() for t in figure.legends[0].get_texts())
    assert f"network\n{area['value']:.2f} (0.75–0.81), P ≥ {threshold:.2f}" in text
    assert "chance-like\n0.50 (0.40–0.60)" in text and text.count("P ≥") == 1
    axes = figure.axes[0]
    mark, curve = axes.lines[:2]
    false_positive, true_positive, thresholds = roc_curve(labels, probability)
    place = np.flatnonzero(thresholds == threshold)[0]
    assert mark.get_xydata()[0] == pytest.approx((false_positive[place], true_positive[place]))
    assert np.array_equal(curve.get_xdata(), false_positive)
    assert mark.get_color() == curve.get_color() != axes.lines[2].get_color()
    assert axes.lines[2].get_linestyle() != curve.get_linestyle()


def drawn(figure):
    """Draw, and return the texts of a figure."""
    figure.savefig(io.BytesIO(), format="png", dpi=40)
    return " ".join(t.get_text() for t in figure.findobj(lambda o: hasattr(o, "get_text")))


def test_no_more_curves_than_can_be_told_apart(scores):
    flat = {"value": 0.5, "low": 0.4, "high": 0.6}
    names = "abcdef"
    figure = plot_roc.roc_with_threshold(
        dict.fromkeys(names, scores), dict.fromkeys(names, flat), {}
    )
    looks = {(line.get_color(), str(line._dash_pattern)) for line in figure.axes[0].lines[:6]}
    assert len(looks) == 6 and "threshold" not in drawn(figure)
    with pytest.raises(ValueError, match="at most 6, received 7"):
        plot_roc.roc_with_threshold(
            dict.fromkeys("abcdefg", scores), dict.fromkeys("abcdefg", flat), {}
        )


def test_learning_curve_is_logarithmic_in_size():
    sizes, value = [100, 400, 1600], np.array([0.6, 0.7, 0.76])
    curves = {"network": (value, value - 0.05, value + 0.04), "other": (value,) * 3}
    figure = plot_roc.learning_curve(sizes, curves)
    axes = figure.axes[0]
    assert axes.get_xscale() == "log"
    assert [t.get_text() for t in axes.get_xticklabels()] == ["100", "400", "1,600"]
    first, second = axes.lines[:2]
    assert np.array_equal(first.get_ydata(), value)
    assert (first.get_xdata() < sizes).all() and (second.get_xdata() > sizes).all()
    assert second.get_xdata() / first.get_xdata() == pytest.approx(1, abs=0.1)
    bars = [segment[:, 1] for segment in axes.collections[0].get_segments()]
    assert np.array(bars) == pytest.approx(np.column_stack([value - 0.05, value + 0.04]))


def test_auc_by_bin_keeps_each_classifier_in_its_bin():
    edges, value = [0, 0.1, 0.3, 0.9], np.array([0.6, 0.7, np.nan])
    curves = {name: (value, value - 0.1, value + 0.1) for name in "abcd"}
    figure = plot_roc.auc_by_bin(edges, curves, [310, 1402, 4])
    text = drawn(figure)
    assert "1,402" in text and "number of galaxies" in text and "ellipticity" in text
    axes = figure.axes[0]
    places = np.array([line.get_xdata() for line in axes.lines[:4]])
    assert (np.diff(places, axis=0) > 0).all()
    assert (places > edges[:-1]).all() and (places < edges[1:]).all()
    assert places.mean(axis=0) == pytest.approx([0.05, 0.2, 0.6])
