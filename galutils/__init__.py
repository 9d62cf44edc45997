"""Helpers of the galutils book; heavy libraries are imported only where they are used.

Files: ``store``. Numbers of one galaxy: ``physics``. Archives: ``surveys`` reads them, ``mock``
writes their files from physics. Learning: ``inputs`` prepares arrays, ``networks`` builds, trains
and keeps networks, ``scores`` says how good a classifier is, ``explain`` on which pixels it rests.
Showing: ``plots``; ``results`` records figures, tables and numbers and sets them beside the
published ones. ``studies`` holds the experiments of single studies. ``classify`` applies a trained
network to many files, or measures them; ``explorer`` browses a sample in JupyterLab, ``cli`` is
the command line.
"""

__version__ = "0.1.0"


_LAZY = {"explore": "galutils.explorer", "measure": "galutils.classify.measurements"}


def __getattr__(name):
    """Give `explore` and `measure` when they are asked for: they need the heavy libraries."""
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module  # a plain import would tie every notebook to both

    return getattr(import_module(_LAZY[name]), name)
