import json

import pytest
from click.testing import CliRunner

from book.tools import order, weights


@pytest.fixture
def notebooks(tmp_path):
    record = {
        "galaxies": [1, 2, 3],
        "date": "2026-01-02",
        "members": [
            {"history": {"epoch": [1, 2]}, "seconds": 90, "networks": 2},
            {"history": {"epoch": [1]}, "seconds": 30},
        ],
    }
    (tmp_path / "one.json").write_text(json.dumps(record))
    (tmp_path / "kept.json").write_text(json.dumps({"seconds": 30, "date": "2026-01-03"}))
    return {"sami/04": {"weights": ["one", "two", "kept"]}, "sami/05": {}}


def test_listing_tells_what_training_took(notebooks, tmp_path):
    table = weights.listing(notebooks, tmp_path)
    assert list(table["family"]) == ["one", "two", "kept"]
    assert table.loc[0, ["networks", "galaxies", "epochs", "minutes"]].tolist() == [3, 3, 3, 2.0]
    assert table.loc[1].isna()["minutes"]
    assert table.loc[2, ["networks", "minutes", "date"]].tolist() == [0, 0.5, "2026-01-03"]


def test_every_family_in_the_order_is_shipped_with_its_record():
    families = [one for spec in order.read().values() for one in spec.get("weights", [])]
    assert families and len(families) == len(set(families))
    for name in families:
        record = json.loads((weights.FOLDER / f"{name}.json").read_text())
        assert ("found" in record) != (weights.FOLDER / f"{name}.keras").is_file(), name
    kept = sum(path.stat().st_size for path in weights.FOLDER.iterdir())
    assert kept < 60e6


def test_dry_run_lists_and_trains_nothing(monkeypatch):
    monkeypatch.setattr(weights.subprocess, "call", lambda command: pytest.fail(f"ran {command}"))
    found = CliRunner().invoke(weights.main, ["sami", "--dry-run"])
    assert found.exit_code == 0 and "sami_grouped" in found.output and "hours" in found.output


def test_training_runs_the_notebooks_that_ship_networks(monkeypatch):
    called = []
    monkeypatch.setattr(weights.subprocess, "call", lambda command: called.append(command) or 0)
    assert CliRunner().invoke(weights.main, ["sami/04_training"]).exit_code == 0
    assert called[0][-4:] == ["run", "sami/04_training", "--set", "weights=train"]
