"""The SkyServer reader on exports written here, the queries, and the service behind a stub."""

import os
import re
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import astropy.units as u
import numpy as np
import pytest
from astropy.coordinates import SkyCoord

from galutils.store.files import ArchiveError
from galutils.surveys import skyserver

ARCHIVE = Path(os.environ.get("GALUTILS_DATA", "nowhere")) / "perseus"
HEADER = (
    "objID,ra,dec,R_mag,u_g,g_z,g_r,g_i,r_i,r_z,petroRad_r,specObjID,z,zErr,zWarning,class,distance"
)
OBJID, SPECOBJID = 1237661059574334114, 14748759028807229440  # odd as floats; beyond int64


def row(objid=OBJID, specobjid=SPECOBJID, **changes):
    values = dict.fromkeys(HEADER.split(","), "1.5") | {
        "objID": objid,
        "ra": "50.0299197642029",
        "dec": "41.552969242595",
        "specObjID": specobjid,
        "z": "0.0181",
        "zErr": "1e-05",
        "zWarning": "0",
        "class": "GALAXY",
    }
    return ",".join(str(value) for value in (values | changes).values())


@pytest.fixture
def read(tmp_path):
    def _read(*lines, **options):
        path = tmp_path / "export.csv"
        path.write_text("\n".join(lines) + "\n")
        return skyserver.read(path, **options)

    return _read


@pytest.mark.parametrize("first", [[], ["#Table1"], ["\ufeff#Table1", ""]])
def test_columns_units_and_exact_identifiers(read, first):
    table, rejected = read(*first, HEADER, row(), row(OBJID + 1, SPECOBJID + 1))
    assert table["objid"].tolist() == [OBJID, OBJID + 1]
    assert table["objid"].dtype == np.int64
    assert table["specobjid"].tolist() == [SPECOBJID, SPECOBJID + 1]
    assert table["ra"].tolist() == [50.0299197642029] * 2
    units = {"ra": "deg", "r": "mag", "g_z": "mag", "petro_rad": "arcsec", "distance": "arcmin"}
    assert {name: str(table[name].unit) for name in units} == units
    assert table["spectral_class"].tolist() == ["GALAXY"] * 2
    assert len(rejected) == 0 and rejected.colnames == ["name", "reason"]


@pytest.mark.parametrize("name", ["R_mag", "modelMag_r", "MODELMAG_R"])
def test_spellings_of_the_magnitude(read, name):
    table, _ = read(HEADER.replace("R_mag", name), row(R_mag=17.25))
    assert table["r"].tolist() == [17.25]


def test_unknown_columns_stay_as_text(read):
    table, _ = read(HEADER + ",run", row() + ", 0752")
    assert table["run"].tolist() == ["0752"]


def test_blank_null_and_sentinel_are_missing(read):
    table, _ = read(
        HEADER, row(R_mag="-9999", u_g="null", g_z="", g_r=-10017.3, r_z=9981.2, zWarning="null")
    )
    assert np.isnan([table[name][0] for name in ("r", "u_g", "g_z", "g_r", "r_z")]).all()
    assert table["r_i"][0] == 1.5
    assert table["z_warning"][0] == -1


def test_rows_that_cannot_be_parsed_are_rejected_with_their_line(read):
    table, rejected = read(
        "#Table1",
        HEADER,
        row(1),
        row("1.23766E+18"),
        row(2, R_mag="bright"),
        row(3) + ",1",
        row(4, dec="-99"),
        row(5, zWarning=str(2**63)),
        row(""),
        "",
        row(6),
        row(7)[:60],
    )
    assert table["objid"].tolist() == [1, 6]
    reasons = dict(zip(rejected["name"], rejected["reason"], strict=True))
    expected = {
        4: "objid: expected a whole number of 64 bits, received '1.23766E+18'",
        5: "r: expected a number, received 'bright'",
        6: "expected 17 fields, received 18",
        7: "expected a position, received 50.0299197642029, -99.0",
        8: "z_warning: expected a whole number of 64 bits",
        9: "expected an objid above 0, received -1",
        12: "expected 17 fields, received",
    }
    assert list(reasons) == [f"export.csv line {line}" for line in expected]
    for part, reason in zip(expected.values(), reasons.values(), strict=True):
        assert reason.startswith(part)


def test_one_spectrum_of_each_object(read):
    table, rejected = read(
        HEADER,
        row(2, 21, zErr=9e-6),
        row(1, 11, zErr=1e-6, zWarning=4),
        row(1, 12, zErr=3e-5),
        row(2, 22, zErr=4e-6),
        row(1, 13, zErr=2e-5, z=0.0179),
        row(1, 14, zErr=-1, z=0.2),
        row(3, 31),
    )
    assert table["specobjid"].tolist() == [22, 13, 31]
    reasons = dict(zip(rejected["name"], rejected["reason"], strict=True))
    assert sorted(reasons) == [f"export.csv line {line}" for line in (2, 3, 4, 7)]
    assert "objid 2: expected one spectrum, kept 22 (zWarning 0, zErr 4e-06)" in reasons.values()
    disagree = [name for name, reason in reasons.items() if "disagree about membership" in reason]
    assert disagree == ["export.csv line 7"]
    assert "z 0.0179 kept, 0.2000 not" in reasons["export.csv line 7"]


def test_a_table_without_spectra_may_repeat_an_object(read):
    header = "name,objID,type,ra,dec,modelMag_r,u_g,g_z,g_r,g_i,r_i,r_z,petroRad_r"
    line = "{},77,GALAXY,50,41,18,1,1,1,1,1,1,3"
    table, rejected = read(header, line.format("PCC-0001"), line.format("PCC-0002"))
    assert table["name"].tolist() == ["PCC-0001", "PCC-0002"]
    assert len(rejected) == 0


def test_missing_columns_are_named(read):
    header = HEADER.replace("g_z,", "").replace("zErr,", "")
    with pytest.raises(ArchiveError, match=r"export\.csv: expected columns \['g_z', 'redshift_err"):
        read(header, row())
    with pytest.raises(ArchiveError, match=r"expected columns \['flags'\]"):
        read(HEADER, row(), required=("flags",))
    with pytest.raises(ArchiveError, match="each quantity once"):
        read(HEADER + ",modelMag_r", row() + ",17")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "expected a table, received 0 characters"),
        (b"#Table1\n", "expected a table"),
        (b"<html><body>maintenance</body></html>", "expected columns"),
        (HEADER.encode(), "expected rows, received 0"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\xff\xfe" * 40, "expected"),
    ],
)
def test_damaged_files_are_named(tmp_path, content, expected):
    (tmp_path / "export.csv").write_bytes(content)
    with pytest.raises(ArchiveError, match=rf"export\.csv: {expected}"):
        skyserver.read(tmp_path / "export.csv")


def test_missing_file_is_named(tmp_path):
    with pytest.raises(ArchiveError, match=r"none\.csv: expected a SkyServer table"):
        skyserver.read(tmp_path / "none.csv")


def normalised(sql):
    return re.sub(r"\s+", " ", sql).strip().lower()


COLOURS = ", ".join(
    f"p.modelmag_{pair[0]} - p.modelmag_{pair[2]} as {pair}"
    for pair in ("u_g", "g_z", "g_r", "g_i", "r_i", "r_z")
)


def test_published_queries():
    first = normalised(skyserver.query_spectroscopic())
    assert first == (
        f"select top 100 p.objid, p.ra, p.dec, p.modelmag_r, {COLOURS}, "
        "p.petrorad_r, p.flags, dbo.fphotoflagsn(p.flags) as flag_text, "
        "s.specobjid, s.z, s.zerr, s.zwarning, s.class, s.subclass "
        "from photoobj as p join specobjall s on p.objid = s.bestobjid "
        "join dbo.fgetnearbyobjeq(49.9467, 41.5131, 45) as n on n.objid = p.objid "
        "where p.modelmag_r > -14.3*(p.modelmag_g - p.modelmag_z) + 37 "
        "and p.modelmag_r < -14.3*(p.modelmag_g - p.modelmag_z) + 46 and p.type = 3"
    )
    second = normalised(skyserver.query_search())
    assert second == (
        "select top 1000 p.objid, p.ra, p.dec, p.modelmag_r as r_mag, "
        "p.modelmag_r - p.extinction_r as r0, "
        "p.modelmag_g - p.extinction_g - p.modelmag_z + p.extinction_z as g_z0, "
        f"{COLOURS}, p.petrorad_r, s.specobjid, s.z, s.zerr, s.zwarning, n.distance "
        "from photoobj as p join specobjall s on p.objid = s.bestobjid "
        "join dbo.fgetnearbyobjeq(49.9467, 41.5131, 90) as n on n.objid = p.objid "
        "where p.type = 3 order by distance"
    )


def test_queries_elsewhere():
    coma = SkyCoord("12h59m48.7s", "+27d58m50s")
    sql = skyserver.query_spectroscopic(coma, 0.5 * u.deg, sequence=(36.5, 45), top=7)
    assert "SELECT TOP 7\n" in sql
    assert "(194.9529167, 27.98055556, 30)" in sql
    assert "+ 36.5\n" in sql and "+ 45\n" in sql
    galactic = skyserver.query_search(coma.galactic, 30 * u.arcmin)
    assert "(194.9529167, 27.98055556, 30)" in galactic


@pytest.mark.parametrize(
    "options",
    [
        {"centre": SkyCoord([1, 2], [3, 4], unit="deg")},
        {"radius": 0 * u.arcmin},
        {"radius": -3 * u.deg},
        {"radius": [1, 2] * u.deg},
        {"radius": 91 * u.deg},
        {"radius": np.nan * u.deg},
        {"radius": 3 * u.kpc},
        {"top": 0},
        {"top": 2.5},
        {"sequence": (46, 37)},
    ],
)
def test_queries_refuse_limits_without_sense(options):
    with pytest.raises(ValueError):
        skyserver.query_spectroscopic(**options)


@pytest.fixture
def service(monkeypatch):
    """A SkyServer of our own: answers with `reply`, keeps what it was asked."""
    from astroquery.sdss import conf

    class Handler(BaseHTTPRequestHandler):
        reply, status, asked = "", 200, []

        def do_GET(self):
            self.asked.append(urlsplit(self.path))
            self.send_response(self.status)
            self.end_headers()
            self.wfile.write(self.reply.encode())

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    with conf.set_temp("skyserver_baseurl", f"http://127.0.0.1:{server.server_port}"):
        yield Handler
    server.shutdown()
    thread.join()
    server.server_close()


def test_what_the_service_answers_reads_as_its_file_does(service, read, tmp_path):
    lines = [
        HEADER + ",flags,flag_text,subClass",
        row(OBJID, 1875902951730472960) + ",72163182345678905,BINNED1 INTERP ,",
        row(OBJID, SPECOBJID + 1, zErr=2e-6, z=0.2) + ",72163182345678905,BINNED1 INTERP ,",
        row(OBJID + 2, 1875902951730472962, R_mag=-9999) + ",105624251793752,CHILD ,M1",
    ]
    service.reply = "\n".join(["#Table1", *lines])
    answer = skyserver.run(skyserver.query_search(), data_release=17)
    answer.write(tmp_path / "a.csv", format="ascii.csv")
    table, rejected = skyserver.read(tmp_path / "a.csv")
    expected, also = read(*lines)
    assert table.colnames == expected.colnames
    for name in table.colnames:
        np.testing.assert_array_equal(table[name], expected[name])
        assert table[name].unit == expected[name].unit
    assert table["flags"].tolist() == [72163182345678905, 105624251793752]
    assert rejected["reason"].tolist() == also["reason"].tolist()
    [asked] = service.asked
    assert "dr17" in asked.path
    [sent] = parse_qs(asked.query)["cmd"]
    assert normalised(sent) == normalised(skyserver.query_search())


@pytest.mark.parametrize(
    ("status", "reply", "expected"),
    [
        (500, "overloaded", "expected a table, received 500"),
        (200, "#Table1\n" + HEADER, "expected objects, received none"),
        (200, "error_message: syntax near SELECT", "expected a table"),
    ],
)
def test_run_names_the_service_when_it_fails(service, status, reply, expected):
    service.status, service.reply = status, reply
    with pytest.raises(ArchiveError, match=f"SkyServer DR16: {expected}"):
        skyserver.run("SELECT 1")


def test_run_without_a_network():
    from astroquery.sdss import conf

    with conf.set_temp("skyserver_baseurl", "http://127.0.0.1:9"):
        with pytest.raises(ArchiveError, match="SkyServer DR16: expected a table"):
            skyserver.run("SELECT 1")


@pytest.mark.skipif(not ARCHIVE.is_dir(), reason="GALUTILS_DATA holds no Perseus archive")
def test_real_exports():
    table, rejected = skyserver.read(ARCHIVE / "sdss_search_90arcmin.csv", required=("distance",))
    assert (len(table), len(rejected)) == (563, 89)
    assert not [reason for reason in rejected["reason"] if "disagree" in reason]
    assert table["objid"][0] == 1237661059574334072
    assert (np.diff(table["distance"]) >= 0).all()
    inside = np.asarray(table["distance"]) < 45
    sequence = table["r"] + 14.3 * table["g_z"]
    # as many as the thesis added to its training set, and as it tested on before
    assert inside.sum() == 233
    assert (inside & (sequence > 37) & (sequence < 46)).sum() == 144
    spectra, rejected = skyserver.read(
        ARCHIVE / "sdss_spec_search_45arcmin.csv", required=("flags", "spectral_class")
    )
    assert (len(spectra), len(rejected)) == (190, 0)
    assert np.isin(spectra["objid"], table["objid"]).all()
    assert (spectra["spectral_class"] == "STAR").sum() == 60
