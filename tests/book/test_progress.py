"""Reasons in plain words, and the time left."""

import json
import logging
from types import SimpleNamespace

import pytest

from book.tools.progress import Forecast, Progress, duration, known
from book.tools.reasons import plain


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("Missing output files: build/notebooks/a.ipynb, build/a.fits", "not run yet"),
        ("Missing output files: build/sami/a.fits", "build/sami/a.fits missing"),
        ("Updated input files: a.py, b.py", "a.py, b.py changed"),
        ("Updated input files: d, c, b, a, e", "a, b, c and 2 more changed"),
        (
            "Updated input files: a.py; Input files updated by another job: build/a.fits",
            "a.py changed; sami/02_data runs first",
        ),
        ("Code has changed since last execution", "its command in the Snakefile changed"),
        ("Something new", "Something new"),
    ],
)
def test_reasons_are_plain(reason, expected):
    assert plain(reason, {"build/a.fits": "sami/02_data"}) == expected


def forecast(**known):
    return Forecast(known, slots=2)


def test_the_time_left_follows_the_last_run_and_the_pace_of_this_one():
    assert forecast().left(["a"]) is None
    assert forecast(a=100, b=100).left(["a", "b"]) == 100
    assert forecast(a=100, b=10).left(["a", "b"]) == 100  # the longest is the least
    assert forecast(a=100).left(["a", "new"]) == 100  # as long as the others
    assert forecast(a=100).left([], [("a", 60)]) == 40
    assert forecast(a=100).left([], [("a", 160)]) == 0
    slow = forecast(a=70, b=100)
    slow.ended("a", 170)  # 200 instead of 100, with the cautious half minute
    assert slow.left(["b"]) == 200
    counted = forecast()
    counted.ended("a", 60)
    assert counted.left(["b", "c", "d", "e"]) == 120


def test_times_of_this_machine_count_more_than_shipped_ones(tmp_path):
    here, shipped = tmp_path / "here.json", tmp_path / "shipped.json"
    assert known("quick", here, shipped) == {}
    shipped.write_text('{"quick": {"a": 100, "b": 20}, "full": {"a": 900}}')
    assert known("quick", here, shipped) == {"a": 100, "b": 20}
    here.write_text('{"quick": {"a": 50}}')
    assert known("quick", here, shipped) == {"a": 50, "b": 20}
    assert known("full", here, shipped) == {"a": 900}


def test_durations_are_short():
    assert [duration(s) for s in (0.4, 89, 300, 7800)] == ["0 s", "89 s", "5 min", "2 h 10 min"]


def emit(progress, event, **fields):
    entry = logging.LogRecord("snakemake", logging.INFO, "", 0, "", (), None)
    entry.__dict__ |= {"event": SimpleNamespace(value=event), **fields}
    progress.emit(entry)


def test_measured_times_are_kept_by_profile(tmp_path, capsys):
    times = tmp_path / "times.json"
    times.write_text('{"full": {"sami_02_data": 900}, "quick": {"sami_02_data": 240.0}}')
    settings = SimpleNamespace(nodes=None, cores=2)
    workflow = SimpleNamespace(resource_settings=settings, dryrun=False)
    progress = Progress(workflow, "quick", times)
    rules = {"sami_02_data": 1, "sami_04__0a": 1, "total": 2}
    emit(progress, "run_info", stats=rules)
    start = {"rule_msg": "sami/04 [seed=1]", "rule_name": "sami_04__0a", "jobid": 1}
    emit(progress, "job_info", **start)
    emit(progress, "job_finished", job_id=1)
    emit(progress, "progress", done=1, total=2)
    lines = [line[10:] for line in capsys.readouterr().err.splitlines()]
    assert lines == [
        "plan   2 steps, about 4 min", "start  sami/04 [seed=1]",
        "done   sami/04 [seed=1]  0 s  (1 of 2, about 4 min left)",
    ]  # fmt: skip
    assert json.loads(times.read_text()) == {
        "full": {"sami_02_data": 900}, "quick": {"sami_02_data": 240.0, "sami_04": 0.0},
    }  # fmt: skip
