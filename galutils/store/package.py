"""Where the package's own files are: in a checkout of the project, or in an installed wheel.

``data/`` of a checkout has the list of archives and the trained networks. A wheel carries the list,
the folds of the benchmark and the networks with a card, which `book.tools.wheel` puts into it; the
other networks belong to the book.
"""

from pathlib import Path

PACKAGE = Path(__file__).parents[1]
PROJECT = PACKAGE.parent
CHECKOUT = (PROJECT / "data" / "manifest.csv").is_file()


def shipped(name):
    """Return the path of a file or folder of ``data/`` that the project keeps.

    Parameters
    ----------
    name : str
        ``manifest.csv``, ``weights``, ``benchmark``.

    Returns
    -------
    pathlib.Path
    """
    return (PROJECT / "data" if CHECKOUT else PACKAGE / "shipped") / name


def data_root():
    """Return the folder of archives by default: ``data/`` of the checkout, or of where one is."""
    return PROJECT / "data" if CHECKOUT else Path("data")
