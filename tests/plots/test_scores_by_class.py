"""Figures of `galutils.plots.scores_by_class` show what they are given."""

import io
from itertools import combinations

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex

from galutils.plots import scores_by_class as plot_scores_by_class
from galutils.studies.arm_selection import CLASSES, PUBLISHED


def texts(figure):
    """Draw, and return the texts of a figure, stripped."""
    figure.savefig(io.BytesIO(), format="png", dpi=40)
    found = [t.get_text().strip() for t in figure.findobj(lambda o: hasattr(o, "get_text"))]
    return [text for text in found if text]


def test_score_by_size_has_means_and_ratios_at_their_sizes():
    sizes, runs = [424, 224, 124], np.array([[0.8, 0.9], [0.9, 0.94], [0.7, 0.7]])
    figure = plot_scores_by_class.score_by_size(
        sizes, {"B0": runs, "V2M": runs - 0.1}, {"B0": (224, 0.91, 2.2)}
    )
    above, below = figure.axes
    container = above.containers[0]
    line, _, (bars,) = container.lines
    assert line.get_xydata() == pytest.approx(np.array([(124, 0.7), (224, 0.92), (424, 0.85)]))
    spread = np.array([np.ptp(segment[:, 1]) / 2 for segment in bars.get_segments()])
    assert spread == pytest.approx([0, 0.02 * np.sqrt(2), 0.05 * np.sqrt(2)])
    ratio = below.lines[0].get_ydata()
    assert ratio == pytest.approx(100 * spread / [0.7, 0.92, 0.85])
    marks = [line for line in (*above.lines, *below.lines) if line.get_markersize() > 6]
    assert [m.get_xydata()[0].tolist() for m in marks] == [[224, 0.91], [224, 2.2]]
    assert all(m.get_markerfacecolor() == "none" for m in marks)
    assert above.get_xlim() == below.get_xlim()
    legend = [t.get_text() for t in above.get_legend().get_texts()]
    assert legend == ["B0", "B0, published", "V2M"]
    assert "side of the crop [pixels of 424]" in texts(figure)
    for wrong in (runs[:2], runs[:, :1]):
        with pytest.raises(ValueError, match="V2M: expected 3 sizes"):
            plot_scores_by_class.score_by_size(sizes, {"V2M": wrong})
    with pytest.raises(ValueError, match="published"):
        plot_scores_by_class.score_by_size(sizes, {"B0": runs}, {"V2M": (224, 0.9, 2)})


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
    with pytest.raises(ValueError, match="full: expected 5, received 6"):
        plot_scores_by_class.counts_by_class({"full": PUBLISHED}, CLASSES[:5])
    with pytest.raises(ValueError, match="at most 3, received 4"):
        plot_scores_by_class.counts_by_class(dict.fromkeys("abcd", down), CLASSES)


def test_confusion_is_normalised_over_the_truth():
    matrix = np.array([[3, 1, 0], [0, 0, 0], [1, 0, 1199]])
    groups = {"all": (matrix, ["1", "2", "?"]), "merged": (np.eye(2, dtype=int), ["1, 2", "?"])}
    figure = plot_scores_by_class.confusion_grid({"B0": groups, "V2M": groups})
    shown = figure.axes[:4]
    assert len(figure.axes) == 5
    first, meshes = shown[0], [axes.collections[0] for axes in shown]
    share = np.reshape(np.ma.filled(meshes[0].get_array(), np.nan), (3, 3))
    assert share[0] == pytest.approx([0.75, 0.25, 0]) and np.isnan(share[1]).all()
    assert np.nansum(share, axis=1) == pytest.approx([1, 0, 1])
    assert to_hex(first.get_facecolor()) == "#dddddd"
    assert {mesh.get_clim() for mesh in meshes} == {(0, 1)}
    written = {tuple(np.floor(t.get_position())): t.get_text().split("\n") for t in first.texts}
    assert written[0, 0] == ["0.75", "3"] and written[1, 0] == ["0.25", "1"]  # (column, row)
    assert written[2, 2] == ["1.00", "1,199"] and not any(row == 1 for _, row in written)
    bottom, top = first.get_ylim()
    assert bottom > top  # the first class on top
    assert [a.get_title() for a in shown] == ["all", "merged", "", ""]
    assert [a.get_ylabel().split("\n")[0] for a in shown] == ["B0", "", "V2M", ""]
    with pytest.raises(ValueError, match="same names"):
        plot_scores_by_class.confusion_grid({"B0": groups, "V2M": {"all": groups["all"]}})
    with pytest.raises(ValueError, match=r"B0, all: expected \(2, 2\)"):
        plot_scores_by_class.confusion_grid({"B0": {"all": (matrix, ["1", "2"])}})


def test_votes_count_pairs_and_correlate():
    rng = np.random.default_rng(2)
    voted = rng.random((300, 4))
    predicted = np.stack([voted[:, 0], 1 - voted[:, 1], rng.random(300), np.full(300, 0.2)], axis=1)
    voted[:20, 1], predicted[5:8, 0] = np.nan, np.nan
    figure = plot_scores_by_class.votes_against_prediction(voted, predicted, ["1", "2", "3", "?"])
    shown = [axes for axes in figure.axes if axes.get_title()]
    assert [axes.get_title() for axes in shown] == ["1", "2", "3", "?"]
    corners = [axes.texts[0].get_text() for axes in shown]
    assert corners[0] == "r = 1.00\nn = 297" and corners[1] == "r = -1.00\nn = 280"
    assert abs(float(corners[2].split()[2])) < 0.2 and corners[3] == "r: none\nn = 300"
    for axes, count in zip(shown, (297, 280, 300, 300), strict=True):
        assert axes.collections[0].get_array().sum() == count
        assert axes.lines[0].get_xydata().tolist() == [[0, 0], [1, 1]]
    centres = shown[3].collections[0].get_offsets()
    assert np.abs(centres[:, 1] - 0.2).max() < 0.05  # x volunteers, y prediction
    assert len({axes.collections[0].get_clim() for axes in shown}) == 1
    assert "share of votes, volunteers" in texts(figure)
    with pytest.raises(ValueError, match=r"shares of votes: expected \(\d+, 3\)"):
        plot_scores_by_class.votes_against_prediction(voted, predicted, ["1", "2", "3"])


def test_votes_take_an_answer_nobody_was_asked():
    voted = np.array([[0.2, np.nan], [0.7, np.nan]])
    figure = plot_scores_by_class.votes_against_prediction(voted, np.full((2, 2), 0.5), ["1", "2"])
    assert "r: none\nn = 0" in texts(figure)


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
