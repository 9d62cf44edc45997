"""From a sample to the arrays of a network: crop, normalise, augment, split."""
