"""Record figures, tables and numbers by inventory id.

Every item becomes ``results/<study>/<id>.json`` with a PNG or CSV beside it.
:mod:`galutils.results.report` gathers them and :mod:`galutils.results.reader` reads them. The ids
are those of ``galutils/results/inventory.csv``; an item that no publication has is called
``<study>-x-<name>``.
"""

import base64
import io
from pathlib import Path

import numpy as np

from galutils.results import tables
from galutils.results.inventory import inventory, published
from galutils.store.files import below, read_json, write, write_json

__all__ = ["Recorder", "inventory", "published"]

SURVEYS = {"sami": "SAMI", "morphology": "MaNGA", "arms": "Galaxy Zoo 2", "perseus": "SDSS"}
SOURCES = {
    "mock": "mock {survey}",
    "archive": "archive",
    "mock+archive": "mock {survey}, archive",
    "publication": "published numbers",
    "none": "no data",
}
PROTOCOLS = ("as_published", "grouped")
INTERVAL = ("value", "low", "high")
KEYS = dict.fromkeys(("id", "study", "kind", "notebook", "source", "profile"), str)
KEYS |= {"files": list, "numbers": dict}


def read(path):
    """Read what was recorded for one item.

    Parameters
    ----------
    path : path-like
        ``results/<study>/<id>.json``.

    Returns
    -------
    dict

    Raises
    ------
    ValueError
        If it is no JSON, lacks a key, or names a file of another folder or item; names it.
    """
    path = Path(path)
    item = read_json(path)
    for key, kind in KEYS.items():
        if not isinstance(item.get(key), kind):
            received = type(item.get(key)).__name__
            raise ValueError(f"{path}: expected {key} as {kind.__name__}, received {received}")
    own = [f"{path.parent.name}/{path.stem}{ending}" for ending in (".png", ".csv")]
    others = [name for name in item["files"] if name not in own]
    if others:
        raise ValueError(f"{path}: expected files of {path.stem}, received {others[0]!r}")
    if (item["study"], item["id"]) != (path.parent.name, path.stem):
        received = f"{item['study']}/{item['id']}"
        raise ValueError(f"{path}: expected the item of that name, received {received}")
    return item


def forget(results, notebooks, study="*"):
    """Delete what some notebooks have recorded.

    Parameters
    ----------
    results : path-like
        Results folder.
    notebooks : sequence of str
    study : str
        The folder in which to look; in all by default.
    """
    for path in sorted(Path(results).glob(f"{study}/*.json")):
        try:
            item = read(path)
        except FileNotFoundError:  # another notebook, which starts too, has deleted its own
            continue
        if item["notebook"] in notebooks:
            for name in item["files"]:
                below(path.parent, Path(name).name).unlink(missing_ok=True)
            path.unlink()


class Recorder:
    """Write the recorded items of one notebook and show them in it.

    What an earlier run of the same notebook recorded is dropped first, so that nothing stale
    reaches the book.

    Parameters
    ----------
    notebook : str
        Name of the notebook, ``"sami/02_data"``; its study, ``"sami"``, is the folder of the
        results and the first word of the extras.
    source : {"mock", "archive", "mock+archive", "publication", "none"}
        Where the data came from; every item may name its own. Drawings have none.
    profile : str
        Profile the notebook runs under.
    results : str or path
        Results folder, relative to the notebook.
    survey : str, optional
        What the captions call the mock, where it is not the usual one of the study.
    """

    def __init__(self, notebook, source, profile, results="../../results", survey=None):
        self.notebook, self.study = notebook, notebook.partition("/")[0]
        self.survey = survey or SURVEYS.get(self.study, self.study)
        self._label(source)
        self.source, self.profile = source, profile
        self.results = Path(results)
        forget(self.results, [notebook], self.study)

    def figure(self, item, figure, caption, alt, numbers=None, source=None):
        """Record a Matplotlib figure as PNG, show it and close it.

        Parameters
        ----------
        item : str
            Inventory id or ``"<study>-x-<name>"``.
        figure : matplotlib.figure.Figure
            The figure; saved with 150 dots per inch.
        caption, alt : str
            Caption (Markdown; the source is added) and the text read to those who cannot see it.
        numbers : dict, optional
            The numbers the figure shows; see :meth:`numbers`.
        source : str, optional
            If it differs from the notebook's.
        """
        from matplotlib import pyplot

        if not alt.strip():
            raise ValueError(f"{item}: a figure needs an alt text, received none")
        png = io.BytesIO()
        # No "Software" entry: the same figure gives the same bytes.
        figure.savefig(png, format="png", dpi=150, bbox_inches="tight", metadata={"Software": None})
        pyplot.close(figure)
        contents = {".png": png.getvalue()}
        record = self._record(item, "figure", caption, numbers, source, alt, contents)
        data = {"image/png": base64.b64encode(contents[".png"]).decode(), "text/plain": alt}
        _display(data, record)

    def table(self, item, table, caption, numbers=None, source=None):
        """Record a table as CSV and show it.

        Parameters
        ----------
        item, caption, numbers, source
            As in :meth:`figure`.
        table : pandas.DataFrame or astropy.table.Table
            One-dimensional columns only; floats are shown with four significant digits and
            written in full.
        """
        frame = table.to_pandas() if hasattr(table, "to_pandas") else table
        text = frame.to_csv(index=False).encode()
        record = self._record(item, "table", caption, numbers, source, None, {".csv": text})
        shown = tables.cells(frame)
        page = tables.html(*shown, record["caption"])
        _display({"text/html": page, "text/markdown": tables.markdown(*shown)}, record)

    def numbers(self, item, numbers, caption="", source=None):
        """Record numbers without a figure.

        Parameters
        ----------
        item, caption, source
            As in :meth:`figure`.
        numbers : dict
            Flat: each value is a number, a str, an interval ``{"value", "low", "high"}``, or the
            two protocols ``{"as_published", "grouped"}``, each again a number or an interval.
            NaN is written as null.

        Raises
        ------
        ValueError
            If a value has another shape.
        """
        self._record(item, "numbers", caption, numbers, source, None, {})

    def _record(self, item, kind, caption, numbers, source, alt, contents):
        """Check one item, write its files and its JSON, and return the JSON's content."""
        extra = f"{self.study}-x-"
        entry = inventory().get(item)
        if not item.startswith(extra) and (entry is None or entry["study"] != self.study):
            raise ValueError(f"{item}: expected an inventory id of {self.study} or {extra}<name>")
        source = source or self.source
        caption = f"{caption} ({self._label(source)})".strip()
        numbers = {
            name: _check_number(f"{item}: {name}", value) for name, value in (numbers or {}).items()
        }
        record = {
            "id": item, "study": self.study, "kind": kind, "notebook": self.notebook,
            "source": source, "profile": self.profile,
            "files": [f"{self.study}/{item}{suffix}" for suffix in contents],
            "numbers": numbers, "published": published(item), "caption": caption, "alt": alt,
        }  # fmt: skip
        for name, content in zip(record["files"], contents.values(), strict=True):
            write(self.results / name, content)
        write_json(self.results / self.study / f"{item}.json", record)
        return record

    def _label(self, source):
        """Return what captions say of a source of data."""
        if source not in SOURCES:
            raise ValueError(f"source: expected one of {', '.join(SOURCES)}, received {source!r}")
        return SOURCES[source].format(survey=self.survey)


def _check_number(where, value, protocols=True):
    """Return a number as plain Python, refusing any shape but the documented ones."""
    if isinstance(value, dict):
        if set(value) == set(INTERVAL):
            return {key: _scalar(where, value[key]) for key in INTERVAL}
        if protocols and value and set(value) <= set(PROTOCOLS):
            return {key: _check_number(where, one, protocols=False) for key, one in value.items()}
        raise ValueError(
            f"{where}: expected value, low, high or as_published, grouped; received {list(value)}"
        )
    return _scalar(where, value)


def _scalar(where, value):
    # A NumPy scalar, or an array of one element, becomes Python's own.
    value = value.item() if isinstance(value, (np.generic, np.ndarray)) else value
    if not (value is None or isinstance(value, (bool, int, float, str))):
        raise ValueError(f"{where}: expected a number or text, received {type(value).__name__}")
    return None if isinstance(value, float) and not np.isfinite(value) else value


def _display(data, record):
    """Show a MIME bundle in the notebook; the book reads the metadata."""
    from IPython.display import display

    metadata = {
        key: record[key] for key in ("id", "source", "caption", "alt") if record[key] is not None
    }
    display(data, raw=True, metadata={"galutils": metadata})
