"""Mock images of Galaxy Zoo 2 have the measures of real ones."""

import galaxy_zoo_measures as measures
import numpy as np
import pandas as pd
import pytest

from galutils.mock.bodies import gz2_population
from galutils.mock.instruments import gz2_images, gz2_volunteers

N = 60  # images of a kind


@pytest.fixture(scope="module")
def galaxies():
    rng = np.random.default_rng(5)
    galaxies = gz2_population.draw(6000, rng)
    counts = gz2_volunteers.vote(gz2_volunteers.probabilities(galaxies, rng), rng)
    shares = {n: one / np.maximum(one.sum(axis=1, keepdims=True), 1) for n, one in counts.items()}
    return galaxies, measures.kind(shares)


@pytest.mark.parametrize("kind", ["spiral", "smooth", "edge-on", "any"])
def test_medians_are_within_the_widths_of_real_ones(galaxies, kind):
    table, kinds = galaxies
    rows = np.flatnonzero((kinds == kind) | (kind == "any"))[-N:]
    images = [gz2_images.draw(table[row], np.random.default_rng(row)) for row in rows]
    found = pd.Series(np.median([measures.measure(i) for i in images], axis=0), measures.NAMES)
    real = pd.read_csv(measures.TABLE, index_col=["kind", "measure"]).loc[kind]
    apart = ((found - real["median"]) / real["width"]).abs()
    assert apart.max() < 1, apart.round(2).to_dict()
    assert apart.mean() < 0.45, apart.round(2).to_dict()
