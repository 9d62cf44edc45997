"""Figures of `galutils.plots.galaxies` show what they are given."""

import io

import numpy as np
from matplotlib.patches import Ellipse

from galutils.plots import galaxies as plot_galaxies


def test_division_of_the_fork_lies_between_lenticulars_and_spirals():
    def place(figure):
        return {t.get_text(): t.get_position()[0] for t in figure.axes[0].texts}

    plain, divided = place(plot_galaxies.tuning_fork()), plot_galaxies.tuning_fork(division=True)
    words = place(divided)
    [line] = [one for one in divided.axes[0].lines if one.get_linestyle() == "--"]
    border = line.get_xdata()[0]
    assert words["S0"] < border < min(words["Sa"], words["SBa"])
    assert words["early types"] < border < words["late types"] and "late types" not in plain


def images(figure):
    """Return the arrays of all images, axes by axes."""
    return [np.asarray(i.get_array()) for axes in figure.axes for i in axes.images]


def test_tuning_fork_has_every_class_and_is_the_same_each_time():
    figure = plot_galaxies.tuning_fork()
    labels = {t.get_text() for t in figure.axes[0].texts}
    assert {"E0", "E7", "S0", "Sa", "Sb", "Sc", "SBa", "SBb", "SBc", "Irr"} <= labels
    assert len(images(figure)) == 12
    for one, other in zip(images(figure), images(plot_galaxies.tuning_fork()), strict=True):
        assert np.array_equal(one, other)
    figure.canvas.draw()
    assert figure.axes[0].get_xlim() == (0, 13)  # the stamps have not moved the panel


def test_an_elliptical_is_redder_than_an_irregular_and_a_bar_adds_light():
    def colour(stamp):
        light = (stamp[..., :3] * stamp[..., 3:]).sum(axis=(0, 1))
        return light[0] / light[2]

    stamps = images(plot_galaxies.tuning_fork())
    assert colour(stamps[0]) > 1 > colour(stamps[-1])
    revision = images(plot_galaxies.revised_sequence())[2:]  # three families of nine stages
    assert len(revision) == 27
    assert revision[-2][..., 3].sum() > revision[7][..., 3].sum()  # SBm, SAm


def drawn(figure):
    """Draw, and return the texts of a figure."""
    figure.savefig(io.BytesIO(), format="png", dpi=40)
    return " ".join(t.get_text() for t in figure.findobj(lambda o: hasattr(o, "get_text")))


def test_revision_and_volume_name_stages_families_and_varieties():
    text = drawn(plot_galaxies.revised_sequence())
    assert all(name in text.split() for name in "E⁺ S0⁻ S0⁺ Sd Sm Im SA SAB SB".split())
    figure = plot_galaxies.classification_volume()
    text = drawn(figure)
    for family in ("SA", "SAB", "SB"):
        assert all(f"{family}({variety})b" in text for variety in ("r", "rs", "s"))
    heights = [patch.height for patch in figure.axes[0].findobj(Ellipse)][:10]
    assert heights[0] < 0.1 and heights[-1] < 0.1 and 3 < np.argmax(heights) < 7
