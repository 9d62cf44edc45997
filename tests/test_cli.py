import fcntl
import json
import subprocess
import sys

import pytest

from galutils import cli
from galutils.record import Recorder


@pytest.fixture
def commands(monkeypatch):
    """Collect the commands that would be run."""
    calls = []

    def record(command, **_):
        calls.append(command)
        return subprocess.CompletedProcess(command, 7)

    monkeypatch.setattr(subprocess, "run", record)
    return calls


def test_help_names_the_commands(capsys):
    with pytest.raises(SystemExit) as stop:
        cli.main(["--help"])
    assert stop.value.code == 0
    out = capsys.readouterr().out
    assert all(command in out for command in ("run", "book", "report", "mock"))


def test_mock_passes_the_line_and_the_status_on(commands):
    assert cli.main(["mock", "sami", "--n", "3"]) == 7
    assert commands == [[sys.executable, "-m", "galutils.mock", "sami", "--n", "3"]]


def test_run_hands_the_choice_to_snakemake(commands, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert cli.main(["run"]) == 1
    assert commands == []
    (tmp_path / "Snakefile").touch()
    assert cli.main(["run", "--profile", "full", "--source", "mock", "--jobs", "3"]) == 7
    [command] = commands
    assert command[1:6] == ["-m", "snakemake", "--cores", "3", "--config"]
    assert command[6:8] == ["profile=full", "source=mock"]
    assert "--dry-run" not in command


def test_two_runs_in_one_folder_do_not_mix(commands, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "Snakefile").touch()
    (tmp_path / "build").mkdir()
    with open(tmp_path / "build/.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert cli.main(["run"]) == 1
    assert commands == []
    assert "another run is at work" in capsys.readouterr().err
    assert cli.main(["run"]) == 7


def test_report_writes_the_index(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Recorder("sami", "sami/02_data", "mock", "quick", "results").numbers("sami-n1", {"n_maps": 2})
    assert cli.main(["report", "--notebooks", "sami/02_data"]) == 0
    assert list(json.loads((tmp_path / "results/index.json").read_text())["items"]) == ["sami-n1"]
    assert capsys.readouterr().out == "results/index.json: 1 items\n"
