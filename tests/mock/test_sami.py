import hashlib
import json

import numpy as np
import pytest
from astropy.io import fits
from scipy.stats import ks_2samp, spearmanr

from galutils import mock
from galutils.inputs import clean
from galutils.mock import __main__ as command
from galutils.mock import sami as mock_sami
from galutils.mock.instruments import sami_pipeline
from galutils.physics import kinematics, spatial
from galutils.store.files import ArchiveError
from galutils.surveys import sami as reader

# 5, 25, 50, 75, 95 per cent of SAMI DR3 (Croom et al. 2021), one cube for each galaxy
LEVELS = (0.05, 0.25, 0.50, 0.75, 0.95)
PUBLISHED = {
    "lambda_r": (0.085, 0.227, 0.363, 0.512, 0.669),
    "ellipticity": (0.073, 0.226, 0.399, 0.580, 0.780),
    "r_e": (1.451, 2.750, 4.080, 5.942, 11.295),
}
# 62 maps of SAMI DR3, recovered from figures, velocities clipped at 150 km/s: quartiles of what is
# measured on each map, and with how much the mock of as many galaxies may differ from it
REAL_MAPS = {
    "spaxels": ((522, 700, 717), 120),
    "systemic velocity": ((-23, -5, 13), 15),
    "share 40 km/s off its neighbours": ((0.06, 0.19, 0.33), 0.07),
    "the same beyond 6 arcsec": ((0.14, 0.31, 0.50), 0.10),
    "Moran's I": ((0.36, 0.67, 0.86), 0.12),
}
N = 800


def _digest(folder):
    digest = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        digest.update(str(path.relative_to(folder)).encode() + path.read_bytes())
    return digest.hexdigest()


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """A mock of many galaxies, for the tests of this module where readers look for it."""
    root = tmp_path_factory.mktemp("mock")
    mock_sami.write(root / "sami", n=N, rng=mock.SEED)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GALUTILS_MOCK", str(root))
        yield root


@pytest.fixture(scope="module")
def survey(archive):
    """Its catalogue."""
    return reader.load_catalogue(source="mock")


def _finite(table, name):
    values = np.asarray(table[name])
    return values[np.isfinite(values)]


def test_same_seed_gives_the_same_bytes(tmp_path):
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        mock_sami.write(tmp_path / name, n=12, rng=seed)
    assert _digest(tmp_path / "a") == _digest(tmp_path / "b") != _digest(tmp_path / "c")


def test_files_are_those_of_the_archive(tmp_path):
    mock_sami.write(tmp_path, n=5, rng=3)
    velocity = sorted(tmp_path.glob("ifs/*/*_A_stellar-velocity_default_two-moment.fits"))
    dispersion = sorted(tmp_path.glob("ifs/*/*_A_stellar-velocity-dispersion_*.fits"))
    assert len(velocity) == len(dispersion) == 5
    for path, names in (
        (velocity[0], ["PRIMARY", "VEL_ERR", "FLUX", "FLUX_ERR", "SNR"]),
        (dispersion[0], ["PRIMARY", "SIG_ERR", "FLUX", "FLUX_ERR", "SNR"]),
    ):
        with fits.open(path, checksum=True) as hdus:
            hdus.verify("exception")
            assert [hdu.name for hdu in hdus] == names
            assert hdus[0].header["CATID"] == path.parent.name
            assert all(hdu.data.shape == (50, 50) for hdu in hdus)
            assert all(hdu.data.dtype == np.dtype(">f8") for hdu in hdus)


def test_one_row_for_each_galaxy_with_its_region(survey):
    catid = survey["catid"]
    assert len(survey) == N == np.unique(catid).size and catid.dtype == np.int64
    gama, cluster = catid < 1_000_000, catid > 9_000_000_000
    assert (gama | cluster).all() and 0.24 < cluster.mean() < 0.36
    assert np.allclose(_finite(survey[cluster], "redshift"), 0.045, atol=0.025)


@pytest.mark.parametrize("name", PUBLISHED)
def test_distribution_follows_published_quantiles(survey, name):
    values = _finite(survey, name)
    reached = [(values <= quantile).mean() for quantile in PUBLISHED[name]]
    np.testing.assert_allclose(reached, LEVELS, atol=0.08)


@pytest.mark.parametrize("name", PUBLISHED)
def test_distribution_follows_the_real_catalogue(survey, name):
    try:
        real = reader.load_catalogue(source="archive")
    except ArchiveError:
        pytest.skip("the DR3 catalogues are not there")
    assert ks_2samp(_finite(survey, name), _finite(real, name)).statistic <= 0.10
    ours, theirs = (t[np.isfinite(t["lambda_r"])] for t in (survey, real))
    assert ks_2samp(_finite(ours, name), _finite(theirs, name)).statistic <= 0.10


def test_classes_have_about_the_published_shares(survey):
    classes = kinematics.rotator_class(survey["lambda_r"], survey["ellipticity"])
    shares = [(classes == which).mean() for which in (1, 0, -1)]
    published = np.array([980, 132, 854]) / 1966
    # three points, and twice the sampling error of so many galaxies
    np.testing.assert_allclose(shares, published, atol=0.03 + 0.03)


def test_quantities_go_together_as_in_the_survey(survey):
    known = survey[np.isfinite(survey["lambda_r"]) & np.isfinite(survey["ellipticity"])]
    for one, two, low, high in (
        ("lambda_r", "ellipticity", 0.35, 0.65),
        ("lambda_r", "r_e", 0.25, 0.60),
        ("ellipticity", "r_e", -0.12, 0.2),
        ("lambda_r", "log_mass", -0.3, 0.05),
        ("lambda_r", "morphology", 0.35, 0.75),
    ):
        assert low < spearmanr(known[one], known[two]).statistic < high, (one, two)


def test_unknown_galaxies_are_the_light_ones(survey):
    mass = np.asarray(survey["log_mass"])
    unknown = np.isnan(survey["lambda_r"])
    assert np.nanmedian(mass[unknown]) < np.nanmedian(mass[~unknown]) - 0.7
    assert np.nanmin(survey["r_e"][~unknown]) > sami_pipeline.SMALLEST_RADIUS


def test_publish_leaves_the_old_archive_when_writing_fails(tmp_path):
    folder = tmp_path / "sami"
    mock.publish(mock_sami.write, folder, 2, 1)
    before = _digest(folder)

    def fail(folder, n=3, rng=None):
        (folder / "half").write_text("written")
        raise RuntimeError("no space")

    with pytest.raises(RuntimeError, match="no space"):
        mock.publish(fail, folder, None, 2)
    assert _digest(folder) == before and [p.name for p in tmp_path.iterdir()] == ["sami"]


def test_command_writes_and_replaces_with_a_manifest(tmp_path, capsys):
    for seed in (1, 2):
        arguments = ["sami", "--n", "2", "--seed", str(seed), "--out", str(tmp_path / "sami")]
        command.main(arguments)
    assert str(tmp_path / "sami") in capsys.readouterr().out
    manifest = json.loads((tmp_path / "sami" / "MANIFEST.json").read_text())
    assert manifest["seed"] == 2 and manifest["n"] == 2 and "version" in manifest
    assert len(list((tmp_path / "sami" / "ifs").iterdir())) == 2
    with pytest.raises(SystemExit):
        command.main(["nothing"])
    assert "invalid choice" in capsys.readouterr().err


def test_filled_radius_stops_at_the_first_hole_and_at_the_limit():
    x, y = kinematics.spaxel_offsets((50, 50), 0.5)
    radius = np.hypot(x, y)[None]
    good = radius < 5.0
    assert sami_pipeline._filled_radius(good, radius, np.array([3.0]))[0] == pytest.approx(
        3.0, abs=0.3
    )
    reach = sami_pipeline._filled_radius(good, radius, np.array([9.0]))[0]
    assert reach == pytest.approx(5.0 / np.sqrt(sami_pipeline.FILL), abs=0.3)
    assert sami_pipeline._filled_radius(np.zeros_like(good), radius, np.array([3.0]))[0] == 0


def test_spaxels_of_equal_radius_enter_together():
    radius = np.array([[[1.0, 2.0, 2.0, 2.0]]])
    for good in ([1, 1, 1, 0], [1, 0, 1, 1], [1, 1, 0, 1]):  # whatever their order
        filled = sami_pipeline._filled_radius(np.array([[good]], bool), radius, np.array([9.0]))
        assert filled[0] == 1.0


def test_what_a_killed_run_left_is_removed_and_a_run_at_work_is_not(tmp_path):
    def write(folder, n, rng):
        assert not (tmp_path / ".toy.k3jx_10z").exists()
        if n:  # a second run starts while the first is at work
            mock.publish(write, tmp_path / "toy", n - 1, rng)
        (folder / "galaxies.txt").write_text(str(n))

    (tmp_path / ".toy.k3jx_10z").mkdir()
    mock.publish(write, tmp_path / "toy", 1, 3)
    assert [path.name for path in tmp_path.iterdir()] == ["toy"]
    assert (tmp_path / "toy/galaxies.txt").read_text() == "1"


def _map_properties(velocity):
    """What `REAL_MAPS` lists, of each map."""
    velocity = np.clip(velocity, -150, 150)
    deviation = np.abs(clean.neighbour_deviation(velocity))
    measured = np.isfinite(velocity)
    x, y = kinematics.spaxel_offsets(velocity.shape[1:], 0.5)
    outside = measured & (np.hypot(x, y) > 6)
    with np.errstate(invalid="ignore"):
        return {
            "spaxels": measured.sum(axis=(1, 2)),
            "systemic velocity": np.nanmedian(velocity, axis=(1, 2)),
            "share 40 km/s off its neighbours": (deviation > 40).sum(axis=(1, 2))
            / measured.sum(axis=(1, 2)),
            "the same beyond 6 arcsec": ((deviation > 40) & outside).sum(axis=(1, 2))
            / outside.sum(axis=(1, 2)),
            "Moran's I": spatial.morans_i(velocity[:, 5:45, 5:45]),
        }


@pytest.fixture(scope="module")
def like_the_real_ones(archive):
    """Properties of maps of galaxies as large as four of five of those of the real maps."""
    galaxies, _ = reader.load(source="mock")
    return _map_properties(np.asarray(galaxies["velocity"][galaxies["r_e"] > 3]))


@pytest.mark.parametrize("name", REAL_MAPS)
def test_maps_have_the_faults_of_the_real_ones(like_the_real_ones, name):
    expected, tolerance = REAL_MAPS[name]
    found = np.nanpercentile(like_the_real_ones[name], (25, 50, 75))
    np.testing.assert_allclose(found, expected, atol=tolerance)
