import pytest

from galutils.mock import sami as mock_sami
from galutils.surveys import holdings


@pytest.fixture
def folders(tmp_path, monkeypatch):
    monkeypatch.setenv("GALUTILS_MOCK", str(tmp_path / "mock"))
    mock_sami.write(tmp_path / "mock" / "sami", n=6, rng=5)
    (tmp_path / "data").mkdir()
    return tmp_path


def _part(folders, survey, part):
    table = holdings.status(folders / "data")
    return table[(table["survey"] == survey) & (table["part"] == part)].iloc[0]


def test_the_mock_stands_in_for_what_is_missing(folders):
    state = _part(folders, "sami", "velocity maps")
    maps = list((folders / "mock" / "sami").rglob("*_stellar-velocity*.fits"))
    assert state["source"] == "mock" and state["files"] == 0
    assert state["mock_files"] == len(maps)
    size = sum(path.stat().st_size for path in maps) / 1e6
    assert state["mock_megabytes"] == pytest.approx(size, abs=0.05)
    assert state["missing"] == "velocity maps, (dispersion maps), (maps from plots)"
    assert state["get"] == "by hand (form)"
    assert _part(folders, "gz2", "votes")["source"] == "none"  # no mock written


def test_a_part_is_the_archives_as_soon_as_the_reader_takes_it(folders):
    source = next((folders / "mock" / "sami").glob("*samiDR3Stelkin*"))
    (folders / "data" / "sami").mkdir()
    (folders / "data" / "sami" / "samiDR3Stelkin.csv").write_bytes(source.read_bytes())
    state = _part(folders, "sami", "catalogues")
    assert state["source"] == "archive" and state["files"] == 1
    assert "InputCatGAMADR3" in state["missing"] and "Stelkin" not in state["missing"]
    assert _part(folders, "sami", "velocity maps")["source"] == "mock"


def test_a_handful_of_maps_is_not_a_survey(folders):
    (folders / "mock" / "sami").rename(folders / "data" / "sami")
    state = _part(folders, "sami", "velocity maps")
    assert state["files"] > 0 and state["source"] == "none"
    assert state["missing"].endswith("at least 100 velocity maps")


def test_every_survey_is_told_without_any_file(tmp_path, monkeypatch):
    monkeypatch.setenv("GALUTILS_MOCK", str(tmp_path / "mock"))
    table = holdings.status(tmp_path)
    assert set(table["source"]) == {"none"} and not table["files"].any()
    assert all(table["get"]) and all(table["missing"])
