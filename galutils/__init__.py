"""Helpers of the galutils book; heavy libraries are imported only where they are used.

Archives: ``surveys`` reads them, ``mock`` writes their files from physics.
Galaxies: ``kinematics``, ``spatial``, ``features`` (numbers from one map), ``images``.
Learning: ``split``, ``augment``, ``models``, ``train``, ``baselines``, ``evaluate``, ``explain``.
Showing: ``plots``; ``record`` keeps every figure, table and number by inventory id, ``inventory``
and ``report`` set them beside the published ones, ``tables`` are their text.
Looking: ``explore`` browses a sample in JupyterLab (``explorer``).
Running: ``execute`` runs one notebook, ``imports`` finds the modules it needs, ``progress`` tells,
``book`` publishes, ``cli`` calls; ``sample`` and ``files`` write whole files or none.
"""

__version__ = "0.1.0"


def __getattr__(name):
    """Give `explore` when it is asked for: it needs the heavy libraries."""
    if name != "explore":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module  # a plain import would tie every notebook to the explorer

    return import_module("galutils.explorer").explore
