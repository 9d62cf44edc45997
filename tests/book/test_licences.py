from pathlib import Path

import pytest

import galutils
from book.tools import licences

LOCK = Path(galutils.__file__).parents[1] / "requirements.lock"


@pytest.fixture(scope="module")
def rows():
    return licences.table(LOCK)


def test_every_distribution_of_the_lock_has_a_licence_that_lets_anyone_use_it(rows):
    assert len(rows) > 200
    assert licences.doubtful(rows) == []


def test_most_are_read_from_what_is_installed(rows):
    elsewhere = [name for name, _, licence in rows if licence == licences.ELSEWHERE]
    assert len(elsewhere) < 25
    found = {name: licence for name, _, licence in rows}
    assert found["numpy"].startswith("BSD-3-Clause")  # an expression
    assert found["alabaster"] == "BSD License"  # a classifier
    assert found["pluggy"] == "MIT License"
    assert found["keras"].startswith("Apache License 2.0")  # words
    assert "MIT" in found["snakemake-interface-common"]  # a file


@pytest.mark.parametrize(
    "licence",
    ["", "GPL-3.0-only", "GNU Affero General Public License v3", "AGPL-3.0 AND MIT", "UNKNOWN",
     "CC-BY-NC-4.0", "MIT with Commons Clause", "Proprietary"],
)  # fmt: skip
def test_doubt_is_cast_on_what_is_unknown_or_binding(licence):
    row = ("name", "1", licence)
    assert licences.doubtful([row]) == [row]
    assert licences.doubtful([("name", "1", "MIT OR Apache-2.0")]) == []


def test_a_missing_distribution_and_one_without_a_licence_are_told(tmp_path):
    lock = tmp_path / "requirements.lock"
    lock.write_text(
        "no-such-thing==1.0 ; sys_platform == 'win32' \\\n    --hash=sha256:0\n    # via x\n"
    )
    assert licences.table(lock) == [("no-such-thing", "1.0", licences.ELSEWHERE)]
    assert "| no-such-thing | 1.0 | not installed here" in licences.page(lock)
