"""One function per kind of figure: arrays in, a matplotlib Figure out.

Velocity maps are diverging and centred on zero, north up and east left, axes
in arcsec.
"""

from galutils.plots.maps import gallery, kinematic_maps, moran_panels
from galutils.plots.samples import class_histograms, distributions, lambda_ellipticity, scatter
from galutils.plots.scores import (
    confusion_matrices,
    intervals,
    probability_histogram,
    roc_curves,
    training_curves,
)
from galutils.plots.style import CLASS_NAMES

__all__ = [
    "CLASS_NAMES",
    "class_histograms",
    "confusion_matrices",
    "distributions",
    "gallery",
    "intervals",
    "kinematic_maps",
    "lambda_ellipticity",
    "moran_panels",
    "probability_histogram",
    "roc_curves",
    "scatter",
    "training_curves",
]
