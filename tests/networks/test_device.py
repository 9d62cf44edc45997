"""Precision and compilation are chosen by what computes."""

import pytest

from galutils.networks import device, velocity_cnn


@pytest.mark.parametrize(
    ("capability", "policy"),
    [((9, 0), "mixed_bfloat16"), ((8, 0), "mixed_bfloat16"), ((7, 5), "mixed_float16"),
     ((6, 1), "float32"), ((0, 0), "float32")],
)  # fmt: skip
def test_gpus_take_what_they_have_units_for(monkeypatch, capability, policy):
    monkeypatch.setattr(device, "_gpu", lambda: capability)
    assert device.dtype_policy() == policy
    assert device.jit_compile() == "auto"


@pytest.mark.parametrize(
    ("flags", "policy"),
    [("avx512f avx512_bf16", "mixed_bfloat16"), ("avx2 fma", "float32"), (None, "float32")],
)
def test_cpus_take_bfloat16_where_they_have_it(monkeypatch, tmp_path, flags, policy):
    monkeypatch.setattr(device, "_gpu", lambda: None)
    monkeypatch.setattr(device, "CPUINFO", tmp_path / "cpuinfo")
    if flags is not None:
        device.CPUINFO.write_text(f"flags\t\t: fpu {flags}\n")
    assert device.dtype_policy() == policy
    assert device.jit_compile() is False


def test_no_gpu_is_seen_where_tensorflow_has_none():
    assert device._gpu() is None


def test_networks_are_built_for_the_device(monkeypatch):
    monkeypatch.setattr(device, "_gpu", lambda: (8, 0))
    small = velocity_cnn.sami_cnn((12, 12, 1), (4,), dtype="device", jit_compile="device")
    assert small.layers[1].dtype_policy.name == "mixed_bfloat16"
    assert small.layers[-1].dtype_policy.name == "float32"
    monkeypatch.setattr(device, "_gpu", lambda: None)
    small = velocity_cnn.sami_cnn((12, 12, 1), (4,), dtype="float32", jit_compile="device")
    assert small.layers[1].dtype_policy.name == "float32"
    assert small.jit_compile is False
