import fcntl
import json
import shutil
import subprocess
import sys

import pandas as pd
import pytest

from book.tools import batch
from galutils import cli
from galutils.results.record import Recorder
from galutils.surveys import holdings

COMMANDS = ["run", "book", "report", "index", "data status", "data fetch", "mock", "classify"]


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Stand in an empty project."""
    (tmp_path / "Snakefile").write_text('NOTEBOOKS = {"sami/02_data": {}}\n\nPROFILE = ""\n')
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks/profiles.yml").write_text("quick: {}\nfull: {}\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def commands(monkeypatch):
    """Collect the commands that would be run; all fail."""
    calls = []

    def record(command, *_, **__):
        calls.append(command)
        return subprocess.CompletedProcess(command, 7)

    monkeypatch.setattr(subprocess, "run", record)
    monkeypatch.setattr(batch, "call", lambda command, locked: record(command).returncode)
    return calls


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_every_help_has_examples_that_parse_and_the_exit_statuses(command, capsys):
    with pytest.raises(SystemExit) as stop:
        cli.main([*command.split(), "--help"])
    assert stop.value.code == 0
    out = capsys.readouterr().out
    assert "exit status:" in out and "130  interrupted" in out
    lines = [line.strip() for line in out.partition("examples:")[2].splitlines()]
    examples = [line.split("   ")[0] for line in lines if line.startswith("galutils ")]
    assert examples
    for example in examples:
        words = example.split(" -- ")[0].split()[1:]
        if words != ["COMMAND", "--help"]:
            cli.build_parser().parse_args(words)


def test_help_is_instant_and_says_the_version():
    for option, text in [("--help", "usage: galutils"), ("--version", "galutils 0.")]:
        code = (
            "import sys, time; from galutils import cli\n"
            f"try: cli.main(['{option}'])\n"
            "except SystemExit: pass\n"
            "heavy = {'numpy', 'pandas', 'yaml', 'shtab', 'snakemake'} & set(sys.modules)\n"
            "print(time.process_time(), heavy)"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        *_, last = done.stdout.splitlines()
        assert text in done.stdout
        seconds, _, heavy = last.partition(" ")
        assert heavy == "set()"
        assert float(seconds) < 1


@pytest.mark.parametrize("shell", ["bash", "zsh", "tcsh"])
def test_a_shell_takes_its_completion(shell, project, capsys):
    with pytest.raises(SystemExit) as stop:
        cli.main(["--print-completion", shell])
    assert stop.value.code == 0
    script = capsys.readouterr().out
    assert "classify" in script
    if shell != "tcsh":  # whose completion knows no options of subcommands
        assert "--sweep" in script and "sami/02_data" in script
    if shutil.which(shell):
        (project / "script").write_text(script)
        subprocess.run([shell, "-n", "script"], check=True)


def test_bash_completes_a_notebook(project, capsys):
    with pytest.raises(SystemExit):
        cli.main(["--print-completion", "bash"])
    (project / "script").write_text(capsys.readouterr().out)
    ask = "source ./script; COMP_WORDS=(galutils run sami/0); COMP_CWORD=2; "
    ask += "_shtab_galutils galutils sami/0 run"
    done = subprocess.run(
        ["bash", "-c", f'{ask}; echo "${{COMPREPLY[@]}}"'], capture_output=True, text=True
    )
    assert done.stdout.strip() == "sami/02_data"


def test_mock_passes_the_line_and_the_status_on(commands):
    assert cli.main(["mock", "sami", "--n", "3"]) == 7
    assert commands == [[sys.executable, "-m", "galutils.mock", "sami", "--n", "3"]]


def test_run_hands_the_choice_to_snakemake(commands, project):
    assert cli.main(["run", "--profile", "full", "--source", "mock", "--jobs", "3"]) == 7
    [command] = commands
    assert command[1:5] == ["-m", "snakemake", "--cores", "3"]
    assert command[5:8] == ["--config", "profile=full", "source=mock"]
    assert "--dry-run" not in command
    line = ["run", "sami", "--executor", "slurm", "--jobs", "9", "--dry-run", "--", "--quiet"]
    assert cli.main(line) == 7
    command = commands[1]
    assert command[3:8] == [
        "build/notebooks/sami/02_data.ipynb", "--executor", "slurm", "--jobs", "9",
    ]  # fmt: skip
    assert command[-2:] == ["--dry-run", "--quiet"]


def test_outside_a_project_nothing_is_run(commands, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert cli.main(["run"]) == 2
    assert commands == []
    assert "run from the project's root" in capsys.readouterr().err


@pytest.mark.parametrize("jobs", ["0", "-1", "two", "1.5"])
def test_jobs_are_a_whole_number(jobs, capsys):
    with pytest.raises(SystemExit) as stop:
        cli.main(["run", "--jobs", jobs])
    assert stop.value.code == 2
    assert f"expected a whole number from 1, received '{jobs}'" in capsys.readouterr().err


def test_two_runs_in_one_folder_do_not_mix(commands, project, capsys):
    (project / "build").mkdir()
    with open(project / "build/.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert cli.main(["run"]) == 75
    assert commands == []
    assert "another run is at work" in capsys.readouterr().err
    assert cli.main(["run"]) == 7


def test_index_writes_what_the_named_notebooks_recorded(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for notebook, item in [("sami/02_data", "sami-n1"), ("sami/gone", "sami-f2")]:
        recorder = Recorder(notebook, "mock", "quick", tmp_path / "results")
        recorder.numbers(item, numbers={"n_maps": 2444})
    assert cli.main(["index", "--notebooks", "sami/02_data"]) == 0
    assert list(json.loads((tmp_path / "results/index.json").read_text())["items"]) == ["sami-n1"]
    assert "1 items" in capsys.readouterr().out


def test_report_is_printed_or_written(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    recorder = Recorder("sami/05_known_rotators", "mock", "quick", tmp_path / "results")
    value = {"value": 0.881234, "low": 0.85, "high": 0.9}
    recorder.numbers("sami-f1", numbers={"accuracy": {"as_published": 0.93, "grouped": value}})
    assert cli.main(["report", "--study", "sami"]) == 0
    lines = capsys.readouterr().out.splitlines()
    [line] = [line for line in lines if line.startswith("sami-f1") and " accuracy " in line]
    assert line.split() == "sami-f1 accuracy 0.91 0.93 0.8812 (0.85 to 0.9) mock, quick".split()
    assert max(map(len, lines)) <= 100
    assert not [line for line in lines if line.startswith("per-")]

    assert cli.main(["report", "--format", "csv", "--out", "all.csv"]) == 0
    frame = pd.read_csv("all.csv")
    row = frame[(frame["item"] == "sami-f1") & (frame["quantity"] == "accuracy")].iloc[0]
    assert float(row["grouped"]) == 0.881234
    assert (row["grouped_low"], row["grouped_high"], row["profile"]) == (0.85, 0.9, "quick")
    assert set(frame["study"]) == {"sami", "morphology", "arms", "perseus"}

    assert cli.main(["report", "--study", "sami", "--format", "markdown"]) == 0
    out = capsys.readouterr().out
    assert "| sami-f1 | accuracy | 0.91 | 0.93 | 0.8812 (0.85 to 0.9) | mock, quick |" in out
    assert cli.main(["report", "--study", "samy"]) == 2
    assert "study: expected one of sami, morphology, arms, perseus" in capsys.readouterr().err


def test_data_status_and_fetch_show_what_the_archives_say(monkeypatch, capsys):
    table = pd.DataFrame({"survey": ["sami"], "mock_megabytes": [629.5], "get": [""]})
    monkeypatch.setattr(holdings, "status", lambda root: table)
    assert cli.main(["data", "status"]) == 0
    assert capsys.readouterr().out.splitlines()[2].split() == ["sami", "629.5"]

    def fetch(survey, folder, subset, catalogues_only, jobs, tell, progress):
        assert (survey, folder, subset, catalogues_only, jobs) == ("gz2", None, 5, True, 3)
        row = {"survey": survey, "file": "votes.csv", "bytes": 0, "reason": "404"}
        tell(row | {"state": state})
        return pd.DataFrame([row | {"state": state}])

    monkeypatch.setattr("galutils.surveys.fetch.fetch", fetch)
    for state, status in [("failed", 1), ("present", 0), ("by hand", 0)]:
        words = ["gz2", "--subset", "5", "--catalogues-only", "--jobs", "3"]
        assert cli.main(["data", "fetch", *words]) == status
        shown = capsys.readouterr()
        assert shown.out == f"{state}  votes.csv  404\n" and shown.err == f"1 {state}\n"
