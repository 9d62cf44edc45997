"""Figures of `galutils.plots.colours` show what they are given."""

import io

import numpy as np
import pytest
from matplotlib.colors import to_rgba

from galutils.plots import colours as plot_colours


def drawn(figure):
    """Draw, and return the texts of a figure."""
    figure.savefig(io.BytesIO(), format="png", dpi=40)
    return " ".join(t.get_text() for t in figure.findobj(lambda o: hasattr(o, "get_text")))


def points(figure):
    """Return the number of finite points of every scatter of the first axes."""
    return [len(c.get_offsets()) for c in figure.axes[0].collections if len(c.get_offsets()) > 1]


@pytest.fixture(scope="module")
def photometry():
    rng = np.random.default_rng(0)
    r, g_z = rng.uniform(12, 21, 60), rng.uniform(0, 3, 60)
    r[:2], g_z[2], r[3] = np.nan, np.nan, 27
    return r, g_z, np.arange(60) % 3 == 0


def test_colour_magnitude_counts_what_it_draws_and_says_what_not(photometry):
    r, g_z, member = photometry
    figure = plot_colours.colour_magnitude(r, g_z, {"member": member, "background": ~member})
    shown = np.isfinite(r) & np.isfinite(g_z) & (r < 22)
    assert points(figure) == [np.sum(member & shown), np.sum(~member & shown)]
    text = drawn(figure)
    assert f"member ({np.sum(member & shown)})" in text and "g − z [mag]" in text
    assert "3 without photometry" in text and "1 outside" in text
    faint, bright = figure.axes[0].get_ylim()
    assert faint > bright


def test_lines_of_the_red_sequence_hold_their_equation(photometry):
    r, g_z, member = photometry
    figure = plot_colours.colour_magnitude(r, g_z, {"member": member})
    for line, value in zip(figure.axes[0].lines, (37, 46), strict=False):
        x, y = line.get_data()
        assert y + 14.3 * x == pytest.approx(value)
    assert "r + 14.3 (g − z) = 46" in drawn(figure)


def test_members_are_drawn_in_the_colour_of_the_house(photometry):
    r, g_z, member = photometry
    figure = plot_colours.colour_magnitude(r, g_z, {"member": member, "background": ~member})
    first, second = (c.get_facecolor()[0][:3] for c in figure.axes[0].collections)
    assert tuple(first) == to_rgba("#D55E00")[:3] and tuple(second) == to_rgba("#0072B2")[:3]
