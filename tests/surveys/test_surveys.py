from pathlib import Path

import pytest

from galutils import surveys
from galutils.store import files


@pytest.fixture
def roots(tmp_path, monkeypatch):
    monkeypatch.setenv("GALUTILS_DATA", str(tmp_path / "real"))
    monkeypatch.setenv("GALUTILS_MOCK", str(tmp_path / "mock"))
    return tmp_path


def test_roots_follow_the_argument_then_the_environment_then_the_project(roots, monkeypatch):
    assert surveys.archive_root("elsewhere") == Path("elsewhere")
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
    (roots / "real" / "sami").mkdir(parents=True)
    assert surveys.locate("sami", Path.is_dir) == (roots / "real" / "sami", "archive")
    assert surveys.locate("sami", Path.is_dir, source="mock")[1] == "mock"
    assert surveys.locate("sami", Path.is_dir, root=roots / "none")[1] == "mock"


def test_missing_archives_say_where_they_were_expected(roots):
    with pytest.raises(files.ArchiveError, match=r"real.sami: expected .* received none"):
        surveys.locate("sami", Path.is_dir, source="archive")
    with pytest.raises(files.ArchiveError, match="python -m galutils.mock sami"):
        surveys.locate("sami", Path.is_dir)
    with pytest.raises(ValueError, match="received 'real'"):
        surveys.locate("sami", Path.is_dir, source="real")
