"""Find the columns of a sample that hold the identifier, the picture and the classes."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import yaml
from astropy.table import Column, Table

from galutils.plots.colours import GROUPS
from galutils.plots.style import CLASS_COLOURS, CLASS_NAMES, UNKNOWN
from galutils.store import texts
from galutils.store.files import require

KNOWN = yaml.safe_load(texts.read(Path(__file__).with_name("quantities.yml")))
IDENTIFIERS, CLASSES = KNOWN["identifiers"], KNOWN["classes"]
PICTURES = {"velocity": (3, "(n, h, w)"), "image": (4, "(n, h, w, 3)")}  # axes
DULL = (*CLASSES, "ra", "dec")  # plain planes to begin with
MARKERS = {1: "o", 0: "s", -1: "x"}
MOST_CLASSES = 12


class Group(NamedTuple):
    """One class: its name, how it is drawn, and which rows it has (ndarray of bool)."""

    name: str
    colour: str
    marker: str
    rows: np.ndarray


def plain(sample):
    """Return a table with its quantities as columns with a unit, and without other kinds.

    Raises ValueError if it is no table of astropy.
    """
    good, received = isinstance(sample, Table), f"a {type(sample).__name__}"
    require(good, "a Table of astropy", received, "sample")
    sample = Table(sample, copy=False)  # a QTable has quantities
    sample.keep_columns([name for name in sample.colnames if isinstance(sample[name], Column)])
    return sample


def identifier(sample, asked):
    """Return the column with the names of galaxies: the one asked for, or the first known one.

    One without repeated names is preferred. Raises ValueError if there is none.
    """
    if asked is not None:
        if asked not in sample.colnames or sample[asked].ndim != 1:
            raise ValueError(f"identifier: no scalar column {asked!r} in {sample.colnames}")
        return asked
    present = [name for name in IDENTIFIERS if name in sample.colnames and sample[name].ndim == 1]
    expected = f"an identifier ({', '.join(IDENTIFIERS)}, or identifier=...)"
    require(present, expected, f"columns {sample.colnames}", "sample")
    single = (name for name in present if len(set(sample[name].tolist())) == len(sample))
    return next(single, present[0])


def picture(sample):
    """Return the column that is shown, velocity or image.

    Raises ValueError if there is none, or of another shape.
    """
    name = next((name for name in PICTURES if name in sample.colnames), None)
    require(name, "maps in 'velocity' or images in 'image'", sample.colnames, "sample")
    (depth, wanted), shape = PICTURES[name], sample[name].shape
    good = len(shape) == depth and shape[3:] in ((), (3,))
    require(good, f"shape {wanted}", shape, name)
    return name


def class_column(sample, asked):
    """Return the column asked for, or the first known one; None if there is none."""
    if asked is not None and asked not in sample.colnames:
        raise ValueError(f"classes: no column {asked!r} in {sample.colnames}")
    return asked or next((name for name in CLASSES if name in sample.colnames), None)


def groups(sample, column, names):
    """Return the classes of a column as a list of Group, in order of its values.

    Rows whose value is masked or NaN are a class ``none``. Raises ValueError if there are too many.
    """
    if column is None:
        return [Group("all", CLASS_COLOURS[0], "o", np.ones(len(sample), dtype=bool))]
    values, missing = np.asarray(sample[column]), np.ma.getmaskarray(sample[column])
    if values.dtype.kind == "f":
        missing = missing | np.isnan(values)
    found = sorted(set(values[~missing].tolist()))
    few, received = len(found) <= MOST_CLASSES, f"{len(found)} values"
    require(few, f"at most {MOST_CLASSES} classes", received, column)
    styles = {value: (CLASS_COLOURS[value], MARKERS[value]) for value in CLASS_COLOURS}
    if not set(found) <= set(styles):
        looks = [(GROUPS[k % 6][0], GROUPS[(k + k // 6) % 6][1]) for k in range(MOST_CLASSES)]
        styles = dict(zip(found, looks, strict=False))
    known = [
        Group(str(names.get(one, one)), *styles[one], (values == one) & ~missing) for one in found
    ]
    return [*known, Group("none", UNKNOWN, "x", missing)] if missing.any() else known


def usual_names(sample, column):
    """Names that the studies give the values of their class columns."""
    survey = str(sample.meta.get("survey", ""))
    if column == "label" and survey.startswith("Perseus"):
        return {1: "member", 0: "background", -1: "unknown"}
    if column == "class" and survey.startswith("Galaxy Zoo"):
        from galutils.studies.arm_selection import CLASSES as arms

        return dict(enumerate(arms))
    return dict(CLASS_NAMES) if column in ("rotator", "label", "true_class") else {}
