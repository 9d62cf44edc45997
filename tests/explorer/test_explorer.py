import base64
import os
import subprocess
import sys
import time
from pathlib import Path

import astropy.units as u
import numpy as np
import pytest
from astropy.coordinates import SkyCoord
from astropy.table import QTable, Table
from astropy.time import Time
from astropy.utils.masked import Masked
from matplotlib.backend_bases import KeyEvent, MouseEvent

import galutils
from galutils.explorer.network import Network
from galutils.explorer.sample import Catalogue, Filters
from galutils.plots.style import FAST, SLOW

# ipympl's own toolbar
pytestmark = pytest.mark.filterwarnings("ignore:Passing unrecognized arguments:DeprecationWarning")


def spinning(n=40, side=12, seed=0):
    """Return a sample like SAMI's: maps that turn, fast and slow, one without a spin."""
    rng = np.random.default_rng(seed)
    sample = Table({"catid": np.arange(9000, 9000 + n)})
    sample["ellipticity"], sample["lambda_r"] = rng.uniform(0, 0.9, (2, n))
    sample["lambda_r"][3] = np.nan
    sample["r_e"] = rng.uniform(1, 5, n)
    sample["r_e"].unit = "arcsec"
    sample["morphology"] = np.array(["E", "S<b>"] * n)[:n]
    label = (sample["lambda_r"] > 0.3).astype(int)
    label[3] = -1
    sample["label"] = label
    field = np.linspace(-1, 1, side)[None, :, None] * rng.uniform(20, 90, n)[:, None, None]
    sample["velocity"] = np.broadcast_to(field, (n, side, side)).astype("f4")
    sample["velocity"][:, 0] = np.nan
    sample.meta = {"survey": "SAMI", "source": "mock", "spaxel": 0.5, "seed": 1}
    return sample


def coloured(n=30, side=16, kind="uint8", survey="Galaxy Zoo 2"):
    rng = np.random.default_rng(1)
    sample = Table({"objid": np.arange(n) + 587722981742084096})
    sample["class"], sample["log_mass"] = np.arange(n) % 6, rng.normal(10, 0.5, n)
    image = rng.uniform(0, 200, (n, side, side, 3))
    sample["image"] = image.astype(kind)
    sample.meta = {"survey": survey, "source": "mock"}
    return sample


def network(side, channels, outputs=1):
    import keras

    keras.utils.set_random_seed(0)
    inputs = keras.Input((side, side, channels))
    x = keras.layers.Rescaling(1 / 255)(inputs) if channels == 3 else inputs
    x = keras.layers.Flatten()(keras.layers.AveragePooling2D(2)(x))
    last = "sigmoid" if outputs == 1 else "softmax"
    return keras.Model(inputs, keras.layers.Dense(outputs, activation=last)(x))


def click(browser, x, y):
    place = browser.plane.axes.transData.transform((x, y))
    MouseEvent("button_press_event", browser.canvas, *place, 1)._process()


class TestPlane:
    def test_a_click_shows_the_nearest_galaxy(self):
        sample = spinning()
        browser = galutils.explore(sample)
        click(browser, sample["ellipticity"][17] + 1e-3, sample["lambda_r"][17])
        assert browser.row == 17
        assert browser.controls.title.value.startswith("<b>9017: ellipticity ")
        np.testing.assert_array_equal(
            browser.portrait._picture.get_array().filled(np.nan), sample["velocity"][17]
        )
        [[x, y]] = browser.plane._ring.get_xydata()
        assert (x, y) == (sample["ellipticity"][17], sample["lambda_r"][17])

    def test_a_click_while_zooming_or_outside_the_axes_shows_nothing(self):
        sample = spinning()
        browser = galutils.explore(sample)
        MouseEvent("button_press_event", browser.canvas, 2, 2, 1)._process()
        browser.canvas.toolbar.zoom()
        click(browser, sample["ellipticity"][17], sample["lambda_r"][17])
        assert browser.row == 0

    def test_a_galaxy_without_a_place_cannot_be_hit_but_is_counted(self):
        browser = galutils.explore(spinning())
        assert not browser.plane.keep[3]
        text = "40 of 40 galaxies, 1 of them without a place in the plane"
        assert browser.controls.count.value == text

    def test_classes_differ_in_colour_and_marker(self):
        lines = galutils.explore(spinning()).plane._lines
        looks = {
            line.get_label().split()[0]: (line.get_color(), line.get_marker()) for line in lines
        }
        assert looks["fast"] == (FAST, "o")
        assert looks["slow"] == (SLOW, "s")
        assert len({marker for _, marker in looks.values()}) == 3

    def test_the_columns_choose_the_plane(self):
        assert galutils.explore(coloured()).controls.axes == ("log_mass", "class")
        perseus = coloured(survey="Perseus")
        perseus["r"], perseus["g_z"] = np.linspace(13, 18, 30), np.linspace(1, 2, 30)
        perseus["r"].unit = "mag"
        browser = galutils.explore(perseus)
        assert browser.controls.axes == ("g_z", "r")
        assert browser.plane.axes.yaxis_inverted()
        assert browser.plane.axes.get_ylabel() == "$r$ [mag]"
        browser.controls.x.value = "log_mass"
        np.testing.assert_array_equal(browser.plane.points[:, 0], perseus["log_mass"])

    def test_many_classes_look_different_and_missing_ones_are_a_class(self):
        sample = spinning(26)
        sample["class"] = np.arange(26) % 12 * 1.0
        sample["class"][24:] = np.nan
        groups = Catalogue(sample, classes="class").groups
        assert len({(one.colour, one.marker) for one in groups}) == len(groups) == 13
        assert (groups[-1].name, groups[-1].rows.sum()) == ("none", 2)

    def test_arms_are_named_on_their_axis_and_spread(self):
        browser = galutils.explore(coloured())
        names = [one.get_text() for one in browser.plane.axes.get_yticklabels()]
        assert names == ["1", "2", "3", "4", "5+", "?"]
        off = browser.plane.points[:, 1] - np.arange(30) % 6
        assert 0.1 < np.abs(off).max() < 0.5


class TestFilters:
    def test_class_range_and_text_are_taken_together(self):
        sample = spinning()
        browser = galutils.explore(sample)
        browser.controls.group.value = "fast"
        browser.controls.column.value = "r_e"
        browser.controls.range.value = 2, 4
        browser.controls.text.value = "902"
        r_e, catid = np.array(sample["r_e"]), np.array(sample["catid"])
        expected = (sample["label"] == 1) & (r_e >= 2) & (r_e <= 4) & (catid // 10 == 902)
        np.testing.assert_array_equal(browser.kept, np.flatnonzero(expected))
        assert browser.controls.count.value.startswith(f"{expected.sum()} of 40")
        assert browser.row in browser.kept

    def test_a_range_leaves_out_rows_without_a_value(self):
        browser = galutils.explore(spinning())
        browser.controls.column.value = "lambda_r"
        assert browser.kept.tolist() == [row for row in range(40) if row != 3]

    def test_no_match_keeps_the_galaxy_and_says_zero(self):
        browser = galutils.explore(spinning())
        browser.show(5)
        browser.controls.text.value = "nothing"
        browser.step()
        assert browser.row == 5
        assert browser.controls.count.value == "0 of 40 galaxies"
        assert browser.plane.nearest(0, 0) is None

    def test_buttons_and_keys_step_through_what_is_shown(self):
        browser = galutils.explore(spinning())
        browser.controls.group.value = "slow"
        kept, first = browser.kept, browser.row
        assert first == kept[0]
        browser.controls.next.click()
        assert browser.row == kept[1]
        KeyEvent("key_press_event", browser.canvas, "left")._process()
        browser.controls.previous.click()
        assert browser.row == kept[-1]
        KeyEvent("key_press_event", browser.canvas, "n")._process()
        assert browser.row == kept[0]

    def test_ends_of_the_range_count_although_the_slider_moves_in_steps(self):
        browser = galutils.explore(spinning())
        browser.controls.column.value = "r_e"
        slider = browser.controls.range
        slider.value = slider.min + slider.step / 3, slider.max - slider.step / 3
        assert len(browser.kept) == 40


class TestTags:
    def test_a_mark_keeps_tag_and_note_and_is_shown_again(self):
        browser = galutils.explore(spinning())
        browser.show(4)
        browser.controls.tag.value, browser.controls.note.value = "odd", "two cores"
        browser.controls.mark.value = True
        browser.show(5)
        assert not browser.controls.mark.value
        assert browser.controls.note.value == ""
        KeyEvent("key_press_event", browser.canvas, "m")._process()
        browser.show(4)
        assert browser.controls.mark.value
        assert browser.controls.note.value == "two cores"
        assert browser.catalogue.tags == {4: ("odd", "two cores"), 5: ("odd", "")}
        browser.controls.mark.value = False
        assert list(browser.catalogue.tags) == [5]

    def test_export_writes_tags_filters_and_units(self, tmp_path):
        browser = galutils.explore(spinning())
        browser.controls.column.value = "r_e"
        browser.controls.range.value = browser.controls.range.min, 4
        for row in (2, 7):
            browser.show(row)
            browser.controls.tag.value = "keep"
            browser.controls.mark.value = True
        browser.controls.path.value = str(tmp_path / "mine.ecsv")
        browser.controls.export.click()
        assert browser.controls.status.value == f"wrote 2 rows to {tmp_path / 'mine.ecsv'}"
        written = Table.read(tmp_path / "mine.ecsv")
        assert written["catid"].tolist() == [9002, 9007]
        assert written["tag"].tolist() == ["keep", "keep"]
        assert written["r_e"].unit == "arcsec"
        assert "velocity" not in written.colnames
        about = written.meta["explorer"]
        assert (written.meta["source"], about["what"], about["exported"]) == ("mock", "tagged", 2)
        assert about["filters"]["column"] == "r_e"
        assert about["filters"]["high"] == 4
        assert [file.name for file in tmp_path.iterdir()] == ["mine.ecsv"]

    def test_shown_galaxies_can_be_exported_too(self, tmp_path):
        browser = galutils.explore(spinning())
        browser.controls.group.value = "slow"
        table = browser.export(tmp_path / "slow.ecsv", "shown")
        assert len(table) == len(browser.kept) == len(Table.read(tmp_path / "slow.ecsv"))

    def test_what_cannot_be_written_is_said(self, tmp_path):
        browser = galutils.explore(spinning())
        browser.controls.export.click()
        assert browser.controls.status.value == "not written: no galaxy is tagged"
        (tmp_path / "file").write_text("")
        browser.controls.mark.value = True
        browser.controls.path.value = str(tmp_path / "file" / "inside.ecsv")
        browser.controls.export.click()
        assert browser.controls.status.value.startswith("not written: ")


class TestGalaxy:
    def test_axes_and_colour_bar_have_units(self):
        browser = galutils.explore(spinning())
        axes = browser.portrait.axes
        assert "[arcsec]" in axes.get_xlabel()
        assert "[arcsec]" in axes.get_ylabel()
        assert browser.portrait._beside.get_ylabel() == "V [km/s]"
        low, high = browser.portrait._picture.get_clim()
        assert low == -high
        assert axes.get_xlim() == (3.0, -3.0)  # 12 spaxels of 0.5 arcsec, east left

    def test_images_of_unknown_scale_have_pixels(self):
        assert galutils.explore(coloured()).portrait.axes.get_xlabel() == "x [pixel]"
        scaled = galutils.explore(coloured(), scale=0.05, unit="R90").portrait.axes
        assert scaled.get_xlabel().endswith("[R90]")
        assert scaled.get_xlim() == (0.4, -0.4)
        perseus = galutils.explore(coloured(survey="Perseus")).portrait.axes
        assert perseus.get_xlim() == (10.0, -10.0)

    def test_fluxes_are_turned_so_that_north_is_up(self):
        sample = coloured(kind="float32", survey="TNG100")
        sample["image"] = np.float32(1e-3)
        sample["image"][0, 2, 8] = 50  # south of the middle
        shown = np.array(galutils.explore(sample).portrait._picture.get_array())
        assert np.argwhere(shown.sum(axis=-1) == shown.sum(axis=-1).max()).tolist() == [[13, 8]]

    def test_the_catalogue_row_is_escaped_and_has_units(self):
        browser = galutils.explore(spinning())
        browser.show(1)
        assert "S&lt;b&gt;" in browser.controls.row.value
        assert "arcsec" in browser.controls.row.value
        assert "velocity" not in browser.controls.row.value

    def test_a_column_of_probabilities_is_shown(self):
        sample = spinning()
        sample["probability"] = np.linspace(0, 1, 40)
        browser = galutils.explore(sample)
        browser.show(39)
        assert "class: " in browser.controls.said.value
        assert "probability in the sample: 1.000" in browser.controls.said.value
        assert browser.controls.overlay.disabled


class TestNetwork:
    def test_probabilities_are_those_of_the_studies_preparation_and_computed_once(self):
        from galutils.inputs import images
        from galutils.networks import train

        sample, model = spinning(300), network(10, 1)
        expected = train.predict(model, images.network_input(sample["velocity"], 10))
        browser = galutils.explore(sample, model)
        browser.show(7)
        assert f"P(fast) = {expected[7]:.3f}" in browser.controls.said.value
        known = np.isfinite(browser.network._outputs[:, 0])
        assert np.flatnonzero(known).tolist() == [0, 7]
        told = []
        browser.network.probability(np.arange(300), lambda *done: told.append(done))
        assert told == [(256, 298), (298, 298)]
        browser.controls.y.value = "probability"
        np.testing.assert_allclose(browser.plane.points[:, 1], expected, rtol=1e-5)
        browser.controls.column.value = "probability"
        assert browser.controls.range.max == pytest.approx(expected.max(), rel=1e-5)
        table = browser.selection("shown")
        np.testing.assert_allclose(table["probability"], expected, rtol=1e-5)

    def test_attributions_add_up_and_lie_where_they_should(self):
        browser = galutils.explore(spinning(), network(10, 1))
        browser.show(6)
        browser.controls.overlay.value = True
        values = browser.network.attribution(6)
        change = browser.network.probability([6])[0] - 0.5  # no bias: an empty map gives a half
        assert values.sum() == pytest.approx(change, rel=0.06)
        assert browser.portrait._over.get_extent() == pytest.approx((2.5, -2.5, -2.5, 2.5))
        assert browser.portrait._beside.get_ylabel().startswith("integrated gradient")
        assert values is browser.network.attribution(6)
        browser.controls.overlay.value = False
        assert not browser.portrait._over.get_visible()
        assert browser.portrait._beside.get_ylabel() == "V [km/s]"

    def test_more_classes_say_the_one_called(self):
        sample = coloured()
        browser = galutils.explore(sample, network(8, 3, outputs=6))
        column, p = browser.network.called(0)
        name = "1 2 3 4 5+ ?".split()[column]
        assert f"network: <b>{name}</b>, P({name}) = {p:.3f}" in browser.controls.said.value
        assert browser.network.attribution(0).shape == (8, 8)
        browser.controls.overlay.value = True
        drawn = np.asarray(browser.portrait._over.get_array())
        assert drawn.shape == (8, 8, 4)

    def test_a_model_of_other_inputs_is_refused_unless_prepared(self):
        model = network(8, 3)
        with pytest.raises(ValueError, match=r"1 channels of 'velocity', received one of inputs"):
            galutils.explore(spinning(), model)
        with pytest.raises(ValueError, match="squares of at most 16 pixels"):
            galutils.explore(coloured(), network(32, 3))
        sample = spinning()
        three = Network(model, sample, "velocity", lambda rows: np.zeros((len(rows), 8, 8, 3)))
        assert three.probability([0]) == pytest.approx([0.5])
        with pytest.raises(ValueError, match=r"prepare: expected shape \(8, 8, 3\)"):
            Network(model, sample, "velocity", lambda rows: np.zeros((len(rows), 9, 9, 3)))

    def test_an_image_without_light_has_no_answer_but_is_shown(self):
        sample = coloured(kind="float32", survey="TNG100")
        sample["image"][5] = 0
        browser = galutils.explore(sample, network(8, 3))
        browser.show(5)
        assert "network: no answer, max: expected a positive maximum" in browser.controls.said.value
        browser.controls.x.value = "probability"
        known = np.isfinite(browser.plane.points[:, 0])
        assert np.flatnonzero(~known).tolist() == [5]


class TestBadInput:
    @pytest.mark.parametrize(
        ("without", "message"),
        [
            (["catid"], "expected an identifier"),
            (["velocity"], "expected maps in 'velocity' or images in 'image'"),
            (["lambda_r", "ellipticity", "r_e"], "expected two numeric columns"),
        ],
    )
    def test_a_missing_column_is_named(self, without, message):
        sample = spinning()
        sample.remove_columns(without)
        with pytest.raises(ValueError, match=message):
            galutils.explore(sample)

    def test_other_bad_samples_are_refused(self):
        sample = spinning()
        with pytest.raises(ValueError, match="received an empty table"):
            galutils.explore(sample[:0])
        with pytest.raises(ValueError, match="no column 'nothing'"):
            galutils.explore(sample, classes="nothing")
        with pytest.raises(ValueError, match="at most 12 classes, received 40"):
            galutils.explore(sample, classes="r_e")
        with pytest.raises(ValueError, match="nothing: expected one of ellipticity"):
            galutils.explore(sample, x="nothing")
        sample["velocity"] = np.zeros(40)
        with pytest.raises(ValueError, match=r"velocity: expected shape \(n, h, w\)"):
            galutils.explore(sample)

    def test_an_identifier_without_repetitions_is_preferred(self):
        sample = spinning()
        sample["catid"] = 1
        sample["file"] = [f"{row}.fits" for row in range(40)]
        assert Catalogue(sample).identifier == "file"

    def test_masked_values_count_as_none(self):
        sample = Table(spinning(), masked=True)
        sample["r_e"].mask[2] = True
        catalogue = Catalogue(sample)
        assert np.isnan(catalogue.values("r_e")[2])
        assert ("r_e", "–", "arcsec") in catalogue.row(2)
        assert not catalogue.chosen(Filters(column="r_e"))[2]


class TestBook:
    def test_the_display_leaves_a_picture_with_caption_for_the_book(self):
        browser = galutils.explore(spinning())
        data, metadata = browser._repr_mimebundle_()
        assert base64.b64decode(data["image/png"]).startswith(b"\x89PNG")
        assert "application/vnd.jupyter.widget-view+json" in data
        about = metadata["galutils"]
        assert about["id"] == "explore-sami"
        assert "40 galaxies (mock SAMI)" in about["caption"]
        assert "9000" in about["alt"]

    def test_the_picture_is_of_the_present_state_and_leaves_the_canvas_alone(self):
        browser = galutils.explore(spinning())
        browser.canvas.draw()
        first = browser.picture()
        assert browser.picture() == first
        browser.show(8)
        assert browser.picture() != first
        assert browser.canvas.figure.axes == [browser.plane.axes]

    def test_the_browser_has_the_classes_that_pages_look_for(self):
        browser = galutils.explore(spinning())
        one = browser.controls
        names = {"title": one.title, "count": one.count, "export": one.export}
        assert "galutils-explorer" in browser._dom_classes
        for name, control in names.items():
            assert f"galutils-explorer-{name}" in control._dom_classes

    def test_no_backend_is_changed(self):
        # in a process of its own, since the first import of ipympl is what changes it
        code = (
            "import matplotlib, galutils; from explorer.test_explorer import spinning; "
            "before = matplotlib.get_backend(); galutils.explore(spinning()); "
            "from matplotlib import pyplot; pyplot.figure(); "
            "assert matplotlib.get_backend() == before, matplotlib.get_backend()"
        )
        subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[1], check=True)


def test_a_click_among_5000_galaxies_is_answered_at_once():
    sample = spinning(5000, side=50)
    browser = galutils.explore(sample)
    browser.canvas.draw()
    browser._beside.draw()
    seconds = []
    for row in (100, 2000, 4000, 4500, 700):
        start = time.process_time()
        click(browser, sample["ellipticity"][row], sample["lambda_r"][row])
        browser.canvas.draw()  # what the page asks for after a click
        browser._beside.draw()
        seconds.append(time.process_time() - start)
        assert browser.row == row
    assert min(seconds) < 0.3, os.getloadavg()


def test_a_network_sees_what_a_map_says_of_masks_and_units():
    import astropy.units as u
    from astropy.table import Column, MaskedColumn, QTable
    from astropy.utils.masked import Masked

    class Model:
        input_shape, output_shape = (None, 12, 12, 1), (None, 1)

    sample = spinning(6)
    maps = np.array(sample["velocity"])
    bad = np.isnan(maps)
    expected = Network(Model(), sample, "velocity").inputs([0, 3])
    for kind, column in (
        (Table, MaskedColumn(np.where(bad, -9999, maps), mask=bad)),
        (Table, MaskedColumn(np.where(bad, 5e3, maps) * 1000, mask=bad, unit="m/s")),
        (Table, Column(maps * 1000, unit="m/s")),
        (QTable, maps * 1000 * u.m / u.s),
        (QTable, Masked(np.where(bad, 5e3, maps) * u.km / u.s, bad)),
        (Table, np.where(bad, np.inf, maps)),
    ):
        given = kind(sample)
        given["velocity"] = column
        found = Network(Model(), given, "velocity").inputs([0, 3])
        np.testing.assert_allclose(found, expected, rtol=1e-5)
        if kind is Table:
            shown = galutils.explore(given)._pixels()[0]
            np.testing.assert_allclose(shown, maps[0], rtol=1e-5)
    sample["velocity"].unit = "K"
    with pytest.raises(ValueError, match="velocity: expected km/s, received 'K'"):
        Network(Model(), sample, "velocity")


@pytest.mark.parametrize("kind", ["quantity", "sky", "time", "object", "masked"])
def test_columns_of_any_kind_are_shown_or_passed_over(kind):
    table = QTable(spinning(4))
    table["more"] = {
        "quantity": np.arange(4) * u.km / u.s,
        "sky": SkyCoord(np.arange(4) * u.deg, np.arange(4) * u.deg),
        "time": Time(50000 + np.arange(4), format="mjd"),
        "object": np.array([1, "a", None, []], dtype=object),
        "masked": Masked(np.arange(4) * u.km / u.s, mask=[True, False, False, False]),
    }[kind]
    catalogue = galutils.explore(table).catalogue
    shown = {name: (value, unit) for name, value, unit in catalogue.row(1)}
    assert ("more" in shown) == (kind not in ("sky", "time"))
    if kind in ("quantity", "masked"):
        assert shown["more"] == ("1", "km/s") and "more" in catalogue.numeric
    assert table.colnames[-1] == "more"  # what was given stays


def test_what_is_no_table_is_refused_by_name():
    with pytest.raises(ValueError, match="expected a Table of astropy, received a DataFrame"):
        galutils.explore(spinning(4)["catid", "lambda_r"].to_pandas())
