"""The mock of MaNGA galaxies with images: layout, flaws, and one body behind light and motions."""

import hashlib
import os
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from astropy.stats import sigma_clipped_stats
from astropy.table import Table
from ellipses import effective_ellipse
from manga_layout import MORPHOLOGY_15
from sklearn.metrics import roc_auc_score

from galutils.mock import manga_images, publish
from galutils.mock.instruments import manga_bundles, sdss_frames
from galutils.physics import kinematics, seeing
from galutils.surveys.manga import catalogues as manga_catalogues
from galutils.surveys.manga import dap_maps as manga_dap_maps
from galutils.surveys.manga import images as survey

N, MANY = 50, 2400
TYPES = "manga-morphology-dl-DR15.fits"
DATA = Path(os.environ.get("GALUTILS_DATA") or "/nowhere") / "manga"
real = pytest.mark.skipif(not (DATA / TYPES).is_file(), reason=f"GALUTILS_DATA has no {TYPES}")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("root") / "manga_images"
    path.mkdir()
    manga_images.write(path, n=N, rng=4)
    return path


@pytest.fixture(scope="module")
def sample(folder):
    return survey.read(folder, "mock")


@pytest.fixture(scope="module")
def observed():
    """Many galaxies, none of them photographed."""
    return manga_images._observations(MANY, np.random.default_rng(2))


@pytest.fixture(scope="module")
def catalogues(observed, tmp_path_factory):
    path = tmp_path_factory.mktemp("catalogues")
    manga_images._write_catalogues(path, observed, MANY, np.random.default_rng(3))
    return path


def digests(folder):
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def classes(seen):
    """Rotator class and whether early, of rows of `_observations`."""
    rotator = kinematics.rotator_class(seen["lambda_r"], seen["ellipticity"])
    return rotator, np.asarray(seen["TTYPE"] < 1)


class TestFiles:
    def test_same_seed_same_bytes(self, tmp_path):
        found = []
        for name, seed in (("a", 1), ("b", 1), ("c", 2)):
            (tmp_path / name).mkdir()
            manga_images.write(tmp_path / name, n=20, rng=seed)
            found.append(digests(tmp_path / name))
        assert found[0] == found[1]
        for name in set(found[0]) & set(found[2]):
            assert found[0][name] != found[2][name]

    def test_too_few_are_refused(self, tmp_path):
        with pytest.raises(ValueError, match="at least 20, received 3"):
            manga_images.write(tmp_path, n=3)

    def test_columns_are_the_public_ones(self, folder):
        with fits.open(folder / TYPES) as hdus:
            columns = hdus[1].columns
            assert dict(zip(columns.names, columns.formats, strict=True)) == MORPHOLOGY_15

    @real
    def test_columns_are_those_of_the_real_file(self, folder):
        here, there = (Table.read(path / TYPES, hdu=1) for path in (folder, DATA))
        assert here.dtype == there.dtype

    def test_reader_leaves_out_only_the_flaws(self, folder, sample):
        kept, rejected = sample
        assert len(kept) + len(rejected) == N
        for reason in rejected["reason"]:
            assert "expected a whole cut-out" in reason or "expected an axis ratio" in reason
        assert 1 <= len(rejected) < 0.15 * N
        assert len(list((folder / "cutouts").iterdir())) == N - 1

    def test_all_catalogues_are_read(self, folder):
        dap, unfinished = manga_catalogues.load_dap(folder)
        assert len(dap) + len(unfinished) == N
        dynamics, rejected = manga_catalogues.load_dynamics(folder)
        assert len(dynamics) > N and len(rejected) == 0
        for band in manga_catalogues.BANDS:
            photometry, rejected = manga_catalogues.load_photometry(folder, band)
            assert len(photometry) == N and len(rejected) == 0

    def test_published_mock_is_found(self, tmp_path, monkeypatch):
        monkeypatch.setenv("GALUTILS_MOCK", str(tmp_path))
        publish(manga_images.write, tmp_path / "manga_images", 20, 3)
        (tmp_path / "archives").mkdir()
        sample, _ = survey.load(tmp_path / "archives")
        assert (sample.meta["source"], sample.meta["seed"]) == ("mock", 3)

    def test_maps_give_the_catalogued_lambda_r(self, folder, sample):
        """That of regular rotators is corrected for the seeing."""
        paths = sorted(folder.glob("maps/**/*.fits.gz"))
        assert len(paths) == manga_images.N_MAPS
        known = manga_catalogues.load_dynamics(folder)[0]
        known = dict(zip(known["plateifu"], known["lambda_r"], strict=True))
        away, kept = [], sample[0]["plateifu", "r_e", "sersic_n"].to_pandas("plateifu")
        for path in paths:
            maps = manga_dap_maps.load(path)
            there, measured = known[maps["plateifu"]], manga_dap_maps.lambda_r(maps)
            body = manga_bundles.SEEING, *kept.loc[maps["plateifu"]]
            both = np.array([measured, seeing.correct_graham2018(measured, *body)])
            away.append(np.abs(both - there).min())
            inside = maps["bin"] >= 0
            assert np.isfinite(maps["sigma"][inside]).mean() > 0.9
            assert np.isnan(maps["velocity"][~inside]).all()
        assert np.median(away) < 0.03  # bins of faint ones hold less noise


class TestCatalogues:
    def test_every_row_has_lambda_r_and_some_elsewhere_have_not(self, observed):
        assert np.isfinite(observed["lambda_r"][:MANY]).all()
        elsewhere = np.isnan(observed["lambda_r"][MANY:])
        assert 0 < elsewhere.sum() < elsewhere.size
        assert len(set(observed["plateifu"])) == len(observed)

    def test_repeats_are_the_same_galaxy_seen_again(self, catalogues, observed):
        table = Table.read(catalogues / TYPES, hdu=1)
        repeated = table[table["DUPL_GR"] > 0]
        assert len(repeated) == pytest.approx(134 / 4672 * MANY, abs=4)
        assert set(table["DUPL_N"]) == {0, 2, 3}
        for group in np.unique(repeated["DUPL_GR"]):
            rows = np.flatnonzero(table["DUPL_GR"] == group)
            assert len(set(table["MANGA-ID"][rows])) == len(set(table["TTYPE"][rows])) == 1
            assert (table["DUPL_N"][rows] == len(rows)).all()
            assert list(table["DUPL_ID"][rows]) == list(range(1, len(rows) + 1))
            lambda_r = np.asarray(observed["lambda_r"][rows])
            assert len(set(lambda_r)) == len(rows) and np.ptp(lambda_r) < 0.2
        assert len(set(table["MANGA-ID"])) == MANY - len(repeated) + table["DUPL_GR"].max()

    def test_types_are_those_of_the_real_catalogue(self, observed):
        """Quantiles of TTYPE in the public file, and its share of early types."""
        ttype = np.asarray(observed["TTYPE"][:MANY])
        expected = [-2.45, -2.36, -2.20, -1.89, 2.91, 3.84, 4.45, 5.05, 5.48]
        found = np.quantile(ttype, [0.05, 0.1, 0.2, 0.3, 0.6, 0.7, 0.8, 0.9, 0.95])
        np.testing.assert_allclose(found, expected, atol=0.5)
        assert (ttype < 1).mean() == pytest.approx(0.47, abs=0.04)
        assert observed["FLAG_TT"].mean() == pytest.approx(144 / 4672, abs=0.015)

    @real
    def test_probabilities_follow_type_and_shape(self, observed):
        there = manga_catalogues.load_morphology(DATA)[0]
        names = {"P_S0": "p_s0", "P_EDGE_ON": "p_edge_on", "P_BULGE": "p_bulge"}
        for ours, theirs in names.items():
            found, expected = (
                np.quantile(values, [0.25, 0.5, 0.75]) for values in (observed[ours], there[theirs])
            )
            np.testing.assert_allclose(found, expected, atol=0.25)

    def test_fits_have_errors_and_few_fail(self, catalogues, observed):
        seen = observed[:MANY]
        fit = manga_catalogues.load_photometry(catalogues)[0]
        failed = np.isnan(fit["axis_ratio"])
        assert 0.001 < failed.mean() < 0.03
        error = fit["axis_ratio"] - (1 - seen["ellipticity"])
        assert np.nanstd(error) == pytest.approx(0.02, abs=0.005)
        north = (seen["position_angle"] - 90) % 180
        away = (fit["position_angle"] - north + 90) % 180 - 90
        flat = seen["ellipticity"] > 0.3
        assert np.nanstd(away[flat]) < 4

    def test_classes_are_near_the_published_ones(self, observed):
        """Fast more than three times slow; of early types more than twice."""
        rotator, early = classes(observed[:MANY])
        fast, slow = ((rotator == value) for value in (1, 0))
        assert 3 < fast.sum() / slow.sum() < 9
        assert 2 < (fast & early).sum() / (slow & early).sum() < 5

    def test_single_quantities_tell_the_classes_apart_as_well_as_in_the_real_catalogues(
        self, observed
    ):
        """Against the 2911 galaxies of MaNGA with lambda_Re (Pipe3D, DR17; Sanchez et al. 2022,
        ApJS 262, 36), NSA shape, index and mass, and a T type (Dominguez Sanchez et al. 2022,
        MNRAS 509, 4024): those of the 6034 published rows in which none is missing."""
        rotator, early = classes(observed[:MANY])
        real = {  # area of all types, and of T < 1
            "ellipticity": (0.649, 0.549),
            "sersic": (0.820, 0.701),
            "log_mass": (0.773, 0.711),
            "TTYPE": (0.832, 0.684),
        }
        for name, expected in real.items():
            value = np.asarray(observed[name][:MANY]) * (
                1 if name in ("ellipticity", "TTYPE") else -1
            )
            found = [roc_auc_score(rotator[m], value[m]) for m in (rotator >= 0, early)]
            np.testing.assert_allclose(found, expected, atol=0.06, err_msg=name)

    def test_shares_of_slow_rotators_by_type_and_size_are_the_real_ones(self, observed):
        """Of the same 2911 galaxies."""
        slow = classes(observed[:MANY])[0] == 0
        ttype, size = (np.asarray(observed[name][:MANY]) for name in ("TTYPE", "r_e"))
        for low, high, share in ((-4, -1.5, 0.279), (-1.5, 1, 0.087), (1, 11, 0.016)):
            found = slow[(ttype >= low) & (ttype < high)].mean()
            assert found == pytest.approx(share, abs=0.05)
        for low, high, share in ((0, 4.5, 0.131), (4.5, 7, 0.117), (7, 50, 0.093)):
            found = slow[(size >= low) & (size < high)].mean()
            assert found == pytest.approx(share, abs=0.045)

    def test_indices_shapes_and_redshifts_are_the_real_ones(self, observed):
        """Quartiles of the same galaxies: slow, fast early and late types."""
        rotator, early = classes(observed[:MANY])
        kinds = {"slow": rotator == 0, "early": (rotator == 1) & early, "late": ~early}
        real = {
            "sersic": {
                "slow": (4.96, 6.0, 6.0),
                "early": (3.12, 4.62, 6.0),
                "late": (1.07, 1.57, 2.58),
            },
            "ellipticity": {
                "slow": (0.13, 0.19, 0.27),
                "early": (0.12, 0.20, 0.33),
                "late": (0.20, 0.36, 0.53),
            },
        }
        for name, atol in (("sersic", 0.6), ("ellipticity", 0.06)):
            for kind, expected in real[name].items():
                found = np.quantile(observed[name][:MANY][kinds[kind]], [0.25, 0.5, 0.75])
                np.testing.assert_allclose(found, expected, atol=atol, err_msg=f"{name} {kind}")
        redshift = np.asarray(observed["redshift"][:MANY])
        quartiles = np.quantile(redshift, [0.25, 0.5, 0.75])
        np.testing.assert_allclose(quartiles, [0.026, 0.038, 0.058], atol=0.012)
        assert np.mean(redshift > 0.145) < 0.02  # no galaxies piled up at the limit of the NSA

    def test_masses_are_those_of_manga(self, observed):
        quantiles = np.quantile(observed["log_mass"], [0.05, 0.5, 0.95])
        np.testing.assert_allclose(quantiles, [9.28, 10.42, 11.38], atol=0.15)


class TestBodies:
    """Light and motions belong together."""

    def test_flat_galaxies_rotate_fast(self, observed):
        seen = observed[:MANY]
        for part in (seen, seen[seen["TTYPE"] < 1]):
            assert np.corrcoef(part["lambda_r"], part["ellipticity"])[0, 1] > 0.5

    def test_slow_ones_are_as_round_as_those_of_the_nsa(self, observed):
        rotator, _ = classes(observed[:MANY])
        eps = np.asarray(observed["ellipticity"][:MANY])
        assert np.median(eps[rotator == 0]) == pytest.approx(0.19, abs=0.05)
        assert np.median(eps[rotator == 0]) < np.median(eps[rotator == 1]) - 0.05

    def test_slow_share_grows_with_mass(self, observed):
        rotator, _ = classes(observed[:MANY])
        mass = np.asarray(observed["log_mass"][:MANY])
        shares = [(rotator[(mass > m) & (mass < m + 0.7)] == 0).mean() for m in (9.5, 10.3, 11.0)]
        assert shares[0] < shares[1] < shares[2]

    def test_seeing_lowers_lambda_r(self, observed):
        """Fast and small in the bundle against fast and large."""
        late = observed[:MANY][observed["TTYPE"][:MANY] > 2]
        small = late["r_e"] < np.quantile(late["r_e"], 0.25)
        large = late["r_e"] > np.quantile(late["r_e"], 0.75)
        assert np.median(late["lambda_r"][small]) < np.median(late["lambda_r"][large])

    def test_lambda_r_does_not_depend_on_the_frame(self):
        """The smaller frames of `measure` give the value of the whole bundle."""
        bodies = manga_images.draw(60, np.random.default_rng(0))
        bodies = bodies[bodies["bundle"] == 61]
        side = manga_bundles.frame_side(61)
        rng = np.random.default_rng(1)
        maps = manga_bundles.observe(bodies, side, rng)
        whole = manga_bundles.catalogued_lambda_r(maps, bodies)
        parts = manga_images.measure(bodies, rng)
        both = np.isfinite(whole + parts)
        assert both.sum() > 10
        np.testing.assert_allclose(parts[both], whole[both], atol=0.06)

    def test_images_show_shape_and_light_of_the_catalogue(self, sample, folder):
        """Second moments of what stands out of the noise in the middle, of bright galaxies."""
        photometry = manga_catalogues.load_photometry(folder)[0]
        magnitude = dict(zip(photometry["plateifu"], photometry["magnitude"], strict=True))
        kept, _ = sample
        kept = kept[[magnitude[name] < 16.5 for name in kept["plateifu"]]]
        image = kept["image"].data[:, 24:104, 24:104, 1]
        found = []
        for frame in image:
            limit = max(0.005 * frame[38:42, 38:42].max(), 4 * sdss_frames.NOISE[1])
            ellipse = effective_ellipse(np.where(frame > limit, frame, 0))
            found.append(ellipse["ellipticity"])
        assert np.corrcoef(found, kept["ellipticity"])[0, 1] > 0.6
        total = 22.5 - 2.5 * np.log10(image.sum(axis=(1, 2)))
        excess = total - [magnitude[name] for name in kept["plateifu"]]
        assert np.median(excess) == pytest.approx(0.03, abs=0.1)

    def test_neighbours_outshine_as_many_galaxies_as_in_real_images(self, sample):
        """In 24 per cent of 3000 SDSS images of MaNGA galaxies (8.48 effective radii across) the
        brightest pixel is more than 0.64 effective radii off the centre."""
        kept, _ = sample
        image = kept["image"].data.sum(axis=3)
        y, x = np.mgrid[:128, :128] - 63.5
        far = []
        for one, r_e in zip(image, kept["r_e"], strict=True):
            radius = r_e / sdss_frames.PIXEL
            seen = np.where(np.maximum(np.abs(x), np.abs(y)) < 4.24 * radius, one, 0)
            row, column = np.unravel_index(seen.argmax(), seen.shape)
            far.append(np.hypot(row - 63.5, column - 63.5) > 0.64 * radius)
        assert np.mean(far) == pytest.approx(0.24, abs=0.14)

    def test_early_types_are_redder(self, sample):
        kept, _ = sample
        g, _, i = np.moveaxis(kept["image"].data[:, 48:80, 48:80].sum(axis=(1, 2)), -1, 0)
        colour = -2.5 * np.log10(g / i)
        assert np.median(colour[kept["early"]]) > np.median(colour[~kept["early"]]) + 0.1

    def test_empty_corners_have_the_noise_of_sdss(self, sample):
        corners = sample[0]["image"].data[:, :16, :16].reshape(-1, 256, 3)
        spread = sigma_clipped_stats(corners, axis=1)[2]
        np.testing.assert_allclose(np.quantile(spread, 0.3, axis=0), sdss_frames.NOISE, rtol=0.08)

    def test_repeats_have_the_same_picture(self, folder):
        table = Table.read(folder / TYPES, hdu=1)
        names = table["PLATEIFU"][table["DUPL_GR"] == 1].astype(str)
        paths = [folder / "cutouts" / f"{name}.fits" for name in names]
        contents = {path.read_bytes() for path in paths if path.is_file()}
        assert len(paths) > 1 and len(contents) == 1
