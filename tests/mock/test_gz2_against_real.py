"""Mock images of Galaxy Zoo 2 have the measures of real ones."""

import galaxy_zoo_measures as measures
import numpy as np
import pandas as pd
import pytest

from galutils.mock.bodies import gz2_population
from galutils.mock.instruments import gz2_images, gz2_volunteers

N = 300  # images of a kind
ERROR = 0.03  # standard error of a rank correlation of some 1200 mock galaxies


@pytest.fixture(scope="module")
def galaxies():
    rng = np.random.default_rng(5)
    galaxies = gz2_population.draw(6000, rng)
    counts = gz2_volunteers.vote(gz2_volunteers.probabilities(galaxies, rng), rng)
    shares = {n: one / np.maximum(one.sum(axis=1, keepdims=True), 1) for n, one in counts.items()}
    return galaxies, measures.kind(shares), shares, counts[11].sum(axis=1)


@pytest.mark.parametrize("kind", ["spiral", "smooth", "edge-on", "any"])
def test_medians_are_within_the_widths_of_real_ones(galaxies, kind):
    table, kinds = galaxies[:2]
    rows = np.flatnonzero((kinds == kind) | (kind == "any"))[-N:]
    images = [gz2_images.draw(table[row], np.random.default_rng(row)) for row in rows]
    found = pd.Series(np.median([measures.measure(i) for i in images], axis=0), measures.NAMES)
    real = pd.read_csv(measures.TABLE, index_col=["kind", "measure"]).loc[kind]
    apart = ((found - real["median"]) / real["width"]).abs()
    assert apart.max() < 1, apart.round(2).to_dict()
    assert apart.mean() < 0.45, apart.round(2).to_dict()


def test_votes_on_arms_follow_from_images_as_real_ones_do(galaxies):
    table, _, shares, asked = galaxies
    rows = np.flatnonzero(asked >= measures.ANSWERS)
    modes = [
        measures.spirals(gz2_images.draw(table[row], np.random.default_rng(row))) for row in rows
    ]
    found = measures.relation(np.array(modes), shares[11][rows], shares[4][rows, 0])
    # Four alone have too few votes here: 2 per cent, 4 in the real sample
    real = pd.read_csv(measures.ARMS, index_col="relation").drop(index="4")
    found = pd.Series(found)[real.index]
    outside = (found < real["low"] - ERROR) | (found > real["high"] + ERROR)
    assert not outside.any(), pd.DataFrame({"found": found, **real}).round(2).to_string()
