"""One function per kind of figure: arrays in, a matplotlib Figure out.

Velocity maps are diverging and centred on zero, north up and east left, axes
in arcsec.
"""

from galutils.plots.colours import (
    colour_magnitude,
    colour_magnitude_shaded,
    colour_regions,
    pair_plot,
    redshift_histogram,
)
from galutils.plots.convolutions import convolution_1d, convolution_2d, padding
from galutils.plots.diagrams import (
    bottleneck_block,
    kinds_of_learning,
    neural_network,
    residual_block,
    rotation_angles,
    vanishing_gradient,
)
from galutils.plots.explanations import attribution_profile, attributions
from galutils.plots.galaxies import classification_volume, tuning_fork
from galutils.plots.images import cutouts, feature_maps, filters, image_grid, over_red
from galutils.plots.maps import gallery, kinematic_maps, moran_panels
from galutils.plots.perceptron import artificial_neuron, cnn_structure
from galutils.plots.roc import auc_by_bin, learning_curve, roc_thresholds, roc_with_threshold
from galutils.plots.rotation import (
    class_counts,
    colour_images,
    outcome_gallery,
    outcome_planes,
    plane_by_type,
)
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
    "artificial_neuron",
    "attribution_profile",
    "attributions",
    "auc_by_bin",
    "bottleneck_block",
    "class_counts",
    "class_histograms",
    "classification_volume",
    "cnn_structure",
    "colour_images",
    "colour_magnitude",
    "colour_magnitude_shaded",
    "colour_regions",
    "confusion_matrices",
    "convolution_1d",
    "convolution_2d",
    "cutouts",
    "distributions",
    "feature_maps",
    "filters",
    "gallery",
    "image_grid",
    "intervals",
    "kinds_of_learning",
    "kinematic_maps",
    "lambda_ellipticity",
    "learning_curve",
    "moran_panels",
    "neural_network",
    "outcome_gallery",
    "outcome_planes",
    "over_red",
    "padding",
    "pair_plot",
    "plane_by_type",
    "probability_histogram",
    "redshift_histogram",
    "residual_block",
    "roc_curves",
    "roc_thresholds",
    "roc_with_threshold",
    "rotation_angles",
    "scatter",
    "training_curves",
    "tuning_fork",
    "vanishing_gradient",
]
