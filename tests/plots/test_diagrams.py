"""Figures of `galutils.plots.diagrams` show what they are given."""

import io

import pytest
from matplotlib.patches import Circle, FancyBboxPatch

from galutils.plots import diagrams as plot_diagrams


def points(figure):
    """Return the number of finite points of every scatter of the first axes."""
    return [len(c.get_offsets()) for c in figure.axes[0].collections if len(c.get_offsets()) > 1]


def drawn(figure):
    """Draw, and return the texts of a figure."""
    figure.savefig(io.BytesIO(), format="png", dpi=40)
    return " ".join(t.get_text() for t in figure.findobj(lambda o: hasattr(o, "get_text")))


def test_kinds_of_learning_have_labels_or_none():
    figure = plot_diagrams.kinds_of_learning()
    titles = [axes.get_title().split(":")[0] for axes in figure.axes]
    assert titles == ["supervised", "unsupervised", "semi-supervised", "reinforcement"]
    assert points(figure) == [40, 40]


def test_artificial_neuron_names_its_parts():
    figure = plot_diagrams.drawing("artificial neuron")
    text = drawn(figure)
    for part in ("$x_1$", "$x_m$", "$w_2$", "$b$", "$y$", "bias", "activation"):
        assert part in text
    assert len(figure.findobj(Circle)) == 6  # three inputs, bias, sum, output


@pytest.mark.parametrize(("name", "layers"), [("residual", 2), ("bottleneck", 3)])
def test_blocks_show_layers_and_the_sum(name, layers):
    figure = plot_diagrams.drawing(f"{name} block")
    assert len(figure.findobj(FancyBboxPatch)) == layers
    text = drawn(figure)
    assert "$F(x) + x$" in text and text.count("ReLU") == layers
