"""A training that was stopped ends as one that was not; the same twice; any other starts anew."""

from functools import partial

import keras
import numpy as np
import pytest

from galutils.networks import resume, train

EPOCHS = 5


def network(rate=0.5):
    """Return a network with all that has a state: dropout, batch normalisation, Adam."""
    layers = [keras.Input((6,)), keras.layers.Dense(8), keras.layers.BatchNormalization()]
    layers += [keras.layers.Dropout(rate), keras.layers.Dense(1, activation="sigmoid")]
    model = keras.Sequential(layers)
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"], jit_compile=False)
    return model


build = train.reused(network)


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    y = np.arange(90) % 2
    x = (rng.normal(size=(90, 6)) + 0.3 * y[:, None]).astype("f4")
    return x[:60], y[:60], (x[60:], y[60:])


def fit(data, folder, patience=2, epochs=EPOCHS, seed=1, build=build):
    settings = {"batch_size": 16, "resume": folder}
    model, history = train.fit(build, *data, epochs, seed, patience, **settings)
    return [np.asarray(v) for v in model.weights], history


def stop_after(monkeypatch, epochs):
    """Break off in the writing of the state after that of some epochs."""
    write, written = resume._write, []

    def count(*arguments):
        if len(written) == epochs:
            raise KeyboardInterrupt
        write(*arguments)
        written.append(1)

    monkeypatch.setattr(resume, "_write", count)
    return written


@pytest.mark.parametrize("patience", [None, 2])
def test_stopped_in_any_epoch_it_ends_with_the_same_weights_and_history(
    data, tmp_path, monkeypatch, patience
):
    expected, whole = fit(data, tmp_path / "whole", patience)
    runs = 0
    while True:
        with monkeypatch.context() as patch:
            written = stop_after(patch, 2)
            runs += 1
            try:
                weights, history = fit(data, tmp_path / "broken", patience)
                break
            except KeyboardInterrupt:
                assert len(written) == 2
    assert runs == -(-len(whole) // 2)
    np.testing.assert_array_equal(history.to_numpy(), whole.to_numpy())
    assert list(history) == list(whole)
    for one, other in zip(weights, expected, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_training_that_stopped_early_stays_so(data, tmp_path, monkeypatch):
    _, history = fit(data, tmp_path, patience=1, epochs=30)
    assert len(history) < 30
    stop_after(monkeypatch, 0)  # no epoch is run
    _, again = fit(data, tmp_path, patience=1, epochs=30)
    np.testing.assert_array_equal(again.to_numpy(), history.to_numpy())


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 2},
        {"epochs": 3},
        {"patience": 3},
        {"build": partial(network, 0.4)},
        {"data": 1.01},
    ],
    ids=lambda change: next(iter(change)),
)
def test_another_training_starts_anew(data, tmp_path, change):
    _, first = fit(data, tmp_path)
    factor = change.pop("data", 1)
    _, second = fit((data[0] * np.float32(factor), *data[1:]), tmp_path, **change)
    assert len(list(tmp_path.glob("*.npz"))) == 2
    if "epochs" not in change:
        assert not np.array_equal(first.to_numpy(), second.to_numpy())


def test_every_row_is_in_every_epoch_once_and_the_order_changes():
    x = np.arange(10)
    fed = resume.batches(x, x, 4, resume.orders(3))["x"]
    epochs = [[next(fed)[0] for _ in range(3)] for _ in range(3)]
    assert [[len(batch) for batch in epoch] for epoch in epochs] == [[4, 4, 2]] * 3
    orders = [np.concatenate(epoch).tolist() for epoch in epochs]
    assert all(sorted(order) == x.tolist() for order in orders)
    assert len({tuple(order) for order in orders}) == 3
    later = resume.batches(x, x, 10, resume.orders(3, epoch=2))["x"]
    assert next(later)[0].tolist() == orders[2]


def test_a_damaged_state_is_named(data, tmp_path):
    fit(data, tmp_path)
    [path] = tmp_path.glob("*.npz")
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(ValueError, match=f"{path.name}: expected the state of a training"):
        fit(data, tmp_path)


def test_what_a_kill_left_is_swept_and_the_end_removes_ours_only(data, tmp_path):
    fit(data, tmp_path, epochs=1)
    [path] = tmp_path.glob("*.npz")
    path.rename(tmp_path / f".{path.name}.k3jx_10z")
    fit(data, tmp_path, epochs=1)
    assert [one.name for one in tmp_path.iterdir()] == [path.name]
    (tmp_path / "another's.npz").touch()
    resume.clear("")
    assert path.exists()
    resume.clear(tmp_path)
    assert [one.name for one in tmp_path.iterdir()] == ["another's.npz"]


def test_the_name_of_a_training_does_not_depend_on_models_built_before():
    names = []
    for _ in range(2):
        keras.utils.set_random_seed(1)
        names.append(resume.digest(network(), [np.ones(3)], [1]))
        network()
    assert names[0] == names[1]
