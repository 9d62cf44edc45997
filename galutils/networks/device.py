"""Describe the processor, and choose the precision and compilation that are fast on it."""

import contextlib
import os
import platform
import re
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

CPU_UNITS = ("avx512_bf16", "amx_bf16", "bf16")  # x86, x86 with tiles, ARM
VECTOR_UNITS = ("avx2", "avx512f", "avx512_bf16", "amx_bf16")
PACKAGES = ("numpy", "scipy", "keras", "tensorflow", "tensorflow-cpu", "esda")
CPUINFO = Path("/proc/cpuinfo")


def describe():
    """Describe the processor, its cores and the versions on which trained numbers depend.

    Returns
    -------
    str
        One line. Where the line differs, the last digits of a training may differ.
    """
    text = _cpuinfo()
    told = dict(re.findall(r"^(model|model name)\s*: (.*)", text, re.M))
    units = [unit for unit in VECTOR_UNITS if unit in text.split()]
    parts = [
        f"{told.get('model name', platform.processor())} (model {told.get('model', '?')})",
        f"{os.cpu_count()} cores",
        " ".join(units) or "no vector units known",
        f"Python {platform.python_version()}",
    ]
    for package in PACKAGES:
        with contextlib.suppress(PackageNotFoundError):
            parts.append(f"{package} {version(package)}")
    return ", ".join(parts)


def _cpuinfo():
    """Return Linux's description of the processor; an empty text elsewhere."""
    return CPUINFO.read_text() if CPUINFO.is_file() else ""


def dtype_policy():
    """Choose the Keras dtype policy with which this device trains fastest; weights stay float32.

    Returns
    -------
    str
        ``"mixed_bfloat16"`` on GPUs of compute capability 8 or more and on CPUs
        with bfloat16 units, ``"mixed_float16"`` on GPUs of 7 (Keras then scales
        the loss by itself), ``"float32"`` elsewhere, where the others are
        emulated, and where the CPU is not known.

    Notes
    -----
    Only the choice for CPUs was measured; see ``results/benchmarks.json``.
    """
    capability = _gpu()
    if capability is not None:
        policies = {8: "mixed_bfloat16", 7: "mixed_float16", 0: "float32"}
        return next(policy for least, policy in policies.items() if capability[0] >= least)
    return "mixed_bfloat16" if set(CPU_UNITS) & set(_cpuinfo().split()) else "float32"


def jit_compile():
    """Choose whether Keras compiles with XLA: on GPUs Keras decides, on CPUs it does not.

    Returns
    -------
    bool or str
        For `keras.Model.compile`: ``"auto"`` or False.
    """
    return False if _gpu() is None else "auto"


def _gpu():
    """Return the compute capability (major, minor) of the first GPU, None without one."""
    import tensorflow as tf

    devices = tf.config.list_physical_devices("GPU")
    if not devices:
        return None
    return tf.config.experimental.get_device_details(devices[0]).get("compute_capability", (0, 0))
