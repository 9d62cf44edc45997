"""Readers of survey archives, one module each, and where their files are."""

import os
from pathlib import Path

from galutils.store import files, texts
from galutils.store.files import expect
from galutils.store.folders import existing
from galutils.store.package import data_root

SOURCES = ("auto", "archive", "mock")
# Name, release and whom to cite
ORIGINS = {row.pop("key"): row for row in texts.beside(__file__, "origins.csv")}


def archive_root(root=None):
    """Folder of the real archives: `root`, else ``$GALUTILS_DATA``, else ``data/``.

    Parameters
    ----------
    root : path-like, optional
        Takes precedence over the environment. ``~`` is one's own folder.

    Returns
    -------
    pathlib.Path

    Raises
    ------
    ArchiveError
        If what is named is no folder that can be read, so that a slip never leads to the mock.
    """
    for name, path in (("root", root), ("GALUTILS_DATA", os.environ.get("GALUTILS_DATA"))):
        if path is not None:
            return existing(path, name)
    return data_root()


def mock_root():
    """Folder of the mock archives: ``$GALUTILS_MOCK``, else ``data/mock``."""
    return Path(os.environ.get("GALUTILS_MOCK") or data_root() / "mock").expanduser()


def locate(survey, found, root=None, source="auto", mock=None):
    """Folder to read a survey from, real or mock.

    Parameters
    ----------
    survey : str
        Name of the folder below the root, as ``sami``.
    found : sequence of str or callable
        Files and folders that the survey's folder must have; or what takes a folder and tells
        whether the archive's files are in it.
    root : path-like, optional
        Root of the real archives, see `archive_root`.
    source : {"auto", "archive", "mock"}
        ``auto`` takes the archive where its files are found, the mock otherwise.
    mock : str, optional
        Name of the mock and of its folder below `mock_root`, where it is not `survey`:
        two studies may read one archive, each with a mock of its own.

    Returns
    -------
    folder : pathlib.Path
    source : str
        ``archive`` or ``mock``.

    Raises
    ------
    ArchiveError
        If the files asked for are not there, and as of `archive_root`.
    ValueError
        If `source` is none of the three.
    """
    if source not in SOURCES:
        raise ValueError(f"source must be one of {SOURCES}, received {source!r}")
    mock = mock or survey
    archive, imitation = archive_root(root) / survey, mock_root() / mock
    names = () if callable(found) else found
    if source != "mock" and (found(archive) if callable(found) else not lacking(archive, names)):
        return archive, "archive"
    expect(source != "archive", archive, f"files of the {survey} archive")
    hint = f"no such folder; write it with `python -m galutils.mock {mock}`"
    expect(imitation.is_dir(), imitation, "a mock archive", hint)
    missing = lacking(imitation, names)
    expect(not missing, imitation, ", ".join(names), f"no {' and '.join(missing)}")
    return imitation, "mock"


def lacking(folder, names):
    """Return which of these files and folders a folder lacks."""
    return [name for name in names if not (Path(folder) / name).exists()]


def meta(key, folder, source, **more):
    """Return what a sample's ``meta`` says about its origin; of a mock with its seed.

    Parameters
    ----------
    key : str
        Of `ORIGINS`, or the name of another survey.
    folder, source
        As `locate` returns them.
    **more
        ``release``, ``citation``, where they are others than those of `ORIGINS`.

    Returns
    -------
    dict
    """
    blank = {"survey": key, "release": "", "source": source, "citation": ""}
    about = blank | ORIGINS.get(key, {}) | more
    manifest = Path(folder) / "MANIFEST.json"
    if source == "mock" and manifest.is_file():
        about["seed"] = files.read_json(manifest).get("seed")
    return about
