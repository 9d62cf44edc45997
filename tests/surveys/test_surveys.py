from pathlib import Path

import pytest

from galutils import surveys
from galutils.store import files


@pytest.fixture
def roots(tmp_path, monkeypatch):
    (tmp_path / "real").mkdir()
    monkeypatch.setenv("GALUTILS_DATA", str(tmp_path / "real"))
    monkeypatch.setenv("GALUTILS_MOCK", str(tmp_path / "mock"))
    return tmp_path


def test_roots_follow_the_argument_then_the_environment_then_the_project(roots, monkeypatch):
    assert surveys.archive_root(roots) == roots
    assert surveys.archive_root() == roots / "real"
    assert surveys.mock_root() == roots / "mock"
    monkeypatch.delenv("GALUTILS_DATA")
    monkeypatch.delenv("GALUTILS_MOCK")
    project = Path(__file__).parents[2]
    assert surveys.archive_root() == project / "data"
    assert surveys.mock_root() == project / "data" / "mock"


def test_auto_prefers_the_archive_and_falls_back_to_the_mock(roots):
    (roots / "mock" / "sami").mkdir(parents=True)
    assert surveys.locate("sami", Path.is_dir) == (roots / "mock" / "sami", "mock")
    (roots / "real" / "sami").mkdir()
    assert surveys.locate("sami", Path.is_dir) == (roots / "real" / "sami", "archive")
    assert surveys.locate("sami", Path.is_dir, source="mock")[1] == "mock"
    assert surveys.locate("sami", Path.is_dir, root=roots / "mock" / "sami")[1] == "mock"


def test_ones_own_folder_is_expanded(roots, monkeypatch):
    monkeypatch.setenv("HOME", str(roots))
    monkeypatch.setenv("GALUTILS_DATA", "~/real")
    monkeypatch.setenv("GALUTILS_MOCK", "~/mock")
    assert surveys.archive_root() == roots / "real" and surveys.mock_root() == roots / "mock"


@pytest.mark.parametrize("name", ["GALUTILS_DATA", "root"])
@pytest.mark.parametrize("slip", ["", "  ", "/no/such/folder", "~/reel", "real/file", "closed"])
@pytest.mark.parametrize("source", surveys.SOURCES)
def test_a_slip_never_leads_to_the_mock(roots, monkeypatch, name, slip, source):
    (roots / "mock" / "sami").mkdir(parents=True)
    (roots / "real" / "file").touch()
    (roots / "closed").mkdir()
    monkeypatch.setattr("os.access", lambda path, mode: "closed" not in str(path))  # root may all
    monkeypatch.chdir(roots)
    root = slip if name == "root" else None
    if name == "GALUTILS_DATA":
        monkeypatch.setenv(name, slip)
    with pytest.raises(files.ArchiveError, match=f"{name}: expected a folder that can be read"):
        surveys.locate("sami", Path.is_dir, root=root, source=source)


def test_missing_archives_say_where_they_were_expected(roots):
    with pytest.raises(files.ArchiveError, match=r"real.sami: expected .* received none"):
        surveys.locate("sami", Path.is_dir, source="archive")
    with pytest.raises(files.ArchiveError, match="python -m galutils.mock sami"):
        surveys.locate("sami", Path.is_dir)
    with pytest.raises(ValueError, match="received 'real'"):
        surveys.locate("sami", Path.is_dir, source="real")
