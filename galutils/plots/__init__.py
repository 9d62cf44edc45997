"""One function per kind of figure: arrays in, a matplotlib Figure out.

All are drawn in one style, `galutils.plots.style`, whatever the settings of the
reader. Velocity maps are diverging and centred on zero, north up and east left,
axes in arcsec, with a scale bar; flux and dispersion are sequential.
"""

from galutils.plots.arm_scores import (
    confusion_grid,
    counts_by_class,
    score_by_size,
    score_intervals_by_class,
    votes_against_prediction,
)
from galutils.plots.arms import (
    called_otherwise,
    class_examples,
    explained_galaxies,
    network_tail,
    processing_steps,
)
from galutils.plots.audits import alike
from galutils.plots.benchmarks import (
    classify_scaling,
    cost_per_galaxy,
    notebook_times,
    speed_ratios,
    time_needed,
)
from galutils.plots.bookkeeping import stated_and_computed
from galutils.plots.calibration import (
    named_errors,
    reliability_diagrams,
    risk_coverage,
    unknown_named,
)
from galutils.plots.cards import errors_beside_chance
from galutils.plots.colours import (
    colour_magnitude,
    colour_magnitude_shaded,
    colour_regions,
    pair_plot,
    redshift_histogram,
)
from galutils.plots.contest import costs, score_against_cost
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
from galutils.plots.faithfulness import (
    faithfulness_curves,
    planted_features,
    randomisation,
)
from galutils.plots.galaxies import classification_volume, tuning_fork
from galutils.plots.habits import waterfall
from galutils.plots.images import cutouts, feature_maps, filters, image_grid, over_red
from galutils.plots.maps import gallery, kinematic_maps, moran_panels
from galutils.plots.masses import mass_histograms, mass_violins
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
from galutils.plots.style import CLASS_NAMES, styled
from galutils.plots.transfer import classifiers_by_panel, degraded, transfer_matrices

__all__ = [
    "CLASS_NAMES",
    "alike",
    "artificial_neuron",
    "attribution_profile",
    "attributions",
    "auc_by_bin",
    "bottleneck_block",
    "called_otherwise",
    "class_counts",
    "class_examples",
    "class_histograms",
    "classification_volume",
    "classify_scaling",
    "classifiers_by_panel",
    "cnn_structure",
    "colour_images",
    "colour_magnitude",
    "colour_magnitude_shaded",
    "colour_regions",
    "confusion_grid",
    "confusion_matrices",
    "convolution_1d",
    "convolution_2d",
    "cost_per_galaxy",
    "costs",
    "counts_by_class",
    "cutouts",
    "degraded",
    "distributions",
    "errors_beside_chance",
    "explained_galaxies",
    "faithfulness_curves",
    "feature_maps",
    "filters",
    "gallery",
    "image_grid",
    "intervals",
    "kinds_of_learning",
    "kinematic_maps",
    "lambda_ellipticity",
    "learning_curve",
    "mass_histograms",
    "mass_violins",
    "moran_panels",
    "named_errors",
    "network_tail",
    "neural_network",
    "notebook_times",
    "outcome_gallery",
    "outcome_planes",
    "over_red",
    "padding",
    "pair_plot",
    "plane_by_type",
    "planted_features",
    "probability_histogram",
    "processing_steps",
    "randomisation",
    "redshift_histogram",
    "reliability_diagrams",
    "residual_block",
    "risk_coverage",
    "roc_curves",
    "roc_thresholds",
    "roc_with_threshold",
    "rotation_angles",
    "scatter",
    "score_against_cost",
    "score_by_size",
    "speed_ratios",
    "score_intervals_by_class",
    "stated_and_computed",
    "time_needed",
    "training_curves",
    "transfer_matrices",
    "tuning_fork",
    "unknown_named",
    "vanishing_gradient",
    "votes_against_prediction",
    "waterfall",
]

for _name in set(__all__) - {"CLASS_NAMES"}:
    globals()[_name] = styled(globals()[_name])
