import json
from functools import partial

import numpy as np
import pandas as pd
import pytest

from galutils.networks import cross_validation, saved, shipped, train, velocity_cnn, wrappers

SETTINGS = {"epochs": 2, "copies": {0: 1, 1: 0}}


@pytest.fixture(scope="module")
def galaxies():
    """Maps of 16x16 spaxels, labels, and galaxies of two maps each."""
    rng = np.random.default_rng(1)
    label = np.tile([0, 0, 1, 1, 1, 1], 20)
    x = rng.normal(size=(120, 16, 16, 1)).astype(np.float32) + label[:, None, None, None]
    return x, label, np.repeat(np.arange(60), 2)


@pytest.fixture(scope="module")
def side():
    build = partial(
        velocity_cnn.sami_cnn, (16, 16, 1), (8, 8), dropout=0.4, l2=1e-3, jit_compile=False
    )
    return partial(
        cross_validation.fit_watched,
        build=train.reused(build),
        copies={0: 1, 1: 0},
        epochs=2,
        patience=2,
    )


@pytest.fixture(scope="module")
def trained(galaxies, side, tmp_path_factory):
    """Out-of-fold probabilities of three networks, and the folder they were shipped to."""
    folder = tmp_path_factory.mktemp("weights")
    family = shipped.Family("small", side, SETTINGS, "train", folder)
    probability, fold, *_ = cross_validation.cross_validate(family, *galaxies, 3, 1)
    source = {"source": "archive"}
    family.ship(galaxies[2], about="a test", source=source, scores={"auc": 0.5})
    assert family.trained
    return probability, fold, folder


def _refuse(*args):
    raise AssertionError("trained although a network is shipped")


def test_shipped_networks_predict_as_those_that_were_trained(trained, galaxies):
    probability, _, folder = trained
    family = shipped.Family("small", _refuse, SETTINGS, folder=folder)
    again, _, _, histories = cross_validation.cross_validate(family, *galaxies, 3, 1)
    np.testing.assert_allclose(again, probability, atol=0.005)  # weights have three digits
    assert not family.trained and family.shipped == len(family.members)
    assert list(histories[0]["epoch"]) == [1, 2] and np.isfinite(histories[2]["val_loss"]).all()


def test_galaxies_that_no_network_has_seen_are_judged_by_those_shipped(trained, galaxies, side):
    x, label, group = galaxies
    family = shipped.Family("small", _refuse, SETTINGS, folder=trained[2])
    cross_validation.cross_validate(family, x, label, group + 1000, 3, 1)
    assert not family.trained and family.members[0]["history"]
    some = shipped.Family("small", side, SETTINGS, folder=trained[2])
    cross_validation.cross_validate(some, x, label, group + 50, 3, 1)  # ten are known
    assert some.trained


def test_networks_of_a_mock_do_not_judge_an_archive(trained, galaxies, side, tmp_path):
    for file in trained[2].iterdir():
        text = file.read_bytes().replace(b'"archive"', b'"mock"')
        (tmp_path / file.name).write_bytes(text)
    x, label, group = galaxies
    family = shipped.Family("small", side, SETTINGS, folder=tmp_path)
    cross_validation.cross_validate(family, x, label, group + 1000, 3, 1)
    assert family.shipped and family.trained


def test_record_names_the_galaxies_each_network_has_seen(trained, galaxies):
    _, fold, folder = trained
    models, card = shipped.read("small", folder)
    assert len(models) == 3 and card["about"] == "a test" and card["scores"] == {"auc": 0.5}
    groups = galaxies[2]
    for number in range(3):
        assert shipped.seen(card, number) == set(groups[fold != number].tolist())
        assert {"T", "V", "E"} == set(card["members"][number]["roles"])


def test_other_folds_are_trained_anew_and_nothing_is_overwritten(trained, galaxies, side):
    folder = trained[2]
    before = (folder / "small.json").read_bytes()
    family = shipped.Family("small", side, SETTINGS, folder=folder)
    cross_validation.cross_validate(family, *galaxies, 3, 2)
    assert family.trained
    family.ship(galaxies[2])  # only networks trained in order to be shipped replace others
    untouched = shipped.Family("small", _refuse, SETTINGS, folder=folder)
    cross_validation.cross_validate(untouched, *galaxies, 3, 1)
    untouched.ship(galaxies[2])
    assert (folder / "small.json").read_bytes() == before


def test_other_settings_or_another_seed_are_trained_anew(trained, galaxies, side):
    folder = trained[2]
    groups = galaxies[2]
    _, card = shipped.read("small", folder)
    first = np.isin(groups, list(shipped.seen(card, 0)))
    given = [one[first] for one in galaxies]
    for settings, seed, trains in (
        (SETTINGS, 1, False),
        (SETTINGS | {"epochs": 3}, 1, True),
        (SETTINGS, 2, True),
    ):
        family = shipped.Family("small", side, settings, folder=folder)
        family(*given, seed)
        assert family.trained == trains, (settings, seed)


def test_copies_on_both_sides_are_recorded(galaxies, side, tmp_path):
    leaky = partial(
        cross_validation.fit_copied_first, **{**side.keywords, "epochs": 1}, test_fraction=0.3
    )
    family = shipped.Family("leaky", leaky, SETTINGS, "train", tmp_path)
    family(*galaxies, 1)
    family.ship(galaxies[2])
    _, card = shipped.read("leaky", tmp_path)
    assert "B" in card["members"][0]["roles"] and "E" not in card["members"][0]["roles"]


def test_half_precision_halves_the_weights(tmp_path):
    model = velocity_cnn.sami_cnn((16, 16, 1), (64, 64), jit_compile=False)
    for half in (False, True):
        saved.save(model, tmp_path / f"{half}.keras", half=half)
    whole, half = ((tmp_path / f"{one}.keras").stat().st_size for one in (False, True))
    assert half < 0.6 * whole
    loaded = saved.load(tmp_path / "True.keras")
    for kept, rounded in zip(model.get_weights(), loaded.get_weights(), strict=True):
        assert rounded.dtype == np.float32
        np.testing.assert_allclose(rounded, kept, rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize("change", ("card", "missing", "fewer"))
def test_damaged_files_are_named(trained, tmp_path, change):
    folder = trained[2]
    for name in ("small.keras", "small.json"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    card = json.loads((folder / "small.json").read_text())
    if change == "card":
        card["sha256"] = "0" * 64
    if change == "fewer":
        card["members"] = card["members"][:2]
    (tmp_path / "small.json").write_text(json.dumps(card))
    if change == "missing":
        (tmp_path / "small.json").unlink()
    with pytest.raises((ValueError, FileNotFoundError), match="small"):
        shipped.Family("small", _refuse, SETTINGS, folder=tmp_path)


def test_an_unknown_way_to_get_weights_is_refused():
    with pytest.raises(ValueError, match="expected auto or train, received 'shiped'"):
        shipped.Family("small", _refuse, SETTINGS, "shiped")


def test_a_history_without_groups_means_that_all_trained(galaxies, tmp_path):
    def fit(x, labels, groups, seed):
        model = velocity_cnn.sami_cnn((16, 16, 1), (4,), jit_compile=False)
        return model, pd.DataFrame({"epoch": [1], "loss": [0.7]})

    family = shipped.Family("plain", fit, SETTINGS, "train", tmp_path)
    family(*galaxies, 1)
    family.ship(galaxies[2])
    _, card = shipped.read("plain", tmp_path)
    assert set(card["members"][0]["roles"]) == {"T"}


def test_several_networks_of_one_training_are_shipped_together(galaxies, side, tmp_path):
    def fit(x, labels, groups, seed):
        found = [side(x, labels, groups, seed + one) for one in (0, 1)]
        copies = tuple(wrappers.copied(model) for model, _ in found)
        return copies, found[0][1]

    family = shipped.Family("pairs", fit, SETTINGS, "train", tmp_path)
    pairs = [family(*galaxies, seed)[0] for seed in (1, 2)]
    family.ship(galaxies[2])
    again = shipped.Family("pairs", _refuse, SETTINGS, folder=tmp_path)
    x = galaxies[0]
    for seed, pair in zip((1, 2), pairs, strict=True):
        kept, history = again(*galaxies, seed)
        assert len(kept) == 2 and history.attrs["cpu_seconds"] >= 0
        for one, other in zip(kept, pair, strict=True):
            np.testing.assert_allclose(train.predict(one, x), train.predict(other, x), atol=0.005)


FRAME = pd.DataFrame({"name": ["a", "b"], "value": [0.1234567, np.nan], "right": [True, False]})
ROWS = [[1, 2, 3], [0, 1, 1]]


def test_results_are_kept_for_their_sample_and_settings_only(tmp_path):
    calls = []

    def compute():
        calls.append(1)
        return FRAME, np.array([[0.25, 0.5]], np.float32), [1, 2.5]

    given = "many", compute, {"epochs": 2}
    found = shipped.kept(*given, ROWS, "train", tmp_path, about="a test")
    again = shipped.kept(*given, np.array(ROWS), folder=tmp_path)
    assert again == found and len(calls) == 1
    frame, array, numbers = again
    pd.testing.assert_frame_equal(pd.DataFrame(frame), FRAME.round(5))
    assert (array, numbers) == ([[0.25, 0.5]], [1, 2.5])
    before = (tmp_path / "many.json").read_bytes()
    assert {"about", "machine", "date", "seconds"} <= set(json.loads(before))
    for settings, rows in (({"epochs": 3}, ROWS), ({"epochs": 2}, [[1, 2, 4], [0, 1, 1]])):
        assert shipped.kept("many", compute, settings, rows, folder=tmp_path) == found
    assert len(calls) == 3 and (tmp_path / "many.json").read_bytes() == before
    with pytest.raises(ValueError, match="expected auto or train, received 'no'"):
        shipped.kept(*given, ROWS, "no", tmp_path)
