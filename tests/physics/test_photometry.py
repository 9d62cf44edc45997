"""Colour selections, red pixels, flags and sky matching."""

import os
from pathlib import Path

import astropy.units as u
import numpy as np
import pytest
from astropy.coordinates import SkyCoord
from astropy.table import Table

from galutils.physics import photometry
from galutils.surveys import skyserver

ARCHIVE = Path(os.environ.get("GALUTILS_DATA", "nowhere")) / "perseus"
real = pytest.mark.skipif(not ARCHIVE.is_dir(), reason="GALUTILS_DATA holds no Perseus archive")


def test_red_sequence_and_its_regions():
    r = np.array([16.0, 17.0, 16.0, 15.0, np.nan])
    g_z = np.array([1.0, 20 / 14.3, 2.0, 31 / 14.3, 1.0])
    np.testing.assert_allclose(photometry.red_sequence(r, g_z)[:4], [30.3, 37, 44.6, 46])
    names = photometry.colour_region(r, g_z).tolist()
    assert names == ["blue cloud", "blue cloud", "red sequence", "red shoulder", ""]
    # at one magnitude a larger colour is never bluer
    order = ["blue cloud", "red sequence", "red shoulder"]
    places = [order.index(name) for name in photometry.colour_region(16.0, np.linspace(0, 3, 50))]
    assert places == sorted(places) and set(places) == {0, 1, 2}


def test_member_redshifts_lie_strictly_between_the_limits():
    redshift = [0.01, 0.0101, 0.0329, 0.033, -0.0003, np.nan]
    assert photometry.is_member_redshift(redshift).tolist() == [False, True, True] + [False] * 3


def test_kinds_by_redshift():
    redshift = [-0.0003, 0.0019, 0.002, 0.01, 0.0101, 0.033, 0.2, np.nan]
    front, behind = "galaxy in front", "galaxy behind"
    expected = ["star", "star", front, front, "member", behind, behind, ""]
    assert photometry.kind(redshift).tolist() == expected


# colour, red or not; hue is in steps of 2 degrees, halves rounded up
PIXELS = [
    ((200, 120, 80), True),  # hue 10
    ((200, 122, 80), False),  # hue 10.5, which is 11
    ((255, 175, 175), True),  # saturation 80
    ((255, 176, 176), False),  # saturation 79
    ((255, 153, 221), True),  # hue 160, saturation 102
    ((255, 135, 219), False),  # hue 159
    ((255, 153, 187), True),  # hue 170, saturation 102
    ((255, 156, 189), False),  # hue 170, saturation 99
    ((20, 0, 0), True),
    ((19, 0, 0), False),
    ((128, 128, 128), False),
    ((0, 0, 255), False),
    ((0, 0, 0), False),
]


@pytest.mark.parametrize(("colour", "red"), PIXELS)
def test_red_pixels(colour, red):
    assert photometry.red_share(np.full((1, 2, 3, 3), colour, dtype=np.uint8)) == [float(red)]


def test_red_share_of_each_image():
    images = np.zeros((3, 10, 20, 3), dtype=np.uint8)
    images[0, :5, :, 0] = 200
    images[1, 0, :3] = (200, 20, 20)
    assert photometry.red_share(images).tolist() == [0.5, 0.015, 0]


@pytest.mark.parametrize(
    "images", [np.zeros((2, 4, 4, 3)), np.zeros((4, 4, 3), np.uint8), np.zeros((1, 4, 4, 4), "u1")]
)
def test_red_share_wants_colour_images(images):
    with pytest.raises(ValueError, match=r"expected uint8 of shape \(n, h, w, 3\)"):
        photometry.red_share(images)


def test_flags_by_rising_bit():
    assert photometry.decode_flags(0) == []
    assert photometry.decode_flags(np.int64(1 << 56 | 1 << 8 | 1 << 4)) == [
        "CHILD",
        "NOPETRO",
        "MAYBE_CR",
    ]
    assert photometry.decode_flags(1 << 40) == ["bit 40"]
    bits = [bit for bit, _ in photometry.FLAGS.values()]
    assert bits == sorted(set(bits))
    named_in_the_thesis = {"NODEBLEND", "CHILD", "SUBTRACTED", "SATURATED", "COSMIC_RAY", "NOPETRO"}
    assert named_in_the_thesis < set(photometry.FLAGS)


def test_chains_of_close_positions_are_one_galaxy():
    dec = np.array([10.0, 0.0, 2.5 / 3600, 10.0 + 0.5 / 3600, 5.0 / 3600, -20.0])
    groups = photometry.match_groups(SkyCoord(np.full(6, 359.9999), dec, unit="deg"))
    assert groups.tolist() == [0, 1, 1, 0, 1, 2]
    # across the origin of right ascension, and by angle on the sky, not in coordinates
    coord = SkyCoord([359.9999, 0.0001, 0, 0.01], [0, 0, 89.99, 89.99], unit="deg")
    assert photometry.match_groups(coord).tolist() == [0, 0, 1, 1]
    assert photometry.match_groups(coord, 0.5 * u.arcsec).tolist() == [0, 1, 2, 2]
    assert photometry.match_groups(coord[:0]).tolist() == []


def test_conflicts_mark_every_row_of_the_galaxy():
    marked = photometry.conflicts([0, 1, 0, 2, 2, 0], [1, 0, 0, 1, 1, 1])
    assert marked.tolist() == [True, False, True, False, False, True]


@real
def test_flags_of_the_archive_decode_to_their_text():
    table, _ = skyserver.read(ARCHIVE / "sdss_spec_search_45arcmin.csv", required=("flag_text",))
    assert len(table) == 190
    met = set()
    for row in table:
        names = set(photometry.decode_flags(row["flags"]))
        assert names == set(row["flag_text"].split())
        met |= names
    assert met == set(photometry.FLAGS)


@real
def test_regions_of_the_published_test_set():
    table, _ = skyserver.read(ARCHIVE / "published_independent_test_predictions.csv")
    region = photometry.colour_region(table["r"], table["g_z"])
    members = photometry.is_member_redshift(table["redshift"])
    np.testing.assert_array_equal(members, table["true_label"] == 1)
    expected = {"blue cloud": (96, 16), "red sequence": (149, 71), "red shoulder": (90, 1)}
    for name, (objects, in_cluster) in expected.items():
        assert (region == name).sum() == objects
        assert members[region == name].sum() == in_cluster


def test_without_dust_magnitude_and_colours_are_those_of_sdss():
    table = Table({"r": [17.0], "g_z": [1.9], "petro_rad": [5.0]})
    a_v = 0.38614 / photometry.EXTINCTION["r"]  # as SDSS has at the median of the field
    found = photometry.dereddened(table, [a_v])
    assert list(found) == ["r0", "g_z0"]
    assert found["r0"][0] == pytest.approx(17.0 - 0.38614)
    assert found["g_z0"][0] == pytest.approx(1.9 - 0.34474, abs=1e-4)
    assert np.isnan(photometry.dereddened(table, [np.nan])["r0"][0])


@real
def test_dust_of_the_archive_is_taken_out_as_sdss_does():
    table, _ = skyserver.read(ARCHIVE / "sdss_search_90arcmin.csv")
    a_v = (table["r"] - table["r0"]) / photometry.EXTINCTION["r"]
    found = photometry.dereddened(table, a_v)
    assert np.nanmax(np.abs(found["g_z0"] - table["g_z0"])) < 1e-4


def test_a_sequence_is_not_moved_by_outliers():
    rng = np.random.default_rng(1)
    r = rng.uniform(13, 20, 200)
    g_z = 1.3 - 0.07 * (r - 16) + rng.normal(0, 0.05, 200)
    g_z[:40] += 1.5
    r[0] = np.nan
    fit = photometry.fit_sequence(r, g_z)
    assert fit["slope"] == pytest.approx(-0.07, abs=0.01)
    assert fit["colour"] == pytest.approx(1.3, abs=0.03)
    assert fit["scatter"] == pytest.approx(0.06, abs=0.02)
    with pytest.raises(ValueError, match="three galaxies or more, received 2"):
        photometry.fit_sequence(r[1:3], g_z[1:3])
