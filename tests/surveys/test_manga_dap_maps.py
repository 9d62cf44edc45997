"""The reader of DAP MAPS files, on small files in the two published layouts."""

import numpy as np
import pytest
from astropy.io import fits

from galutils.physics import kinematics
from galutils.store.files import ArchiveError
from galutils.surveys.manga import dap_maps as manga_dap_maps

SHAPE = (20, 22)
Y, X = np.indices(SHAPE)
X, Y = (X - 10.5) / 2, (Y - 9.5) / 2  # arcsec
RADIUS = kinematics.elliptical_radius(X, Y, 0.4)
VELOCITY = 30.0 + 200 * np.tanh(X)  # systemic velocity of 30 km/s
RAW = np.full(SHAPE, 130.0)
FIT, CORRECTION = np.full(SHAPE, 77.0), np.full(SHAPE, 50.0)
FLUX = np.exp(-RADIUS)
NAMES = {
    "DR15": ("Elliptical radius", "R/Re", "Elliptical azimuth"),
    "DR17": ("Elliptical radius", "R/Re", "R h/kpc", "Elliptical azimuth"),
}
BINS = (
    "Binned spectra",
    "Stellar continua",
    "Em. line moments",
    "Em. line models",
    "Spectral indices",
)


def cube_hdu(name, channels, order, digits):
    """HDU of named channels, stored in the order given, keywords as C1 or C01."""
    names = [list(channels)[k] for k in order]
    hdu = fits.ImageHDU(np.stack([channels[channel] for channel in names]), name=name)
    for number, channel in enumerate(names, start=1):
        hdu.header[f"C{number:0{digits}d}"] = channel
    return hdu


def measured(name, values, masked=True):
    weight, mask = np.full(SHAPE, 0.04), np.zeros(SHAPE, dtype=np.int32)
    hdus = [fits.ImageHDU(values.astype(np.float32), name=name)]
    hdus.append(fits.ImageHDU(weight, name=f"{name}_IVAR"))
    return [*hdus, fits.ImageHDU(mask, name=f"{name}_MASK")] if masked else hdus


def layout(release="DR17", reverse=False, digits=2):
    """HDUs of one file by name."""
    ellcoo = dict.fromkeys(NAMES[release], np.full(SHAPE, -1.0))
    ellcoo |= {"Elliptical radius": RADIUS, "Elliptical azimuth": np.full(SHAPE, 45.0)}
    bins = {name: np.full(SHAPE, k, dtype=np.int32) for k, name in enumerate(BINS)}

    def order(channels):
        places = list(range(len(channels)))
        return places[::-1] if reverse else places

    if release == "DR17":
        both = {"resolution difference": CORRECTION, "fit": FIT}
        correction = cube_hdu("STELLAR_SIGMACORR", both, order(both), digits)
    else:
        correction = fits.ImageHDU(CORRECTION, name="STELLAR_SIGMACORR")
    primary = fits.PrimaryHDU()
    about = {"PLATEIFU": "8000-1901", "MANGAID": "1-11", "SCINPVEL": 9000.0}
    primary.header.update(about | {"ECOOPA": 35.0, "ECOOELL": 0.4, "REFF": 4.0})
    hdus = [
        primary,
        cube_hdu("SPX_ELLCOO", ellcoo, order(ellcoo), digits),
        *measured("SPX_MFLUX", FLUX, masked=False),
        cube_hdu("BINID", bins, order(bins), digits),
        *measured("STELLAR_VEL", VELOCITY),
        *measured("STELLAR_SIGMA", RAW),
        correction,
    ]
    return {hdu.name: hdu for hdu in hdus}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "manga-8000-1901-MAPS-HYB10-MILESHC-MASTARSSP.fits.gz"


def write(path, hdus):
    fits.HDUList(list(hdus.values())).writeto(path, overwrite=True)
    return path


@pytest.mark.parametrize("digits", [1, 2])
@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("release", ["DR15", "DR17"])
def test_maps_are_found_by_name_in_any_order(path, release, reverse, digits):
    maps = manga_dap_maps.load(write(path, layout(release, reverse, digits)))
    np.testing.assert_allclose(maps["velocity"], VELOCITY, rtol=1e-5)
    np.testing.assert_allclose(maps["velocity_error"], 5)
    np.testing.assert_allclose(maps["sigma"], 120)  # 130 and 50
    np.testing.assert_allclose(maps["sigma_error"], 5 * 130 / 120)
    np.testing.assert_allclose(maps["flux"], FLUX, rtol=1e-5)
    np.testing.assert_allclose(maps["radius"], RADIUS)
    np.testing.assert_allclose(maps["azimuth"], 45)
    assert (maps["bin"] == 1).all() and maps["bin"].dtype == np.int64
    assert (maps["plateifu"], maps["mangaid"]) == ("8000-1901", "1-11")
    assert maps["redshift"] == pytest.approx(0.0300208, rel=1e-5)
    assert (maps["position_angle"], maps["ellipticity"], maps["r_e"]) == (35, 0.4, 4)


def test_masked_and_weightless_spaxels_are_nan(path):
    hdus = layout()
    hdus["STELLAR_VEL_MASK"].data[3, 4] = 1 << 30
    hdus["STELLAR_VEL_IVAR"].data[3, 5] = 0
    hdus["STELLAR_SIGMA_MASK"].data[3, 6] = 1
    hdus["SPX_MFLUX_IVAR"].data[3, 7] = 0
    hdus["STELLAR_SIGMACORR"].data[0, 3, 8] = 131  # wider than the raw dispersion
    maps = manga_dap_maps.load(write(path, hdus))
    missing = {"velocity": {4, 5}, "sigma": {6, 8}, "flux": {7}, "radius": set()}
    for name, columns in missing.items():
        rows, found = np.nonzero(np.isnan(maps[name]))
        assert set(found) == columns and set(rows) <= {3}, name
    assert np.isnan(maps["velocity_error"][3, 4:6]).all()
    assert np.isnan(maps["sigma_error"][3, [6, 8]]).all()


def test_lambda_r_of_the_maps_is_that_of_the_model(path):
    maps = manga_dap_maps.load(write(path, layout()))
    inside = RADIUS <= 4
    weight = FLUX * RADIUS * inside
    speed = np.abs(VELOCITY - 30)
    expected = (weight * speed).sum() / (weight * np.hypot(speed, 120)).sum()
    assert manga_dap_maps.lambda_r(maps) == pytest.approx(expected, rel=1e-5)
    assert manga_dap_maps.lambda_r(maps, r_e=1.0) < 0.9 * expected  # tanh rises outwards
    shifted = maps | {"velocity": maps["velocity"] + 500}
    assert manga_dap_maps.lambda_r(shifted) == pytest.approx(expected, rel=1e-5)


def test_lambda_r_is_nan_where_it_cannot_be_known(path):
    hdus = layout()
    for key in ("REFF", "ECOOELL", "SCINPVEL", "PLATEIFU", "MANGAID"):
        del hdus["PRIMARY"].header[key]
    hdus["PRIMARY"].header["ECOOPA"] = -9999.0
    maps = manga_dap_maps.load(write(path, hdus))
    assert maps["plateifu"] == "8000-1901" and maps["mangaid"] == ""  # the first of the file name
    assert np.isnan([maps[k] for k in ("r_e", "ellipticity", "redshift", "position_angle")]).all()
    assert np.isnan(manga_dap_maps.lambda_r(maps))
    assert np.isnan(manga_dap_maps.lambda_r(maps, r_e=0.1))  # no spaxel within
    assert np.isfinite(manga_dap_maps.lambda_r(maps, r_e=4.0))


@pytest.mark.parametrize("name", ["STELLAR_VEL", "STELLAR_SIGMA_MASK", "SPX_MFLUX_IVAR", "BINID"])
def test_a_missing_hdu_is_named(path, name):
    hdus = layout()
    del hdus[name]
    with pytest.raises(ArchiveError, match=rf"{path.name}: .*expected HDU {name}, received PRIM"):
        manga_dap_maps.load(write(path, hdus))


def test_a_missing_channel_is_named(path):
    hdus = layout()
    hdus["STELLAR_SIGMACORR"].header["C01"] = "something"
    match = "expected channel 'resolution difference' in STELLAR_SIGMACORR, received something, fit"
    with pytest.raises(ArchiveError, match=match):
        manga_dap_maps.load(write(path, hdus))
    hdus = layout()
    hdus["BINID"].header["C9"] = hdus["BINID"].header.pop("C02")
    with pytest.raises(ArchiveError, match="expected channel 'Stellar continua' in BINID"):
        manga_dap_maps.load(write(path, hdus))


def test_maps_of_unlike_shapes_are_refused(path):
    hdus = layout()
    hdus["SPX_ELLCOO"].data = hdus["SPX_ELLCOO"].data[:, 1:]
    with pytest.raises(ArchiveError, match=r"radius of \(20, 22\), received \(19, 22\)"):
        manga_dap_maps.load(write(path, hdus))


def test_damaged_files_are_refused(path):
    write(path, layout())
    whole = path.read_bytes()
    for content in (b"", whole[: len(whole) // 2], b"<html>404</html>" * 500):
        path.write_bytes(content)
        with pytest.raises(ArchiveError, match=f"{path.name}: expected a MAPS file"):
            manga_dap_maps.load(path)
    path.unlink()
    with pytest.raises(ArchiveError, match=f"{path.name}: expected a MAPS file"):
        manga_dap_maps.load(path)


def test_maps_are_found_at_any_depth_of_the_archive_or_the_mock(tmp_path, monkeypatch):
    names = ["manga-8000-1901-MAPS-X.fits.gz", "manga-8000-1902-MAPS-X.fits"]
    for folder, name in zip(
        ("data/manga/maps/8000/1901", "mock/manga_images/maps"), names, strict=True
    ):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / name).touch()
    monkeypatch.setenv("GALUTILS_MOCK", str(tmp_path / "mock"))
    assert [p.name for p in manga_dap_maps.find(tmp_path / "data")] == names[:1]
    assert [p.name for p in manga_dap_maps.find(tmp_path / "mock")] == names[1:]


@pytest.mark.parametrize("value", [np.inf, -np.inf, -999, 1e20])
def test_what_is_infinite_or_a_fill_value_is_nan(path, value):
    hdus = layout()
    for name in ("STELLAR_VEL", "STELLAR_SIGMA", "SPX_MFLUX"):
        hdus[name].data[3, 4] = value
    hdus["SPX_ELLCOO"].data[0, 3, 4] = value
    hdus["STELLAR_VEL_IVAR"].data[3, 5] = np.inf
    maps = manga_dap_maps.load(write(path, hdus))
    assert np.isnan([maps[name][3, 4] for name in ("velocity", "sigma", "flux", "radius")]).all()
    assert np.isnan(maps["velocity"][3, 5]) and np.isfinite(maps["velocity"][3, 6])
    assert np.isfinite(manga_dap_maps.lambda_r(maps))


def test_a_fill_value_is_no_redshift(path):
    hdus = layout()
    hdus["PRIMARY"].header["SCINPVEL"] = -999.0
    assert np.isnan(manga_dap_maps.load(write(path, hdus))["redshift"])


@pytest.mark.parametrize(
    ("name", "card", "value", "word"),
    [("STELLAR_VEL", "BUNIT", "m/s", "STELLAR_VEL in km/s, received m / s"),
     ("STELLAR_SIGMA", "BUNIT", "M/S", "STELLAR_SIGMA in km/s"),
     ("STELLAR_VEL", "CD2_2", 1 / 3600, "pixels of 0.5 arcsec, received 1.000")],
)  # fmt: skip
def test_another_unit_or_spaxel_is_named(path, name, card, value, word):
    hdus = layout()
    hdus[name].header[card] = value
    with pytest.raises(ArchiveError, match=f"{path.name}: expected {word}"):
        manga_dap_maps.load(write(path, hdus))


def test_lambda_r_leaves_out_what_is_masked(path):
    maps = manga_dap_maps.load(write(path, layout()))
    bad = np.zeros(SHAPE, bool)
    bad[:5] = True
    holed = maps | {"velocity": np.where(bad, np.nan, maps["velocity"])}
    masked = maps | {"velocity": np.ma.array(np.where(bad, 5e3, maps["velocity"]), mask=bad)}
    assert manga_dap_maps.lambda_r(masked) == manga_dap_maps.lambda_r(holed)
