"""Bundles that mean harm end in a reason, and leave nothing."""

import gzip
import io
import re
import stat
import tarfile
import zipfile

import pytest
from archive_server import manifest_row, serving

from galutils.surveys import bundles, fetch
from galutils.surveys.gz2 import images as gz2_images

SMALL = {"MOST_MEMBERS": 5, "RATIO": 10, "FREE": 20_000}


def zipped(*members):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, content in members:
            info = zipfile.ZipInfo(name) if isinstance(name, str) else name
            bundle.writestr(info, content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def tarred(*members, packed=False, **options):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", **options) as bundle:
        for name, content in members:
            info = tarfile.TarInfo(name) if isinstance(name, str) else name
            info.size = len(content)
            bundle.addfile(info, io.BytesIO(content))
    return gzip.compress(buffer.getvalue()) if packed else buffer.getvalue()


def tar_entry(kind, target=""):
    info = tarfile.TarInfo("images/1.jpg")
    info.type, info.linkname = kind, target
    return info


def zip_link():
    info = zipfile.ZipInfo("images/1.jpg")
    info.create_system, info.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    return info


def damaged():
    """Return a zip whose one member fails its checksum."""
    content = bytearray(zipped(("1.jpg", b"some text that is long enough")))
    content[40] ^= 0xFF
    return bytes(content)


def encrypted():
    content = bytearray(zipped(("1.jpg", b"text")))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(signature) + offset] |= 1
    return bytes(content)


GOOD = [("images/1.jpg", b"one"), ("images/2.jpg", b"two")]
HOSTILE = {
    "zip: up": (zipped(*GOOD, ("../../stolen.jpg", b"x")), "inside the folder"),
    "zip: absolute": (zipped(*GOOD, ("/tmp/stolen.jpg", b"x")), "inside the folder"),
    "zip: drive": (zipped(*GOOD, ("C:/stolen.jpg", b"x")), "inside the folder"),
    "zip: backslashes": (zipped(*GOOD, ("..\\stolen.jpg", b"x")), "inside the folder"),
    "zip: long name": (zipped(*GOOD, ("a" * 300, b"x")), "inside the folder"),
    "zip: escape codes": (zipped(*GOOD, ("\x1b[2J.jpg", b"x")), "inside the folder"),
    "zip: link": (zipped(*GOOD[1:], (zip_link(), b"/etc/passwd")), "received a link"),
    "zip: name twice": (zipped(*GOOD, ("more/1.jpg", b"x")), "'1.jpg' twice"),
    "zip: bomb": (zipped(*GOOD, ("3.jpg", bytes(5_000_000))), "at most 5 members and"),
    "zip: many": (zipped(*((f"{n}.jpg", b"") for n in range(9))), "at most 5 members"),
    "zip: empty": (zipped(("images/", b"")), "files in the bundle, received none"),
    "zip: damaged": (damaged(), "a whole bundle"),
    "zip: encrypted": (encrypted(), "a whole bundle"),
    "zip: cut": (zipped(*GOOD)[:-30], "whole"),
    "tar: up": (tarred(*GOOD, ("images/../../stolen.jpg", b"x")), "inside the folder"),
    "tar: absolute": (tarred(*GOOD, ("/tmp/stolen.jpg", b"x")), "inside the folder"),
    "tar: link": (tarred((tar_entry(tarfile.SYMTYPE, "/etc/passwd"), b"")), "received a link"),
    "tar: hard link": (tarred((tar_entry(tarfile.LNKTYPE, "../x"), b"")), "received a link"),
    "tar: device": (tarred((tar_entry(tarfile.CHRTYPE), b"")), "files only"),
    "tar: pipe": (tarred((tar_entry(tarfile.FIFOTYPE), b"")), "files only"),
    "tar: name twice": (tarred(*GOOD, ("images/1.jpg", b"x")), "'1.jpg' twice"),
    "tar: bomb": (tarred(("1.jpg", bytes(5_000_000)), packed=True), "at most 5 members and"),
    "tar: cut": (tarred(*GOOD)[:700], "a whole bundle"),
    "tar: cut gzip": (tarred(*GOOD, packed=True)[:-20], "a whole bundle"),
    "tar: none at all": (b"Sorry, we are closed." * 100, "a whole bundle"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_bundle_fails_with_a_reason_and_leaves_nothing(tmp_path, monkeypatch, name):
    for limit, value in SMALL.items():
        monkeypatch.setattr(bundles, limit, value)
    content, reason = HOSTILE[name]
    with serving({"/b": content}) as server:
        file = f"bundle.{name[:3]}"
        row = manifest_row(server.address("b"), file, unpack="images", kind="images")
        result = fetch.fetch("sami", tmp_path / "root", rows=[row]).iloc[0]
    assert result["state"] == "failed"
    assert re.search(reason, result["reason"]), result["reason"]
    assert [path.name for path in tmp_path.rglob("*")] == ["root", "sami"]


@pytest.mark.parametrize("content", [zipped(*GOOD), tarred(*GOOD), tarred(*GOOD, packed=True)])
def test_a_good_one_is_unpacked_whatever_its_kind(tmp_path, content):
    bundle = tmp_path / "bundle"
    bundle.write_bytes(content)
    bundles.unpack(bundle, tmp_path / "images", tmp_path / "work")
    found = {path.name: path.read_bytes() for path in (tmp_path / "images").iterdir()}
    assert found == {"1.jpg": b"one", "2.jpg": b"two"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bundle", "images"]


def test_a_full_disk_leaves_nothing_and_the_next_run_fetches_again(tmp_path, monkeypatch):
    def full(*arguments):
        raise OSError(28, "No space left on device")

    content = zipped(*GOOD)
    with serving({"/b": content}) as server:
        row = manifest_row(server.address("b"), "bundle.zip", unpack="images", kind="images")
        with monkeypatch.context() as patched:
            patched.setattr(bundles, "_extract", full)
            result = fetch.fetch("sami", tmp_path, rows=[row]).iloc[0]
        assert result["state"] == "failed" and "No space left" in result["reason"]
        assert list((tmp_path / "sami").iterdir()) == []
        result = fetch.fetch("sami", tmp_path, rows=[row]).iloc[0]
        assert result["state"] == "fetched" and len(server.asked) == 2
    names = sorted(path.name for path in (tmp_path / "sami").iterdir())
    assert names == ["hashes.txt", "images"]
    assert fetch.fetch("sami", tmp_path, rows=[row]).iloc[0]["state"] == "present"


def test_the_limits_let_the_real_bundles_pass():
    """GZ2: 243 434 images of 3.4 GB in all, hardly packed; of TNG100 some 10 GB of FITS files."""
    assert bundles.MOST_MEMBERS > 2 * 243_434
    assert bundles.RATIO >= 2


def test_what_is_being_unpacked_is_not_read(tmp_path):
    for folder in (".partial/images_gz2", "images_gz2"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "17.jpg").touch()
    listing, rejected = gz2_images.list_images(tmp_path)
    assert list(listing["file"]) == ["images_gz2/17.jpg"] and len(rejected) == 0
