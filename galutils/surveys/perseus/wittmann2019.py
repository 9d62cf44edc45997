"""The Perseus Cluster Catalogue (Wittmann et al. 2019, ApJS 245, 10) as a text table.

A line holds an empty column (``N/A``), the name ``PCC-0001``, 17 numbers
(`NUMBERS`, ``N/A`` where missing), the class in words, for early types a note
on the nucleus, and an address.
"""

import re
from pathlib import Path

import numpy as np
from astropy.table import Table

from galutils.store import texts
from galutils.store.files import expect, require
from galutils.store.measured import floats
from galutils.store.sample import read_each, rejections

LINE = re.compile(r"^(\S+)\s+(PCC-\d+)\s+(.*?)\s+([A-Z][a-z].*?)\s+(http\S+)\s*$")
# By position: (column, unit)
NUMBERS = tuple((row["column"], row["unit"] or None) for row in texts.beside(__file__))
# words: (short name, label); the order and the two labels of Pruitt (2024), section 3.2
CLASSES = {
    row["words"]: (row["name"], int(row["label"])) for row in texts.beside(__file__, "classes.csv")
}
LABELS = dict(CLASSES.values())
# Classes that by their own names hold members, too
UNDECIDED = tuple(name for words, (name, _) in CLASSES.items() if "luster or background" in words)
NUCLEI = ("", "Nucleated", "Non-nucleated", "Unsure about nucleation")
NUCLEI += ("Bulge or Bright central source",)


def _number(text):
    if text == "N/A":
        return np.nan
    value = texts.number(text)
    require(np.isfinite(value), "a number or N/A", text)
    return float(floats(value))


def _class(words):
    """Class and note on the nucleus; ValueError where either is unknown."""
    words = " ".join(words.split())
    phrase = next((phrase for phrase in CLASSES if words.startswith(phrase)), None)
    require(phrase, "one of the seven classes", repr(words))
    note = words[len(phrase) :].strip()
    require(note in NUCLEI, "a note on the nucleus", repr(note))
    return CLASSES[phrase][0], note


def _row(line):
    match = LINE.match(line)
    require(match, "name, numbers, class and address", repr(line.strip()))
    _, name, numbers, words, _ = match.groups()
    values = [_number(text) for text in numbers.split()]
    require(len(values) == len(NUMBERS), f"{len(NUMBERS)} numbers", len(values), name)
    good = 0 <= values[0] <= 360 and -90 <= values[1] <= 90
    require(good, "a position", f"{values[0]}, {values[1]}", name)
    return name, *values, *_class(words)


def read(path):
    """Read the catalogue.

    Parameters
    ----------
    path : path-like
        The text table.

    Returns
    -------
    catalogue : Table
        In the order of the file: ``pcc`` str, the name; the columns of
        `NUMBERS`, float64, NaN where missing; ``class_name`` str, a short name
        of `CLASSES`; ``nucleation`` str, the note in the catalogue's words, ''
        where there is none; ``label`` int64, 1 for a cluster member, 0 for the
        background, -1 for merging systems, which are left out. The magnitude
        is V, though the thesis calls it r. What ``flag`` (0 or 1) and the
        aperture colours stand for is not documented.
    rejected : Table
        ``name`` (file and line) and ``reason`` of each line that cannot be
        read or repeats a name.

    Raises
    ------
    ArchiveError
        If the file is missing or no line can be read.
    """
    lines = texts.read(path, "the catalogue").splitlines()
    said = {f"{Path(path).name} line {k}": line for k, line in enumerate(lines, 1) if line.strip()}
    seen = set()

    def new(place):
        name, *rest = _row(said[place])
        require(name not in seen, "a new name", "a repeated one", name)
        seen.add(name)
        return name, *rest

    rows, rejected = read_each(said, new)
    expect(rows, path, "objects", f"none in {len(lines)} lines")
    names = ("pcc", *(name for name, _ in NUMBERS), "class_name", "nucleation")
    catalogue = Table(rows=list(rows.values()), names=names, units=dict(NUMBERS))
    catalogue["label"] = np.array([LABELS[name] for name in catalogue["class_name"]])
    return catalogue, rejections(rejected)
