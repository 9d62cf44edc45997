"""The controls of the explorer and how they are laid out; what they do is in `explorer`."""

from html import escape
from pathlib import Path

import ipywidgets as widgets
import numpy as np
import yaml

from galutils.explorer.sample import Filters
from galutils.store import texts

LAYOUT = Path(__file__).with_suffix(".yml")
ALL, NONE = "all", "none"
STEPS = 200  # of the range slider


class Controls:
    """Widgets of the explorer.

    Parameters
    ----------
    catalogue : sample.Catalogue
        The sample.
    plane : (str, str)
        Columns to begin with.
    explains : bool
        Whether there is a network whose attribution can be shown.
    path : str
        File that is suggested for an export.

    Attributes
    ----------
    quiet : bool
        Whether values are being set by the explorer itself.
    """

    def __init__(self, catalogue, plane, explains, path):
        self.quiet = False
        for name, traits in yaml.safe_load(texts.read(LAYOUT)).items():
            setattr(self, name, getattr(widgets, traits.pop("kind"))(**traits))
        classes = [one.name for one in catalogue.groups] if catalogue.classes else []
        self.x.options = self.y.options = catalogue.numeric
        self.x.value, self.y.value = plane
        self.group.options = [ALL, *classes]
        self.column.options = [NONE, *catalogue.numeric]
        self.text.placeholder = f"part of {catalogue.identifier}"
        self.overlay.disabled, self.path.value = not explains, path
        for name in ("title", "count", "status", "export"):
            getattr(self, name).add_class(f"galutils-explorer-{name}")

    def around(self, plane, portrait):
        """Return the rows of the whole, with the two canvases in their middle."""
        row = widgets.Layout(flex_flow="row wrap", align_items="center")
        left = widgets.VBox([widgets.HBox([self.x, self.y], layout=row), plane])
        steps = widgets.HBox([self.previous, self.next, self.overlay], layout=row)
        right = widgets.VBox([self.title, self.said, portrait, steps])
        return [
            widgets.HBox([self.group, self.column, self.range, self.text, self.count], layout=row),
            widgets.HBox([left, right], layout=widgets.Layout(flex_flow="row wrap")),
            widgets.HBox([self.mark, self.tag, self.note], layout=row),
            widgets.HBox([self.what, self.path, self.export, self.status], layout=row),
            self.row,
        ]

    def on_value(self, handler, *names):
        """Call a handler when the reader has changed one of the controls."""
        for name in names:
            getattr(self, name).observe(lambda change: self.quiet or handler(change), "value")

    @property
    def axes(self):
        """Columns of the plane, x and y."""
        return self.x.value, self.y.value

    def filters(self):
        """Return the filters as they are set; a range left whole keeps rows without a value out."""
        group = "" if self.group.value == ALL else self.group.value
        text = self.text.value.strip()
        if self.column.value == NONE:
            return Filters(group, text=text)
        (low, high), half = self.range.value, self.range.step / 2
        low = self.range.min if low - self.range.min < half else low  # thumbs move in steps
        high = self.range.max if self.range.max - high < half else high
        return Filters(group, self.column.value, low, high, text)

    def refresh_range(self, catalogue):
        """Give the slider the range of the column that is chosen."""
        self.range.disabled = self.column.value == NONE
        self.range.layout.visibility = "hidden" if self.range.disabled else "visible"
        if self.range.disabled:
            return
        values = catalogue.values(self.column.value)
        finite = values[np.isfinite(values)]
        low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
        self.quiet = True
        with self.range.hold_trait_notifications():
            self.range.min, self.range.max, self.range.value = low, high, (low, high)
            self.range.step = (high - low) / STEPS or 1.0
        self.quiet = False

    def showing(self, catalogue, row, said):
        """Say which galaxy is shown, and what is known of it."""
        self.title.value = f"<b>{escape(self.heading(catalogue, row))}</b>"
        self.said.value = said
        cells = "".join(
            f"<tr><td>{escape(name)}</td><td style='text-align:right'>{escape(value)}</td>"
            f"<td>{escape(unit)}</td></tr>"
            for name, value, unit in catalogue.row(row)
        )
        self.row.value = f"<table>{cells}</table>"
        self.quiet = True
        self.mark.value = row in catalogue.tags
        self.tag.value, self.note.value = catalogue.tags.get(row, (self.tag.value, ""))
        self.quiet = False

    def heading(self, catalogue, row):
        """Return the identifier of a galaxy, and its values in the plane."""
        said = (f"{catalogue.plain(name)} {catalogue.said(name, row)}" for name in self.axes)
        return f"{catalogue.identifiers[row]}: {', '.join(said)}"

    def tagged(self, catalogue):
        """Say how many galaxies are tagged, and offer their tags again."""
        self.tag.options = sorted({tag for tag, _ in catalogue.tags.values() if tag})
        self.status.value = f"{len(catalogue.tags)} tagged"
