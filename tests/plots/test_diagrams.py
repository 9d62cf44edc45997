"""Figures of `galutils.plots.diagrams` show what they are given."""

import io

import numpy as np

from galutils.plots import diagrams as plot_diagrams


def points(figure):
    """Return the number of finite points of every scatter of the first axes."""
    return [len(c.get_offsets()) for c in figure.axes[0].collections if len(c.get_offsets()) > 1]


def test_kinds_of_learning_draw_from_the_seed():
    figure = plot_diagrams.kinds_of_learning(rng=1)
    titles = [axes.get_title().split(":")[0] for axes in figure.axes]
    assert titles == ["supervised", "unsupervised", "semi-supervised", "reinforcement"]
    assert points(figure) == [40, 40]
    same, other = plot_diagrams.kinds_of_learning(rng=1), plot_diagrams.kinds_of_learning(rng=2)
    first = [f.axes[0].collections[0].get_offsets() for f in (figure, same, other)]
    assert np.array_equal(first[0], first[1]) and not np.array_equal(first[0], first[2])


def drawn(figure):
    """Draw, and return the texts of a figure."""
    figure.savefig(io.BytesIO(), format="png", dpi=40)
    return " ".join(t.get_text() for t in figure.findobj(lambda o: hasattr(o, "get_text")))


def test_angles_are_written_as_fractions_of_pi():
    text = drawn(plot_diagrams.rotation_angles([0, 45, 180, 330]))
    assert "330°" in text and r"$\frac{11\pi}{6}$ rad" in text and r"$\frac{\pi}{4}$ rad" in text
    assert r"$\pi$ rad" in text and "$0$ rad" in text


def test_vanishing_gradient_is_logarithmic_and_names_the_steepest_slope():
    x = np.linspace(-6, 6, 101)
    sigmoid = 1 / (1 + np.exp(-x))
    depths = np.arange(1, 9)
    gradients = {"sigmoid": 0.25**depths, "ReLU": 1.0**depths}
    figure = plot_diagrams.vanishing_gradient(
        x, sigmoid, sigmoid * (1 - sigmoid), depths, gradients
    )
    assert "≤ 0.25" in drawn(figure)
    assert figure.axes[1].get_yscale() == "log" and len(figure.axes[1].lines) == 2
