"""The mock of TNG100: layout, the two versions of an image, and what softening does."""

import hashlib

import h5py
import numpy as np
import pytest
from ellipses import effective_ellipse

from galutils.mock import manga_images, publish, tng
from galutils.mock.bodies import light, population
from galutils.mock.instruments import sdss_frames
from galutils.physics import kinematics
from galutils.surveys import tng as survey

N, MANY = 30, 700


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("root") / "tng"
    path.mkdir()
    tng.write(path, n=N, rng=4)
    return path


@pytest.fixture(scope="module")
def versions(folder):
    """Samples with noise and without."""
    return [survey.load(folder.parent, "archive", noise=noise)[0] for noise in (True, False)]


@pytest.fixture(scope="module")
def bodies():
    """Many galaxies, none of them photographed."""
    return tng.draw(MANY, np.random.default_rng(2))


def digests(folder):
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


class TestFiles:
    def test_same_seed_same_bytes(self, tmp_path):
        found = []
        for name, seed in (("a", 1), ("b", 1), ("c", 2)):
            (tmp_path / name).mkdir()
            tng.write(tmp_path / name, n=10, rng=seed)
            found.append(digests(tmp_path / name))
        assert found[0] == found[1]
        for name in set(found[0]) & set(found[2]):
            assert found[0][name] != found[2][name]

    def test_too_few_are_refused(self, tmp_path):
        with pytest.raises(ValueError, match="at least 10, received 3"):
            tng.write(tmp_path, n=3)

    def test_layout_is_the_archives(self, folder):
        with h5py.File(folder / "tng100_099_lambda.hdf5") as archive:
            assert set(archive) == {"SubfindID", "lambda_R", "ellipticity", "log_mass"}
            numbers = archive["SubfindID"][()]
        with h5py.File(folder / "morphologies_deeplearn.hdf5") as archive:
            group = archive["Snapshot_99"]
            assert set(group) == {"SubhaloID", "P_Late", "P_S0", "P_Sab"}
            assert (group["SubhaloID"][()] == numbers).all()
        expected = {f"broadband_{number}.fits" for number in numbers}
        for name in ("sdss", "sdss_noiseless"):
            assert {path.name for path in (folder / name).iterdir()} == expected

    def test_reader_takes_all_of_it(self, folder, versions):
        for kept in versions:
            assert kept["early"].sum() == round(tng.EARLY * N)
            assert len(kept) == N
            assert (kept["rotator"] >= 0).all()

    def test_published_mock_is_found(self, tmp_path, monkeypatch):
        monkeypatch.setenv("GALUTILS_MOCK", str(tmp_path))
        publish(tng.write, tmp_path / "tng", 10, 3)
        (tmp_path / "archives").mkdir()
        sample, _ = survey.load(tmp_path / "archives")
        assert (sample.meta["source"], sample.meta["seed"]) == ("mock", 3)


class TestVersions:
    def test_they_differ_by_noise_and_neighbours(self, versions):
        noisy, clean = (kept["image"].data for kept in versions)
        difference = (noisy - clean).reshape(len(noisy), -1, 3)
        empty = np.abs(np.median(difference, axis=1))
        assert (np.median(empty, axis=0) < 0.15 * sdss_frames.NOISE).all()
        away = np.abs(difference - np.median(difference, axis=1)[:, None])
        spread = 1.4826 * np.median(away, axis=1)
        np.testing.assert_allclose(np.quantile(spread, 0.2, axis=0), sdss_frames.NOISE, rtol=0.1)
        assert (difference.mean(axis=(0, 1)) > 0).all()  # neighbours

    def test_clean_ones_have_steps_far_below_the_noise(self, versions):
        image = versions[1]["image"].data[:, :20, :20].astype(float)
        step = np.diff(np.sort(image, axis=1), axis=1)
        smallest = np.where(step > 1e-6, step, np.inf).min(axis=(0, 1, 2))
        assert (smallest < 0.1 * sdss_frames.NOISE).all()
        rough = np.abs(np.diff(image, axis=1)).mean(axis=(1, 2))
        assert (np.median(rough, axis=0) < 0.1 * sdss_frames.NOISE).all()

    def test_clean_ones_show_the_ellipticity(self, versions):
        clean = versions[1]
        found = []
        for image in clean["image"].data[..., 1]:
            seen = np.where(image > 0.01 * image.max(), image, 0)
            found.append(effective_ellipse(seen)["ellipticity"])
        assert np.corrcoef(found, clean["ellipticity"])[0, 1] > 0.85

    def test_galaxies_are_in_the_middle(self, versions):
        clean = versions[1]
        image = clean["image"].data[np.array(clean["early"]), ..., 1]
        peak = image.max(axis=(1, 2))
        assert (image[:, 63:65, 63:65].max(axis=(1, 2)) == peak).mean() > 0.9  # or a bright knot


class TestBodies:
    def test_early_types_by_the_network(self, bodies):
        early = bodies["P_Late"] < 0.5
        assert early.sum() == round(tng.EARLY * MANY) and len(bodies) == MANY
        stage = bodies["morphology"]
        assert np.median(stage[early]) < 1.5 < np.median(stage[~early])
        assert 0.02 < (stage[early] >= light.SPIRAL).mean() < 0.25  # it errs

    def test_classes_are_near_the_published_ones(self, bodies):
        """Of early types, fast more than twice slow; most late types fast."""
        rotator = kinematics.rotator_class(bodies["lambda_R"], bodies["ellipticity"])
        early = bodies["P_Late"] < 0.5
        assert 2 < (rotator[early] == 1).sum() / (rotator[early] == 0).sum() < 3.5
        assert (rotator[~early] == 1).mean() > 0.8

    def test_flat_galaxies_rotate_fast(self, bodies):
        assert np.isfinite(bodies["lambda_R"]).all()
        assert np.corrcoef(bodies["lambda_R"], bodies["ellipticity"])[0, 1] > 0.5

    def test_masses_thin_out_above_the_limit(self, bodies):
        mass = bodies["log_mass"]
        assert tng.MASS_RANGE[0] <= mass.min() and mass.max() < tng.MASS_RANGE[1]
        assert (mass < 10.5).mean() > 3 * (mass > 11).mean()

    def test_all_lie_at_one_redshift(self, bodies):
        assert set(bodies["redshift"]) == {tng.REDSHIFT}
        kpc = bodies["r_e"] * 0.978  # an arcsec at z = 0.05
        assert 2 < np.median(kpc) < 5

    def test_softened_bodies_are_thicker_than_real_ones_and_small_ones_most(self, bodies):
        real = population.draw(MANY, np.random.default_rng(0))
        fast, there = bodies[~bodies["slow"]], real[~real["slow"]]
        assert np.median(fast["thickness"]) > np.median(there["thickness"]) + 0.1
        small = fast["r_e"] < np.median(fast["r_e"])
        assert np.median(fast["thickness"][small]) > np.median(fast["thickness"][~small]) + 0.1

    def test_largest_lambda_r_is_no_larger_than_through_the_seeing_of_manga(self, bodies):
        """In spite of maps without seeing (thesis, figure 18)."""
        rng = np.random.default_rng(1)
        real = manga_images.draw(MANY, rng)
        there = manga_images.measure(real[real["morphology"] <= 1.5], rng)
        early = bodies["lambda_R"][bodies["P_Late"] < 0.5]
        assert np.quantile(early, 0.99) < np.nanquantile(there, 0.99) + 0.03
