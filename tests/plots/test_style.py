"""Figures of `galutils.plots.style` show what they are given."""

from inspect import signature
from itertools import combinations

import matplotlib
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from galutils.plots import maps as plot_maps
from galutils.plots import samples as plot_samples
from galutils.plots import scores as plot_scores
from galutils.plots import scores_by_class as plot_scores_by_class
from galutils.plots import style as plot_style


def test_figures_look_the_same_whatever_the_readers_settings():
    table = {"a": {"value": 0.9, "low": 0.8, "high": 0.95}}
    with matplotlib.rc_context({"figure.facecolor": "none", "text.color": "red", "font.size": 5}):
        odd = plot_scores.intervals(table, "AUC", {"chance": 0.5})
    usual = plot_scores.intervals(table, "AUC", {"chance": 0.5})
    for figure in (odd, usual):
        assert isinstance(figure, Figure)
        assert figure.get_facecolor() == (1, 1, 1, 1)
        assert figure.axes[0].xaxis.label.get_size() == plot_style.STYLE["axes.labelsize"]
        assert figure.legends[0].get_frame().get_edgecolor()[3] == 0
    assert matplotlib.rcParams["legend.edgecolor"] != "none"


def draw(figure):
    """Draw a figure and return it."""
    FigureCanvasAgg(figure).draw()
    return figure


def collisions(figure):
    """Pairs of tick labels of one axis that overlap."""
    draw(figure)
    found = []
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            shown = axis.get_view_interval()
            boxes = [
                (tick.label1.get_text(), tick.label1.get_window_extent())
                for tick in axis.get_major_ticks()
                if tick.label1.get_visible()
                and tick.label1.get_text()
                and min(shown) <= tick.get_loc() <= max(shown)
            ]
            found += [(a, b) for (a, one), (b, two) in combinations(boxes, 2) if one.overlaps(two)]
    return found


def near(values):
    return {name: {"value": v, "low": v - 0.001, "high": v} for name, v in values.items()}


FIGURES = {
    "intervals": lambda: plot_scores.intervals(
        near({"network and random forest": 0.9999, "random forest on map features": 1.0}),
        "AUC, clean against not usable, unseen galaxies",
    ),
    "gallery": lambda: plot_maps.gallery(np.full((8, 20, 20), 100.0), ["9016800044"] * 8),
    "counts": lambda: plot_scores_by_class.counts_by_class(
        {"a": [10677, 20], "b": [9602, 3], "c": [9764, 0]}, ["1", "4, 5+"]
    ),
    "probabilities": lambda: plot_scores.probability_histogram(np.linspace(0, 1, 900) ** 3),
    "confusion": lambda: plot_scores.confusion_matrices([np.array([[3, 1], [2, 14]])] * 2, "ab"),
    "scatter": lambda: plot_samples.scatter(
        np.array([1e5, 2e6]), np.array([0.5, 0.6]), "parameters", "accuracy", np.array([1, 4]), "n"
    ),
}


@pytest.mark.parametrize("name", FIGURES)
def test_no_two_tick_labels_overlap(name):
    assert collisions(FIGURES[name]()) == []


def test_quantities_are_written_as_symbols():
    assert plot_style.symbols("P = 0.9, λR = 0.17") == r"P = 0.9, $\lambda_R$ = 0.17"
    assert plot_style.symbols("λ_R, corrected; V, sigma") == r"$\lambda_R$, corrected; V, $\sigma$"
    assert plot_style.symbols("sigmoid") == "sigmoid"


def test_numbers_in_cells_can_be_read_and_empty_cells_have_none():
    figure, axes = plot_style.subplots()
    text = np.array([["pale", "dark"], ["none", "dark"]])
    plot_style.write_cells(axes, np.array([[0, 1], [np.nan, 1]]), text, vmin=0, vmax=1)
    colours = {t.get_text(): np.mean(to_rgb(t.get_color())) for t in axes.texts}
    assert set(colours) == {"pale", "dark"} and colours["pale"] < 0.3 and colours["dark"] == 1


def test_a_function_that_draws_on_axes_is_called_without_them_and_returns_their_figure():
    @plot_style.figure((5, 3), [["left", "right"]])
    def line(axes, values, scale=1):
        axes["right"].plot(np.multiply(values, scale))

    drawn = line([1, 2], scale=3)
    assert isinstance(drawn, Figure) and tuple(drawn.get_size_inches()) == (5, 3)
    assert drawn.axes[1].lines[0].get_ydata().tolist() == [3, 6] and not drawn.axes[0].lines
    assert list(signature(line).parameters) == ["values", "scale"]


def test_names_of_rows_make_room_for_themselves():
    figure, axes = plot_style.subplots(figsize=(6, 1))
    plot_style.name_rows(axes, ["a", "b"], room=0.25)
    assert figure.get_figheight() == 1.5 and axes.get_ylim() == (1.6, -0.6)


def test_what_was_received_is_named():
    plot_style.same_number("row", [], [])
    for parts in (([1, 2], "a"), ([1, 2, 3], "abc"), ([], [])):
        with pytest.raises(ValueError, match="row: expected equally many, 1 to 2, received"):
            plot_style.same_number("row", *parts, least=1, most=2)


def test_places_beyond_the_last_panel_stay_empty():
    figure, shown = plot_style.panels(4, 3, (2, 1.5), (0.5, 0.25))
    assert len(shown) == 4 and len(figure.axes) == 6
    assert [axes.axison for axes in figure.axes] == [True] * 4 + [False] * 2
    assert figure.get_size_inches() == pytest.approx((6.5, 3.25))
    assert len(plot_style.panels(2, 3, (2, 1))[0].axes) == 2


def test_curves_have_a_look_each_and_stand_side_by_side():
    curves = dict.fromkeys("abc", 1)
    assert len({look[2:] for look in plot_style.series(curves)}) == 3
    shifts = [shift for shift, _ in plot_style.side_by_side(curves)]
    assert shifts == [-1, 0, 1]
    with pytest.raises(ValueError, match="at most 6, received 7"):
        plot_style.series(dict.fromkeys("abcdefg"))


def test_a_legend_outside_has_each_text_once():
    figure, axes = plot_style.subplots(1, 2)
    for axis in axes:
        axis.plot([0, 1], label="curve")
    axes[1].plot([1, 0], label="other")
    plot_style.legend_outside(axes)
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["curve", "other"]
