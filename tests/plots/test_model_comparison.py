"""Figures that compare classifiers show what they are given."""

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot

from galutils.plots import model_comparison as plot_model_comparison


@pytest.fixture(autouse=True)
def closed():
    yield
    pyplot.close("all")


@pytest.fixture
def table():
    value = np.array([0.7, 0.8, 0.9, 0.95])
    columns = {"name": list("abcd"), "kind": ["tree", "tree", "network", "network"]}
    numbers = {"value": value, "low": value - 0.02, "high": value + 0.02}
    return pd.DataFrame(columns | numbers | {"seconds": [0.1, 0.5, 60, 900], "size": [1, 2, 3, 4]})


def test_costs_stand_side_by_side_in_the_order_of_the_table(table):
    figure = plot_model_comparison.costs(table, {"seconds": "s", "size": "MB"})
    assert [axes.get_xlabel() for axes in figure.axes] == ["s", "MB"]
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == list("abcd")
    tree, network = figure.axes[1].lines
    assert tree.get_xdata().tolist() == [1, 2] and network.get_ydata().tolist() == [2, 3]


def test_scores_have_intervals_and_an_axis_that_is_not_logarithmic(table):
    figure = plot_model_comparison.costs(table, {"value": "AUC", "size": "MB"})
    left, right = figure.axes
    assert (left.get_xscale(), right.get_xscale()) == ("linear", "log")
    [first, _] = left.collections[0].get_segments()
    assert first[:, 0] == pytest.approx([0.68, 0.72]) and not right.collections


def test_five_kinds_are_refused(table):
    many = pd.concat([table.assign(kind=kind) for kind in "pqrst"])
    with pytest.raises(ValueError, match="expected at most 4, received 5"):
        plot_model_comparison.costs(many, {"seconds": "s"})


MEASURES = ("auc", "accuracy", "balanced_accuracy", "precision", "recall")


VALUES = {"A": 0.95, "B": 0.9, "E": 0.92}


def interval(value, half=0.03):
    return {"value": value, "low": value - half, "high": value + half}


@pytest.fixture
def ladder():
    levels = {step: {name: interval(value) for name in MEASURES} for step, value in VALUES.items()}
    changes = {
        "A to B": dict.fromkeys(MEASURES, interval(-0.05, 0.01)),
        "B to E": dict.fromkeys(MEASURES, interval(0.02)),
        "A to E": dict.fromkeys(MEASURES, interval(-0.03)),
    }
    rows = {
        (step, seed): dict.fromkeys(MEASURES, value + 0.01 * seed)
        for step, value in VALUES.items()
        for seed in (-1, 1)
    }
    singles = pd.DataFrame.from_dict(rows, orient="index").rename_axis(["step", "seed"])
    return levels, changes, singles, {step: f"step {step}" for step in VALUES}


def bars(axis):
    return [(round(p.get_y(), 6), round(p.get_height(), 6)) for p in axis.patches]


def test_bars_lead_from_level_to_level_and_are_labelled(ladder):
    figure = plot_model_comparison.waterfall(*ladder, published={"auc": 0.97})
    large, *small = figure.axes
    assert len(small) == 3
    for axis in figure.axes:
        assert bars(axis) == [(0.95, -0.05), (0.9, 0.02)]
    down, up = large.patches
    assert down.get_facecolor() != up.get_facecolor()
    assert down.get_hatch() and not up.get_hatch()
    texts = [text.get_text() for text in large.texts]
    assert "−0.050\n(−0.060 to\n−0.040)" in texts
    assert "0.920" in texts
    assert [t.get_text() for t in large.get_xticklabels()] == [
        "A\nstep A",
        "B\nstep B",
        "E\nstep E",
    ]


def test_published_values_are_lines_where_there_are_any(ladder):
    figure = plot_model_comparison.waterfall(*ladder, published={"auc": 0.97, "precision": 0.8})
    marked = {
        axis.get_ylabel(): [
            line.get_ydata()[0] for line in axis.lines if line.get_label() == "published"
        ]
        for axis in figure.axes
    }
    assert marked == {
        "area under the ROC curve": [0.97],
        "accuracy": [],
        "balanced accuracy": [],
        "precision": [0.8],
    }
    [legend] = figure.legends
    texts = [text.get_text() for text in legend.get_texts()]
    assert texts.count("published") == 1
    assert {"change downwards", "change upwards", "one seed"} < set(texts)


def test_nothing_is_written_over_something_else(ladder):
    figure = plot_model_comparison.waterfall(*ladder, {})
    figure.canvas.draw()
    boxes = [text.get_window_extent() for text in figure.axes[0].texts]
    boxes += [text.get_window_extent() for text in figure.axes[0].get_xticklabels()]
    for number, one in enumerate(boxes):
        assert not any(one.overlaps(other) for other in boxes[number + 1 :])
