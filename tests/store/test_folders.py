"""What lies in a folder is taken, or left out for a reason: links, endings, packed files."""

import os
import re

import numpy as np
import pytest
from astropy.io import fits
from classify_inputs import write_map

from galutils.classify import inputs, velocity_maps
from galutils.store import folders
from galutils.store.files import ArchiveError
from galutils.surveys import sami
from galutils.surveys.gz2 import images as gz2_images
from galutils.surveys.manga import dap_maps

VELOCITY = "105420_A_stellar-velocity_default_two-moment"
Y, X = np.indices((50, 50)) - 24.5


def names(paths, folder):
    return [path.relative_to(folder).as_posix() for path in paths]


def put(folder, *paths):
    for path in paths:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).touch()


def test_links_are_followed_and_a_circle_ends(tmp_path):
    here, disk = tmp_path / "here", tmp_path / "disk"
    put(disk, "b/1.fits", "2.fits")
    put(here, "own/3.fits", "own/.hidden.fits", ".partial/4.fits")
    (here / "linked").symlink_to(disk)
    (here / "file.fits").symlink_to(disk / "2.fits")
    (here / "gone.fits").symlink_to(tmp_path / "nothing")
    (disk / "b" / "up").symlink_to(here)  # a circle
    (here / "again").symlink_to(here / "own")  # a folder that is seen already
    expected = ["again/3.fits", "file.fits", "gone.fits", "linked/2.fits", "linked/b/1.fits"]
    assert names(folders.walk(here), here) == expected
    (here / "self").symlink_to(here / "self")
    assert folders.walk(tmp_path / "missing") == []


def test_a_folder_that_cannot_be_read_is_an_error(tmp_path, monkeypatch):
    def scandir(path, real=os.scandir):
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    put(tmp_path, "closed/1.fits")
    monkeypatch.setattr(os, "scandir", scandir)  # root may read every folder
    with pytest.raises(ArchiveError, match="closed: expected a folder, received Permission denied"):
        folders.walk(tmp_path)


def test_every_file_is_taken_or_left_out_with_a_reason(tmp_path):
    put(tmp_path, "a.FITS", "b.fits.gz", "c.Fit.fz", "d.txt", "e.fits.part", "f.fits")
    odd = folders.listing(tmp_path, folders.FITS, re.compile("[^f]"))
    assert names(odd.taken, tmp_path) == ["a.FITS", "b.fits.gz", "c.Fit.fz"]
    reasons = {path.name: why for path, why in odd.left_out}
    assert set(reasons) == {"d.txt", "e.fits.part", "f.fits"}
    assert reasons["f.fits"] == "expected a name like [^f]"
    assert reasons["d.txt"].startswith("expected an ending of .fits, .fits.gz")
    told = folders.told(["", *reasons.values()])
    assert told.startswith("4 files, 1 taken, 3 left out: expected")


def test_a_file_is_found_in_other_letters_and_packed(tmp_path):
    put(tmp_path, "SAMI_DR3.CUBEOBS.CSV.GZ", "cubeobs.fits")
    assert folders.find(tmp_path, ["no.csv", "sami_dr3.CubeObs.csv"]).name.endswith("CSV.GZ")
    assert folders.find(tmp_path, ["CubeObs.fits", "sami_dr3.CubeObs.csv"]).name == "cubeobs.fits"
    assert folders.find(tmp_path, ["other.csv"]) is None
    assert folders.find(tmp_path / "missing", ["other.csv"]) is None


def test_patterns_match_files_and_all_that_is_in_folders(tmp_path):
    put(tmp_path, "a.csv", "sub/b.CSV.gz", "cutouts/c/d.png", "images/e.jpg", "f.jpg")
    match = lambda *patterns: names(sorted(folders.matching(tmp_path, patterns)), tmp_path)  # noqa: E731
    assert match("*.csv") == ["a.csv"]
    assert match("**/*.csv", "cutouts") == ["a.csv", "cutouts/c/d.png", "sub/b.CSV.gz"]
    assert match("*/**/*.jpg") == ["images/e.jpg"]
    assert match("manga-DR1[57].fits") == []


@pytest.mark.parametrize("ending", [".fits", ".fits.gz", ".FITS", ".fits.fz", ".fit"])
def test_readers_find_maps_behind_links_with_any_ending(tmp_path, ending):
    archive, disk = tmp_path / "sami", tmp_path / "disk"
    archive.mkdir()
    disk.mkdir()
    (archive / "ifs").symlink_to(disk)
    hdus = [fits.PrimaryHDU((X * 3).astype("f4"))]
    hdus += [fits.ImageHDU(np.ones((50, 50), "f4"), name=n) for n in ("VEL_ERR", "FLUX", "SNR")]
    if ending.endswith("fz"):
        named = [(hdu.data, hdu.name) for hdu in hdus]
        hdus = [fits.PrimaryHDU(), *(fits.CompImageHDU(data, name=name) for data, name in named)]
    fits.HDUList(hdus).writeto(disk / "plain")
    os.rename(disk / "plain", disk / f"{VELOCITY}{ending}")
    if ending.endswith("gz"):
        import gzip

        packed = disk / f"{VELOCITY}{ending}"
        packed.write_bytes(gzip.compress(packed.read_bytes()))
    sample, rejected = sami.load(tmp_path, "archive")
    assert sample["catid"].tolist() == [105420] and len(rejected) == 0
    found = inputs.listing(inputs.of([archive]))
    assert found["id"].tolist() == [VELOCITY] and found["why"].tolist() == [""]
    np.testing.assert_allclose(velocity_maps.read(found["file"][0]), X * 3, atol=0.05)


def test_maps_of_the_dap_lie_in_folders_of_any_depth(tmp_path):
    put(tmp_path / "disk", "8485/1901/manga-8485-1901-MAPS-HYB10.fits.gz", "notes.fits")
    (tmp_path / "manga").mkdir()
    (tmp_path / "manga" / "maps").symlink_to(tmp_path / "disk")
    assert [path.name for path in dap_maps.find(tmp_path, "archive")] == [
        "manga-8485-1901-MAPS-HYB10.fits.gz"
    ]
    listed = inputs.listing(inputs.of([tmp_path / "manga"]))
    assert listed["id"].tolist() == ["manga-8485-1901-MAPS-HYB10", "notes"]


def test_images_behind_links(tmp_path):
    put(tmp_path / "disk", "images_gz2/images/58957.JPG")
    (tmp_path / "gz2").symlink_to(tmp_path / "disk")
    listing, rejected = gz2_images.list_images(tmp_path / "gz2")
    assert listing["file"].tolist() == ["images_gz2/images/58957.JPG"] and len(rejected) == 0


def test_what_is_no_map_is_told(tmp_path):
    write_map(tmp_path / "a" / "one.fits", X.astype("f4"))
    put(tmp_path, "a/stack.h5", "a/notes.txt", "b/notes.txt")
    listed = inputs.listing(inputs.of([tmp_path / "a"])).set_index("id")
    assert listed.loc["one", "why"] == ""
    assert listed.loc[["stack.h5", "notes.txt"], "why"].str.startswith("expected an ending").all()
    with pytest.raises(
        ArchiveError, match=r"b: expected maps or images, received 1 files, 0 taken"
    ):
        inputs.listing(inputs.of([tmp_path / "b"]))
