"""Write arrays as PyTorch did before version 1.6, without PyTorch."""

import io
import pickle
import sys
from collections import OrderedDict
from types import ModuleType

import numpy as np

from galutils.store.torch_files import MAGIC, VERSION


class Described:
    """What PyTorch writes of a tensor: a call of a function of its own."""

    def __init__(self, key, array):
        self.key, self.array = key, array

    def __reduce__(self):
        strides = tuple(step // self.array.itemsize for step in self.array.strides)
        given = (Stored(self.key, self.array), 0, self.array.shape, strides, False, OrderedDict())
        return sys.modules["torch._utils"]._rebuild_tensor_v2, given


class Stored:
    def __init__(self, key, array):
        self.key, self.array = key, array


class Pickler(pickle.Pickler):
    def persistent_id(self, one):
        if not isinstance(one, Stored):
            return None
        kind = sys.modules["torch"].FloatStorage
        if one.array.dtype == np.int64:
            kind = sys.modules["torch"].LongStorage
        return ("storage", kind, one.key, "cpu", one.array.size, None)


def _modules():
    """Stand-ins whose functions have the names that PyTorch writes; they are never called."""
    torch, inside = ModuleType("torch"), ModuleType("torch._utils")
    for name in ("FloatStorage", "LongStorage"):
        setattr(torch, name, type(name, (), {"__module__": "torch"}))

    def _rebuild_tensor_v2(*given):
        raise AssertionError("called")

    _rebuild_tensor_v2.__module__ = "torch._utils"
    _rebuild_tensor_v2.__qualname__ = "_rebuild_tensor_v2"
    inside._rebuild_tensor_v2 = _rebuild_tensor_v2
    return {"torch": torch, "torch._utils": inside}


def content(arrays, monkeypatch):
    """Return the bytes of a file with these arrays, float32 or int64."""
    for name, module in _modules().items():
        monkeypatch.setitem(sys.modules, name, module)
    state = OrderedDict((name, Described(str(k), a)) for k, (name, a) in enumerate(arrays.items()))
    system = {"protocol_version": VERSION, "little_endian": True, "type_sizes": {"long": 4}}
    keys = [str(k) for k in range(len(arrays))]
    stream = io.BytesIO()
    for one in (MAGIC, VERSION, system, state, keys):
        Pickler(stream, protocol=2).dump(one)
    for array in arrays.values():
        stream.write(array.size.to_bytes(8, "little"))
        stream.write(array.tobytes("A"))
    return stream.getvalue()
