"""The mock Perseus archive: its files, its flaws, and the physics behind them."""

import hashlib
import os
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from astropy.table import Table, vstack
from PIL import Image
from scipy.stats import ks_2samp

from galutils.mock import perseus, perseus_skyserver, publish
from galutils.mock import perseus_wittmann2019 as mock_perseus_wittmann2019
from galutils.mock.bodies import perseus_population
from galutils.mock.instruments import sdss_cutouts
from galutils.physics import photometry
from galutils.surveys import perseus as survey
from galutils.surveys.perseus import wittmann2019 as perseus_wittmann2019
from galutils.surveys.perseus.cutouts import read_cutouts

N = 400
CATALOGUE = "pcc_catalogue_wittmann2019.txt"
LINE = re.compile(r"^(\S+)\s+(PCC-\d+)\s+(.*?)\s+([A-Z][a-z].*?)\s+(http\S+)\s*$")
HEADERS = {
    "pcc_sdss_crossmatch.csv": "name,labels,reds,objID,type,ra,dec,modelMag_r,u_g,g_z,g_r,g_i,"
    "r_i,r_z,petroRad_r",
    "sdss_spec_search_45arcmin.csv": "objID,ra,dec,R_mag,r0,g_z0,u_g,g_z,g_r,g_i,r_i,r_z,"
    "petroRad_r,flags,flag_text,specObjID,z,zErr,zWarning,class,subClass,distance",
    "sdss_search_90arcmin.csv": "objID,ra,dec,R_mag,r0,g_z0,u_g,g_z,g_r,g_i,r_i,r_z,petroRad_r,"
    "specObjID,z,zErr,zWarning,distance",
}
DATA = Path(os.environ.get("GALUTILS_DATA") or "/nowhere") / "perseus"
real = pytest.mark.skipif(not DATA.is_dir(), reason="GALUTILS_DATA has no perseus/")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("root") / "perseus"
    path.mkdir()
    perseus.write(path, n=N, rng=3)
    return path


@pytest.fixture(scope="module")
def universe():
    """All objects of a full mock, none of them photographed."""
    rng = np.random.default_rng(5)
    objects, listed, observed = perseus._universe(perseus.FULL, rng)
    lines, catalogue = perseus._catalogue(objects, listed, rng)
    measured = perseus_skyserver.measure(objects, observed, rng)
    spectra = measured.join(perseus_skyserver.spectra(objects, observed, rng))
    return {"objects": objects, "lines": lines, "catalogue": catalogue, "spectra": spectra}


@pytest.fixture(scope="module")
def full_catalogue(universe, tmp_path_factory):
    path = tmp_path_factory.mktemp("catalogue") / CATALOGUE
    path.write_text(universe["lines"])
    return perseus_wittmann2019.read(path)[0].to_pandas()


def rows(path):
    return pd.read_csv(path, comment="#", dtype={"objID": np.int64, "specObjID": np.int64})


def names(path):
    return sorted(file.name for file in path.iterdir())


def digests(folder):
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def significant(text):
    """Significant digits of a number in a file."""
    return len(re.sub(r"e.*|[-.]", "", text).lstrip("0"))


class TestFiles:
    def test_same_seed_same_bytes(self, tmp_path):
        found = []
        for name, seed in (("a", 1), ("b", 1), ("c", 2)):
            (tmp_path / name).mkdir()
            perseus.write(tmp_path / name, n=100, rng=seed)
            found.append(digests(tmp_path / name))
        assert found[0] == found[1]
        for name in set(found[0]) & set(found[2]):
            assert found[0][name] != found[2][name]

    def test_too_small_a_catalogue_is_refused(self, tmp_path):
        with pytest.raises(ValueError, match="at least 100, received 7"):
            perseus.write(tmp_path, n=7)

    def test_names_are_the_archives(self, folder):
        folders = ["cutouts", "independent_cutouts", "pcc_cutouts"]
        assert names(folder) == sorted([*HEADERS, *folders, CATALOGUE])

    def test_catalogue_lines(self, folder):
        text = (folder / CATALOGUE).read_text()
        lines = text.split("\n")
        assert len(lines) == N  # so the last one has no end
        assert {len(line) for line in lines} == {285}
        for k, line in enumerate(lines, start=1):
            empty, name, numbers, _, address = LINE.match(line).groups()
            assert (empty, name) == ("N/A", f"PCC-{k:04d}")
            assert address.endswith(name)
            tokens = numbers.split()
            assert len(tokens) == 17
            decimals = [len(token.partition(".")[2]) for token in tokens]
            assert max(decimals[:2]) <= 4 and max(decimals[2:]) <= 2
            assert tokens[12] in ("0", "1", "N/A")
            words = (line[128:190].lstrip(), line[190:222].lstrip())
            assert words[0] in perseus_wittmann2019.CLASSES
            assert words[1] in perseus_wittmann2019.NUCLEI
        assert "N/A" in text[10:]

    @pytest.mark.parametrize("name", HEADERS)
    def test_exports_have_the_archives_columns_and_digits(self, folder, name):
        lines = (folder / name).read_text().splitlines()
        if "45" in name:
            assert lines.pop(0) == "#Table1"
        assert lines[0] == HEADERS[name]
        table = pd.read_csv(folder / name, comment="#", dtype=str, keep_default_na=False)
        for column in ("ra", "dec"):
            assert 13 <= table[column].map(significant).median() <= 15
        magnitudes = [c for c in table if re.fullmatch("R_mag|modelMag_r|r0|g_z|petroRad_r", c)]
        for column in magnitudes:
            assert table[column].map(significant).max() == 7
        assert table["objID"].str.fullmatch(r"12376\d{14}").all()

    def test_cutouts_are_named_and_coded_as_in_the_archive(self, folder):
        position = r"sdss_ra=\d\d\.\d{1,4}_dec=\d\d\.\d{1,4}"
        long = r"sdss_ra=\d\d\.\d{9,14}_dec=\d\d\.\d{9,14}"
        for name in names(folder / "pcc_cutouts"):
            assert re.fullmatch(position + r"\.png", name)
        training = names(folder / "cutouts")
        for name in training:
            assert re.fullmatch(rf"({position}|{long})-label=[01]\.png", name)
        assert 0 < sum(bool(re.match(long, name)) for name in training) < len(training)
        for name in names(folder / "independent_cutouts"):
            assert re.fullmatch(r"sdss_objid=12376\d{14}\.png", name)
        formats = {"pcc_cutouts": "JPEG", "cutouts": "PNG", "independent_cutouts": "PNG"}
        for part, expected in formats.items():
            for file in (folder / part).iterdir():
                with Image.open(file) as image:
                    assert image.format == expected

    def test_flags_and_their_names_agree(self, folder):
        table = rows(folder / "sdss_spec_search_45arcmin.csv")
        for value, text in zip(table["flags"], table["flag_text"], strict=True):
            assert text.endswith(" ")
            assert photometry.decode_flags(value)[::-1] == text.split()

    def test_search_has_second_spectra_and_is_sorted(self, folder):
        table = rows(folder / "sdss_search_90arcmin.csv")
        again = table["objID"].duplicated()
        assert 0.05 < again.mean() < 0.25
        assert table["specObjID"].is_unique
        assert table["distance"].is_monotonic_increasing
        near = rows(folder / "sdss_spec_search_45arcmin.csv")
        assert set(near["objID"]) == set(table.loc[table["distance"] < 45, "objID"])

    def test_training_cutouts_are_near_or_bright_and_not_over_red(self, folder):
        table, rejected = read_cutouts(folder / "cutouts")
        assert len(rejected) == 0
        assert photometry.red_share(table["image"].data).max() <= photometry.OVER_RED
        matched = rows(folder / "pcc_sdss_crossmatch.csv")
        assert matched["reds"].max() <= 50
        labels = {f"{k:.4f}": v for k, v in zip(table["ra"], table["label"], strict=True)}
        assert set(labels.values()) == {0, 1}


class TestReaders:
    """Nothing is rejected but the flaws put in on purpose."""

    def test_catalogue(self, folder):
        sample, rejected = survey.load_catalogue(folder.parent, "archive")
        assert (len(sample), len(rejected)) == (N, 0)

    def test_training(self, folder):
        sample, rejected = survey.load_training(folder.parent, "archive")
        assert len(sample) == len(names(folder / "cutouts"))
        for reason in rejected["reason"]:
            assert "photometry is not joined" in reason
        assert set(sample["origin"]) == {"catalogue", "spectroscopic"}
        spectroscopic = sample[sample["origin"] == "spectroscopic"]
        expected = photometry.is_member_redshift(spectroscopic["redshift"])
        assert (spectroscopic["label"] == expected).all()
        assert np.isfinite(spectroscopic["r"]).all()

    def test_independent(self, folder):
        sample, rejected = survey.load_independent(folder.parent, "archive")
        assert len(sample) == len(names(folder / "independent_cutouts"))
        assert sample["image"].shape == (len(sample), 200, 200, 3)
        for reason in rejected["reason"]:
            assert "one spectrum" in reason or "training cut-out" in reason

    def test_published_mock_is_found(self, tmp_path, monkeypatch):
        monkeypatch.setenv("GALUTILS_MOCK", str(tmp_path))
        publish(perseus.write, tmp_path / "perseus", 100, 3)
        (tmp_path / "archives").mkdir()
        sample, _ = survey.load_catalogue(tmp_path / "archives")
        assert (sample.meta["source"], sample.meta["seed"]) == ("mock", 3)


class TestNumbers:
    """Of a full mock, against those of the real lists and of Pruitt (2024)."""

    def test_classes(self, full_catalogue):
        counts = full_catalogue["class_name"].value_counts()
        expected = {
            "late type": 384,
            "background early type": 3008,
            "edge-on disk": 1049,
            "likely cluster early type": 398,
            "merging": 23,
            "possible cluster early type": 98,
            "weak substructure": 477,
        }
        assert set(counts.index) == set(expected)
        for name, number in expected.items():
            assert 0.6 * number < counts[name] < 1.5 * number, name

    def test_bright_objects(self, full_catalogue):
        bright = full_catalogue[full_catalogue["v_mag"] <= 19.4]
        assert len(bright) == pytest.approx(272, rel=0.15)
        assert (bright["label"] == 1).sum() == pytest.approx(123, rel=0.25)

    def test_searches(self, universe):
        spectra = universe["spectra"]
        near = spectra[spectra["distance"] < 45]
        assert len(near) == pytest.approx(233, rel=0.12)
        assert (near["class"] == "STAR").mean() == pytest.approx(60 / 190, abs=0.08)
        assert len(spectra) == pytest.approx(563, rel=0.02)

    def test_galaxies_in_both_lists(self, universe):
        near = universe["spectra"][universe["spectra"]["distance"] < 45]
        bright = universe["catalogue"].query("V <= 19.4 and label >= 0")
        both = near.index.intersection(bright.index)
        assert 8 <= len(both) <= 30
        first, second = bright.loc[both], near.loc[both]
        apart = np.hypot(
            (first["ra"] - second["ra"]) * np.cos(np.deg2rad(41.5)), first["dec"] - second["dec"]
        )
        assert (apart * 3600 < 1).all()
        differ = photometry.is_member_redshift(second["z"]) != (first["label"] == 1)
        assert 1 <= differ.sum() <= 5

    def test_stars_among_bright_catalogue_objects(self, universe):
        kind = universe["objects"]["kind"][universe["catalogue"].query("V <= 19.4").index]
        assert 5 <= (kind == "star").sum() <= 20

    def test_a_share_of_the_bright_objects_lies_in_the_red_field(self, universe):
        bright = universe["catalogue"].query("V <= 19.4")
        along, across = sdss_cutouts._offsets(bright["ra"], bright["dec"], sdss_cutouts.RED_FIELD)
        half = 60 * np.array(sdss_cutouts.RED_HALF)
        share = ((np.abs(along) < half[0]) & (np.abs(across) < half[1])).mean()
        assert 0.08 < share < 0.22


class TestPhysics:
    def test_members_lie_on_the_red_sequence(self, universe):
        spectra = universe["spectra"].query("0.01 < z < 0.033")
        place = photometry.colour_region(spectra["R_mag"], spectra["g_z"])
        assert 0.80 < (place == "red sequence").mean() < 0.97
        assert (place == "blue cloud").sum() > (place == "red shoulder").sum()

    def test_sequence_is_redder_for_brighter_galaxies(self):
        members = perseus_population.members(4000, np.random.default_rng(0))
        early = members[members["early"] & (members["r"] > 13) & (members["r"] < 20)]
        slope = np.polyfit(early["r"], early["g"] - early["z"], 1)[0]
        assert slope == pytest.approx(-1 / photometry.SLOPE, abs=0.02)
        late = members[~members["early"]]
        assert 0.05 < len(late) / len(members) < 0.2
        assert np.median(late["g"] - late["z"]) < np.median(early["g"] - early["z"]) - 0.3

    def test_redshifts_are_those_of_a_cluster(self):
        members = perseus_population.members(4000, np.random.default_rng(1))
        speed = 299792.458 * members["redshift"]
        assert np.mean(speed) == pytest.approx(5366, abs=80)
        assert 1000 < np.std(speed) < 1400
        assert photometry.is_member_redshift(members["redshift"]).mean() > 0.9

    def test_members_crowd_in_the_centre(self):
        rng = np.random.default_rng(2)
        distance = perseus_population.distance(perseus_population.members(4000, rng))
        field = perseus_population.distance(
            Table(perseus_population.uniform_in_disc(4000, rng), names=("ra", "dec"))
        )
        assert max(distance.max(), field.max()) < perseus_population.RADIUS + 0.01
        inner = [(d < 10).sum() / ((d > 40) & (d < 60)).sum() * 20 for d in (distance, field)]
        assert inner[1] == pytest.approx(1, abs=0.35)
        assert inner[0] > 5 * inner[1]

    def test_dwarfs_are_many_small_and_flat(self):
        members = perseus_population.members(4000, np.random.default_rng(3))
        giant, dwarf = members[members["r"] < 16], members[members["r"] > 19]
        assert len(dwarf) > 4 * len(giant)
        assert np.median(giant["r_e"]) > 3 * np.median(dwarf["r_e"])
        assert np.median(giant["sersic"]) > 2 * np.median(dwarf["sersic"])

    def test_background_lies_behind_and_is_redder_and_smaller(self):
        rng = np.random.default_rng(4)
        behind = perseus_population.background(
            *mock_perseus_wittmann2019.positions(8000, rng), 22, rng
        )
        assert not photometry.is_member_redshift(behind["redshift"]).any()
        bright, faint = behind[behind["v0"] < 19], behind[behind["v0"] > 21]
        assert np.median(faint["redshift"]) > 1.5 * np.median(bright["redshift"])
        assert np.median(bright["r_e"]) > 1.5 * np.median(faint["r_e"])
        far = behind[behind["early"] & (behind["redshift"] > 0.1) & (behind["redshift"] < 0.4)]
        assert (
            photometry.colour_region(far["r"], far["g"] - far["z"]) == "red shoulder"
        ).mean() > 0.6

    def test_dust_dims_and_reddens(self):
        rng = np.random.default_rng(5)
        members = perseus_population.members(500, rng)
        dimmed = members["r"] - members["r0"]
        np.testing.assert_allclose(dimmed, 2.285 / 2.742 * members["a_v"])
        inside = members[mock_perseus_wittmann2019.inside(members["ra"], members["dec"])]
        assert 0.39 < inside["a_v"].min() and inside["a_v"].max() < 0.56
        measured = perseus_skyserver.measure(members, np.arange(500), rng)
        excess = (measured["g_z"] - measured["g_z0"]).to_numpy()
        np.testing.assert_allclose(excess, (3.303 - 1.263) / 2.742 * members["a_v"])


def toy_sky(**columns):
    """Rows for a camera: a point source at 50, 42 unless told otherwise."""
    row = {"ra": 50.0, "dec": 42.0, "r_e": 0.0, "sersic": 1.0, "bulge": 1.0, "knots": 0.0}
    row |= {"nucleus": 0.0, "axis_ratio": 1.0, "position_angle": 0.0}
    row |= {"g": 18.5, "r": 18.0, "i": 17.7}
    return Table({name: np.atleast_1d(columns.get(name, value)) for name, value in row.items()})


def photograph(sky, ra=50.0, dec=42.0):
    data = sdss_cutouts.Camera(sky, 1).frame(0, ra, dec)
    return perseus._pixels(data).astype(float)


class TestCutouts:
    def test_north_is_up_and_east_to_the_left(self):
        east, north = toy_sky(ra=50 + 4 / 3600 / np.cos(np.deg2rad(42))), toy_sky(dec=42 + 4 / 3600)
        for sky, place in ((east, (100, 60)), (north, (60, 100))):
            image = photograph(vstack([toy_sky(g=30.0, r=30.0, i=30.0), sky])).sum(axis=2)
            found = np.unravel_index(image.argmax(), image.shape)
            assert np.hypot(*np.subtract(found, place)) < 5

    def test_position_angle_runs_from_north_over_east(self):
        galaxy = toy_sky(r_e=3.0, axis_ratio=0.4, position_angle=30.0, i=15.7, r=16.0, g=16.5)
        light = photograph(galaxy).sum(axis=2)
        light = np.maximum(light - 60, 0)
        y, x = np.mgrid[:200, :200] - 99.5
        xx, yy, xy = ((light * product).sum() for product in (x * x, y * y, x * y))
        angle = 0.5 * np.degrees(np.arctan2(2 * xy, xx - yy))  # from west, clockwise
        assert (90 + -angle) % 180 == pytest.approx(30, abs=6)

    def test_stars_are_points_and_galaxies_are_not(self):
        wide = []
        for sky in (toy_sky(), toy_sky(r_e=2.0)):
            profile = photograph(sky)[100, 100:].sum(axis=-1)
            wide.append(np.flatnonzero(profile < profile[:5].max() / 2)[0] * sdss_cutouts.SCALE)
        assert 0.5 < wide[0] < 1.4  # the stretch widens a seeing of 1.1 arcsec
        assert wide[1] > 1.5 * wide[0]

    def test_red_stars_are_red_and_blue_ones_blue(self):
        red, blue = (
            photograph(toy_sky(g=18 + c, r=18.0, i=18 - c))[96:105, 96:105].mean((0, 1))
            for c in (1.0, -0.1)
        )
        assert red[0] > 1.5 * red[2]
        assert blue[2] > blue[0]

    def test_empty_sky_is_dark_with_smooth_noise(self):
        image = photograph(toy_sky(g=30.0, r=30.0, i=30.0))
        assert (np.median(image, axis=(0, 1)) < 20).all()
        noise = image[..., 1] - image[..., 1].mean()
        assert 1.5 < noise.std() < 6
        neighbour = (noise[:, 4:] * noise[:, :-4]).mean() / noise.var()
        assert 0.6 < neighbour < 0.9  # 0.73 in real frames

    def test_red_field_is_over_red_and_has_an_edge(self):
        ra, dec = sdss_cutouts.RED_FIELD
        empty = {"g": 30.0, "r": 30.0, "i": 30.0}
        image = photograph(toy_sky(ra=ra, dec=dec, **empty), ra, dec).astype(np.uint8)
        assert photometry.red_share(image[None])[0] > 0.9
        angle, reach = np.deg2rad(sdss_cutouts.ROTATION), sdss_cutouts.RED_HALF[1] / 60
        edge = dec + reach * np.cos(angle), ra + reach * np.sin(angle) / np.cos(np.deg2rad(dec))
        image = photograph(toy_sky(ra=edge[1], dec=edge[0], **empty), edge[1], edge[0])
        share = photometry.red_share(image.astype(np.uint8)[None])[0]
        assert 0.3 < share < 0.7

    def test_one_object_looks_alike_from_two_lists(self):
        sky = toy_sky(r_e=2.0, i=16.7, r=17.0, g=17.8)
        camera = sdss_cutouts.Camera(sky, 1)
        first = perseus._pixels(camera.frame(0, 50.0, 42.0)).astype(float)
        second = perseus._pixels(camera.frame(0, 50.0, 42.0 + 0.1 / 3600)).astype(float)
        moved = np.abs(second[1:] - first[:-1]).mean()  # up north by one pixel: content moves down
        other = perseus._pixels(sdss_cutouts.Camera(sky, 2).frame(0, 50.0, 42.0)).astype(float)
        assert moved < 0.6 * np.abs(other - first).mean()

    def test_giants_light_up_frames_beside_them(self):
        giant = toy_sky(dec=42 + 40 / 3600, r_e=20.0, sersic=3.0, i=12.0, r=12.4, g=13.2)
        faint = toy_sky(g=30.0, r=30.0, i=30.0)
        near, alone = (photograph(sky).mean() for sky in (vstack([faint, giant]), faint))
        assert near > alone + 5


@real
class TestAgainstTheRealArchive:
    """Kolmogorov-Smirnov distances; equal distributions of these sizes differ by 0.1."""

    LIMITS = {
        "R_mag": 0.25,
        "g_z": 0.25,
        "g_r": 0.25,
        "r_i": 0.25,
        "z": 0.28,  # the real background crowds at 0.05 and 0.13
        "distance": 0.25,
    }

    @pytest.mark.parametrize("kind", ["member", "background", "star"])
    def test_spectroscopic_objects(self, universe, kind):
        archive = rows(DATA / "sdss_search_90arcmin.csv").drop_duplicates("objID")
        limits = {"member": (0.01, 0.033), "background": (0.033, 0.4), "star": (-0.002, 0.002)}
        low, high = limits[kind]
        there, here = (t[t["z"].between(low, high)] for t in (archive, universe["spectra"]))
        assert len(here) == pytest.approx(len(there), rel=0.1)
        for column, limit in self.LIMITS.items():
            assert ks_2samp(there[column], here[column]).statistic < limit, column

    def test_catalogue(self, full_catalogue):
        archive = survey.load_catalogue(DATA.parent, "archive")[0].to_pandas()
        for label, limits in ((1, (0.15, 0.2)), (0, (0.1, 0.2))):
            there, here = (t[t["label"] == label] for t in (archive, full_catalogue))
            for column, limit in zip(("v_mag", "r50"), limits, strict=True):
                assert ks_2samp(there[column], here[column]).statistic < limit, (label, column)
        for column in ("v_mag_error", "r50_error", "position_angle", "aperture_colour_3"):
            missing = [t[column].isna().mean() for t in (archive, full_catalogue)]
            assert missing[0] == pytest.approx(missing[1], abs=0.12)

    def test_pixels_of_bright_frames(self, folder):
        there, here = (read_cutouts(path / "cutouts")[0]["image"].data for path in (DATA, folder))
        for part in (np.median, np.mean):
            values = [np.median(part(images, axis=(1, 2)), axis=0) for images in (there, here)]
            np.testing.assert_allclose(values[1], values[0], rtol=0.8)

    def test_lines_have_the_real_columns(self, folder):
        first = [(path / CATALOGUE).read_text().split("\n")[0] for path in (DATA, folder)]
        ends = [[m.end() for m in re.finditer(r"\S+", line)][:19] for line in first]
        assert ends[0] == ends[1]


def test_a_farther_cluster_is_fainter_smaller_and_redder():
    near = perseus_population.members(500, np.random.default_rng(8))
    same = perseus_population.moved(near, perseus_population.REDSHIFT)
    assert all(np.array_equal(same[name], near[name]) for name in near.colnames)
    far = perseus_population.moved(near, 0.05)
    assert np.median(far["r"] - near["r"]) == pytest.approx(2.3, abs=0.15)
    assert np.median(far["r_e"] / near["r_e"]) == pytest.approx(0.37, abs=0.03)
    early = np.asarray(near["early"])
    redder = (far["g"] - far["z"] - near["g"] + near["z"])[early]
    assert 0.05 < np.median(redder) < 0.3
    assert np.allclose(far["redshift"] - near["redshift"], 0.05 - perseus_population.REDSHIFT)


def test_more_dust_reddens_and_dims_what_is_behind_it(tmp_path):
    objects = perseus_population.members(50, np.random.default_rng(8))
    behind = perseus_population.reddened(objects, 3)
    a_v = 2 * np.asarray(objects["a_v"])
    assert np.allclose(behind["r"] - objects["r"], photometry.EXTINCTION["r"] * a_v)
    assert np.allclose(behind["a_v"], 3 * objects["a_v"])
    assert np.array_equal(behind["r0"], objects["r0"])
    folder = tmp_path / "second" / "perseus"
    folder.mkdir(parents=True)
    perseus.write(folder, n=N, rng=3, redshift=0.03, dust=2.0)
    catalogue, _ = survey.load_catalogue(folder.parent, "archive")
    assert 0.6 < np.median(catalogue["extinction_v"]) < 1.4
    training, _ = survey.load_training(folder.parent, "archive")
    labelled = np.asarray(training["origin"]) == "spectroscopic"
    members = np.asarray(training["redshift"])[labelled & (np.asarray(training["label"]) == 1)]
    assert np.median(members) == pytest.approx(0.03, abs=0.005)
