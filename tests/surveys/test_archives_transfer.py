"""Fetching over a bad line: whatever the server does, whole files or none, and an end."""

import gzip
import hashlib
import io
import json
import re
import shutil
import time
from email.utils import formatdate

import pytest
from archive_server import Answer, manifest_row, serving

from galutils.store.files import ArchiveError
from galutils.surveys import archives
from galutils.surveys.archives import connection, fetching, transfer
from galutils.surveys.archives.connection import Patience, Stopped

TEXT = b"catid,type\n" + b"".join(b"%d,2.0\n" % number for number in range(2000))
OTHER = TEXT.replace(b"2.0", b"1.5")
HASH = f"sha256:{hashlib.sha256(TEXT).hexdigest()}"
PATIENCE = Patience(silence=0.2, answer=0.4, window=0.2, pace=20_000, tries=4, wait=0.01, longest=8)
ONCE = Patience(silence=0.2, answer=0.4, tries=1)
CUT = Answer(TEXT, etag='"1"', cut=5000)
REST = Answer(TEXT, etag='"1"', ranges=True)


@pytest.fixture(scope="module")
def running():
    with serving() as server:
        yield server


@pytest.fixture
def server(running):
    running.answers.clear()
    running.asked.clear()
    return running


@pytest.fixture
def fetch(server, tmp_path):
    def fetch(answers, patience=PATIENCE, file="a.csv", **changes):
        server.answers[f"/{file}"] = answers
        row = manifest_row(server.address(file), file, **changes)
        table = archives.fetch(row["survey"], tmp_path, rows=[row], patience=patience)
        return table.iloc[0]

    return fetch


def left(folder):
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}


def ranges(server):
    return [headers.get("Range") for _, headers in server.asked]


def stopping(waits):
    """Stand for the event that ends a run, and note waits instead of waiting."""

    class Event:
        def wait(self, seconds):
            waits.append(seconds)

        def is_set(self):
            return False

    return Event()


class TestTries:
    def test_a_file_is_asked_for_until_it_comes(self, fetch, server, tmp_path):
        bad = [Answer(status=500), Answer(TEXT, length=20 * len(TEXT)), Answer(status=429)]
        assert fetch([*bad, TEXT])["state"] == "fetched"
        assert len(server.asked) == 4
        assert (tmp_path / "sami" / "a.csv").read_bytes() == TEXT

    @pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
    def test_a_refusal_is_taken_at_once(self, fetch, server, status):
        result = fetch(Answer(status=status, reason="No"))
        assert (result["state"], len(server.asked)) == ("failed", 1)
        assert result["reason"] == f"expected the file, received {status} No"

    def test_a_server_that_stays_broken_fails_after_the_last_try(self, fetch, server):
        result = fetch(Answer(status=503, reason="Down"))
        assert (result["state"], len(server.asked)) == ("failed", 4)
        assert result["reason"] == "expected the file, received 503 Down (asked 4 times)"

    def _waits(self, server, tmp_path, answers):
        waits = []
        job = fetching.prepare(tmp_path / "sami", patience=PATIENCE)
        job.stop = stopping(waits)
        server.answers["/a.csv"] = answers
        row = manifest_row(server.address("a.csv"), "a.csv")
        try:
            transfer.bring(row, job)
        except ArchiveError as error:
            waits.append(str(error))
        return waits

    def test_waits_grow(self, server, tmp_path):
        waits = self._waits(server, tmp_path, Answer(status=500))
        assert waits[:3] == [0.01, 0.02, 0.04]

    def test_the_wait_is_the_one_the_server_asks_for(self, server, tmp_path):
        late = formatdate(time.time() + 5, usegmt=True)
        answers = [
            Answer(status=429, headers={"Retry-After": "7"}),
            Answer(status=503, headers={"Retry-After": late}),
            Answer(status=503, headers={"Retry-After": "soon"}),
            TEXT,
        ]
        first, second, third = self._waits(server, tmp_path, answers)
        assert first == 7 and 3 < second <= 5 and third == 0.04

    def test_nobody_waits_longer_than_patience_has_it(self, server, tmp_path):
        answer = Answer(status=429, headers={"Retry-After": "3600"})
        [reason] = self._waits(server, tmp_path, answer)
        assert "to come again in 3600 s" in reason and len(server.asked) == 1

    def test_a_line_that_breaks_again_and_again_is_borne_while_it_gets_on(
        self, fetch, server, tmp_path, monkeypatch
    ):
        monkeypatch.setattr(transfer, "STEP", 1000)
        server.answers["/a.csv"] = Answer(TEXT, etag='"1"', ranges=True, cut=1500)
        assert fetch(server.answers["/a.csv"])["state"] == "fetched"
        assert len(server.asked) > 2 * PATIENCE.tries
        assert (tmp_path / "sami" / "a.csv").read_bytes() == TEXT

    def test_a_host_that_gives_no_answer_is_not_waited_for_again(self, tmp_path):
        rows = [manifest_row(f"http://127.0.0.1:9/{n}", f"{n}.csv") for n in range(20)]
        result = archives.fetch("sami", tmp_path, jobs=1, rows=rows, patience=PATIENCE)
        assert set(result["state"]) == {"failed"}
        assert "is there a network?" in result["reason"][0]
        assert result["reason"][1:].str.contains("received none for other files").all()


class TestResuming:
    def test_only_the_rest_is_asked_for(self, fetch, server, tmp_path):
        assert fetch([CUT, REST], hash=HASH)["state"] == "fetched"
        assert ranges(server) == [None, "bytes=5000-"]
        assert server.asked[1][1]["If-Range"] == '"1"'
        assert left(tmp_path) == {"sami/a.csv"}  # and no checksum: the manifest has it

    def test_a_later_run_goes_on(self, fetch, server, tmp_path):
        assert fetch(CUT, ONCE)["state"] == "failed"
        hidden = {"sami/.partial/a.csv.part", "sami/.partial/a.csv.part.json"}
        assert left(tmp_path) == hidden
        assert fetch(REST)["state"] == "fetched"
        assert ranges(server) == [None, "bytes=5000-"]
        assert (tmp_path / "sami" / "a.csv").read_bytes() == TEXT
        assert left(tmp_path) == {"sami/a.csv", "sami/checksums.csv"}

    def test_what_has_come_whole_is_not_asked_for_again(self, fetch, server, tmp_path):
        """As after a kill between the last byte and the name."""
        fetch(CUT, ONCE)
        part = tmp_path / "sami" / ".partial" / "a.csv.part"
        note = part.with_name("a.csv.part.json")
        part.write_bytes(TEXT)
        note.write_text(json.dumps(json.loads(note.read_text()) | {"whole": True}))
        assert fetch(REST)["state"] == "fetched" and len(server.asked) == 1

    @pytest.mark.parametrize(
        "second",
        [
            TEXT,  # Range ignored
            Answer(TEXT, etag='"1"', ranges=True, shift=3),
            Answer(TEXT, etag='"1"', ranges=True, shift=-3),
            Answer(TEXT, etag='"2"', ranges=True),  # changed: If-Range does not fit
            Answer(TEXT, etag='"2"', ranges=True, blind=True),  # changed: If-Range ignored
            Answer(TEXT + b"7,1\n", etag='"1"', ranges=True),  # longer than it was
            Answer(status=416),
            Answer(TEXT[5000:], status=206, etag='"1"'),  # says not which part
        ],
    )
    def test_what_may_not_fit_is_fetched_anew(self, fetch, server, tmp_path, second):
        changed = Answer(OTHER, etag='"1"', cut=5000)
        assert fetch([changed, second, TEXT])["state"] == "fetched"
        assert (tmp_path / "sami" / "a.csv").read_bytes() == TEXT

    @pytest.mark.parametrize("etag", [None, 'W/"1"'])
    def test_without_a_validator_nothing_is_kept(self, fetch, server, tmp_path, etag):
        assert fetch(Answer(TEXT, etag=etag, cut=5000), ONCE)["state"] == "failed"
        assert left(tmp_path) == set()

    def test_the_date_of_change_will_do(self, fetch, server):
        date = {"Last-Modified": "Tue, 01 Sep 2020 00:00:00 GMT"}
        fetch(Answer(TEXT, cut=5000, headers=date), ONCE)
        rest = Answer(TEXT, ranges=True, blind=True, headers=date)
        assert fetch(rest, hash=HASH)["state"] == "fetched"
        assert server.asked[1][1]["If-Range"] == date["Last-Modified"]

    def test_a_beginning_that_was_another_files_is_found_out_by_the_hash(
        self, fetch, server, tmp_path
    ):
        """The server says nothing of the change; so it is all fetched once more."""
        changed = Answer(OTHER, etag='"1"', cut=5000)
        assert fetch([changed, REST, TEXT], hash=HASH)["state"] == "fetched"
        assert ranges(server) == [None, "bytes=5000-", None]
        assert (tmp_path / "sami" / "a.csv").read_bytes() == TEXT

    @pytest.mark.parametrize("note", ["", "{", "[]", '{"url": "x"}'])
    def test_a_damaged_note_is_worth_nothing(self, fetch, server, tmp_path, note):
        fetch(CUT, ONCE)
        (tmp_path / "sami" / ".partial" / "a.csv.part.json").write_text(note)
        assert fetch(REST)["state"] == "fetched"
        assert ranges(server) == [None, None]


class TestPace:
    def _timed(self, fetch, *arguments, **options):
        begun = time.monotonic()
        result = fetch(*arguments, **options)
        return result, time.monotonic() - begun

    @pytest.mark.parametrize(
        ("answer", "reason"),
        [
            (Answer(TEXT, drip=(1, 0.02)), "bytes a second or more"),
            (Answer(TEXT, drip=(100, 1.0)), "received no more for 0.2 s"),
            (Answer(TEXT, head_drip=0.02), "received none in 0.4 s"),
        ],
    )
    def test_a_drip_ends_in_a_failure(self, fetch, server, tmp_path, answer, reason):
        result, seconds = self._timed(fetch, answer)
        assert result["state"] == "failed" and reason in result["reason"]
        assert len(server.asked) == 4 and seconds < 3
        assert left(tmp_path) == set()

    def test_a_slow_line_that_keeps_the_pace_is_borne(self, fetch):
        answer = Answer(TEXT, drip=(2000, 0.05))
        result, seconds = self._timed(fetch, answer)
        assert result["state"] == "fetched" and seconds > 0.3


class TestKinds:
    def test_a_wrong_size_is_refused_before_it_comes(self, fetch, server):
        result = fetch(Answer(TEXT, drip=(1, 0.02)), bytes=17)
        assert result["reason"] == f"expected 17 bytes, received {len(TEXT)}"

    def test_the_end_of_a_chunked_answer_is_seen(self, fetch, server, tmp_path):
        cut = Answer(TEXT, chunked=True, cut=5000)
        assert fetch([cut, Answer(TEXT, chunked=True)])["state"] == "fetched"
        assert len(server.asked) == 2
        assert (tmp_path / "sami" / "a.csv").read_bytes() == TEXT

    def test_a_file_of_unknown_length_is_looked_at(self, fetch):
        cut = Answer(b"SIMPLE  =" + bytes(3000), length=False)
        assert "expected a whole fits file" in fetch(cut, file="a.fits")["reason"]

    def test_a_packed_answer_is_unpacked_and_a_packed_file_is_not(self, fetch, tmp_path):
        answer = Answer(gzip.compress(TEXT), headers={"Content-Encoding": "gzip"})
        assert fetch(answer)["state"] == "fetched"
        assert (tmp_path / "sami" / "a.csv").read_bytes() == TEXT
        assert fetch(answer, file="b.csv.gz")["state"] == "fetched"
        assert gzip.decompress((tmp_path / "sami" / "b.csv.gz").read_bytes()) == TEXT


class TestRedirects:
    def test_they_are_followed(self, fetch, server):
        server.answers["/b.csv"] = TEXT
        there = Answer(status=302, headers={"Location": server.address("b.csv", "localhost")})
        assert fetch(there)["state"] == "fetched"

    @pytest.mark.parametrize(
        ("location", "reason"),
        [("/a.csv", "more than 10 redirects"), ("ftp://127.0.0.1/a.csv", "a redirect to ftp"),
         ("file:///etc/passwd", "a redirect to file"), ("http://[", "received ValueError")],
    )  # fmt: skip
    def test_some_lead_astray(self, fetch, location, reason):
        answer = Answer(status=302, headers={"Location": location})
        assert reason in fetch(answer)["reason"]

    def test_none_leads_from_a_safe_line_to_an_open_one(self, monkeypatch):
        class Moved:
            is_redirect, headers = True, {"location": "http://archive/a.csv"}
            close = staticmethod(lambda: None)

        monkeypatch.setattr(connection, "_get", lambda *_: Moved)
        with pytest.raises(connection.Refused, match="expected https"):
            connection.ask("https://archive/a.csv", {}, {}, PATIENCE).__enter__()


class TestKeys:
    KEY = "geheim-0815"

    @pytest.fixture(autouse=True)
    def key(self, monkeypatch):
        monkeypatch.setenv("TNG_API_KEY", self.KEY)

    def _sent(self, server):
        return [headers.get("api-key") for _, headers in server.asked]

    def test_a_key_stays_with_its_host(self, fetch, server):
        """127.0.0.1 and localhost are two hosts; what went away gets no key on coming back."""
        there = Answer(status=302, headers={"Location": server.address("b", "localhost")})
        back = Answer(status=302, headers={"Location": server.address("c")})
        server.answers |= {"/b": back, "/c": TEXT}
        assert fetch(there, survey="tng", access="key")["state"] == "fetched"
        assert self._sent(server) == [self.KEY, None, None]

    def test_a_key_follows_within_its_host(self, fetch, server):
        server.answers["/b"] = TEXT
        there = Answer(status=302, headers={"Location": "/b"})
        assert fetch(there, survey="tng", access="key")["state"] == "fetched"
        assert self._sent(server) == [self.KEY, self.KEY]

    def test_another_port_is_another_host(self, fetch, server):
        with serving({"/b": TEXT}) as other:
            there = Answer(status=302, headers={"Location": other.address("b")})
            assert fetch(there, survey="tng", access="key")["state"] == "fetched"
            assert self._sent(server) == [self.KEY] and self._sent(other) == [None]

    @pytest.mark.parametrize(
        "answer",
        [
            Answer(status=403, reason=f"key {KEY} is not valid"),
            Answer(f"<p>{KEY} is not valid".encode()),
            Answer(status=302, headers={"Location": f"ftp://x/?key={KEY}"}),
        ],
    )
    def test_a_key_that_a_server_sends_back_is_not_shown(self, fetch, tmp_path, answer):
        result = fetch(answer, survey="tng", access="key")
        assert result["state"] == "failed" and self.KEY not in result["reason"]
        assert left(tmp_path) == set()

    def test_a_key_that_cannot_be_sent_is_not_shown(self, fetch, server, monkeypatch):
        monkeypatch.setenv("TNG_API_KEY", f"{self.KEY}\r\nHost: x")
        result = fetch(TEXT, survey="tng", access="key")
        assert result["reason"].startswith("expected to ask") and server.asked == []
        assert self.KEY not in result["reason"]

    def test_nothing_on_the_disk_holds_the_key(self, fetch, tmp_path, monkeypatch):
        assert fetch(CUT, ONCE, survey="tng", access="key")["state"] == "failed"
        assert len(left(tmp_path)) == 2
        assert fetch(REST, survey="tng", access="key")["state"] == "fetched"
        files = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
        assert not [text for text in files if self.KEY.encode() in text]


class TestRuns:
    def _rows(self, server, count=6, **changes):
        answer = Answer(TEXT, drip=(4000, 0.02))
        server.answers |= {f"/{n}.csv": answer for n in range(count)}
        names = [f"{n}.csv" for n in range(count)]
        return [manifest_row(server.address(name), name, **changes) for name in names]

    @pytest.mark.parametrize(("jobs", "most"), [(1, 1), (3, 3)])
    def test_so_many_files_at_a_time(self, server, tmp_path, monkeypatch, jobs, most):
        busy, counts, told = [], [], []

        def counting(row, *others):
            busy.append(row)
            counts.append(len(busy))
            transfer.bring(row, *others)
            busy.pop()

        monkeypatch.setattr(fetching, "bring", counting)
        rows = self._rows(server)
        result = archives.fetch("sami", tmp_path, jobs=jobs, rows=rows, tell=told.append)
        assert set(result["state"]) == {"fetched"} and max(counts) == most
        assert list(result["file"]) == [row["file"] for row in rows]
        assert sorted(line["file"] for line in told) == sorted(result["file"])

    def test_an_interrupt_leaves_only_what_is_hidden_and_the_next_run_goes_on(
        self, server, tmp_path
    ):
        rows = self._rows(server)
        rest = Answer(TEXT, etag='"1"', ranges=True, drip=(1000, 0.01))
        server.answers |= {f"/{n}.csv": rest for n in (1, 2, 3)}

        def interrupt(line):
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            archives.fetch("sami", tmp_path, jobs=3, rows=rows, tell=interrupt)
        time.sleep(0.1)  # the threads end
        seen = [path for path in (tmp_path / "sami").glob("*.csv") if path.name[0].isdigit()]
        assert 1 <= len(seen) < 6 and {path.read_bytes() for path in seen} == {TEXT}
        assert list((tmp_path / "sami" / ".partial").glob("*.part"))
        server.asked.clear()
        result = archives.fetch("sami", tmp_path, rows=rows)
        assert set(result["state"]) == {"fetched", "present"}
        assert [asked for asked in ranges(server) if asked]
        assert not (tmp_path / "sami" / ".partial").exists()

    def test_what_a_killed_run_had_not_yet_named_goes(self, server, tmp_path):
        server.answers["/0.csv"] = REST
        hidden = tmp_path / "sami" / ".partial" / "images"
        hidden.mkdir(parents=True)
        for name in ("../.0.csv.part.json.k3jx_1", "17.jpg"):
            (hidden / name).write_bytes(b"half")
        archives.fetch("sami", tmp_path, rows=self._rows(server)[:1])
        assert left(tmp_path / "sami") == {"0.csv", "checksums.csv"}
        assert not (tmp_path / "sami" / ".partial").exists()

    def test_two_at_once_in_one_folder_are_refused(self, server, tmp_path):
        job = fetching.prepare(tmp_path / "sami")
        with fetching.alone(job), pytest.raises(ArchiveError, match="expected no other fetch"):
            archives.fetch("sami", tmp_path, rows=self._rows(server))
        assert set(archives.fetch("sami", tmp_path, rows=self._rows(server))["state"]) == {
            "fetched"
        }

    def test_a_stopped_run_asks_for_nothing_more(self, server, tmp_path):
        job = fetching.prepare(tmp_path / "sami", patience=PATIENCE)
        job.stop.set()
        [row] = self._rows(server, 1)
        with pytest.raises(Stopped):
            transfer.bring(row, job)

    def test_a_disk_too_small_is_told_before_anything_comes(self, server, tmp_path, monkeypatch):
        usage = shutil.disk_usage(tmp_path)._replace(free=10**9)
        monkeypatch.setattr(fetching, "disk_usage", lambda folder: usage)
        rows = self._rows(server, bytes=450 * 10**6)[:2]
        shown = io.StringIO()
        with pytest.raises(ArchiveError, match=r"expected 1\.45 GB of free disk, found 1 GB"):
            rows[0]["unpack"] = "images"  # wants twice its size
            archives.fetch("sami", tmp_path, rows=rows, progress=shown)
        assert server.asked == []
        assert "2 files to fetch, 900 MB known, 0 of unknown size; 1 GB free" in shown.getvalue()

    def test_a_file_too_large_for_the_disk_is_told_before_it_comes(
        self, fetch, server, monkeypatch
    ):
        usage = shutil.disk_usage("/")._replace(free=transfer.SPARE + 1000)
        monkeypatch.setattr(transfer.shutil, "disk_usage", lambda folder: usage)
        result = fetch(TEXT)
        assert result["state"] == "failed" and "of free disk" in result["reason"]

    def test_a_folder_that_cannot_be_made_is_told(self, server, tmp_path):
        (tmp_path / "file").touch()
        with pytest.raises(ArchiveError, match="expected a folder to write to"):
            archives.fetch("sami", tmp_path / "file", rows=self._rows(server))


class TestMeter:
    def _shown(self, terminal):
        stream = io.StringIO()
        stream.isatty = lambda: terminal
        meter = fetching.Meter(stream, every=0)
        meter.expect(3)
        meter.total("a", 4_000_000)
        meter.add(1_500_000)
        meter.done()
        meter.tick()
        meter.clear()
        meter.say("sami: ...")
        return stream.getvalue()

    def test_elsewhere_it_is_a_line_every_so_often(self):
        first, second = self._shown(False).splitlines()
        assert re.fullmatch(r"1/3 files, 1\.5 MB of 4 MB known, \S+ [kMGT]?B/s", first)
        assert second == "sami: ..."

    def test_a_terminal_has_one_line_that_changes(self):
        text = self._shown(True)
        assert text.startswith("\r1/3 files") and text.endswith("\rsami: ...\n")
        assert text.count("\n") == 1

    def test_lines_are_not_more_often_than_asked(self):
        stream = io.StringIO()
        meter = fetching.Meter(stream)
        for _ in range(100):
            meter.tick()
        assert stream.getvalue() == ""

    @pytest.mark.parametrize(
        ("size", "text"), [(0, "0 B"), (999, "999 B"), (999_700, "1 MB"), (3.42e9, "3.42 GB")]
    )
    def test_amounts_are_for_people(self, size, text):
        assert fetching.amount(size) == text
