"""What holds of readers for any input: what is written is read, and no digit is lost or made up."""

import io
import string

import h5py
import numpy as np
import pytest
from astropy.io import fits
from astropy.table import Table
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image
from surveys import test_manga as manga_layout
from surveys import test_perseus as perseus_layout
from surveys import test_skyserver as skyserver_layout

from book.tools import parameter_overrides
from galutils.store import files, fits_files, pictures, sample, texts
from galutils.store.files import ArchiveError
from galutils.surveys import gri_images, manga, sami, skyserver
from galutils.surveys.gz2 import csv as gz2_csv
from galutils.surveys.perseus import cutouts as perseus_cutouts

settings.register_profile(
    "files",
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
settings.load_profile("files")

IDENTIFIERS = st.integers(1, 2**63 - 1)
WORDS = st.text(string.ascii_letters + string.digits + "._- ", min_size=1, max_size=12)
MAPS = arrays.arrays(
    np.float32, (50, 50), elements=st.floats(-500, 500, width=32), fill=st.just(np.nan)
)
CELLS = st.text(
    st.characters(blacklist_characters=',"\n\r\0', blacklist_categories=("Cs",)), max_size=20
)


@given(
    st.lists(st.tuples(IDENTIFIERS, st.floats(width=64), WORDS), min_size=1, max_size=8),
    st.integers(1, 4),
)
def test_a_sample_is_read_as_it_was_written(tmp_path, rows, side):
    table = Table(rows=rows, names=("objid", "value", "file"), dtype=(np.int64, float, str))
    table["map"] = np.random.default_rng(0).normal(size=(len(rows), side, side)).astype("f4")
    sample.write(table, tmp_path / "sample.fits")
    again = sample.read(tmp_path / "sample.fits")
    assert again["objid"].tolist() == [row[0] for row in rows]
    np.testing.assert_array_equal(again["value"], table["value"])
    np.testing.assert_array_equal(again["map"], table["map"])
    assert [text.rstrip() for text in again["file"]] == [text.rstrip() for text in table["file"]]


@given(MAPS)
def test_a_velocity_map_is_read_as_it_was_written(tmp_path, velocity):
    folder = tmp_path / "sami"
    folder.mkdir(exist_ok=True)
    hdus = [fits.PrimaryHDU(velocity)]
    for name in ("VEL_ERR", "FLUX", "SNR"):
        hdus.append(fits.ImageHDU(np.ones((50, 50)), name=name))
    path = folder / "7_A_stellar-velocity_default_two-moment.fits"
    fits.HDUList(hdus).writeto(path, overwrite=True)
    table, rejected = sami.load(tmp_path, "archive")
    if np.isfinite(velocity).any():
        np.testing.assert_array_equal(table["velocity"][0], velocity)
        assert len(rejected) == 0
    else:
        assert len(table) == 0 and "NaN in every spaxel" in rejected["reason"][0]


@given(st.integers(0, 2**32 - 1))
def test_a_cutout_is_read_as_it_was_written(tmp_path, seed):
    cube = np.random.default_rng(seed).normal(size=(3, 128, 128)).astype("f4")
    fits.PrimaryHDU(cube).writeto(tmp_path / "a.fits", overwrite=True)
    np.testing.assert_array_equal(gri_images.read(tmp_path / "a.fits"), np.moveaxis(cube, 0, -1))


@pytest.fixture(scope="module")
def summed():
    """Bytes of a FITS file with checksums, and where its data begin and end."""
    hdu = fits.PrimaryHDU(np.arange(400.0).reshape(20, 20))
    hdu.add_checksum()
    buffer = io.BytesIO()
    fits.HDUList([hdu]).writeto(buffer)
    return buffer.getvalue(), 2880, 2880 + 3200


@given(st.data())
def test_a_flipped_bit_under_a_checksum_is_always_seen(tmp_path, summed, data):
    content, start, stop = summed
    spoiled = bytearray(content)
    spoiled[data.draw(st.integers(start, stop - 1))] ^= 1 << data.draw(st.integers(0, 7))
    (tmp_path / "a.fits").write_bytes(spoiled)
    with pytest.raises(ArchiveError, match="a.fits: .*verification failed"):
        with fits_files.opened(tmp_path / "a.fits") as hdus:
            hdus[0].data.sum()


@given(st.data())
def test_a_changed_byte_of_a_png_is_seen_or_changes_nothing(tmp_path, data):
    pixels = np.random.default_rng(2).integers(0, 255, (16, 16, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    spoiled = bytearray(buffer.getvalue())
    spoiled[data.draw(st.integers(0, len(spoiled) - 1))] = data.draw(st.integers(0, 255))
    (tmp_path / "a.png").write_bytes(spoiled)
    try:
        read = np.asarray(pictures.load(tmp_path / "a.png", 16))
    except ValueError as error:
        assert "expected" in str(error) and "received" in str(error)
    else:
        np.testing.assert_array_equal(read, pixels)


@given(arrays.arrays(np.float32, st.tuples(st.integers(1, 12), st.integers(1, 12)),
                     elements=st.floats(-400, 400, width=32)))  # fmt: skip
def test_a_velocity_field_is_read_about_its_median(tmp_path, field):
    folder = tmp_path / "manga"
    folder.mkdir(exist_ok=True)
    with h5py.File(folder / manga.FIELDS, "w") as file:
        manga_layout.write_field(file, "1-2", field, 0, 0)
    manga_layout.write_labels(folder, [manga_layout.label("1-2")])
    table, _ = manga.load_fields(tmp_path, "archive")
    middle = manga.SIZE // 2
    ny, nx = field.shape
    read = table["velocity"][0][middle : middle + ny, middle : middle + nx] + table["systemic"][0]
    np.testing.assert_allclose(read, field, atol=1e-4)
    assert np.isfinite(table["velocity"][0]).sum() == field.size


@given(
    st.lists(
        st.tuples(IDENTIFIERS, st.integers(1, 2**64 - 1)), min_size=1, unique_by=lambda r: r[0]
    )
)
def test_no_digit_of_an_identifier_is_lost(tmp_path, rows):
    lines = [skyserver_layout.HEADER, *(skyserver_layout.row(*row) for row in rows)]
    (tmp_path / "export.csv").write_text("\n".join(lines))
    table, rejected = skyserver.read(tmp_path / "export.csv")
    assert table["objid"].tolist() == [row[0] for row in rows]
    assert table["specobjid"].tolist() == [row[1] for row in rows]
    assert len(rejected) == 0


@given(CELLS)
def test_any_text_in_a_cell_is_the_number_it_says_or_rejected(tmp_path, cell):
    good = skyserver_layout.row(skyserver_layout.OBJID + 1, 9)
    bad = skyserver_layout.row().replace("1.5", cell, 1)
    (tmp_path / "export.csv").write_text("\n".join([skyserver_layout.HEADER, good, bad]))
    table, rejected = skyserver.read(tmp_path / "export.csv")
    if len(table) == 2:
        value, text = float(table["r"][1]), cell.strip().lower()
        if not np.isnan(value):
            assert value == float(text)
        else:
            assert text in ("", "null", "nan") or abs(texts.number(text)) >= 5000 or "n" in text
    else:
        assert "export.csv line" in rejected["name"][0] and "expected" in rejected["reason"][0]


@given(CELLS, CELLS)
def test_any_text_in_a_large_table_is_the_number_it_says_or_rejected(tmp_path, cell, identifier):
    (tmp_path / "t.csv").write_text(
        f"objid,ra\n1237661059574334114,1.5\n{identifier},2.5\n5,{cell}\n", encoding="utf-8"
    )
    frame, rejected = gz2_csv.read(tmp_path / "t.csv", ["ra"], ["objid"])
    kept = dict(zip(frame["objid"], frame["ra"], strict=True))
    assert kept.pop(1237661059574334114) == 1.5
    value = kept.pop(5, None)
    if value is not None and not np.isnan(value):
        assert value == 2.5 or value == float(cell)
    assert all(identifier.strip() == str(objid) for objid in kept)
    assert all("t.csv line" in name and "expected" in reason for name, reason in rejected)


@given(st.floats(allow_nan=False))
def test_a_float_is_read_as_it_is_written(value):
    assert texts.number(repr(value)) == value


@given(st.text(max_size=12))
def test_what_is_no_plain_number_is_refused(text):
    try:
        value = texts.number(text)
    except ValueError as error:
        assert "expected a number, received" in str(error)
    else:
        assert text.isascii() and "_" not in text
        np.testing.assert_equal(value, float(text))


@given(st.text(max_size=30))
def test_no_name_leads_out_of_its_folder(tmp_path, name):
    try:
        path = files.below(tmp_path, name)
    except ValueError:
        return
    assert path == tmp_path or tmp_path in path.parents
    assert ".." not in path.parts


@given(st.text(st.characters(blacklist_categories=("Cs",)), max_size=80))
def test_any_line_of_the_perseus_catalogue_is_read_or_rejected(tmp_path, line):
    from galutils.surveys import perseus
    from galutils.surveys.perseus import wittmann2019 as perseus_wittmann2019

    good = perseus_layout.FILES[perseus.CATALOGUE]
    path = tmp_path / "pcc.txt"
    path.write_text("\n".join([good[0], line, good[1]]), encoding="utf-8")
    if "\0" in line:
        with pytest.raises(ArchiveError, match="pcc.txt: .*NUL"):
            perseus_wittmann2019.read(path)
        return
    table, rejected = perseus_wittmann2019.read(path)
    assert table["pcc"].tolist() == ["PCC-0001", "PCC-0002"]
    assert all("expected" in reason for reason in rejected["reason"])
    assert len(rejected) or not line.strip()


@given(st.one_of(st.integers(), st.booleans(), st.floats(allow_nan=False, allow_infinity=False)))
def test_a_changed_parameter_is_read_as_it_is_recorded(value):
    change = parameter_overrides.Change("sami/04_training", "seed", value)
    assert parameter_overrides.parse(change.label) == change


@given(st.text(max_size=40))
def test_any_name_of_a_cutout_is_listed_or_rejected(name):
    try:
        file, objid, ra, dec, label = perseus_cutouts._parse(name)
    except ValueError as error:
        assert "expected" in str(error)
    else:
        assert file == name and label in (-1, 0, 1)
        assert objid > 0 or (0 <= ra <= 360 and abs(dec) <= 90)
