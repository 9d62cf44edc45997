import json
import os
import subprocess
import sys

import pandas as pd
import pytest

from galutils import cli
from galutils.results.record import Recorder
from galutils.surveys import holdings

COMMANDS = ["run", "book", "report", "index", "drift"]
COMMANDS += ["data status", "data fetch", "data imagenet", "mock", "classify", "score"]


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Stand in a folder with two notebooks and the names of the book's scripts."""
    files = ["notebooks/sami/01_introduction.ipynb", "notebooks/sami/02_data.ipynb"]
    files += [f"book/tools/{name}.py" for name in ("batch", "publish", "drift")]
    for file in files:
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def scripts(monkeypatch):
    """Collect the scripts this process would become."""
    calls = []
    monkeypatch.setattr(os, "execv", lambda program, words: calls.append(words[1:]))
    return calls


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_every_help_has_examples_that_parse_and_the_exit_statuses(command, capsys):
    assert cli.main([*command.split(), "--help"]) == 0
    out = capsys.readouterr().out
    assert "Exit status:" in out and "130  interrupted" in out
    lines = [line.strip() for line in out.partition("Examples:")[2].splitlines()]
    examples = [line.split("   ")[0] for line in lines if line.startswith("galutils ")]
    assert examples
    for example in examples:
        words = example.split(" -- ")[0].split()[1:]
        found, rest = cli.group, words
        while hasattr(found, "commands") and words != ["COMMAND", "--help"]:
            found, rest = found.commands[rest[0]], rest[1:]
        if found is not cli.group:
            found.make_context(example, list(rest))  # parses, does not run


def test_help_is_instant_and_says_the_version():
    for option, text in [("--help", "Usage: galutils"), ("--version", "galutils 0.")]:
        code = (
            "import sys, time; from galutils import cli\n"
            f"cli.main(['{option}'])\n"
            "heavy = {'numpy', 'pandas', 'yaml', 'snakemake'} & set(sys.modules)\n"
            "print(time.process_time(), heavy)"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        *_, last = done.stdout.splitlines()
        assert text in done.stdout
        seconds, _, heavy = last.partition(" ")
        assert heavy == "set()"
        assert float(seconds) < 1


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_takes_its_completion(shell, monkeypatch, capsys):
    monkeypatch.setenv("_GALUTILS_COMPLETE", f"{shell}_source")
    with pytest.raises(SystemExit) as stop:
        cli.main([])
    assert stop.value.code == 0
    assert "_GALUTILS_COMPLETE" in capsys.readouterr().out


def test_bash_completes_a_notebook(project, monkeypatch, capsys):
    monkeypatch.setenv("_GALUTILS_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", "galutils run sami/02")
    monkeypatch.setenv("COMP_CWORD", "2")
    with pytest.raises(SystemExit):
        cli.main([])
    assert capsys.readouterr().out == "plain,sami/02_data\n"


def test_mock_passes_the_line_on(scripts):
    cli.main(["mock", "sami", "--n", "3"])
    assert scripts == [["-m", "galutils.mock", "sami", "--n=3"]]


def test_what_belongs_to_the_book_is_done_by_its_scripts(scripts, project):
    line = ["run", "sami", "--jobs", "9", "--set", "a=1", "--set", "b=2", "--dry-run", "--", "-q"]
    cli.main(line)
    [_, module, options] = scripts.pop()
    assert module == "book.tools.batch"
    assert json.loads(options) == {
        "targets": ["sami"], "profile": "quick", "source": "auto", "set": ["a=1", "b=2"],
        "sweep": None, "jobs": 9, "executor": "", "dry_run": True, "list": False, "more": ["-q"],
    }  # fmt: skip
    cli.main(["book"])
    cli.main(["drift", "--against", "v0.1.0"])
    assert scripts == [["-m", "book.tools.publish"], ["-m", "book.tools.drift", "v0.1.0"]]


@pytest.mark.parametrize("command", ["run", "book", "drift"])
def test_outside_a_project_nothing_is_run(command, scripts, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert cli.main([command]) == 2
    assert scripts == []
    assert "run from the project's root" in capsys.readouterr().err


@pytest.mark.parametrize("jobs", ["0", "-1", "two", "1.5"])
def test_jobs_are_a_whole_number(jobs, capsys):
    assert cli.main(["run", "--jobs", jobs]) == 2
    assert "Invalid value for '--jobs'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "status"), [(KeyboardInterrupt(), 130), (OSError("the disk is full"), 1)]
)
def test_an_interrupt_and_a_full_disk_have_their_status(error, status, monkeypatch, capsys):
    def fail(*_):
        raise error

    monkeypatch.setattr(holdings, "status", fail)
    assert cli.main(["data", "status"]) == status
    assert "Traceback" not in capsys.readouterr().err


def test_index_writes_what_the_named_notebooks_recorded(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for notebook, item in [("sami/02_data", "sami-n1"), ("sami/gone", "sami-f2")]:
        recorder = Recorder(notebook, "mock", "quick", tmp_path / "results")
        recorder.numbers(item, numbers={"n_maps": 2444})
    assert cli.main(["index", "sami/02_data"]) == 0
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
