"""The mock of Galaxy Zoo 2: its layout and flaws, and votes that follow from the images."""

import hashlib

import numpy as np
import pytest
from scipy import stats

from galutils.mock import gz2, publish
from galutils.mock.bodies import gz2_population
from galutils.mock.instruments import gz2_images, gz2_volunteers
from galutils.studies import arm_selection
from galutils.surveys import gz2 as survey
from galutils.surveys.gz2 import decision_tree as gz2_decision_tree
from galutils.surveys.gz2 import votes as gz2_votes

N = 1500


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    path = tmp_path_factory.mktemp("mock")
    publish(gz2.write, path / "gz2", N, 3)
    return path


@pytest.fixture(scope="module")
def many():
    """As many galaxies as the survey has, with votes, and no image of them."""
    rng = np.random.default_rng(8)
    galaxies = gz2_population.draw(234_500, rng)
    chances = gz2_volunteers.probabilities(galaxies, rng)
    return galaxies, chances, gz2_volunteers.vote(chances, rng)


@pytest.fixture(scope="module")
def voted(many, tmp_path_factory):
    """The same as the reader gives them, those in which arms were seen."""
    galaxies, _, counts = many
    kept = counts[4][:, 0] > 20
    galaxies, rng = galaxies[kept], np.random.default_rng(4)
    gz2.identify(galaxies, rng)
    folder = tmp_path_factory.mktemp("votes")
    table = gz2.vote_table(galaxies, {k: count[kept] for k, count in counts.items()}, rng)
    table.to_csv(folder / "zoo2MainSpecz.csv", index=False)
    return galaxies, gz2_votes.load_votes(folder)[0]


def digests(folder):
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


class TestFiles:
    def test_same_seed_same_bytes(self, root, tmp_path):
        (tmp_path / "gz2").mkdir()
        gz2.write(tmp_path / "gz2", n=N, rng=3)
        before, again = digests(root / "gz2"), digests(tmp_path / "gz2")
        assert before.pop("MANIFEST.json")
        assert before == again

    def test_too_few_are_refused(self, tmp_path):
        with pytest.raises(ValueError, match="at least 1000, received 20"):
            gz2.write(tmp_path, n=20)

    def test_reader_finds_votes_images_and_masses(self, root, tmp_path, monkeypatch):
        monkeypatch.setenv("GALUTILS_MOCK", str(root))
        sample, rejected = survey.load(tmp_path)
        assert sample.meta["source"] == "mock"
        assert sample.meta["form"] == "skyserver"
        assert sample.meta["seed"] == 3
        assert "repeated row" in "".join(rejected["reason"])
        masses = np.isfinite(np.array(sample["log_mass"])).mean()
        assert 0.93 < masses < 0.99  # 11291 of 11718 as published
        pictured = sample[np.array(sample["file"]) != ""]
        clear = arm_selection.select(sample)[0] >= 0
        assert (np.array(sample["file"])[clear] != "").mean() > 0.95
        images, damaged = survey.with_images(pictured, side=32)
        assert len(images) == len(pictured) - 1  # one is cut short
        assert "expected a whole image" in damaged["reason"][0]

    def test_images_without_votes_lie_in_folders(self, root, tmp_path, monkeypatch):
        monkeypatch.setenv("GALUTILS_MOCK", str(root))
        images, _ = survey.load_images("images_arm_number", tmp_path, side=16)
        assert set(images["group"]) == set(gz2.FOLDERS)
        unsorted, _ = survey.load_images("images_kaggle", tmp_path, side=16)
        assert len(unsorted) == 20
        assert not set(images["id"]) & set(unsorted["id"])


class TestVotes:
    def test_shares_of_the_classes_are_near_the_published_ones(self, voted):
        classes, _ = arm_selection.select(voted[1])
        here, published = np.bincount(classes[classes >= 0]), np.array(arm_selection.PUBLISHED)
        assert here.sum() > 0.8 * published.sum()
        here = here / here.sum() * published.sum()
        many = published > 100
        assert np.all(np.abs(here / published - 1)[many] < 0.25)
        assert np.all(np.abs(here - published)[~many] < 3 * np.sqrt(published[~many]))

    def test_every_question_is_asked_as_often_as_the_tree_says(self, many):
        counts = many[2]
        for question in gz2_decision_tree.QUESTIONS:
            led = [
                counts[q.number][:, k]
                for q in gz2_decision_tree.QUESTIONS
                for k, answer in enumerate(q.answers)
                if answer.following == question.number
            ]
            if led:
                assert (counts[question.number].sum(axis=1) == sum(led)).all()

    def test_doubt_follows_from_clarity(self, many):
        galaxies, chances, _ = many
        clear = gz2_volunteers.clarity(galaxies)
        # Seen edge-on, a disc has features without any arms.
        armed = (np.array(galaxies["arms"]) > 0) & (np.array(galaxies["inclination"]) < 60)
        for question, answer, sign in ((11, 5, -1), (4, 0, 1), (1, 1, 1)):
            r = stats.spearmanr(clear[armed], chances[question][armed, answer]).statistic
            assert sign * r > 0.5

    def test_wrong_counts_are_of_neighbours(self, many):
        galaxies, chances, _ = many
        of_three = chances[11][np.array(galaxies["arms"]) == 3].mean(axis=0)
        assert of_three[2] > of_three[[0, 1, 3, 4]].max()
        assert min(of_three[1], of_three[3]) > 3 * max(of_three[0], of_three[4])

    def test_arms_are_clearer_when_near_and_blurred_by_number(self):
        galaxies = gz2_population.draw(2000, np.random.default_rng(1))
        galaxies = galaxies[gz2_volunteers.clarity(galaxies) > 1e-9]
        before = gz2_volunteers.clarity(galaxies)
        more = galaxies.copy()
        more["arms"] += 2
        assert np.all(gz2_volunteers.clarity(more) <= before)
        larger = galaxies.copy()
        larger["petro_r90"] *= 2
        larger["magnitude"] -= 2.5 * np.log10(4)
        assert np.all(gz2_volunteers.clarity(larger) > before)

    def test_debiased_votes_of_far_galaxies_gain_many_arms(self):
        fractions = np.array([[0.05, 0.6, 0.1, 0.05, 0.0, 0.2]] * 2)
        near, far = gz2_volunteers.debiased(fractions, 11, np.array([0.03, 0.15]))
        assert near == pytest.approx(fractions[0])
        assert far[3] > 1.2 * near[3]
        assert far.sum() == pytest.approx(1)

    def test_masses_differ_as_weakly_as_published(self, voted):
        galaxies, votes = voted
        classes, _ = arm_selection.select(votes)
        mass = np.array(galaxies["log_mass"])
        everyone = mass[classes >= 0]
        # published t = 2.4 of 161 galaxies: 0.08; three standard errors
        assert mass[classes == 0].mean() - everyone.mean() == pytest.approx(0.08, abs=0.1)
        for number in (1, 2, 5):
            assert abs(mass[classes == number].mean() - everyone.mean()) < 0.05


def test_clear_arms_are_seen_in_the_images():
    """The second Fourier component along rings, of two-armed discs seen face-on."""
    galaxies = gz2_population.draw(30_000, np.random.default_rng(6))
    which = (np.array(galaxies["arms"]) == 2) & (np.array(galaxies["axis_ratio"]) > 0.85)
    which &= (np.array(galaxies["bar"]) == 0) & (np.array(galaxies["odd"]) == "")
    galaxies = galaxies[which & ~np.array(galaxies["companion"])][:80]
    axis = np.arange(424) - 211.5
    wave, radius = (axis + 1j * axis[:, None]) ** 2, np.hypot(axis, axis[:, None])
    rings = [(radius > r) & (radius <= r + 4) for r in range(15, 45, 4)]
    waves = [(wave / radius**2)[ring] for ring in rings]
    strength = []
    for number, row in enumerate(galaxies):
        row = dict(zip(galaxies.colnames, row, strict=True))
        light = gz2_images.draw(row, np.random.default_rng(number)).mean(axis=-1)
        values = [light[ring] for ring in rings]
        parts = [np.abs((v * w).mean()) / v.mean() for v, w in zip(values, waves, strict=True)]
        strength.append(np.mean(parts))
    r = stats.spearmanr(gz2_volunteers.clarity(galaxies), strength).statistic
    assert r > 0.5


def test_galaxies_to_train_on_have_every_number_of_arms():
    images, votes = gz2.draw_to_train(60, 16, 160, 1)
    assert images.shape == (60, 16, 16, 3) and images.dtype == np.uint8
    again, same = gz2.draw_to_train(60, 16, 160, 1)
    assert (images == again).all() and (votes == same).all()
    place = gz2_decision_tree.PLACE
    assert (votes[:, place["t01_a01"] : place["t01_a03"] + 1].sum(axis=1) >= 20).all()
    armed = votes[:45]
    assert (armed[:, place["t04_a08"]] >= gz2.LEAST).all()
    most = np.bincount(armed[:, place["t11_a31"] : place["t11_a37"]].argmax(axis=1), minlength=5)
    assert most[2:].sum() > 13  # a survey would have four
    # brightest in the middle: rows of images and votes belong to centred galaxies
    assert np.all(images[:, 6:10, 6:10].mean(axis=(1, 2, 3)) > images.mean(axis=(1, 2, 3)))


def test_arms_that_are_drawn_are_bright_in_the_images():
    images, share, number = gz2.draw_with_arms(12, 64, 160, 4)
    assert images.shape == (12, 64, 64, 3) and share.shape == (12, 64, 64)
    assert set(number) <= {1, 2, 3, 4, 5, 6} and (share > -0.01).all() and (share < 1.1).all()
    axis = np.arange(64) - 31.5
    ring = np.abs(np.hypot(axis, axis[:, None]) - 14) < 2
    r = [
        stats.spearmanr(light[ring], arms[ring]).statistic
        for light, arms in zip(images.mean(axis=-1), share, strict=True)
    ]
    assert np.median(r) > 0.4
