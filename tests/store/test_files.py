"""Files are written whole or not at all, and what a killed write leaves goes with the next one."""

import multiprocessing
import os

import pytest

from galutils.store import files


def left(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_failed_write_leaves_the_old_file(tmp_path):
    files.write(tmp_path / "a.csv", "old")
    with pytest.raises(KeyError):
        with files.replacing(tmp_path / "a.csv") as temporary:
            open(temporary, "w").close()
            raise KeyError
    assert (tmp_path / "a.csv").read_text() == "old" and left(tmp_path) == ["a.csv"]


def test_what_a_killed_write_left_goes_with_the_next_write(tmp_path):
    (tmp_path / ".a.csv.k3jx_10z").write_text("half")
    (tmp_path / ".a.csv.k3jx_11z").mkdir()  # of a folder
    (tmp_path / ".a.csv.k3jx_11z" / "b").touch()
    (tmp_path / ".a.csv.k3jx_12z.csv").write_text("half, with an ending")
    (tmp_path / ".b.csv.k3jx_10z").write_text("another's")
    (tmp_path / ".a.csv.json").write_text("no temporary")
    files.write(tmp_path / "a.csv", "new")
    assert left(tmp_path) == [".a.csv.json", ".b.csv.k3jx_10z", "a.csv"]


def test_a_folder_takes_the_place_of_an_older_one_or_leaves_it(tmp_path):
    for content in ("old", "new"):
        with files.replacing(tmp_path / "a", folder=True) as temporary:
            files.write(f"{temporary}/b", content)
        assert (tmp_path / "a" / "b").read_text() == content and left(tmp_path) == ["a"]
    with pytest.raises(KeyError):
        with files.replacing(tmp_path / "a", folder=True) as temporary:
            raise KeyError
    assert (tmp_path / "a" / "b").read_text() == "new" and left(tmp_path) == ["a"]


def test_all_that_killed_writes_left_in_a_folder(tmp_path):
    for name in (".part-1.parquet.k3jx_10z", ".lock", "part-1.parquet", "plan.json"):
        (tmp_path / name).touch()
    files.sweep(tmp_path, inside=True)
    assert left(tmp_path) == [".lock", "part-1.parquet", "plan.json"]


def test_a_writer_at_work_is_left_alone(tmp_path):
    path = tmp_path / "a.csv"
    child, parent = os.pipe(), os.pipe()
    process = os.fork()
    if not process:
        with files.replacing(path) as temporary:
            os.write(child[1], b"1")
            os.read(parent[0], 1)
            with open(temporary, "w") as file:
                file.write("from the child")
        os._exit(0)
    os.read(child[0], 1)
    files.write(path, "from the parent")
    os.write(parent[1], b"1")
    assert os.waitpid(process, 0)[1] == 0
    assert path.read_text() == "from the child" and left(tmp_path) == ["a.csv"]


def test_names_with_wildcards_are_taken_as_they_are(tmp_path):
    (tmp_path / ".a1.k3jx_10z").touch()
    files.write(tmp_path / "a[0-9]", "x")
    assert left(tmp_path) == [".a1.k3jx_10z", "a[0-9]"]


def _write(path):
    for number in range(200):
        files.write(path, str(number) * 500)


def test_processes_that_write_one_path_do_not_sweep_each_other(tmp_path):
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        pool.map(_write, [tmp_path / "a.csv"] * 3)
    assert (tmp_path / "a.csv").read_text() == "199" * 500 and left(tmp_path) == ["a.csv"]
