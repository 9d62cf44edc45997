import pandas as pd
import pytest

from galutils.plots.model_comparison import waterfall

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
    figure = waterfall(*ladder, published={"auc": 0.97})
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
    figure = waterfall(*ladder, published={"auc": 0.97, "precision": 0.8})
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
    figure = waterfall(*ladder)
    figure.canvas.draw()
    boxes = [text.get_window_extent() for text in figure.axes[0].texts]
    boxes += [text.get_window_extent() for text in figure.axes[0].get_xticklabels()]
    for number, one in enumerate(boxes):
        assert not any(one.overlaps(other) for other in boxes[number + 1 :])
