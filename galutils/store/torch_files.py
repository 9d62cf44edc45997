"""Arrays from a file of PyTorch, whose description is a pickle; no pickle is loaded.

A pickle is a program for a machine with a stack. The few instructions that lists of arrays need
are followed here, and everything else is an error: nothing that a file names is ever called.
Files are of the form before PyTorch 1.6: five pickles, then the numbers of each storage.
"""

import io
import pickletools
from collections import namedtuple

import numpy as np

from galutils.store import files

MAGIC, VERSION = 0x1950A86A20F9469CFC6C, 1001
TYPES = {"torch FloatStorage": "<f4", "torch LongStorage": "<i8"}
ORDERED, TENSOR = "collections OrderedDict", "torch._utils _rebuild_tensor_v2"
VALUES = ("BININT", "BININT1", "BININT2", "LONG1", "BINUNICODE")
CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False, "EMPTY_TUPLE": ()}

Storage = namedtuple("Storage", "kind key size")
Tensor = namedtuple("Tensor", "storage offset shape strides")
Name = namedtuple("Name", "text")


def read(path):
    """Read the arrays that a file of PyTorch names.

    Parameters
    ----------
    path : path-like
        ``.pth`` or ``.pt``, with a dictionary of tensors, as `torch.save` of a ``state_dict``.

    Returns
    -------
    dict of str to ndarray
        float32 or int64.

    Raises
    ------
    ValueError
        If it has another form, is damaged, or its pickles hold an instruction or a name that
        arrays do not need; the message names the file and what it was.
    """
    stream = io.BytesIO(files.regular(path).read_bytes())
    try:
        magic, version, system, state, keys = (_followed(stream) for _ in range(5))
        if (magic, version, system.get("little_endian")) != (MAGIC, VERSION, True):
            raise ValueError(f"magic number {magic} and version {version}")
        tensors = {name: one for name, one in state.items() if isinstance(one, Tensor)}
        kinds = {one.storage.key: one.storage for one in tensors.values()}
        stored = {key: _numbers(stream, kinds[key]) for key in keys}
        return {name: _array(stored[one.storage.key], one) for name, one in tensors.items()}
    except Exception as error:  # a hostile file may make the steps fail in any way
        reason = f"{type(error).__name__}: {error}"
        raise ValueError(f"{path}: expected arrays of PyTorch, received {reason}") from error


def _numbers(stream, storage):
    size = int.from_bytes(stream.read(8), "little")
    kind = np.dtype(TYPES[storage.kind.text])
    values = np.frombuffer(stream.read(size * kind.itemsize), kind)
    if not len(values) == size == storage.size:
        raise ValueError(f"{len(values)} numbers for {storage.size} of storage {storage.key}")
    return values


def _array(values, tensor):
    """Lay a tensor out; its strides count numbers and must stay within the storage."""
    shape, strides = np.array(tensor.shape, int), np.array(tensor.strides, int)
    last = tensor.offset + int(np.sum((shape - 1) * strides))
    inside = min(tensor.offset, *shape - 1, *strides, 0) >= 0 and last < len(values)
    if not inside or shape.prod() > len(values):
        raise ValueError(f"a tensor of shape {tensor.shape} beyond its {len(values)} numbers")
    steps = strides * values.itemsize
    view = np.lib.stride_tricks.as_strided(values[tensor.offset :], tensor.shape, steps)
    return np.ascontiguousarray(view).reshape(tensor.shape)


def _followed(stream):
    """Follow one pickle to its end and return what it describes."""
    stack, marks, memo = [], [], {}

    def since_mark():
        start = marks.pop()
        found = stack[start:]
        del stack[start:]
        return found

    for code, argument, _ in pickletools.genops(stream):
        name = code.name
        if name == "STOP":
            return stack.pop()
        if name in VALUES:
            stack.append(argument)
        elif name in CONSTANTS:
            stack.append(CONSTANTS[name])
        elif name in ("EMPTY_DICT", "EMPTY_LIST"):
            stack.append({} if name == "EMPTY_DICT" else [])
        elif name == "MARK":
            marks.append(len(stack))
        elif name == "TUPLE":
            stack.append(tuple(since_mark()))
        elif name in ("TUPLE1", "TUPLE2", "TUPLE3"):
            stack[-int(name[-1]) :] = [tuple(stack[-int(name[-1]) :])]
        elif name in ("BINPUT", "LONG_BINPUT"):
            memo[argument] = stack[-1]
        elif name in ("BINGET", "LONG_BINGET"):
            stack.append(memo[argument])
        elif name in ("SETITEM", "SETITEMS"):
            items = since_mark() if name == "SETITEMS" else [stack.pop(-2), stack.pop()]
            stack[-1].update(zip(items[::2], items[1::2], strict=True))
        elif name == "APPENDS":
            items = since_mark()
            stack[-1].extend(items)
        elif name == "GLOBAL" and argument in (ORDERED, TENSOR, *TYPES):
            stack.append(Name(argument))
        elif name == "BINPERSID":
            _, kind, key, _, size, _ = stack.pop()
            stack.append(Storage(kind, key, size))
        elif name == "REDUCE":
            given, called = stack.pop(), stack.pop()
            stack.append({} if called == Name(ORDERED) else _tensor(called, given))
        elif name == "BUILD":  # versions of the modules, an attribute of the dictionary
            stack.pop()
        elif name != "PROTO":
            raise ValueError(f"the instruction {name} {argument or ''}".strip())
    raise ValueError("a pickle without an end")


def _tensor(called, given):
    if called != Name(TENSOR):
        raise ValueError(f"a call of {called}")
    storage, offset, shape, strides, *_ = given
    return Tensor(storage, offset, shape, strides)
