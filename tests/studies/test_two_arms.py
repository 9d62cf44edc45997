"""Regressions on galaxies with answers, and what few answers can tell."""

import numpy as np
import pytest
from astropy.table import Table

from galutils.studies import two_arms
from galutils.surveys.gz2.decision_tree import KEYS, PLACE


@pytest.fixture
def sample():
    rng, n = np.random.default_rng(0), 200
    counts = np.zeros((n, len(KEYS)), np.float32)
    two = rng.random(n)
    total = np.where(np.arange(n) < 160, rng.integers(4, 30, n), 0)
    counts[:, PLACE["t11_a32"]] = rng.binomial(total, two)
    counts[:, PLACE["t11_a33"]] = total - counts[:, PLACE["t11_a32"]]
    table = Table({"counts": counts, "voted": np.ones(n, bool), "group": np.arange(n)})
    table["survey"], table["two"] = "votes", two
    return table


def test_shares_are_those_of_galaxies_not_seen(sample):
    rng = np.random.default_rng(1)
    two = np.asarray(sample["two"])
    good = two[:, None] + rng.normal(0, 0.1, (len(two), 3))
    told = two_arms.shares(sample, {"good": good, "none": rng.normal(size=(200, 50))}, 5, 0)
    assert list(told) == ["good", "none", "both"]
    for rows in (slice(0, 160), slice(160, 200)):  # with answers and without
        assert np.corrcoef(told["good"][rows], two[rows])[0, 1] > 0.9
        assert abs(np.corrcoef(told["none"][rows], two[rows])[0, 1]) < 0.4
    np.testing.assert_allclose(told["both"], (told["good"] + told["none"]) / 2)
    every = two_arms.shares(sample[:160], {"good": good[:160]}, 5, 0)
    np.testing.assert_allclose(every["good"], told["good"][:160])


def test_more_answers_leave_less_doubt():
    rng = np.random.default_rng(0)
    share = rng.dirichlet((1, 1, 1), 120)
    few, many = (np.array([rng.multinomial(n, one) for one in share]) for n in (5, 200))
    low, high = (two_arms.ceiling(one, 1, draws=30, rng=0) for one in (few, many))
    assert 0.6 < low["value"] < high["value"] <= 1
    assert low["low"] <= low["value"] <= low["high"]
