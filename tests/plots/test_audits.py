"""Figures of audits and of scores against costs show what they are given."""

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot

from galutils.plots import images as plot_images
from galutils.plots import model_comparison as plot_model_comparison


@pytest.fixture(autouse=True)
def closed():
    yield
    pyplot.close("all")


def test_pairs_are_shown_by_kind_with_the_limit():
    same = np.arange(30) % 3 == 0
    pixels, correlation = np.geomspace(30, 900, 30), np.where(same, 0.9, 0.1)
    figure = plot_images.pair_correlations(pixels, correlation, same, lambda n: 1 / np.sqrt(n))
    plane, side = figure.axes
    shown = {one.get_label(): one.get_offsets() for one in plane.collections}
    assert set(shown) == {"different galaxies (20)", "copies (10)"}
    np.testing.assert_allclose(shown["copies (10)"][:, 1], 0.9)
    [limit] = plane.lines
    np.testing.assert_allclose(limit.get_ydata(), 1 / np.sqrt(limit.get_xdata()))
    assert plane.get_xscale() == "log" and side.get_xlabel() == "share of pairs"


def test_no_pair_of_one_kind_is_no_error():
    figure = plot_images.pair_correlations(
        np.array([50.0]), np.array([0.2]), np.array([False]), np.sqrt
    )
    assert "copies (0)" in {one.get_label() for one in figure.axes[0].collections}


@pytest.fixture
def table():
    value = np.array([0.7, 0.8, 0.9, 0.95])
    columns = {"name": list("abcd"), "kind": ["tree", "tree", "network", "network"]}
    numbers = {"value": value, "low": value - 0.02, "high": value + 0.02}
    return pd.DataFrame(columns | numbers | {"seconds": [0.1, 0.5, 60, 900], "size": [1, 2, 3, 4]})


def test_every_classifier_is_named_beside_its_point(table):
    figure = plot_model_comparison.score_against_cost(table, "seconds", "s")
    [axes] = figure.axes
    texts = {text.get_text(): text.xy for text in axes.texts}
    assert texts["c  0.900"] == (60, 0.9)
    heights = [text.xyann[1] for text in axes.texts]
    assert len(set(np.round(heights, 6))) == 4
    assert figure.legends[0].get_texts()[1].get_text() == "network"


def test_costs_stand_side_by_side_in_the_order_of_the_table(table):
    figure = plot_model_comparison.costs(table, {"seconds": "s", "size": "MB"})
    assert [axes.get_xlabel() for axes in figure.axes] == ["s", "MB"]
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == list("abcd")
    tree, network = figure.axes[1].lines
    assert tree.get_xdata().tolist() == [1, 2] and network.get_ydata().tolist() == [2, 3]


def test_five_kinds_are_refused(table):
    many = pd.concat([table.assign(kind=kind) for kind in "pqrst"])
    for draw in (plot_model_comparison.score_against_cost, plot_model_comparison.costs):
        with pytest.raises(ValueError, match="expected at most 4, received 5"):
            draw(
                many,
                *(
                    ["seconds", "s"]
                    if draw is plot_model_comparison.score_against_cost
                    else [{"seconds": "s"}]
                ),
            )
