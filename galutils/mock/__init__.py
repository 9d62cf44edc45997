"""Mock archives: the files of a survey, written from physics instead of from the sky."""

import inspect
import json
from pathlib import Path

import numpy as np

import galutils
from galutils.store import files

SEED = 20250304


def begin(folder, n, least, rng):
    """Return folder and generator of a writer; ValueError if `n` is less than `least` galaxies."""
    if n < least:
        raise ValueError(f"n must be at least {least}, received {n}")
    return Path(folder), np.random.default_rng(rng)


def publish(write, folder, n, rng):
    """Run a writer into a new folder and put it in place of `folder` once complete.

    What a killed run has left beside it is removed.

    Parameters
    ----------
    write : callable
        ``write(folder, n=..., rng=...)`` of one mock survey.
    folder : path-like
        Where the archive shall lie; an older one there goes.
    n : int or None
        Number of galaxies; the writer's own default with None.
    rng : int
        Seed, kept in ``MANIFEST.json`` with `n` and the version.

    Returns
    -------
    pathlib.Path
        `folder`.
    """
    folder = Path(folder)
    with files.replacing(folder, folder=True) as new:
        n = inspect.signature(write).parameters["n"].default if n is None else n
        write(Path(new), n=n, rng=rng)
        manifest = {"seed": rng, "n": n, "version": galutils.__version__}
        Path(new, "MANIFEST.json").write_text(json.dumps(manifest, indent=1) + "\n")
    return folder
