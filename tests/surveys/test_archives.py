import csv
import hashlib
import io
import os
import tarfile
import zipfile

import pytest
from archive_server import Answer, manifest_row, serving
from astropy.table import Table

from galutils.mock import manga_images as mock_manga_images
from galutils.mock import sami as mock_sami
from galutils.store.files import ArchiveError
from galutils.surveys import archives, perseus, skyserver
from galutils.surveys.archives.connection import Patience
from galutils.surveys.archives.parts import PARTS, targets

FITS = b"SIMPLE  =                    T" + bytes(2850)
QUICK = Patience(silence=0.3, answer=0.6, tries=2, wait=0.01)
PAGE = b"<!DOCTYPE html><p>The archive is closed for maintenance.</p>"


def _bundle(kind):
    buffer = io.BytesIO()
    if kind == "zip":
        with zipfile.ZipFile(buffer, "w") as bundle:
            for name in ("images/1.jpg", "images/2.jpg", "__MACOSX/images/._1.jpg", "a/3.jpg"):
                bundle.writestr(name, name)
    else:
        with tarfile.open(fileobj=buffer, mode="w") as bundle:
            for name in ("snap/data/a.fits", "snap/b.fits"):
                entry = tarfile.TarInfo(name)
                entry.size = 4
                bundle.addfile(entry, io.BytesIO(b"data"))
    return buffer.getvalue()


@pytest.fixture(scope="module")
def server():
    answers = {
        "/good.fits": FITS,
        "/cut.fits": Answer(FITS, length=len(FITS) + 1000),  # says more than it sends
        "/table.csv": b"catid,type\n1,2.0\n",
        "/page": PAGE,
        "/empty": b"",
        "/bundle.zip": _bundle("zip"),
        "/bundle.tar": _bundle("tar"),
    }
    with serving(answers) as server:
        yield server


@pytest.fixture
def row(server):
    server.asked.clear()

    def make(path, file=None, **changes):
        return manifest_row(server.address(path), file or path, **changes)

    return make


def _fetch(rows, folder, **options):
    options = {"rows": rows, "patience": QUICK} | options
    return archives.fetch(rows[0]["survey"], folder, **options).set_index("file")


def _names(folder):
    """Files below a folder, hidden ones too, but the list of checksums."""
    found = sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())
    return [name for name in found if not name.endswith("checksums.csv")]


def test_files_come_whole_and_are_not_fetched_twice(row, server, tmp_path):
    digest = hashlib.sha256(FITS).hexdigest()
    rows = [
        row("good.fits", "maps/one.fits", bytes=len(FITS), hash=f"sha256:{digest}", kind="maps"),
        row("table.csv"),
    ]
    first = _fetch(rows, tmp_path)
    assert list(first["state"]) == ["fetched", "fetched"]
    assert list(first.index) == ["table.csv", "maps/one.fits"]  # catalogues first
    assert (tmp_path / "sami" / "maps" / "one.fits").read_bytes() == FITS
    assert oct((tmp_path / "sami" / "table.csv").stat().st_mode)[-3:] == "644"
    server.asked.clear()
    assert set(_fetch(rows, tmp_path)["state"]) == {"present"}
    assert server.asked == []


@pytest.mark.parametrize(
    ("path", "changes", "reason"),
    [
        ("good.fits", {"hash": "sha256:" + "0" * 64}, "hash"),
        ("good.fits", {"bytes": 17}, "expected 17 bytes, received 2880"),
        ("none.fits", {}, "received 404"),
        ("cut.fits", {}, "received a part"),
        ("x.fits", {"url": "http://127.0.0.1:9/x.fits"}, "expected to reach 127.0.0.1:9"),
        ("page", {"file": "a.fits"}, "expected a fits file"),
        ("page", {"file": "a.csv"}, "expected a csv file"),
        ("empty", {"file": "a.csv"}, "received 0 bytes"),
        ("page", {"file": "a.zip", "unpack": "images"}, "expected a zip file"),
    ],
)
def test_what_is_wrong_is_told_and_not_kept(row, tmp_path, path, changes, reason):
    bad = row(path) | changes
    result = _fetch([bad, row("table.csv")], tmp_path)
    assert result.loc[bad["file"], "state"] == "failed"
    assert reason in result.loc[bad["file"], "reason"]
    assert result.loc["table.csv", "state"] == "fetched"  # the others go on
    assert _names(tmp_path) == ["sami/table.csv"]


def test_a_file_that_is_not_whole_is_replaced_only_by_one_that_is(row, tmp_path):
    place = tmp_path / "sami" / "good.fits"
    place.parent.mkdir()
    place.write_bytes(FITS[:100])
    broken = row("none.fits", "good.fits", bytes=len(FITS))
    assert _fetch([broken], tmp_path)["state"].item() == "failed"
    assert place.read_bytes() == FITS[:100]
    assert _fetch([row("good.fits", bytes=len(FITS))], tmp_path)["state"].item() == "fetched"
    assert _names(tmp_path) == ["sami/good.fits"] and place.read_bytes() == FITS


@pytest.mark.parametrize(
    ("path", "expected"),
    [("bundle.zip", ["1.jpg", "2.jpg", "3.jpg"]), ("bundle.tar", ["a.fits", "b.fits"])],
)
def test_bundles_are_unpacked_into_their_folder_only(row, server, tmp_path, path, expected):
    bundle = row(path, unpack="images", kind="images")
    assert _fetch([bundle], tmp_path)["state"].item() == "fetched"
    assert _names(tmp_path) == [f"sami/images/{name}" for name in expected]
    server.asked.clear()
    assert _fetch([bundle], tmp_path)["state"].item() == "present"
    assert server.asked == []
    assert _fetch([bundle, row("table.csv")], tmp_path, catalogues_only=True).index == ["table.csv"]


def _lines(folder):
    with (folder / "sami" / "checksums.csv").open(newline="") as file:
        return {line["file"]: line for line in csv.DictReader(file)}


def test_a_hash_is_trusted_once_and_compared_ever_after(row, server, tmp_path):
    server.answers["/new.csv"] = b"catid\n1\n"
    rows = [row("new.csv"), row("good.fits", hash="md5:" + hashlib.md5(FITS).hexdigest())]
    assert set(_fetch(rows, tmp_path)["state"]) == {"fetched"}
    lines = _lines(tmp_path)
    assert list(lines) == ["new.csv"]  # of the other the archive gives a hash
    assert lines["new.csv"]["hash"] == "sha256:" + hashlib.sha256(b"catid\n1\n").hexdigest()
    assert lines["new.csv"]["bytes"] == "8" and lines["new.csv"]["url"] == rows[0]["url"]

    place = tmp_path / "sami" / "new.csv"
    place.write_bytes(b"catid\n7\n")  # damaged here: mended
    assert list(_fetch(rows, tmp_path)["state"]) == ["fetched", "present"]
    assert place.read_bytes() == b"catid\n1\n"

    server.answers["/new.csv"] = b"catid\n2\n"  # changed there: refused
    place.unlink()
    result = _fetch(rows, tmp_path)
    assert result.loc["new.csv", "state"] == "failed" and not place.exists()
    assert "delete the line" in result.loc["new.csv", "reason"]
    (tmp_path / "sami" / "checksums.csv").unlink()  # accepted
    assert list(_fetch(rows, tmp_path)["state"]) == ["fetched", "present"]


def test_a_line_of_checksums_that_was_cut_short_spoils_no_other(row, tmp_path):
    _fetch([row("table.csv")], tmp_path)
    path = tmp_path / "sami" / "checksums.csv"
    whole = path.read_text()
    path.write_text(whole + "torn.csv,12,sha")
    _fetch([row("good.fits")], tmp_path)
    assert set(_lines(tmp_path)) == {"table.csv", "torn.csv", "good.fits"}
    assert set(_fetch([row("table.csv"), row("good.fits")], tmp_path)["state"]) == {"present"}


def test_a_damaged_bundle_leaves_nothing(row, server, tmp_path):
    server.answers["/cut.zip"] = _bundle("zip")[:-40]
    bundle = row("cut.zip", unpack="images")
    assert _fetch([bundle], tmp_path)["state"].item() == "failed"
    assert list((tmp_path / "sami").iterdir()) == []


def test_what_needs_a_person_is_said_and_not_asked_for(row, server, tmp_path):
    form = row("form", "ifs", access="form", note="with an e-mail address", kind="maps")
    result = _fetch([form], tmp_path)
    assert result["state"].item() == "by hand"
    assert "e-mail" in result["reason"].item() and form["url"] in result["reason"].item()
    assert server.asked == []
    (tmp_path / "sami" / "ifs").mkdir(parents=True)
    (tmp_path / "sami" / "ifs" / "105420.fits").touch()
    assert _fetch([form], tmp_path)["state"].item() == "present"


def test_a_key_comes_from_the_environment_and_goes_nowhere_else(
    row, server, tmp_path, monkeypatch, capsys
):
    rows = [row(path, survey="tng", access="key") for path in ("table.csv", "none.fits")]
    monkeypatch.delenv("TNG_API_KEY", raising=False)
    assert set(_fetch(rows, tmp_path)["state"]) == {"by hand"}
    assert server.asked == []
    monkeypatch.setenv("TNG_API_KEY", "geheim")
    result = _fetch(rows, tmp_path)
    assert list(result["state"]) == ["fetched", "failed"]
    assert {headers["api-key"] for _, headers in server.asked} == {"geheim"}
    assert "geheim" not in result.to_csv() + "".join(capsys.readouterr())
    assert all(b"geheim" not in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


def test_single_files_are_named_by_the_catalogue(row, server, tmp_path):
    (tmp_path / "manga").mkdir()
    mock_manga_images.write(tmp_path / "manga", n=20, rng=3)
    names = [galaxy["plateifu"] for galaxy in targets("manga", tmp_path / "manga")]
    for name in names:
        server.answers[f"/{name}.fits"] = FITS
    one = row("{plateifu}.fits", "new/{plateifu}.fits", survey="manga", kind="images")
    result = _fetch([one], tmp_path, subset=2)
    assert list(result.index) == [f"new/{name}.fits" for name in names[:2]]
    assert set(result["state"]) == {"fetched"}
    told = []
    _fetch([one], tmp_path, tell=told.append)
    states = [line["state"] for line in told]
    assert (states.count("present"), states.count("fetched")) == (2, len(names) - 2)
    maps = one | {"kind": "maps"}
    assert _fetch([maps], tmp_path)["state"].item() == "left out"


def test_a_catalogue_leads_no_file_out_of_the_folder(row, server, tmp_path, monkeypatch):
    galaxies = [{"plateifu": "../../../stolen"}, {"plateifu": "/tmp/stolen"}]
    monkeypatch.setattr("galutils.surveys.archives.parts.targets", lambda *_: galaxies)
    one = row("{plateifu}.fits", "cutouts/{plateifu}.fits", survey="manga", kind="images")
    one["file"] = "{plateifu}.fits"
    result = _fetch([one], tmp_path / "root")
    assert set(result["state"]) == {"failed"} and server.asked == []
    assert result["reason"].str.contains("expected a path inside the folder").all()
    assert _names(tmp_path) == []


def test_without_the_catalogue_single_files_fail_clearly(row, tmp_path):
    for survey, file in (("manga", "{plateifu}.fits"), ("perseus", "{ra}_{dec}.png")):
        result = _fetch([row("x", file, survey=survey, kind="images")], tmp_path, subset=1)
        assert result["state"].item() == "failed"
        assert "expected a catalogue" in result["reason"].item()


def test_bad_requests_are_refused(tmp_path):
    with pytest.raises(ArchiveError, match="expected one of .*sami.*received semi"):
        archives.fetch("semi", tmp_path)
    with pytest.raises(ValueError, match="subset: expected 1 or more"):
        archives.fetch("manga", tmp_path, subset=0)
    with pytest.raises(ValueError, match="jobs: expected 1 or more"):
        archives.fetch("manga", tmp_path, jobs=0)


class TestManifest:
    rows = archives.manifest()

    def test_rows_are_complete(self):
        parts = {(part.survey, part.part) for part in PARTS}
        for row in self.rows:
            assert row["access"] in ("open", "key", *archives.BY_HAND), row
            assert row["kind"] in ("catalogue", "maps", "images"), row
            assert row["url"].startswith("https://"), row
            assert row["citation"] and row["licence"] and row["checked"] in ("yes", "no"), row
            assert row["note"] or row["access"] == "open", row  # by hand: how
            assert (row["survey"], row["part"]) in parts, row
        files = [(row["survey"], row["file"]) for row in self.rows]
        assert len(files) == len(set(files)) > 30
        assert {survey for survey, _ in parts} == {row["survey"] for row in self.rows}

    def test_queries_are_those_of_the_code(self):
        tables = [row for row in self.rows if "tap/sync" in row["url"]]
        for row in tables:
            table = row["file"].removesuffix(".csv")
            service = "https://datacentral.org.au/vo/tap"
            assert row["url"] == archives.tap_url(service, f"SELECT * FROM {table}")
        assert len(tables) == 6
        asked = [row["url"] for row in self.rows if "SqlSearch" in row["url"]]
        assert [url.partition("cmd=")[2] for url in asked] == [
            "{query_spectroscopic}",
            "{query_search}",
        ]

    def test_addresses_can_be_filled_in(self, tmp_path, monkeypatch):
        sent = []
        monkeypatch.setattr(
            "galutils.surveys.archives.fetching.bring", lambda row, *_: sent.append(row)
        )
        monkeypatch.setattr("galutils.surveys.archives.fetching._size", lambda place: 0)
        galaxy = {
            "ra": 1.5,
            "dec": -2.25,
            "plateifu": "7443-12705",
            "plate": "7443",
            "ifu": "12705",
        }
        monkeypatch.setattr("galutils.surveys.archives.parts.targets", lambda *_: [galaxy])
        for survey in ("manga", "perseus"):
            archives.fetch(survey, tmp_path, subset=1)
        urls = {row["file"]: row["url"] for row in sent}
        assert not [url for url in urls.values() if "{" in url or " " in url]
        maps = "maps/manga-7443-12705-MAPS-HYB10-MILESHC-MASTARSSP.fits.gz"
        assert "/7443/12705/manga-7443-12705-MAPS" in urls[maps]
        assert "ra=1.5&dec=-2.25" in urls["pcc_cutouts/sdss_ra=1.5_dec=-2.25.png"]
        assert "fGetNearbyObjEq" in urls["sdss_search_90arcmin.csv"]

    def test_cut_outs_have_the_names_the_reader_takes(self):
        from galutils.surveys.perseus.cutouts import NAME

        [one] = [row["file"] for row in self.rows if row["file"].startswith(perseus.PCC_CUTOUTS)]
        assert NAME.fullmatch(one.partition("/")[2].format(ra=49.2355, dec=41.5722))


class TestStatus:
    @pytest.fixture
    def folders(self, tmp_path, monkeypatch):
        monkeypatch.setenv("GALUTILS_MOCK", str(tmp_path / "mock"))
        mock_sami.write(tmp_path / "mock" / "sami", n=6, rng=5)
        (tmp_path / "data").mkdir()
        return tmp_path

    def _part(self, folders, survey, part):
        table = archives.status(folders / "data")
        return table[(table["survey"] == survey) & (table["part"] == part)].iloc[0]

    def test_the_mock_stands_in_for_what_is_missing(self, folders):
        state = self._part(folders, "sami", "velocity maps")
        maps = list((folders / "mock" / "sami").rglob("*_stellar-velocity*.fits"))
        assert state["source"] == "mock" and state["files"] == 0
        assert state["mock_files"] == len(maps)
        size = sum(path.stat().st_size for path in maps) / 1e6
        assert state["mock_megabytes"] == pytest.approx(size, abs=0.05)
        assert state["missing"] == "velocity maps, (dispersion maps)"
        assert state["get"] == "by hand (form)"
        assert self._part(folders, "gz2", "votes")["source"] == "none"  # no mock written

    def test_a_part_is_the_archives_as_soon_as_the_reader_takes_it(self, folders):
        source = next((folders / "mock" / "sami").glob("*samiDR3Stelkin*"))
        (folders / "data" / "sami").mkdir()
        (folders / "data" / "sami" / "samiDR3Stelkin.csv").write_bytes(source.read_bytes())
        state = self._part(folders, "sami", "catalogues")
        assert state["source"] == "archive" and state["files"] == 1
        assert "InputCatGAMADR3" in state["missing"] and "Stelkin" not in state["missing"]
        assert self._part(folders, "sami", "velocity maps")["source"] == "mock"

    def test_a_handful_of_maps_is_not_a_survey(self, folders):
        (folders / "mock" / "sami").rename(folders / "data" / "sami")
        state = self._part(folders, "sami", "velocity maps")
        assert state["files"] > 0 and state["source"] == "none"
        assert state["missing"] == "at least 100 velocity maps"

    def test_every_survey_is_told_without_any_file(self, tmp_path, monkeypatch):
        monkeypatch.setenv("GALUTILS_MOCK", str(tmp_path / "mock"))
        table = archives.status(tmp_path / "data")
        assert set(table["source"]) == {"none"} and not table["files"].any()
        assert all(table["get"]) and all(table["missing"])


def test_a_fetched_answer_is_read(row, server, tmp_path):
    """From the address to the reader: the spectroscopic search, as SkyServer would answer."""
    folder = tmp_path / "perseus"
    header = (
        "objID,ra,dec,modelMag_r,u_g,g_z,g_r,g_i,r_i,r_z,petroRad_r,flags,z,zErr,zWarning,class"
    )
    values = "1237661059574334114,49.9,41.5,17,1,1.2,0.8,1.1,0.3,0.5,7,0,0.017,1e-5,0,GALAXY"
    server.answers["/sql"] = f"#Table1\n{header}\n{values}\n".encode()
    _fetch([row("sql", perseus.SPECTROSCOPIC, survey="perseus")], tmp_path)
    table, rejected = skyserver.read(folder / perseus.SPECTROSCOPIC, perseus.SPECTROSCOPIC_COLUMNS)
    assert isinstance(table, Table) and len(table) == 1 and not len(rejected)
    assert sorted(os.listdir(folder)) == ["checksums.csv", perseus.SPECTROSCOPIC]
