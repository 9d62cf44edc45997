"""Arrays of a PyTorch file, without PyTorch and without running what the file says."""

import pickle
import struct

import numpy as np
import pytest
from torch_writer import content

from galutils.store import torch_files

ARRAYS = {
    "a.weight": np.arange(24, dtype=np.float32).reshape(2, 3, 4),
    "a.turned": np.asfortranarray(np.arange(6, dtype=np.float32).reshape(2, 3)),
    "a.number": np.array(7, dtype=np.int64),
}


@pytest.fixture
def path(tmp_path, monkeypatch):
    path = tmp_path / "a.pth"
    path.write_bytes(content(ARRAYS, monkeypatch))
    return path


def test_arrays_are_those_written(path):
    found = torch_files.read(path)
    assert list(found) == list(ARRAYS)
    for name, array in ARRAYS.items():
        assert found[name].dtype == array.dtype
        np.testing.assert_array_equal(found[name], array)


class Harmful:
    def __reduce__(self):
        return print, ("run",)


@pytest.mark.parametrize("state", [Harmful(), {"a": Harmful()}, {"a": 1.5}, {"a": {1, 2}}, b"ab"])
def test_other_instructions_are_refused_by_name(path, state, capsys):
    parts = [pickle.dumps(one, 2) for one in (torch_files.MAGIC, torch_files.VERSION)]
    parts.append(pickle.dumps({"little_endian": True}, 2))
    path.write_bytes(b"".join([*parts, pickle.dumps(state, 2), pickle.dumps([], 2)]))
    with pytest.raises(ValueError, match=r"a\.pth: expected arrays of PyTorch, received .*"):
        torch_files.read(path)
    assert capsys.readouterr().out == ""


def test_the_instruction_is_named(path):
    path.write_bytes(pickle.dumps(Harmful(), 2))
    with pytest.raises(ValueError, match="the instruction GLOBAL __builtin__ print"):
        torch_files.read(path)


def test_damage_is_refused(path):
    whole = path.read_bytes()
    size = struct.pack("<q", 24)
    wrong = [b"", whole[:50], whole[:-4], whole.replace(size, struct.pack("<q", 2**60))]
    wrong.append(whole.replace(b"little_endian", b"little_indian"))
    for one in wrong:
        path.write_bytes(one)
        with pytest.raises(ValueError, match=r"a\.pth: expected arrays of PyTorch"):
            torch_files.read(path)


@pytest.mark.parametrize(
    ("offset", "shape", "strides"),
    [(0, (25,), (1,)), (1, (24,), (1,)), (-1, (2,), (1,)), (0, (9, 9), (0, 0)), (3, (2,), (-1,))],
)
def test_a_tensor_beyond_its_storage_is_refused(offset, shape, strides):
    tensor = torch_files.Tensor(None, offset, shape, strides)
    with pytest.raises(ValueError, match="beyond its 24 numbers"):
        torch_files._array(np.zeros(24, np.float32), tensor)
