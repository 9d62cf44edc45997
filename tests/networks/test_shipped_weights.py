"""The networks in data/weights are what their records say, on the sample as it is made today."""

import os
from types import SimpleNamespace

import numpy as np
import pytest

from galutils.inputs import augment, images, split
from galutils.mock import SEED
from galutils.mock import sami as mock_sami
from galutils.networks import cross_validation, equivariant, saved, shipped, train
from galutils.scores import binary
from galutils.surveys import manga, sami


@pytest.fixture(scope="module")
def known(tmp_path_factory):
    """The labelled galaxies of the mock of the book: inputs, labels, catid."""
    root = tmp_path_factory.mktemp("mock")
    mock_sami.write(root / "sami", rng=SEED)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GALUTILS_MOCK", str(root))
        galaxies, _ = sami.load(source="mock")
    galaxies = galaxies[galaxies["label"] >= 0]
    return SimpleNamespace(
        x=images.network_input(galaxies["velocity"]),
        label=np.array(galaxies["label"]),
        catid=np.array(galaxies["catid"]),
    )


def _agree(found, recorded):
    for name, value in recorded.items():
        assert found[name] == pytest.approx(value, abs=0.005), name


@pytest.mark.parametrize("variant", ("text", "code"))
def test_networks_as_published_have_their_recorded_scores(known, variant):
    [model], card = shipped.read(f"sami_published_{variant}")
    assert card["galaxies"] == sorted(known.catid.tolist())
    copies = {int(label): n for label, n in card["settings"]["copies"].items()}
    seed = card["members"][0]["seed"]
    copied, row = augment.augment_to_balance(known.x, known.label, copies, rng=seed)
    _, test = split.random_split(known.label[row], 0.2, rng=seed)
    found = binary.scores(known.label[row][test], train.predict(model, copied[test]))
    _agree(found, card["scores"])


def test_networks_by_galaxy_have_their_recorded_scores_on_galaxies_they_have_not_seen(known):
    models, card = shipped.read("sami_grouped")
    assert card["galaxies"] == sorted(known.catid.tolist())
    fold = np.full(len(known.catid), -1)
    for number in range(len(models)):
        unseen = ~np.isin(known.catid, list(shipped.seen(card, number)))
        assert (fold[unseen] == -1).all()
        fold[unseen] = number
    assert (fold >= 0).all()
    probability = cross_validation.predict_folds(models, known.x, fold)
    _agree(binary.scores(known.label, probability), card["scores"])


def test_every_network_in_the_folder_loads_and_has_a_record_but_the_backbone():
    assert equivariant.SymmetricConv2D  # one of them has such layers
    for path in sorted(shipped.FOLDER.glob("*.keras")):
        if path.name == "galaxy.keras":
            saved.load(path)
        else:
            models, card = shipped.read(path.stem)
            assert models and {"about", "source", "settings", "machine", "scores"} <= set(card)


@pytest.mark.skipif("GALUTILS_DATA" not in os.environ, reason="no archive folder")
def test_networks_of_real_fields_have_their_recorded_scores_on_galaxies_they_have_not_seen():
    models, card = shipped.read("manga_rotation")
    fields, _ = manga.load_fields(source="archive")
    fields = fields[np.array(fields["rotator"]) >= 0]
    group = np.array(fields["group"])
    assert card["galaxies"] == np.unique(group).tolist()
    scale = {name: card["settings"][name] for name in ("unit", "limit")}
    x = images.fill_frame(np.array(fields["velocity"], dtype=float), **scale)
    fold = np.full(len(group), -1)
    for number in range(len(models)):
        fold[~np.isin(group, list(shipped.seen(card, number)))] = number
    probability = cross_validation.predict_folds(models, x, fold, train.predict_symmetric)
    _agree(binary.scores(np.array(fields["rotator"]), probability), card["scores"])
