import numpy as np
import pandas as pd
import pytest

from galutils.inputs import split
from galutils.networks import train
from galutils.scores import binary, intervals
from galutils.studies import protocol_ablation, protocol_scores

STEPS = ["A", "A'", "B", "C", "D", "E"]


def dense(n_inputs=24, rate=5e-3):
    import keras

    layers = [
        keras.Input((n_inputs,)),
        keras.layers.Dense(64, activation="relu"),
        keras.layers.Dense(1, activation="sigmoid"),
    ]
    model = keras.Sequential(layers)
    model.compile(
        optimizer=keras.optimizers.Adam(rate),
        loss="binary_crossentropy",
        metrics=["accuracy"],
        jit_compile=False,
    )
    return model


@pytest.fixture(scope="module")
def noise():
    """Galaxies with labels that nothing tells, two rows each, and two copies of each row."""
    rng = np.random.default_rng(3)
    groups = np.repeat(np.arange(80), 2)
    labels = rng.permutation(np.repeat([0, 1], 40))[groups]
    change = rng.normal(scale=0.1, size=(480, 24))
    origin = np.tile(np.arange(160), 3)
    inputs = rng.normal(size=(80, 24))[groups][origin] + change
    return inputs.astype("f4"), origin, labels, groups


@pytest.fixture(scope="module")
def build():
    return train.reused(dense)  # traced once for the file


@pytest.fixture(scope="module")
def climbed(noise, build):
    return protocol_ablation.ladder(*noise, build, epochs=6, seeds=[1], n_folds=3)


def test_known_galaxies_are_remembered_and_new_ones_guessed(climbed):
    auc = protocol_scores.scores(climbed[0])["auc"].groupby("step").mean()
    assert list(auc.index) == STEPS
    assert auc[["A", "A'"]].min() > 0.95  # copies on both sides
    assert auc[["B", "C"]].min() > 0.7  # twins on both sides
    assert auc[["D", "E"]].between(0.25, 0.75).all()
    assert climbed[1].query("step == 'D'")["accuracy"].min() > 0.9  # by heart all the same
    seen = climbed[0].groupby("step")["seen"].mean()
    assert seen["A"] == 1 and seen["C"] > 0.5
    assert seen[["D", "E"]].max() == 0


def test_the_steps_share_their_test_rows(climbed):
    part = climbed[0].set_index("step")["row"]
    for step in ("A'", "C", "D"):
        assert np.array_equal(np.sort(part[step]), np.sort(part["B"])), step
    assert np.array_equal(np.sort(part["E"]), np.arange(160))
    assert len(part["A"]) == 160


def test_another_seed_is_another_division(noise):
    _, origin, labels, groups = noise
    one, other = (
        protocol_ablation.plan(labels, groups, origin, seed=seed)[1].test for seed in (1, 2)
    )
    assert not np.array_equal(one, other)


def test_no_galaxy_is_on_two_sides_once_divided_by_galaxy(noise):
    _, origin, labels, groups = noise
    by_image = groups[origin]
    for one in protocol_ablation.plan(labels, groups, origin, n_folds=3, seed=5):
        shared = split.shared_galaxies(by_image, one.inner, one.watched, one.test)
        assert (len(shared) > 0) == (one.steps in ("A", "BC"))
        if one.steps != "A":  # no copy tests or chooses, and copies follow their originals
            assert max(one.test.max(), one.watched.max()) < len(labels)
            rows = (np.unique(origin[one.inner]), one.watched, one.test)
            assert split.shared_galaxies(np.arange(len(labels)), *rows).size == 0
            assert len(one.inner) == 3 * len(rows[0])


def test_one_row_a_galaxy_needs_no_division_by_galaxy():
    labels, rows = np.tile([0, 1], 30), np.arange(60)
    parts = protocol_ablation.plan(labels, rows + 1000, rows, n_folds=3)
    assert [(one.steps, one.fold) for one in parts] == [("BCE", 0), ("E", 1), ("E", 2)]
    assert np.array_equal(np.sort(np.concatenate([one.test for one in parts])), rows)


def test_a_side_too_small_to_watch_is_refused():
    labels, rows = np.tile([0, 1], 6), np.arange(12)
    with pytest.raises(ValueError, match="rows to watch"):
        protocol_ablation.plan(labels, rows, rows, n_folds=3, share=0.1)


def test_copies_before_originals_are_refused():
    labels = np.tile([0, 1], 4)
    with pytest.raises(ValueError, match="originals in their order"):
        protocol_ablation.plan(labels, np.arange(8), np.repeat(np.arange(8), 2))


def test_an_epoch_chosen_on_the_test_flatters(build):
    rng = np.random.default_rng(8)
    inputs, labels = rng.normal(size=(120, 24)).astype("f4"), np.tile([0, 1], 60)
    rows = np.arange(120)
    found, _ = protocol_ablation.ladder(inputs, rows, labels, rows, build, 8, [1, 2], n_folds=2)
    accuracy = protocol_scores.scores(found)["accuracy"]
    gain = accuracy.loc["B"] - accuracy.loc["C"]
    assert (gain >= 0).all()  # one training, and the best of its epochs
    assert gain.mean() > 0.02
    assert accuracy.loc["B"].mean() > 0.5
    assert abs(accuracy.loc["E"].mean() - 0.5) < 0.1


def table_of(values):
    """Predictions of one step and one seed for each name."""
    frames = [
        pd.DataFrame({
            "step": step, "seed": seed, "fold": 0, "row": np.arange(len(p)),
            "group": np.arange(len(p)),
            "label": np.arange(len(p)) % 2, "probability": p, "called": np.asarray(p) >= 0.5,
            "seen": np.arange(len(p)) < 2,
        }).astype({"called": int})
        for (step, seed), p in values.items()
    ]  # fmt: skip
    return pd.concat(frames, ignore_index=True)


def test_scores_are_those_of_evaluate():
    rng = np.random.default_rng(1)
    p = np.round(rng.random(50), 1)  # with ties
    expected = binary.scores(np.arange(50) % 2, p)
    found = protocol_scores.scores(table_of({("C", 7): p})).loc["C", 7]
    assert found.to_dict() == pytest.approx(
        {name: expected[name] for name in protocol_scores.MEASURES}
    )


def test_the_area_of_folds_is_the_mean_of_theirs():
    p = np.array([0.1, 0.2, 0.3, 0.4, 0.6, 0.7, 0.8, 0.9])  # two folds that order rightly
    both = table_of({("E", 1): p}).assign(fold=np.repeat([0, 1], 4), label=[0, 0, 1, 1] * 2)
    found = protocol_scores.scores(both).loc["E", 1]
    assert found["auc"] == 1 > binary.auc(both["label"], p)
    assert found["accuracy"] == 0.5


def test_changes_are_paired_within_a_seed():
    good, bad = np.tile([0.1, 0.9], 8), np.tile([0.9, 0.1], 8)
    middling = np.tile([0.1, 0.9, 0.9, 0.9], 4)
    table = protocol_scores.scores(
        table_of({("B", 1): good, ("B", 2): middling, ("C", 1): middling, ("C", 2): bad})
    )
    moved = protocol_scores.changes(table)
    assert list(moved) == ["B to C"]
    one = moved["B to C"]["accuracy"]
    assert one["value"] == pytest.approx(-0.5)  # 1 to 0.75 and 0.75 to 0
    expected = intervals.mean_interval([-0.25, -0.75])
    assert one == pytest.approx(expected)
    assert protocol_scores.verdict(one) == "cannot"
    assert protocol_scores.verdict({"value": -0.5, "low": -0.6, "high": -0.4}) == "can"


def test_levels_are_means_over_seeds_with_intervals_over_galaxies(climbed):
    reached = protocol_scores.levels(climbed[0], draws=60, rng=1)
    mean = protocol_scores.scores(climbed[0]).groupby("step").mean()
    assert list(reached) == STEPS
    for step in STEPS:
        one = reached[step]["accuracy"]
        assert one["value"] == pytest.approx(mean.loc[step, "accuracy"])
        assert one["low"] <= one["value"] <= one["high"]
    width = [reached[step]["accuracy"]["high"] - reached[step]["accuracy"]["low"] for step in "DE"]
    assert width[1] < width[0]  # three times as many galaxies test in all folds


def test_twins_can_be_worth_no_more_than_their_rows():
    p = np.array([0.9, 0.1, 0.2, 0.8, 0.2, 0.8])  # the two seen rows are the wrong way round
    right = np.tile([0.2, 0.8], 3)
    found = protocol_scores.gain_if_copies_known(table_of({("C", 1): p, ("C", 2): right}))
    gain = 1 - binary.auc(np.tile([0, 1], 3), p)
    assert found == pytest.approx({"value": gain / 2, "low": 0, "high": gain})


def test_the_table_has_a_row_a_step_with_its_change():
    p = np.tile([0.1, 0.9], 8)
    one = table_of({("B", 1): p, ("B", 2): p, ("C", 1): 1 - p, ("C", 2): 1 - p})
    reached = protocol_scores.levels(one, draws=20, rng=1)
    table = protocol_scores.score_table(
        reached, protocol_scores.changes(protocol_scores.scores(one))
    )
    assert list(table["step"]) == ["B", "C"]
    assert list(table["change of auc"]) == ["", "-1.000 (-1.000 to -1.000)"]
    assert table["auc"][0] == "1.000 (1.000 to 1.000)"
    assert {"accuracy", "balanced accuracy", "precision", "recall"} < set(table)
