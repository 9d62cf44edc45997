"""The browser that `explorer.explore` returns: what its controls do."""

import base64
import io
import re
from html import escape
from pathlib import Path

import ipywidgets
import numpy as np

from galutils.explorer.columns import KNOWN
from galutils.explorer.controls import Controls
from galutils.explorer.views import SIZES, Plane, Portrait, blank
from galutils.results.record import SOURCES
from galutils.store import files
from galutils.store.measured import floats, plain

KEYS = {"right": "next", "n": "next", "left": "previous", "p": "previous"}  # on the plane
WRITTEN = "galaxies.ecsv"
LONG = 32  # letters of an identifier in a title


class Explorer(ipywidgets.VBox):
    """The browser that `explore` returns; every control can be worked from code as well.

    Parameters
    ----------
    catalogue : sample.Catalogue
        The sample.
    network : network.Network or None
        Its model.
    plane : (str, str)
        Columns to begin with.
    pixel : (float, str)
        Side of a pixel and its unit.
    figure : str or None
        Label in the book.

    Attributes
    ----------
    row : int
        Galaxy that is shown.
    controls : controls.Controls
        The widgets.
    canvas : ipympl.backend_nbagg.Canvas
        Of the plane.
    """

    def __init__(self, catalogue, network, plane, pixel, figure=None):
        self.catalogue, self.network, self.pixel, self.row = catalogue, network, pixel, 0
        survey = re.sub(r"\W+", "-", str(catalogue.sample.meta.get("survey", "sample"))).lower()
        self.figure = figure or f"explore-{survey}"
        self.controls = Controls(catalogue, plane, network is not None, WRITTEN)
        self.canvas, portrait = _canvas(SIZES[0], True), _canvas(SIZES[1], False)
        self.plane = Plane(self.canvas.figure, catalogue.groups)
        self.portrait = Portrait(portrait.figure, *pixel)
        self._beside = portrait
        self.canvas.mpl_connect("button_press_event", self._clicked)
        self.canvas.mpl_connect("key_press_event", self._key)
        super().__init__(self.controls.around(self.canvas, portrait))
        self.add_class("galutils-explorer")
        one = self.controls
        one.on_value(self._refilter, "x", "y", "group", "range", "text")
        one.on_value(self._ranged, "column")
        one.on_value(self._draw, "overlay")
        one.on_value(self._tag, "mark", "tag", "note")
        one.next.on_click(lambda _: self.step(1))
        one.previous.on_click(lambda _: self.step(-1))
        one.export.on_click(self._export)
        self._refilter()

    @property
    def kept(self):
        """Rows that pass the filters, as ndarray of int."""
        return np.flatnonzero(self.plane.passing)

    def show(self, row):
        """Show one galaxy by its row."""
        if not 0 <= row < len(self.catalogue):
            raise IndexError(f"row: expected 0 to {len(self.catalogue) - 1}, received {row}")
        self.row = int(row)
        self.controls.showing(self.catalogue, self.row, self._said())
        self.plane.mark(self.row, self.catalogue.tags)
        self._draw()

    def step(self, by=1):
        """Show the next galaxy that passes the filters, in the order of the sample, or the last."""
        kept = self.kept
        if len(kept):
            place = np.searchsorted(kept, self.row, side="left" if by < 0 else "right")
            self.show(kept[(place + (by - 1 if by > 0 else by)) % len(kept)])

    def classify(self, rows=slice(None)):
        """Compute the network's probability for galaxies, in batches; for all by default."""

        def tell(done, of):
            self.controls.status.value = f"classified {done} of {of}"

        if self.catalogue.asked:
            rows = np.arange(len(self.catalogue))[rows]
            self.catalogue.sample["probability"][rows] = self.network.probability(rows, tell)

    def selection(self, what="tagged"):
        """Return the tagged galaxies, or those the filters show, as a table without pixels.

        Parameters
        ----------
        what : {"tagged", "shown"}
            Which.

        Raises
        ------
        ValueError
            If there is none, or `what` is neither.
        """
        files.require(what in ("tagged", "shown"), "tagged or shown", repr(what), "what")
        rows = sorted(self.catalogue.tags) if what == "tagged" else self.kept
        if not len(rows):
            raise ValueError(f"no galaxy is {what}")
        self.classify(rows)
        return self.catalogue.selection(rows, self.controls.filters())

    def export(self, path=WRITTEN, what="tagged"):
        """Write `selection` as ECSV, whole or not at all, and return the table."""
        table, text = self.selection(what), io.StringIO()
        table.meta["explorer"]["what"] = what
        table.write(text, format="ascii.ecsv")
        files.write(Path(path), text.getvalue())
        return table

    def picture(self):
        """Both pictures as they are now, as the bytes of one PNG."""
        widths, (height, _) = zip(*SIZES, strict=True)
        figure = blank((sum(widths), height))
        left, right = figure.subfigures(1, 2, width_ratios=widths)
        plane = Plane(left, self.catalogue.groups, 0.8)
        self._points(plane)
        plane.mark(self.row, self.catalogue.tags)
        portrait = Portrait(right, *self.pixel, 0.8)
        name = self.catalogue.identifiers[self.row]
        portrait.axes.set_title(name if len(name) < LONG else f"{name[:LONG]}…", fontsize=10)
        portrait.show(*self._pixels())
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", dpi=150, metadata={"Software": None})
        return buffer.getvalue()

    def _repr_mimebundle_(self, **kwargs):
        """Add a picture, for pages where no widget runs; the book reads the metadata."""
        data = super()._repr_mimebundle_(**kwargs)
        heading = self.controls.heading(self.catalogue, self.row)
        about = self.catalogue.sample.meta
        source = SOURCES.get(about.get("source"), "").format(survey=about.get("survey", "galaxies"))
        source = f" ({source})" if source else ""
        labels = " and ".join(self.catalogue.plain(n) for n in self.controls.axes)
        kind = "velocity map" if self.catalogue.picture == "velocity" else "image"
        symbols = labels.replace("lambda_R", r"$\lambda_R$")
        caption = (
            f"The browser as it opens in JupyterLab: {len(self.catalogue)} galaxies{source} in the "
            f"plane of {symbols}, and the {kind} of the one ringed."
        )
        alt = (
            f"Points in the plane of {labels}, one of them ringed, beside the {kind} of {heading}."
        )
        data["image/png"] = base64.b64encode(self.picture()).decode()
        data["text/plain"] = alt
        return data, {"galutils": {"id": self.figure, "caption": caption, "alt": alt}}

    def _said(self):
        """Return what is known of the shown galaxy's class, as HTML."""
        catalogue, said = self.catalogue, []
        if catalogue.classes:
            colour = next(one.colour for one in catalogue.groups if one.rows[self.row])
            name = escape(catalogue.group_of(self.row))
            said.append(f"class: <span style='color:{colour}'>●</span> <b>{name}</b>")
        if self.network:
            said.append(f"network: {self._answer()}")
        if "probability" in catalogue.sample.colnames and not catalogue.asked:
            value = catalogue.values("probability")[self.row]
            said.append(f"probability in the sample: {value:.3f}")
        return " · ".join(said)

    def _answer(self):
        """Return what the network says of the shown galaxy, as HTML."""
        try:
            column, p = self.network.called(self.row)
        except ValueError as error:  # such as an image without light
            return f"no answer, {escape(str(error))}"
        if self.catalogue.asked:
            self.catalogue.sample["probability"][self.row] = p
        called = self.catalogue.name_of(column)
        asked = called if self.network.n_outputs > 2 else self.catalogue.name_of(1)
        return f"<b>{escape(called)}</b>, P({escape(asked)}) = {p:.3f}"

    def _ranged(self, _):
        """Fit the slider to the column that is chosen."""
        if self.controls.column.value == "probability":
            self.classify()
        self.controls.refresh_range(self.catalogue)
        self._refilter()

    def _refilter(self, _=None):
        """Draw the points anew, and stay with the galaxy that is shown if it still passes."""
        if "probability" in self.controls.axes:
            self.classify()
        self._points(self.plane)
        kept, plane = self.kept, self.plane
        absent = plane.passing.sum() - plane.keep.sum()
        missing = f", {absent} of them without a place in the plane" if absent else ""
        self.controls.count.value = f"{len(kept)} of {len(self.catalogue)} galaxies{missing}"
        self.show(self.row if plane.passing[self.row] or not len(kept) else kept[0])

    def _points(self, plane):
        x, y = self.controls.axes
        catalogue = self.catalogue
        plane.show(
            catalogue.drawn(x), catalogue.drawn(y), catalogue.chosen(self.controls.filters()),
            (catalogue.label(x), catalogue.label(y)), [one in KNOWN["bright_up"] for one in (x, y)],
        )  # fmt: skip
        for axis, name in ((plane.axes.xaxis, x), (plane.axes.yaxis, y)):
            if name == catalogue.classes:
                axis.set_ticks(*catalogue.ticks())

    def _pixels(self):
        name = self.catalogue.picture
        pixels = self.catalogue.sample[name][[self.row]]  # one row of a column has no unit
        pixels = floats(pixels, "km/s")[0] if name == "velocity" else plain(pixels)[0]
        if self.network and self.controls.overlay.value:
            try:
                return pixels, self.network.attribution(self.row), self.network.share()
            except ValueError as error:  # attributions that do not add up
                self.controls.status.value = f"no attribution: {error}"
        return (pixels,)

    def _draw(self, _=None):
        self.portrait.show(*self._pixels())
        self._beside.draw_idle()

    def _clicked(self, event):
        if event.inaxes is self.plane.axes and not self.canvas.toolbar.mode:
            if (row := self.plane.nearest(event.x, event.y)) is not None:
                self.show(row)

    def _key(self, event):
        if event.key in KEYS:
            getattr(self.controls, KEYS[event.key]).click()
        elif event.key == "m":
            self.controls.mark.value = not self.controls.mark.value

    def _tag(self, _):
        """Keep what mark, tag and note say of the shown galaxy."""
        if self.controls.mark.value:
            said = self.controls.tag.value.strip(), self.controls.note.value.strip()
            self.catalogue.tags[self.row] = said
        else:
            self.catalogue.tags.pop(self.row, None)
        self.controls.tagged(self.catalogue)
        self.plane.mark(self.row, self.catalogue.tags)

    def _export(self, _):
        path, what = self.controls.path.value.strip(), self.controls.what.value
        try:
            table = self.export(path or WRITTEN, what)
            self.controls.status.value = f"wrote {len(table)} rows to {path or WRITTEN}"
        except (OSError, ValueError) as error:
            self.controls.status.value = f"not written: {error}"


def _canvas(size, tools):
    """Return a canvas that lives in the notebook, whatever its backend is."""
    import matplotlib

    backend = matplotlib.get_backend()
    from ipympl.backend_nbagg import Canvas, FigureManager

    matplotlib.use(backend)  # to import ipympl is to choose it for all figures

    canvas = Canvas(blank(size))
    manager = FigureManager(canvas, 0)
    canvas.mpl_disconnect(manager.key_press_handler_id)  # its keys would pan and zoom
    canvas.syncing_data_url = False  # a picture for pages without widgets is made apart
    canvas.header_visible = canvas.footer_visible = canvas.resizable = False
    canvas.toolbar_visible = "fade-in-fade-out" if tools else False
    return canvas
