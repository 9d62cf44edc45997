"""Readers of survey archives, one module each, and where their files are."""

import os
from pathlib import Path

from galutils.store import files
from galutils.store.files import expect
from galutils.store.folders import existing
from galutils.store.package import data_root

SOURCES = ("auto", "archive", "mock")


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
    found : callable
        Takes a folder, tells whether the archive's files are in it.
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
    if source != "mock" and found(archive):
        return archive, "archive"
    expect(source != "archive", archive, f"files of the {survey} archive")
    hint = f"no such folder; write it with `python -m galutils.mock {mock}`"
    expect(imitation.is_dir(), imitation, "a mock archive", hint)
    return imitation, "mock"


def meta(survey, release, folder, source, citation):
    """Return what a sample's ``meta`` says about its origin; of a mock with its seed.

    Parameters
    ----------
    survey, release, citation : str
        As they stand in the ``meta``.
    folder, source
        As `locate` returns them.

    Returns
    -------
    dict
    """
    about = {"survey": survey, "release": release, "source": source, "citation": citation}
    manifest = Path(folder) / "MANIFEST.json"
    if source == "mock" and manifest.is_file():
        about["seed"] = files.read_json(manifest).get("seed")
    return about
