"""One listing of a folder for every reader: which files are taken, which are left out, and why.

Links to folders are followed, each folder once, so that a link in a circle ends. Endings count in
capital and small letters alike. What begins with a dot is hidden: it is being written or unpacked.
"""

import os
import re
from pathlib import Path
from typing import NamedTuple

from galutils.store.files import ArchiveError, expect

PACKED = ("", ".gz", ".fz")
FITS = tuple(ending + packed for ending in (".fits", ".fit", ".fts") for packed in PACKED)
IMAGES = (".png", ".jpg", ".jpeg")


class Listing(NamedTuple):
    """Files of a folder, in the order of their paths.

    Attributes
    ----------
    taken : list of pathlib.Path
    left_out : list of (pathlib.Path, str)
        And the reasons.
    """

    taken: list
    left_out: list


def told(reasons):
    """Say how many files were seen, taken and left out, and the first reason; '' for a taken one.

    Parameters
    ----------
    reasons : iterable of str
    """
    whys = list(filter(None, reasons := list(reasons)))
    taken, first = len(reasons) - len(whys), f": {whys[0]}" if whys else ""
    text = f"{len(reasons)} files, {taken} taken, {len(whys)} left out{first}"
    return text if reasons else "none"


def walk(folder):
    """Return the paths of all files below a folder, links followed, hidden ones passed over.

    Parameters
    ----------
    folder : path-like

    Returns
    -------
    list of pathlib.Path
        Sorted; none where there is no folder. A link to nothing is among them.

    Raises
    ------
    ArchiveError
        If a folder cannot be read; names it.
    """

    def refuse(error):
        if not isinstance(error, FileNotFoundError | NotADirectoryError):
            raise ArchiveError(f"{error.filename}: expected a folder, received {error.strerror}")

    found, seen = [], set()
    for place, folders, names in os.walk(folder, onerror=refuse, followlinks=True):
        state = os.stat(place)
        known = (state.st_dev, state.st_ino)
        inside = sorted(name for name in folders if name[0] != ".")
        folders[:] = [] if known in seen else inside
        if known not in seen:
            found += [Path(place, name) for name in names if name[0] != "."]
            empty = place != os.fspath(folder) and not (names or inside)
            found += [Path(place)] if empty and Path(place).suffix else []  # called as a file is
        seen.add(known)
    return sorted(found)


def listing(folder, endings, name=None):
    """List the files of a folder, at any depth, that a reader takes.

    Parameters
    ----------
    folder : path-like
    endings : sequence of str
        In small letters.
    name : re.Pattern, optional
        How names begin that are taken; others of such an ending are left out.

    Returns
    -------
    Listing

    Raises
    ------
    ArchiveError
        As of `walk`.
    """
    taken, left_out = [], []
    for path in walk(folder):
        if not path.name.lower().endswith(tuple(endings)):
            left_out.append((path, f"expected an ending of {', '.join(endings)}"))
        elif name is not None and not name.match(path.name):
            left_out.append((path, f"expected a name like {name.pattern}"))
        else:
            taken.append(path)
    return Listing(taken, left_out)


def find(folder, names):
    """Path of the first of these files that a folder has, None where it has none.

    It may be in other letters, capital or small, and packed: ``.gz``, ``.fz``.
    """
    names = [f"{name}{ending}".lower() for name in names for ending in PACKED]
    there = os.listdir(folder) if Path(folder).is_dir() else ()
    there = {name.lower(): Path(folder, name) for name in there}
    return next((there[name] for name in names if name in there and there[name].is_file()), None)


def matching(folder, patterns):
    """Return the files of a folder whose path below it, or that of a folder, has a pattern.

    Parameters
    ----------
    folder : path-like
    patterns : sequence of str
        With ``*`` in a name and ``**/`` for any folders.

    Returns
    -------
    set of pathlib.Path
    """
    marks = {r"\*\*/": "(?:.*/)?", r"\*": "[^/]*", r"\[": "[", r"\]": "]"}
    pattern = re.escape("|".join(patterns)).replace(r"\|", "|")
    for mark, meant in marks.items():
        pattern = pattern.replace(mark, meant)
    wanted = re.compile(rf"(?:{pattern})(?:\.[gf]z)?(?:/.*)?", re.I | re.S)
    paths = walk(folder)
    return {path for path in paths if wanted.fullmatch(path.relative_to(folder).as_posix())}


def existing(path, name):
    """Return a folder that a person has named, ``~`` being their own.

    Raises
    ------
    ArchiveError
        If it is none that can be read; says what named it.
    """
    path = Path(os.path.expanduser(path)) if str(path).strip() else None
    good = path is not None and os.path.isdir(path) and os.access(path, os.R_OK | os.X_OK)
    expect(good, name, "a folder that can be read", "an empty text" if path is None else path)
    return path
