import numpy as np
import pytest
from matplotlib.text import Text

from galutils.plots import cluster as plot_cluster


def drawn(figure):
    return " | ".join(text.get_text() for text in figure.findobj(Text))


@pytest.fixture
def galaxies():
    rng = np.random.default_rng(0)
    return rng.uniform(0, 90, 50), np.append(rng.normal(0, 1000, 48), [20000, 30000])


def test_velocities_stand_between_curves_and_limits(galaxies):
    distance, velocity = galaxies
    radius, escape = np.linspace(1, 90, 10), np.linspace(5000, 3000, 10)
    groups = {"bound": np.arange(50) < 45, "behind": np.arange(50) >= 45}
    limits = (-2300, 4400)
    figure = plot_cluster.phase_space(distance, velocity, groups, radius, escape, limits)
    [axes] = figure.axes
    assert [len(one.get_offsets()) for one in axes.collections] == [45, 3]
    lines = [np.asarray(line.get_ydata()) for line in axes.lines]
    assert any(np.array_equal(y, escape) for y in lines)
    assert any(np.array_equal(y, -escape) for y in lines)
    assert {y[0] for y in lines if len(set(y)) == 1} >= set(limits)
    assert "bound (45)" in drawn(figure) and "2 beyond the axis" in drawn(figure)
    with pytest.raises(ValueError, match="velocity"):
        plot_cluster.phase_space(distance, velocity[1:], groups, radius, escape, limits)


def test_likely_members_are_drawn_last(galaxies):
    rng = np.random.default_rng(1)
    x, y, p = rng.uniform(49, 51, 30), rng.uniform(41, 42, 30), rng.random(30)
    p[:4] = np.nan
    figure = plot_cluster.by_probability(x, y, p, "x [deg]", "y [deg]", (True, True), sky=True)
    axes = figure.axes[0]
    [points] = axes.collections
    assert np.all(np.diff(points.get_array()) >= 0) and len(points.get_array()) == 26
    assert axes.xaxis_inverted() and axes.yaxis_inverted()
    assert axes.get_aspect() == pytest.approx(1 / np.cos(np.deg2rad(41.5)), rel=0.01)
    assert "x [deg]" in drawn(figure)
