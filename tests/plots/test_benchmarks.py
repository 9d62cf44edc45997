"""Figures of speed show what they were given."""

import io

import numpy as np
import pandas as pd
import pytest

from galutils.plots import benchmarks as plot_benchmarks


def drawn(figure):
    """Draw, and return the texts of a figure."""
    figure.savefig(io.BytesIO(), format="png", dpi=40)
    return " ".join(t.get_text() for t in figure.findobj(lambda o: hasattr(o, "get_text")))


def test_ratios_stand_beside_their_targets():
    table = pd.DataFrame(
        {"name": ["fast", "slow"], "ratio": [30.0, 0.5], "low": [25.0, 0.4], "high": [31.0, 0.6],
         "target": [20.0, 0.8]}
    )  # fmt: skip
    figure = plot_benchmarks.speed_ratios(table)
    text = drawn(figure)
    assert all(word in text for word in ("fast", "slow", "30", "0.5", "target missed"))
    met, missed, targets = figure.axes[0].lines[:3]
    assert met.get_xdata().tolist() == [30.0] and missed.get_xdata().tolist() == [0.5]
    assert missed.get_ydata().tolist() == [1]
    assert targets.get_xdata().tolist() == [20.0, 0.8]


def test_costs_are_named_in_their_order():
    table = pd.DataFrame({"name": ["mock", "lambda_R"], "seconds": [1e-2, 1e-5]})
    figure = plot_benchmarks.cost_per_galaxy(table)
    assert "mock" in drawn(figure)
    assert figure.axes[0].lines[0].get_xdata().tolist() == [1e-2, 1e-5]
    assert figure.axes[0].get_ylim()[0] > figure.axes[0].get_ylim()[1]


def test_scaling_goes_on_at_the_last_rate():
    runs = pd.DataFrame(
        {"n": [10, 100, 1000], "seconds": [2.0, 3.0, 12.0], "peak_mib": [500, 510, 520]}
    )
    workers = pd.DataFrame({"workers": [1, 2], "rate": [100.0, 150.0]})
    figure = plot_benchmarks.classify_scaling(runs, workers, 10_000)
    assert "extrapolated" in drawn(figure)
    time, memory, rate = figure.axes
    np.testing.assert_allclose(time.lines[0].get_ydata(), [12, 102])
    assert time.lines[1].get_xdata().tolist() == [10, 100, 1000]
    assert memory.get_ylim()[0] == 0 and rate.lines[0].get_ydata().tolist() == [100, 150]


def test_time_falls_with_cores():
    figure = plot_benchmarks.time_needed(0.01, (1e3, 1e9), (2, 100), [1e7])
    assert "100 cores" in drawn(figure)
    assert [line.get_ydata()[0] for line in figure.axes[0].lines[1::2]] == [5e4, 1e3]


@pytest.mark.parametrize("seconds", [{"a/1": 100.0, "a/2": 4.0}, {}])
def test_notebooks_stand_by_their_time(seconds):
    figure = plot_benchmarks.notebook_times(seconds, 5.0)
    text = drawn(figure)
    if not seconds:
        assert "no run of the whole book was measured" in text
        return
    assert [bar.get_width() for bar in figure.axes[0].patches] == [100, 4, 5, 4]
    assert "kernel and imports" in text
