"""Calibration measured, corrected, and cuts that keep their promise."""

import keras
import numpy as np
import pytest
from forecasts import drawn
from keras import layers

from galutils.scores import calibration, evaluate


def test_reliability_by_hand():
    labels = [0, 1, 1, 1, 0, 1]
    probability = [0.1, 0.15, 0.15, 0.8, 0.9, 1.0]
    table = calibration.reliability(labels, probability, bins=2, equal="width")
    assert table["count"].tolist() == [3, 3]
    assert table["probability"].tolist() == pytest.approx([0.4 / 3, 0.9])
    assert table["value"].tolist() == pytest.approx([2 / 3, 2 / 3])
    assert table.loc[0, "low"] == evaluate.share_interval(2, 3)["low"]
    error = calibration.expected_error(labels, probability, 2, "width")
    assert error == pytest.approx((2 / 3 - 0.4 / 3) / 2 + (0.9 - 2 / 3) / 2)
    with pytest.raises(ValueError, match="count or width, received 'size'"):
        calibration.reliability(labels, probability, equal="size")


def test_equal_counts_do_not_depend_on_the_order_of_ties():
    probability = np.repeat([0.0, 0.3, 1.0], [70, 10, 20])
    labels = np.arange(100) % 2
    counts = calibration.reliability(labels, probability, 5)["count"]
    assert counts.tolist() == [70, 10, 20]
    shuffled = np.random.default_rng(0).permutation(100)
    assert calibration.expected_error(labels, probability, 5) == pytest.approx(
        calibration.expected_error(labels[shuffled], probability[shuffled], 5)
    )


def test_perfect_probabilities_have_the_error_of_chance_and_others_more():
    inside = 0
    for seed in range(40):
        labels, truth, _ = drawn(400, seed=seed)
        chance = calibration.chance_error(truth, draws=300, rng=seed)
        assert 0.02 < chance["value"] < 0.07  # not zero
        inside += chance["low"] <= calibration.expected_error(labels, truth) <= chance["high"]
    assert inside >= 34  # 38 expected
    labels, _, said = drawn(400, sharpness=3)
    assert calibration.expected_error(labels, said) > calibration.chance_error(said)["high"]


def test_interval_of_the_calibration_error_holds_the_error_without_noise():
    _, truth, said = drawn(200000, sharpness=2)
    true_error = calibration.expected_error(truth, said)
    held = 0
    for seed in range(30):
        labels, _, said = drawn(300, sharpness=2, seed=100 + seed)
        ece = calibration.intervals(labels, said, np.arange(300), 100, seed)["ece"]
        assert 0 <= ece["low"] <= ece["value"] <= ece["high"]
        held += ece["low"] <= true_error <= ece["high"]
    assert held >= 25
    labels, truth, _ = drawn(300, seed=7)
    ece = calibration.intervals(labels, truth, np.arange(300), 100, 7)["ece"]
    assert ece["low"] < 0.01  # the quantiles themselves would start above the value


def test_scores_by_hand():
    found = calibration.scores([1, 0, 1, 0], [0.9, 0.2, 0.4, 0.0])
    assert found["brier"] == pytest.approx((0.01 + 0.04 + 0.36) / 4)
    assert found["log loss"] == pytest.approx(-np.log([0.9, 0.8, 0.4]).sum() / 4, abs=1e-6)
    # in order of certainty 0.0, 0.9, 0.2, 0.4: only the last is wrong
    assert found["risk area"] == pytest.approx((0 + 0 + 0 + 1 / 4) / 4)
    assert np.isfinite(calibration.scores([1, 0], [0.0, 1.0])["log loss"])
    assert calibration.scores([1, 0], np.array([1, 1e-9], np.float32))["log loss"] < 1e-5


def test_temperature_undoes_too_much_certainty_and_keeps_the_order():
    labels, truth, said = drawn(20000, sharpness=2.5)
    found = calibration.temperature(labels, said)
    assert found == pytest.approx(2.5, rel=0.06)
    np.testing.assert_allclose(calibration.tempered(said, found), truth, atol=0.02)
    inner = said[(said > 1e-6) & (said < 1 - 1e-6)]
    assert np.array_equal(np.argsort(calibration.tempered(inner, found)), np.argsort(inner))
    ends = calibration.tempered([0.0, 0.5, 1.0], 2.0)
    assert 0 < ends[0] < 0.01 and ends[1] == 0.5 and ends[2] == pytest.approx(1 - ends[0])


def test_prior_correction_is_the_theorem_of_bayes():
    rng = np.random.default_rng(1)
    one, zero = rng.random((2, 50))
    balanced = one / (one + zero)
    natural = 0.9 * one / (0.9 * one + 0.1 * zero)
    np.testing.assert_allclose(calibration.prior_corrected(balanced, 0.5, 0.9), natural)
    np.testing.assert_allclose(calibration.prior_corrected(natural, 0.9, 0.5), balanced)
    assert calibration.prior_corrected([0.0, 1.0], 0.5, 0.9).tolist() == [0, 1]
    with pytest.raises(ValueError, match="between 0 and 1, received 1 and"):
        calibration.prior_corrected(balanced, 1, 0.9)


@pytest.fixture(scope="module")
def network():
    keras.utils.set_random_seed(0)
    chain = [layers.Dense(64), layers.BatchNormalization(momentum=0.5), layers.Dropout(0.5)]
    chain += [layers.Dense(16, activation="relu"), layers.BatchNormalization(), layers.Dropout(0.2)]
    return keras.Sequential([keras.Input((3,)), *chain, layers.Dense(1, activation="sigmoid")])


def test_dropout_draws_drop_but_leave_batch_normalisation_at_rest(network):
    x = np.random.default_rng(2).normal(5, 3, (40, 3)).astype(np.float32)
    before = network.get_weights()
    drawn = calibration.dropout_draws(network, x, 400, rng=1, batch_size=16)
    assert drawn.shape == (400, 40) and np.all(drawn.std(axis=0) > 0.01)
    for old, new in zip(before, network.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
    np.testing.assert_array_equal(drawn, calibration.dropout_draws(network, x, 400, 1, 16))
    # a galaxy by itself has the same mean as among others; batch statistics would make it 0
    alone = calibration.dropout_draws(network, x[:1], 400, rng=3).mean()
    spread = drawn[:, 0].std() / np.sqrt(200)
    assert abs(alone - drawn[:, 0].mean()) < 4 * spread
    assert abs(drawn[:, 0].mean() - float(network(x[:1], training=False)[0, 0])) < 0.1


def test_without_dropping_the_draws_are_the_prediction(network):
    x = np.random.default_rng(2).normal(5, 3, (10, 3)).astype(np.float32)
    still = keras.models.clone_model(network)
    still.set_weights(network.get_weights())
    rates = [layer for layer in still.layers if isinstance(layer, layers.Dropout)]
    for layer in rates:
        layer.rate = 0.0
    drawn = calibration.dropout_draws(keras.Model(still.inputs, still.outputs), x, 3, rng=0)
    expected = np.asarray(network(x, training=False))[:, 0]
    np.testing.assert_allclose(drawn, [expected] * 3, rtol=1e-5)


def test_dropout_draws_refuse_what_they_would_get_wrong():
    inputs = keras.Input((3,))
    flat = keras.Model(inputs, layers.Dense(1)(inputs), name="flat")
    branched = layers.Dropout(0.5)(layers.Dense(3)(inputs))
    branched = keras.Model(inputs, layers.Dense(1)(layers.Add()([inputs, branched])), name="side")
    for model in (flat, branched):
        with pytest.raises(ValueError, match=f"{model.name}: expected a chain"):
            calibration.dropout_draws(model, np.zeros((2, 3), np.float32))


def test_networks_of_an_ensemble_share_their_maps_but_not_their_start(monkeypatch):
    seen = []

    def fit(build, x, y, validation, epochs, seed, patience, batch_size):
        seen.append((x, y, seed))
        assert validation is None and patience is None  # nothing is watched, the last epoch counts
        return seed, None

    monkeypatch.setattr(calibration.train, "fit", fit)
    x = np.random.default_rng(0).random((6, 8, 8, 1)).astype(np.float32)
    labels = np.array([1, 1, 1, 1, 0, 0])
    models = list(calibration.deep_ensemble(None, x, labels, {1: 0, 0: 1}, 3, 2, seed=5))
    assert models == [5, 6, 7]
    for maps, target, _ in seen:
        assert target.tolist() == [1, 1, 1, 1, 0, 0, 0, 0]
        np.testing.assert_array_equal(maps, seen[0][0])
