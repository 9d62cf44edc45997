"""No galaxy on both sides, the published way excepted."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from galutils.inputs import split


def sample(seed, n=120, repeats=40):
    rng = np.random.default_rng(seed)
    galaxies = rng.permutation(10_000_000_000 + np.arange(n))
    groups = np.concatenate([galaxies, rng.choice(galaxies, repeats)])
    labels = (groups % 3 > 0).astype(int)
    return labels, groups


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_folds_never_divide_a_galaxy_and_test_every_row_once(seed):
    labels, groups = sample(seed)
    tested = []
    for train, test in split.folds(labels, groups, 4, rng=seed):
        assert split.shared_galaxies(groups, train, test).size == 0
        assert set(labels[test]) == {0, 1}
        tested.extend(test)
    assert sorted(tested) == list(range(len(labels)))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_by_galaxy_keeps_galaxies_and_shares(seed):
    labels, groups = sample(seed)
    parts = split.by_galaxy(labels, groups, rng=seed)
    assert split.shared_galaxies(groups, *parts).size == 0
    assert sorted(np.concatenate(parts)) == list(range(len(labels)))
    galaxies = [np.unique(groups[part]).size for part in parts]
    np.testing.assert_allclose(galaxies, [84, 18, 18], atol=1)


def test_as_published_puts_copies_on_both_sides():
    groups = np.repeat(np.arange(100), 9)
    labels = (groups % 8 > 0).astype(int)
    train, test = split.random_split(labels, rng=0)
    assert len(test) == 180
    assert split.shared_galaxies(groups, train, test).size > 80


def test_seed_decides():
    labels, groups = sample(0)
    first, second, other = (split.by_galaxy(labels, groups, rng=seed) for seed in (1, 1, 2))
    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))
    assert not np.array_equal(first[0], other[0])


def test_impossible_splits_are_refused():
    with pytest.raises(ValueError, match="class 0 has 2 galaxies"):
        list(split.folds([0, 0, 0, 1, 1, 1, 1, 1], [1, 1, 2, 3, 4, 5, 6, 7], 3))
    with pytest.raises(ValueError, match="add up to 1"):
        split.by_galaxy([0, 1], [1, 2], (0.5, 0.4))


def test_fixed_folds_are_taken_and_may_not_divide_a_galaxy():
    labels, groups = np.array([0, 1, 0, 1]), np.array(["a", "b", "c", "b"])
    sides = list(split.folds(labels, groups, np.array([0, 1, 2, 1])))
    assert [test.tolist() for _, test in sides] == [[0], [1, 3], [2]]
    assert [train.tolist() for train, _ in sides] == [[1, 2, 3], [0, 2], [0, 1, 3]]
    with pytest.raises(ValueError, match="received b in several"):
        list(split.folds(labels, groups, np.array([0, 1, 2, 0])))


@pytest.mark.parametrize(
    "labels",
    [np.where(np.arange(50) < 10, np.nan, 1), np.full(50, np.nan),
     np.ma.array(np.arange(50) % 2, mask=np.arange(50) < 10),
     np.where(np.arange(50) < 10, None, "a")],
)  # fmt: skip
def test_rows_without_a_label_are_refused(labels):
    from galutils.inputs import augment, resampling

    rows = np.arange(50)
    for call in (
        lambda: split.by_galaxy(labels, rows, (0.5, 0.5), rng=0),
        lambda: list(split.folds(labels, rows)),
        lambda: split.random_split(labels),
        lambda: resampling.capped(labels, 3),
        lambda: resampling.oversampled(labels),
        lambda: resampling.effective_weights(labels),
        lambda: augment.augment_to_balance(np.zeros((50, 4, 4, 1)), labels, {0: 1, 1: 1}),
    ):
        with pytest.raises(
            ValueError, match="labels: expected one in every row, received .* without"
        ):
            call()


@pytest.mark.parametrize(
    "groups", [[1, np.nan, 3, 4], np.ma.array([1, 2, 3, 4], mask=[0, 1, 0, 0])]
)
def test_rows_without_a_galaxy_are_refused(groups):
    with pytest.raises(ValueError, match="groups: expected one in every row, received 1 rows"):
        split.by_galaxy([0, 1, 0, 1], groups)
    with pytest.raises(ValueError, match="groups: expected one in every row"):
        split.shared_galaxies(groups, [0, 1], [2])
