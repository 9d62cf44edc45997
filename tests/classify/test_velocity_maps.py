"""One map from one file, whichever survey it is of."""

import gzip
import os

import numpy as np
import pytest
from astropy.io import fits
from classify_inputs import maps, write_map

from galutils.classify import velocity_maps

[MAP] = maps(1)
OTHERS = {
    "FLUX": MAP**2, "SNR": MAP / 20, "V_ERR": MAP / 100, "MASK": (MAP > 0).astype("u1"),
    "BIN_ID": np.arange(2500).reshape(50, 50), "SIG": np.full((50, 50), 90.0), "H3": MAP / 1e3,
    "FORM_ERR_V": MAP / 90, "STELLAR_SIGMA": MAP, "BINID": (MAP > 0).astype(int), "IVAR": MAP,
    "SPX_MFLUX": MAP, "STELLAR_SIGMACORR": MAP, "CHI2": MAP, "WEIGHT": MAP, "DQ": MAP, "": MAP + 7,
}  # fmt: skip
VELOCITIES = (
    "V",
    "VEL",
    "V_STARS",
    "STELLAR_VEL",
    "Velocity",
    "VEL_STARS",
    "VLOS",
    "stellar-velocity",
)


def write_images(path, *named, primary=None, **header):
    """Write a file of named images, a second primary image if wanted; return the path."""
    hdus = [fits.PrimaryHDU(primary), *(fits.ImageHDU(image, name=name) for name, image in named)]
    for hdu in hdus:
        hdu.header.update(header)
    fits.HDUList(hdus).writeto(path)
    return path


def test_the_short_way_reads_what_astropy_reads(tmp_path):
    path = write_map(tmp_path / "1.fits", MAP, fits.ImageHDU(MAP, name="VEL_ERR"), BUNIT="km/s")
    np.testing.assert_array_equal(velocity_maps.read(path), fits.getdata(path).astype("f4"))
    packed = tmp_path / "1.fits.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    np.testing.assert_array_equal(velocity_maps.read(packed), MAP)


def test_scaled_integers_are_left_to_astropy(tmp_path):
    hdu = fits.PrimaryHDU(np.nan_to_num(MAP))
    hdu.scale("int16", bscale=0.1)
    hdu.writeto(tmp_path / "1.fits")
    found = velocity_maps.read(tmp_path / "1.fits")
    np.testing.assert_allclose(found, np.nan_to_num(MAP), atol=0.06)


def test_masked_spaxels_of_manga_are_nan(tmp_path):
    mask, weight = np.zeros((50, 50), int), np.ones((50, 50))
    mask[20], weight[30] = 1, 0
    layers = {"STELLAR_VEL": MAP, "STELLAR_VEL_IVAR": weight, "STELLAR_VEL_MASK": mask}
    hdus = [fits.ImageHDU(data, name=name) for name, data in layers.items()]
    path = tmp_path / "manga-7443-12701-MAPS-HYB10-MILESHC-MASTARSSP.fits"
    fits.HDUList([fits.PrimaryHDU(), *hdus]).writeto(path)
    found = velocity_maps.read(path)
    assert np.isnan(found[[20, 30]]).all()
    np.testing.assert_array_equal(found[21:30], MAP[21:30])


@pytest.mark.parametrize("length", [0, 1000, 2880, 5000])
def test_a_file_that_ends_early_is_named(tmp_path, length):
    path = write_map(tmp_path / "1.fits", MAP)
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(ValueError, match="expected a whole velocity map"):
        velocity_maps.read(path)


@pytest.mark.parametrize("other", OTHERS)
@pytest.mark.parametrize("name", VELOCITIES)
def test_the_image_called_a_velocity_is_read_wherever_it_stands(other, name, tmp_path):
    both = [(other, OTHERS[other].astype(OTHERS[other].dtype)), (name, MAP)]
    for number, named in enumerate((both, both[::-1])):
        path = write_images(tmp_path / f"{number}.fits", *named)
        np.testing.assert_array_equal(velocity_maps.read(path), MAP)
    path = write_images(tmp_path / "p.fits", (name, MAP), primary=OTHERS[other])
    np.testing.assert_array_equal(velocity_maps.read(path), MAP)


def test_the_image_that_is_called_nothing_else_is_read(tmp_path):
    others = [(name, image) for name, image in OTHERS.items() if name]
    path = write_images(tmp_path / "1.fits", *others, primary=MAP)
    np.testing.assert_array_equal(velocity_maps.read(path), MAP)
    path = write_images(tmp_path / "2.fits", ("SCI", MAP), ("ERR", MAP + 1), ("DQ", MAP + 2))
    np.testing.assert_array_equal(velocity_maps.read(path), MAP)


@pytest.mark.parametrize(
    ("names", "listed"),
    [(("FLUX",), "FLUX"), (("SIGMA", "SNR"), "SIGMA, SNR"), (("A", "B"), "A, B"),
     (("", ""), "one without a name"), (("HA6562_VEL", "OIII5006_VEL"), "HA6562_VEL, OIII5006_VEL"),
     ((), "none"), (("V_STARS", "VEL_STARS"), "V_STARS, VEL_STARS"), (("VEL_DISP",), "VEL_DISP")],
)  # fmt: skip
def test_images_of_which_none_or_several_may_be_it_are_listed(names, listed, tmp_path):
    path = write_images(tmp_path / "1.fits", *((name, MAP) for name in names))
    with pytest.raises(
        ValueError, match="expected one image called a velocity, received .*" + listed
    ):
        velocity_maps.read(path)


def test_of_several_velocities_that_of_the_stars_is_read(tmp_path):
    named = [("HA6562_VEL", MAP + 9), ("V_GAS", MAP + 8), ("V_STARS", MAP), ("OIII_VEL", MAP + 7)]
    np.testing.assert_array_equal(
        velocity_maps.read(write_images(tmp_path / "1.fits", *named)), MAP
    )


def test_the_mask_and_the_weight_of_the_velocity_are_kept(tmp_path):
    mask, weight = np.zeros((50, 50), int), np.ones((50, 50))
    mask[20], weight[30], weight[31] = 1 << 30, 0, np.inf
    named = [("V", MAP), ("V_MASK", mask), ("V_IVAR", weight), ("SIGMA_MASK", 1 + mask)]
    found = velocity_maps.read(write_images(tmp_path / "1.fits", *named))
    assert np.isnan(found[[20, 30, 31]]).all()
    np.testing.assert_array_equal(found[:20], MAP[:20])


@pytest.mark.parametrize("fill", [np.inf, -np.inf, -999, -9999, 1e20, -1e30, -32768])
@pytest.mark.parametrize("summed", [False, True])
def test_infinite_spaxels_and_fill_values_are_not_measured(fill, summed, tmp_path):
    path = write_map(tmp_path / "1.fits", np.where(np.isnan(MAP), fill, MAP))
    if summed:  # astropy reads it
        with fits.open(path, mode="update") as hdus:
            hdus[0].add_checksum()
    np.testing.assert_array_equal(velocity_maps.read(path), MAP)


def test_blank_integers_are_not_measured(tmp_path):
    values = np.where(np.isnan(MAP), -30000, MAP).astype("i2")
    hdu = fits.PrimaryHDU(values)
    hdu.header["BLANK"] = -30000
    hdu.writeto(tmp_path / "1.fits")
    found = velocity_maps.read(tmp_path / "1.fits")
    np.testing.assert_array_equal(np.isnan(found), np.isnan(MAP))


@pytest.mark.parametrize(
    "unit", ["km/s", "KM/S", "km/sec", "km s-1", "Km/s", "km s^-1", "kms-1", ""]
)
def test_a_velocity_in_any_spelling_of_its_unit(unit, tmp_path):
    path = write_map(tmp_path / "1.fits", MAP, BUNIT=unit)
    np.testing.assert_array_equal(velocity_maps.read(path), MAP)


@pytest.mark.parametrize("unit", ["m/s", "M/S", "m/sec", "m s-1", "m s^-1"])
def test_metres_are_converted_in_any_spelling(unit, tmp_path):
    path = write_map(tmp_path / "1.fits", MAP * 1000, BUNIT=unit)
    np.testing.assert_allclose(velocity_maps.read(path), MAP, rtol=1e-6)


SIDE = 0.5 / 3600
TURNED = SIDE * np.sqrt(0.5)


@pytest.mark.parametrize(
    "cards",
    [{"CDELT2": SIDE}, {"CDELT2": -SIDE}, {"CDELT2": 0.5, "CUNIT2": "arcsec"},
     {"CDELT2": 0.5, "CUNIT2": "ARCSEC"}, {"CDELT2": 1.0, "PC2_2": SIDE, "CUNIT2": "deg"},
     {"CDELT1": 1.0, "CDELT2": 1.0, "PC1_2": SIDE, "PC2_2": 0.0}, {"CD1_2": SIDE, "CD2_2": 0.0},
     {"CD1_1": -TURNED, "CD1_2": TURNED, "CD2_1": TURNED, "CD2_2": TURNED}, {"CDELT2": 1.0},
     {"CDELT2": 0.3, "CUNIT2": "kpc"}, {"CDELT2": 1.25, "CUNIT2": "Angstrom"}],
)  # fmt: skip
@pytest.mark.parametrize("scaled", [1, 2])
def test_half_an_arcsec_is_half_an_arcsec_in_any_form(cards, scaled, tmp_path):
    known = "CUNIT2" not in cards or cards["CUNIT2"].lower() in ("arcsec", "deg")
    known &= cards != {"CDELT2": 1.0}
    cards = {key: value * (scaled if key.startswith(("CD1", "CD2", "PC")) else 1)
             for key, value in cards.items() if isinstance(value, float)} | {
        key: value for key, value in cards.items() if isinstance(value, str)}  # fmt: skip
    if "PC2_2" not in cards and "CDELT2" in cards:
        cards["CDELT2"] *= scaled
    path = write_map(tmp_path / "1.fits", MAP, **cards)
    if scaled == 1 or not known:
        np.testing.assert_array_equal(velocity_maps.read(path), MAP)
    else:
        with pytest.raises(ValueError, match="expected pixels of 0.5 arcsec, received 1.000"):
            velocity_maps.read(path)


def test_the_letter_d_is_an_exponent(tmp_path):
    path = write_map(tmp_path / "1.fits", MAP, CDELT2=SIDE)
    content = path.read_bytes()
    start = content.index(b"CDELT2  ")
    for number in (b"1.388888888888889D-04", b"2.777777777777778D-04"):
        card = (b"CDELT2  = " + number.rjust(20)).ljust(80)
        path.write_bytes(content[:start] + card + content[start + 80 :])
        assert fits.getheader(path)["CDELT2"] == float(number.replace(b"D", b"E"))
        if number[:1] == b"1":
            np.testing.assert_array_equal(velocity_maps.read(path), MAP)
    with pytest.raises(ValueError, match="expected pixels of 0.5 arcsec, received 1.000"):
        velocity_maps.read(path)


def test_a_map_packed_by_fpack_is_that_of_its_file(tmp_path):
    hdu = fits.CompImageHDU(MAP, name="", compression_type="GZIP_2", quantize_level=0)
    hdu.header["BUNIT"] = "m/s"
    beside = fits.CompImageHDU(MAP, name="SIG", compression_type="GZIP_2", quantize_level=0)
    fits.HDUList([fits.PrimaryHDU(), hdu, beside]).writeto(tmp_path / "1.fits.fz")
    np.testing.assert_allclose(velocity_maps.read(tmp_path / "1.fits.fz"), MAP / 1000, rtol=1e-6)


@pytest.mark.parametrize(
    "name", ["displaced.fits", "a_display_v.fits", "signal.fits", "sigmund.fits"]
)
def test_names_that_say_no_dispersion_are_taken(name, tmp_path):
    np.testing.assert_array_equal(velocity_maps.read(write_map(tmp_path / name, MAP)), MAP)


@pytest.mark.parametrize(
    "name", ["1_stellar-velocity-dispersion.fits", "sigma.fits", "n1_VDISP.fits.gz", "v_sig.fits"]
)
def test_names_that_say_dispersion_are_refused(name, tmp_path):
    path = write_map(tmp_path / name.removesuffix(".gz"), MAP)
    if name != path.name:
        (tmp_path / name).write_bytes(gzip.compress(path.read_bytes()))
    with pytest.raises(ValueError, match="received one of dispersion by its name"):
        velocity_maps.read(tmp_path / name)
    named = write_images(tmp_path / f"sigma_{name}", ("SIG", MAP**2), ("V", MAP))
    np.testing.assert_array_equal(velocity_maps.read(named), MAP)  # whose HDU says velocity


def test_what_is_no_file_is_told_and_never_waited_for(tmp_path):
    os.mkfifo(tmp_path / "1.fits")
    (tmp_path / "2.fits").mkdir()
    for name, word in (("1.fits", "a pipe"), ("2.fits", "a folder"), ("3.fits", "received none")):
        with pytest.raises(ValueError, match=f"expected a whole velocity map in FITS, .*{word}"):
            velocity_maps.read(tmp_path / name)
    hdu = fits.PrimaryHDU(np.zeros((400, 400)))
    hdu.writeto(tmp_path / "4.fits")
    packed = gzip.compress((tmp_path / "4.fits").read_bytes() + bytes(8_000_000), 9)
    (tmp_path / "5.fits.gz").write_bytes(packed)
    with pytest.raises(ValueError, match="100 times its size"):
        velocity_maps.read(tmp_path / "5.fits.gz")


def test_a_bit_against_its_checksum_is_seen(tmp_path):
    path = write_map(tmp_path / "1.fits", MAP)
    with fits.open(path, mode="update") as hdus:
        hdus[0].add_checksum()
    content = bytearray(path.read_bytes())
    content[-2000] ^= 1
    path.write_bytes(bytes(content))
    with pytest.raises(ValueError, match="verification failed"):
        velocity_maps.read(path)


def test_a_number_too_large_for_the_map_is_not_measured(tmp_path):
    path = write_map(tmp_path / "1.fits", np.where(np.isnan(MAP), 1e300, MAP.astype(float)))
    np.testing.assert_array_equal(velocity_maps.read(path), MAP)
