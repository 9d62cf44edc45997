"""The Perseus networks in data/weights are what their records say, on today's sample."""

import os
from types import SimpleNamespace

import numpy as np
import pytest

from galutils.inputs import images
from galutils.mock import SEED
from galutils.mock import perseus as mock_perseus
from galutils.networks import cross_validation, shipped, train
from galutils.physics import photometry
from galutils.scores import binary
from galutils.surveys import perseus

PREFIX = {"mock": "perseus", "archive": "perseus_real"}
FOLDS = ("folds", "folds_without_faint", "folds_without_stars")


@pytest.fixture(scope="module", params=PREFIX)
def files(request, tmp_path_factory):
    """The training files of the book's mock, and where it is at hand of the archive."""
    source = request.param
    if source == "archive" and "GALUTILS_DATA" not in os.environ:
        pytest.skip("GALUTILS_DATA is not set")
    with pytest.MonkeyPatch.context() as patch:
        if source == "mock":
            root = tmp_path_factory.mktemp("mock")
            (root / "perseus").mkdir()
            mock_perseus.write(root / "perseus", rng=SEED)
            patch.setenv("GALUTILS_MOCK", str(root))
        table, _ = perseus.load_training(source=source)
    label = np.array(table["label"])
    return SimpleNamespace(
        prefix=PREFIX[source],
        pixels=np.array(table["image"]),
        label=label,
        apart=np.where(np.array(table["star"]) & (label == 0), 2, label),
        galaxy=np.array(table["galaxy"]),
        catalogue=np.array(table["origin"]) == "catalogue",
    )


def _refuse(*args):
    raise AssertionError("the shipped networks do not fit the sample as it is made today")


def _family(name):
    _, card = shipped.read(name)
    return shipped.Family(name, _refuse, card["settings"]), card


def _agree(found, recorded):
    assert recorded
    for name, value in recorded.items():
        assert found[name] == pytest.approx(value, abs=0.005), name


def _of_folds(family, card, x, labels, truth, galaxy):
    n_folds, seed = card["settings"]["n_folds"], card["members"][0]["seed"]
    found, *_ = cross_validation.cross_validate(
        family, x, labels, galaxy, n_folds, seed, train.predict_symmetric
    )
    _agree(binary.scores(truth, found), card["scores"])


@pytest.mark.parametrize("name", FOLDS)
def test_networks_by_galaxy_have_their_recorded_scores(files, name):
    family, card = _family(f"{files.prefix}_{name}")
    assert card["galaxies"] == sorted(set(files.galaxy.tolist()))
    x = images.block_average(files.pixels, card["settings"]["side"])
    _of_folds(family, card, x, files.apart, files.label, files.galaxy)


@pytest.mark.parametrize("watched", ("angle", "galaxy"))
def test_networks_as_published_have_their_recorded_scores(files, watched):
    if files.prefix != "perseus":
        pytest.skip("shipped for the mock only")
    family, card = _family(f"{files.prefix}_published_by_{watched}")
    _of_turned(family, card, files.pixels, files.label, files.galaxy)
    both = {"B"} if watched == "angle" else {"T", "V"}
    assert all(set(one["roles"]) - {"E"} == both for one in card["members"])


def _of_turned(family, card, pixels, label, galaxy):
    seeds, settings = [one["seed"] for one in card["members"]], card["settings"]
    found, *_ = cross_validation.judge_turned(
        family, pixels, label, galaxy, seeds, settings["angles"], settings["side"]
    )
    _agree(binary.scores(found["label"], found["probability"]), card["scores"])


@pytest.mark.parametrize("colours", ("colour", "grey"))
def test_networks_of_catalogue_objects_have_their_recorded_scores(files, colours):
    chosen = files.catalogue & (photometry.red_share(files.pixels) <= photometry.OVER_RED)
    pixels, label, galaxy = files.pixels[chosen], files.label[chosen], files.galaxy[chosen]
    pixels = images.grayscale(pixels) if colours == "grey" else pixels
    family, card = _family(f"{files.prefix}_catalogue_{colours}")
    x = images.block_average(pixels, card["settings"]["side"])
    _of_folds(family, card, x, label, label, galaxy)
    if files.prefix == "perseus":  # shipped for the mock only
        family, card = _family(f"perseus_catalogue_published_{colours}")
        _of_turned(family, card, pixels, label, galaxy)


def test_all_training_galaxies_trained_the_network_for_new_cutouts(files):
    family, card = _family(f"{files.prefix}_membership")
    assert shipped.seen(card, 0) == set(files.galaxy.tolist())
    model, _ = family(None, None, files.galaxy, card["members"][0]["seed"])
    size = card["settings"]["side"]
    p = train.predict_symmetric(model, images.block_average(files.pixels, size))
    assert binary.auc(files.label, p) > 0.95  # it has seen them


@pytest.mark.parametrize("size", (20, 40, 50))
def test_networks_of_several_sizes_have_their_recorded_area(files, size):
    if files.prefix != "perseus":
        pytest.skip("shipped for the mock only")
    family, card = _family(f"perseus_side_{size}")
    x = images.block_average(files.pixels, size)
    _of_folds(family, card, x, files.label, files.label, files.galaxy)
