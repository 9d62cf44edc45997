"""Maps against parts that are known."""

import numpy as np
import pytest

from galutils.explain import known_parts

AXIS = np.arange(32) - 15.5
WHERE = np.hypot(AXIS, AXIS[:, None]) < 14


@pytest.fixture(scope="module")
def parts():
    """A sector of every image, in four directions."""
    angle = np.arctan2(AXIS[:, None], AXIS)
    return np.stack([(np.cos(angle - one) > 0.8) & WHERE for one in (0.3, 1.2, 3.0, 4.0)])


def test_the_parts_themselves_score_as_well_as_can_be(parts):
    share = parts[:, WHERE].mean(axis=1)
    found = known_parts.hits(parts.astype(float), parts, WHERE)
    np.testing.assert_allclose(found[:, 0], 1 / share)
    np.testing.assert_allclose(found[:, 1], 1)


def test_noise_scores_by_chance_and_nothing_is_nan(parts):
    noise = np.random.default_rng(0).random(parts.shape)
    found = known_parts.hits(noise, parts, WHERE)
    np.testing.assert_allclose(found, [[1, 0.5]] * 4, atol=0.1)
    assert np.isnan(known_parts.hits(np.zeros(parts.shape), parts, WHERE)).all()


def test_turned_maps_have_only_the_profile(parts):
    found = known_parts.hits_of_turned(parts.astype(float), parts, WHERE)
    assert (found[:, 1] < 0.6).all() and (found[:, 0] < 2).all()
    round_map = np.broadcast_to(np.hypot(AXIS, AXIS[:, None]), parts.shape)
    np.testing.assert_allclose(
        known_parts.hits_of_turned(round_map, parts, WHERE),
        known_parts.hits(round_map, parts, WHERE),
    )


def test_brightest_are_the_share_asked_for(parts):
    values = np.random.default_rng(1).random(parts.shape)
    found = known_parts.brightest(values, WHERE)
    assert not found[:, ~WHERE].any()
    np.testing.assert_allclose(found[:, WHERE].mean(axis=1), 0.25, atol=0.01)
    inside = found & WHERE
    assert values[inside].min() > 0.7
