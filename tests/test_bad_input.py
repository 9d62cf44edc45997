"""Bad input ends in a clear error or a row of the rejected table, and as it is recorded."""

import json
import sys

import bad_input  # noqa: F401  the folder with the layouts on the path
import pytest
from bad_input import runner

from galutils.results import report
from galutils.store.package import PROJECT

RECORDED = PROJECT / "results" / "bad_input.json"


@pytest.fixture(scope="module")
def records():
    """Run all cases in child processes, once."""
    return runner.run_all()


def test_every_case_ends_as_it_should(records):
    bad = [f"{r['reader']}: {r['case']}: {r['outcome']}" for r in records if not r["ok"]]
    assert bad == [] and len(records) >= 200


def test_the_recorded_outcomes_are_these(records):
    """Where this fails on purpose: `python -m tests.bad_input` writes them anew."""
    recorded = json.loads(RECORDED.read_text(encoding="utf-8"))
    moved = [(then, now) for then, now in zip(recorded, records, strict=True) if then != now]
    assert moved == []


def test_a_case_has_a_name_of_its_own():
    names = [(case.reader.name, case.name) for case in runner.cases()]
    assert len(set(names)) == len(names)


def test_an_outcome_is_the_same_on_every_machine(records):
    text = json.dumps([record["outcome"] for record in records])
    assert "/root" not in text and "/work" not in text
    assert "pytest-of" not in text and "at 0x7f" not in text


def test_the_record_is_not_taken_for_a_result_of_a_notebook(tmp_path):
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "bad_input.json").write_bytes(RECORDED.read_bytes())
    assert report.gather(tmp_path / "results") == {"items": {}}


def test_a_hang_is_told_and_the_others_go_on(monkeypatch):
    monkeypatch.setattr(runner, "SECONDS", 4)
    children = iter([["import time; print(1); time.sleep(99)", [1]], ["print('end')", []]])
    begun = []

    def child(heavy, first):
        code, _ = next(children)
        begun.append(first)
        yield from real([sys.executable, "-c", code])

    real = runner.lines_of
    monkeypatch.setattr(runner, "_child", child)
    assert runner._group(False) == [1] and begun == [0, 1]
