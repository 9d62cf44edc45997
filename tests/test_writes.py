"""Notebooks write where they may; ``make test-faults`` executes more of them, and twice."""

import subprocess
import sys
from pathlib import Path

from watched import WATCH, execute, strays


def test_a_notebook_writes_only_where_it_may(tmp_path):
    written = execute("perseus/04_metrics", tmp_path / "run", tmp_path, None)
    assert any(path.is_relative_to(tmp_path / "run/results") for path in written)
    assert strays("perseus/04_metrics", tmp_path / "run", written) == []


def test_what_is_written_elsewhere_is_seen(tmp_path):
    code = "import os, pathlib, shutil\nopen('read.txt').close()\nopen('new.txt', 'w').close()\n"
    code += "pathlib.Path('a').mkdir()\nos.replace('new.txt', 'a/b.txt')\nshutil.rmtree('a')"
    (tmp_path / "read.txt").touch()
    watch = WATCH.format(log=str(tmp_path / "watched"))
    subprocess.run([sys.executable, "-c", watch + code], cwd=tmp_path, check=True)
    written = [Path(line) for line in (tmp_path / "watched").read_text().splitlines()]
    names = {path.name for path in written}
    assert {"new.txt", "a", "b.txt"} <= names and "read.txt" not in names
    assert strays("perseus/04_metrics", tmp_path / "run", written) == written
