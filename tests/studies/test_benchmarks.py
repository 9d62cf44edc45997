"""Benchmarks are read, and needs worked out from the cost of one galaxy."""

import json

import numpy as np
import pytest

from galutils.studies import benchmarks

COMPARED = {
    "ratio": 3.0, "low": 2.0, "high": 4.0, "target": 4, "unit": "s per 1000 maps", "median": 2.0,
    "ours": "this", "theirs": "that", "reason": "why",
}  # fmt: skip
COST = {"ratio": None, "target": None, "unit": "s", "median": 0.1}
SCALING = {**COST, "median": 3.6, "input_bytes": 1000, "output_bytes": 10}


def test_what_was_written_is_read(tmp_path):
    path = tmp_path / "benchmarks.json"
    path.write_text(json.dumps({"training": COMPARED, "start": COST}))
    assert set(benchmarks.read(path)) == {"training", "start"}


@pytest.mark.parametrize("text", ["{", "[]", "[1]", '{"a": {"ratio": 1}}', '{"a": 1}'])
def test_other_files_are_refused_by_name(tmp_path, text):
    path = tmp_path / "benchmarks.json"
    path.write_text(text)
    with pytest.raises(ValueError, match="benchmarks.json: expected the results of `make bench`"):
        benchmarks.read(path)
    with pytest.raises(ValueError, match="gone.json"):
        benchmarks.read(tmp_path / "gone.json")


def test_comparisons_and_costs_are_told_apart():
    met = {**COMPARED, "target": 2, "reason": None, "unit": "s", "median": 9.0}
    items = {
        "a": COMPARED,
        "b": met,
        "start": COST,
        "mock": {**COST, "unit": "s per 1000 galaxies"},
    }
    table = benchmarks.ratios(items)
    assert table["name"].tolist() == ["a", "b"]
    assert table["reason"].tolist() == ["why", ""]
    costs = benchmarks.per_galaxy(items)
    assert dict(zip(costs["name"], costs["seconds"], strict=True)) == {"a": 0.002, "mock": 0.0001}
    assert costs["name"].tolist() == ["a", "mock"]


def test_needs_grow_with_galaxies_and_fall_with_cores():
    table = benchmarks.needs(SCALING, [1000, 10**9], [1, 100])
    one, many = table.iloc[0], table.iloc[1]
    assert one["core-hours"] == pytest.approx(1)
    assert one["days on 100 cores"] == pytest.approx(1 / 2400)
    assert many["days on 1 cores"] == pytest.approx(1e6 / 24)
    np.testing.assert_allclose(many[["input", "output"]].astype(float), [1000, 10])
