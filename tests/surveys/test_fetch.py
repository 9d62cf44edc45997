import hashlib
import io
import os
import shutil
import tarfile
import time
import zipfile
from types import SimpleNamespace

import pytest
from archive_server import Answer, manifest_row, serving
from astropy.table import Table

from galutils.mock import manga_images as mock_manga_images
from galutils.store.files import ArchiveError
from galutils.surveys import fetch, perseus, skyserver, sources
from galutils.surveys.holdings import PARTS, targets

FITS = b"SIMPLE  =                    T" + bytes(2850)
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
    options = {"rows": rows, "tries": 1} | options
    return fetch.fetch(rows[0]["survey"], folder, **options).set_index("file")


def _names(folder):
    """Files below a folder, hidden ones too, but the list of trusted hashes."""
    found = sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())
    return [name for name in found if not name.endswith("hashes.txt")]


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
        ("cut.fits", {}, "expected to receive the whole file"),
        ("x.fits", {"url": "http://127.0.0.1:9/x.fits"}, "from 127.0.0.1:9"),
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


def _trusted(folder):
    lines = (folder / "sami" / "hashes.txt").read_text().splitlines()
    return {line.split()[0]: line.split()[1:] for line in lines}


def test_a_hash_is_trusted_once_and_compared_ever_after(row, server, tmp_path):
    server.answers["/new.csv"] = b"catid\n1\n"
    rows = [row("new.csv"), row("good.fits", hash="md5:" + hashlib.md5(FITS).hexdigest())]
    assert set(_fetch(rows, tmp_path)["state"]) == {"fetched"}
    digest = "sha256:" + hashlib.sha256(b"catid\n1\n").hexdigest()
    # of the other the archive gives a hash
    assert _trusted(tmp_path) == {"new.csv": [digest, rows[0]["url"]]}

    place = tmp_path / "sami" / "new.csv"
    place.write_bytes(b"catid\n7\n")  # damaged here: mended
    assert list(_fetch(rows, tmp_path)["state"]) == ["fetched", "present"]
    assert place.read_bytes() == b"catid\n1\n"

    server.answers["/new.csv"] = b"catid\n2\n"  # changed there: refused
    place.unlink()
    result = _fetch(rows, tmp_path)
    assert result.loc["new.csv", "state"] == "failed" and not place.exists()
    assert "does not match the known hash" in result.loc["new.csv", "reason"]
    (tmp_path / "sami" / "hashes.txt").unlink()  # accepted
    assert list(_fetch(rows, tmp_path)["state"]) == ["fetched", "present"]


def test_hashes_that_cannot_be_read_are_named(row, tmp_path):
    _fetch([row("table.csv")], tmp_path)
    (tmp_path / "sami" / "hashes.txt").write_text("torn.csv\n")
    with pytest.raises(ArchiveError, match="hashes.txt: expected hashes"):
        _fetch([row("good.fits")], tmp_path)


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
    monkeypatch.setattr("galutils.surveys.holdings.targets", lambda *_: galaxies)
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
        fetch.fetch("semi", tmp_path)
    with pytest.raises(ValueError, match="subset: expected 1 or more"):
        fetch.fetch("manga", tmp_path, subset=0)
    with pytest.raises(ValueError, match="jobs: expected 1 or more"):
        fetch.fetch("manga", tmp_path, jobs=0)


class TestManifest:
    rows = fetch.manifest()

    def test_rows_are_complete(self):
        parts = {(part["survey"], part["part"]) for part in PARTS}
        for row in self.rows:
            assert row["access"] in ("open", "key", "tap", "skyserver", *fetch.BY_HAND), row
            assert row["kind"] in ("catalogue", "maps", "images"), row
            assert row["url"].startswith("https://"), row
            assert row["citation"] and row["licence"] and row["checked"] in ("yes", "no"), row
            assert row["note"] or row["access"] == "open", row  # by hand: how
            assert (row["survey"], row["part"]) in parts, row
        files = [(row["survey"], row["file"]) for row in self.rows]
        assert len(files) == len(set(files)) > 30
        assert {survey for survey, _ in parts} == {row["survey"] for row in self.rows}

    def test_queries_are_those_of_the_code(self):
        tables = [row for row in self.rows if row["access"] == "tap"]
        for row in tables:
            table = row["file"].removesuffix(".csv")
            assert row["url"] == f"https://datacentral.org.au/vo/tap#{table}"
        assert len(tables) == 6
        asked = [row["url"].partition("#") for row in self.rows if row["access"] == "skyserver"]
        assert {service for service, *_ in asked} == {"https://skyserver.sdss.org/dr16"}
        assert [query for *_, query in asked] == ["query_spectroscopic", "query_search"]
        assert all(callable(getattr(skyserver, query)) for *_, query in asked)

    def test_addresses_can_be_filled_in(self, tmp_path, monkeypatch):
        sent = []
        monkeypatch.setattr(fetch._Fetcher, "_fetched", lambda _, row: sent.append(row))
        monkeypatch.setattr(fetch, "_size", lambda place: 0)
        galaxy = {
            "objid": 12,
            "ra": 1.5,
            "dec": -2.25,
            "plateifu": "7443-12705",
            "plate": "7443",
            "ifu": "12705",
        }
        monkeypatch.setattr("galutils.surveys.holdings.targets", lambda *_: [galaxy])
        for survey in ("manga", "perseus"):
            fetch.fetch(survey, tmp_path, subset=1)
        urls = {row["file"]: row["url"] for row in sent}
        assert not [url for url in urls.values() if "{" in url or " " in url]
        maps = "maps/manga-7443-12705-MAPS-HYB10-MILESHC-MASTARSSP.fits.gz"
        assert "/7443/12705/manga-7443-12705-MAPS" in urls[maps]
        assert "ra=1.5&dec=-2.25" in urls["pcc_cutouts/sdss_ra=1.5_dec=-2.25.png"]
        assert "ra=1.5&dec=-2.25" in urls["independent_cutouts/sdss_objid=12.png"]
        assert urls["sdss_search_90arcmin.csv"].endswith("#query_search")

    def test_cut_outs_have_the_names_the_reader_takes(self):
        from galutils.surveys.perseus.cutouts import NAME

        for folder in (perseus.PCC_CUTOUTS, perseus.INDEPENDENT):
            [one] = [row["file"] for row in self.rows if row["file"].startswith(folder)]
            name = one.partition("/")[2].format(ra=49.2355, dec=41.5722, objid=1237661059574334114)
            assert NAME.fullmatch(name)


def test_cut_outs_of_any_table_come_by_position(row, server, tmp_path, monkeypatch):
    from galutils.surveys.perseus.cutouts import list_cutouts

    table = Table({"ra": [49.2355, 150.0], "dec": [41.5722, -2.5], "mag": [17.0, 18.0]})
    table.write(tmp_path / "coma.ecsv")
    asked = "ra={ra}&dec={dec}&scale=0.1"
    listed = row("pcc", "pcc_cutouts/sdss_ra={ra}_dec={dec}.png", kind="images")
    monkeypatch.setattr(
        sources, "manifest", lambda: [listed | {"url": listed["url"] + "?" + asked}]
    )
    rows = sources.cutout_rows(tmp_path / "coma.ecsv")
    assert rows[1]["url"].endswith("?ra=150.0000000&dec=-2.5000000&scale=0.1")
    for one in rows:
        path = one["url"].removeprefix(server.address("")).lstrip("/")
        server.answers[f"/{path}"] = b"\xff\xd8\xff and the rest of a JPEG"
    assert list(_fetch(rows, tmp_path)["state"]) == ["fetched", "fetched"]
    found, unknown = list_cutouts(tmp_path / "perseus" / "coma_cutouts")
    assert list(found["ra"]) == [150.0, 49.2355] and not len(unknown)
    table["ra", "mag"].write(tmp_path / "flat.ecsv")
    with pytest.raises(
        ArchiveError, match="flat.ecsv: expected rows with ra and dec, received ra, mag"
    ):
        sources.cutout_rows(tmp_path / "flat.ecsv")


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
    assert sorted(os.listdir(folder)) == ["hashes.txt", perseus.SPECTROSCOPIC]


TEXT = b"catid,type\n" + b"".join(b"%d,2.0\n" % number for number in range(2000))


@pytest.fixture
def one(server, tmp_path):
    """Fetch one file that the server answers with; return its line of the result."""
    server.asked.clear()

    def one(answers, file="a.csv", tries=3, **changes):
        server.answers[f"/{file}"] = answers
        row = manifest_row(server.address(file), file, **changes)
        return fetch.fetch(row["survey"], tmp_path, rows=[row], tries=tries).iloc[0]

    return one


class TestTries:
    @pytest.fixture(autouse=True)
    def no_waits(self, monkeypatch):
        monkeypatch.setattr("pooch.core.time", SimpleNamespace(sleep=lambda seconds: None))

    def test_a_file_is_asked_for_until_it_comes(self, one, server, tmp_path):
        bad = [Answer(status=500), Answer(TEXT, length=20 * len(TEXT))]
        assert one([*bad, TEXT])["state"] == "fetched"
        assert len(server.asked) == 3
        assert (tmp_path / "sami" / "a.csv").read_bytes() == TEXT

    @pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
    def test_a_refusal_is_taken_at_once(self, one, server, status):
        result = one(Answer(status=status, reason="No"))
        assert (result["state"], len(server.asked)) == ("failed", 1)
        assert result["reason"] == f"expected {server.address('a.csv')}, received {status} No"

    def test_a_server_that_stays_broken_fails_after_the_last_try(self, one, server):
        result = one(Answer(status=503, reason="Down"))
        assert (result["state"], len(server.asked)) == ("failed", 3)
        assert result["reason"].endswith("received 503 Down")

    def test_a_silent_server_is_given_up(self, one, monkeypatch):
        monkeypatch.setattr(sources, "TIMEOUT", (1, 0.1))
        result = one(Answer(TEXT, drip=(100, 1)), tries=1)
        assert result["state"] == "failed" and "timed out" in result["reason"]

    def test_the_end_of_a_chunked_answer_is_seen(self, one, server, tmp_path):
        cut = Answer(TEXT, chunked=True, cut=5000)
        assert one([cut, Answer(TEXT, chunked=True)])["state"] == "fetched"
        assert len(server.asked) == 2
        assert (tmp_path / "sami" / "a.csv").read_bytes() == TEXT


class TestAnswers:
    def test_a_wrong_size_is_refused_before_it_comes(self, one):
        result = one(Answer(TEXT, drip=(1, 0.02)), bytes=17)
        assert result["reason"] == f"expected 17 bytes, received {len(TEXT)}"

    def test_a_file_of_unknown_length_is_looked_at(self, one):
        cut = Answer(b"SIMPLE  =" + bytes(3000), length=False)
        assert "expected a whole fits file" in one(cut, file="a.fits")["reason"]

    def test_redirects_are_followed(self, one, server):
        server.answers["/b.csv"] = TEXT
        there = Answer(status=302, headers={"Location": server.address("b.csv", "localhost")})
        assert one(there)["state"] == "fetched"

    @pytest.mark.parametrize("location", ["/a.csv", "ftp://127.0.0.1/a.csv", "file:///etc/passwd"])
    def test_some_redirects_lead_nowhere(self, one, location):
        answer = Answer(status=302, headers={"Location": location})
        assert one(answer, tries=1)["state"] == "failed"

    def test_none_leads_from_a_safe_line_to_an_open_one(self, tmp_path):
        class Moved:
            is_redirect, url = True, "https://archive/a.csv"
            headers = {"location": "http://archive/a.csv"}

        source = sources.Source(manifest_row(Moved.url, "a.csv"), None)
        with pytest.raises(ArchiveError, match="expected a safe address"):
            source._look(Moved)

    @pytest.mark.filterwarnings("ignore:Results truncated")
    def test_a_tap_service_is_asked_for_a_table(self, one, server, tmp_path):
        head = '<VOTABLE version="1.3"><RESOURCE type="results">'
        head += '<INFO name="QUERY_STATUS" value="{}"/><TABLE><FIELD name="catid" datatype="long"/>'
        rows = "".join(f"<TR><TD>{number}</TD></TR>" for number in (7, 8))
        body = f"{head}<DATA><TABLEDATA>{rows}</TABLEDATA></DATA></TABLE></RESOURCE></VOTABLE>"
        service, cut = ("/tap/sync", body.format("OVERFLOW").encode())
        server.answers[service] = body.format("OK").encode()
        row = manifest_row(server.address("tap#sami_dr3.CubeObs"), "c.csv", access="tap")
        [line] = fetch.fetch("sami", tmp_path, rows=[row], tries=1).to_dict("records")
        assert line["state"] == "fetched", (line["reason"], server.asked)
        assert Table.read(tmp_path / "sami" / "c.csv")["catid"].tolist() == [7, 8]
        server.answers[service] = cut
        line = fetch.fetch("sami", tmp_path, rows=[row | {"file": "d.csv"}], tries=1).iloc[0]
        assert line["reason"] == "expected all rows of sami_dr3.CubeObs, received the first 2"


class TestKeys:
    KEY = "geheim-0815"

    @pytest.fixture(autouse=True)
    def key(self, monkeypatch):
        monkeypatch.setenv("TNG_API_KEY", self.KEY)

    def _sent(self, server):
        return [headers.get("api-key") for _, headers in server.asked]

    def test_a_key_stays_with_its_host(self, one, server):
        """127.0.0.1 and localhost are two hosts; what went away gets no key on coming back."""
        there = Answer(status=302, headers={"Location": server.address("b", "localhost")})
        back = Answer(status=302, headers={"Location": server.address("c")})
        server.answers |= {"/b": back, "/c": TEXT}
        assert one(there, survey="tng", access="key")["state"] == "fetched"
        assert self._sent(server) == [self.KEY, None, None]

    def test_a_key_follows_within_its_host(self, one, server):
        server.answers["/b"] = TEXT
        there = Answer(status=302, headers={"Location": "/b"})
        assert one(there, survey="tng", access="key")["state"] == "fetched"
        assert self._sent(server) == [self.KEY, self.KEY]

    def test_another_port_is_another_host(self, one, server):
        with serving({"/b": TEXT}) as other:
            there = Answer(status=302, headers={"Location": other.address("b")})
            assert one(there, survey="tng", access="key")["state"] == "fetched"
            assert self._sent(server) == [self.KEY] and self._sent(other) == [None]

    @pytest.mark.parametrize(
        "answer",
        [
            Answer(status=403, reason=f"key {KEY} is not valid"),
            Answer(f"<p>{KEY} is not valid".encode()),
            Answer(status=302, headers={"Location": f"ftp://x/?key={KEY}"}),
        ],
    )
    def test_a_key_that_a_server_sends_back_is_not_shown(self, one, tmp_path, answer):
        result = one(answer, survey="tng", access="key", tries=1)
        assert result["state"] == "failed" and self.KEY not in result["reason"]
        assert _names(tmp_path) == []

    def test_a_key_that_cannot_be_sent_is_not_shown(self, one, server, monkeypatch):
        monkeypatch.setenv("TNG_API_KEY", f"{self.KEY}\r\nHost: x")
        result = one(TEXT, survey="tng", access="key", tries=1)
        assert result["state"] == "by hand" and server.asked == []
        assert self.KEY not in result["reason"]


class TestRuns:
    def _rows(self, server, count=6, **changes):
        answer = Answer(TEXT, drip=(4000, 0.02))
        server.answers |= {f"/{n}.csv": answer for n in range(count)}
        names = [f"{n}.csv" for n in range(count)]
        return [manifest_row(server.address(name), name, **changes) for name in names]

    @pytest.mark.parametrize(("jobs", "most"), [(1, 1), (3, 3)])
    def test_so_many_files_at_a_time(self, server, tmp_path, monkeypatch, jobs, most):
        busy, counts, told = [], [], []
        fetched = fetch._Fetcher._fetched

        def counting(self, row):
            busy.append(row)
            counts.append(len(busy))
            fetched(self, row)
            busy.pop()

        monkeypatch.setattr(fetch._Fetcher, "_fetched", counting)
        rows = self._rows(server)
        result = fetch.fetch("sami", tmp_path, jobs=jobs, rows=rows, tell=told.append)
        assert set(result["state"]) == {"fetched"} and max(counts) == most
        assert list(result["file"]) == [row["file"] for row in rows]
        assert sorted(line["file"] for line in told) == sorted(result["file"])

    def test_an_interrupt_leaves_whole_files_and_the_next_run_fetches_the_rest(
        self, server, tmp_path
    ):
        rows = self._rows(server, count=12)

        def interrupt(line):
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            fetch.fetch("sami", tmp_path, jobs=2, rows=rows, tell=interrupt)
        time.sleep(1)  # the threads end
        seen = [path for path in (tmp_path / "sami").glob("*.csv")]
        assert 1 <= len(seen) < 6 and {path.read_bytes() for path in seen} == {TEXT}
        server.asked.clear()
        result = fetch.fetch("sami", tmp_path, rows=rows)
        assert set(result["state"]) == {"fetched", "present"}
        assert len(server.asked) == 12 - len(seen)
        assert not (tmp_path / "sami" / ".partial").exists()

    def test_what_a_killed_run_left_goes(self, server, tmp_path):
        hidden = tmp_path / "sami" / ".partial" / "images"
        hidden.mkdir(parents=True)
        (hidden / "17.jpg").write_bytes(b"half")
        fetch.fetch("sami", tmp_path, rows=self._rows(server)[:1])
        assert _names(tmp_path / "sami") == ["0.csv"]
        assert not (tmp_path / "sami" / ".partial").exists()

    def test_two_at_once_in_one_folder_are_refused(self, server, tmp_path):
        with fetch._alone(tmp_path / "sami"):
            with pytest.raises(ArchiveError, match="expected no other fetch"):
                fetch.fetch("sami", tmp_path, rows=self._rows(server))
        states = fetch.fetch("sami", tmp_path, rows=self._rows(server))["state"]
        assert set(states) == {"fetched"}

    def test_a_disk_too_small_is_told_before_anything_comes(self, server, tmp_path, monkeypatch):
        server.asked.clear()
        usage = shutil.disk_usage(tmp_path)._replace(free=10**9)
        monkeypatch.setattr(fetch.shutil, "disk_usage", lambda folder: usage)
        rows = self._rows(server, bytes=450 * 10**6)[:2]
        rows[0]["unpack"] = "images"  # wants twice its size
        with pytest.raises(ArchiveError, match="expected 1450 MB of free disk, received 1000 MB"):
            fetch.fetch("sami", tmp_path, rows=rows)
        assert server.asked == []

    def test_a_file_too_large_for_the_disk_is_told_before_it_comes(self, one, monkeypatch):
        usage = shutil.disk_usage("/")._replace(free=fetch.SPARE + 1000)
        monkeypatch.setattr(fetch.shutil, "disk_usage", lambda folder: usage)
        result = one(TEXT)
        assert result["state"] == "failed" and "of free disk" in result["reason"]

    def test_a_folder_that_cannot_be_made_is_told(self, server, tmp_path):
        (tmp_path / "file").touch()
        with pytest.raises(ArchiveError, match="expected a folder to write to"):
            fetch.fetch("sami", tmp_path / "file", rows=self._rows(server))

    def test_progress_is_drawn_where_it_is_wanted(self, server, tmp_path):
        shown = io.StringIO()
        fetch.fetch("sami", tmp_path, rows=self._rows(server), progress=shown)
        assert "sami: 6 files" in shown.getvalue() and "kB/s" in shown.getvalue()
