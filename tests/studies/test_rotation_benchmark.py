"""The benchmark: files of predictions made elsewhere, and the command that scores them."""

import json
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from astropy.table import Table

from galutils import cli
from galutils.scores import binary
from galutils.store.files import ArchiveError
from galutils.studies import rotation_benchmark as benchmark

N = 80
NAMES = [f"{8000 + k}-1901" for k in range(N)]
LAMBDA = "plateifu,lambda_re,lambda_re_mpl9,lambda_re_mpl8,eps,nsa_sersic_n,log_mass,gz_p_smooth"


@pytest.fixture
def places(tmp_path, monkeypatch):
    """Folds and baselines of 80 observations, every fourth slow; labels of all but the last."""
    slow = np.arange(N) % 4 == 0
    galaxy = [f"1-{k // 2 if k < 8 else k}" for k in range(N)]
    table = pd.DataFrame({"plateifu": NAMES, "galaxy": galaxy, "fold": np.arange(N) // 2 % 5})
    table["field"], table["image"] = 1, (np.arange(N) < 60).astype(int)
    table.to_csv(tmp_path / "manga.csv", index=False)
    noise = np.random.default_rng(1).normal(0, 0.3, (2, N))
    given = np.clip(np.where(slow, 0.3, 0.7) + noise, 0, 1)
    base = pd.DataFrame({"plateifu": NAMES, "coin": given[1].round(4)})
    base.loc[70:, "coin"] = np.nan
    base.to_csv(tmp_path / "manga_baselines.csv", index=False)
    (tmp_path / "manga").mkdir()
    spin = np.where(slow, 0.05, 0.5)
    rows = [f"{name},{s},,,0.25,,," for name, s in zip(NAMES[:-1], spin, strict=False)]
    (tmp_path / "manga/lambda_re_pipe3d.csv").write_text("\n".join([LAMBDA, *rows]))
    monkeypatch.setattr(benchmark, "FOLDER", tmp_path)
    return tmp_path, pd.Series(given[0], NAMES)


def test_tasks_hold_what_has_the_parts_and_labels_are_the_archives(places):
    folder, _ = places
    field, both = (benchmark.galaxies(task, folder) for task in ("field", "together"))
    assert (len(field), len(both)) == (80, 60)
    assert field["label"].value_counts().to_dict() == {1: 59, 0: 20, -1: 1}
    assert field.loc[NAMES[0]].tolist() == ["1-0", 0, 0]


def test_a_file_made_elsewhere_with_one_missing_and_one_unknown(places, capsys):
    folder, given = places
    rows = given.drop(NAMES[3]).rename_axis("PlateIFU").rename("probability").reset_index()
    rows.loc[len(rows)] = "9999-1", 0.4
    rows = pd.concat([rows, rows[:1]])
    rows.to_csv(folder / "mine.csv", index=False)
    out = folder / "scores.json"
    line = ["score", str(folder / "mine.csv"), "--task", "field", "--root", str(folder)]
    assert cli.main([*line, "--out", str(out)]) == 0
    found, shown = json.loads(out.read_text()), capsys.readouterr().out
    assert found["identifiers"] == {
        "scored": 78,
        "missing: labelled, but without a probability": 1,
        "unknown: not in this task": 1,
        "repeated: the first row counts": 1,
        "without a label: not scored": 1,
    }
    assert NAMES[3] in shown and "9999-1" in shown and "less coin" in shown
    kept = [k for k in range(N - 1) if k != 3]
    y = (np.array(kept) % 4 != 0).astype(int)
    want = binary.scores(y, given.iloc[kept])
    own = found["scores"]["predictions"]
    assert own["AUC"]["value"] == pytest.approx(want["auc"])
    assert own["balanced accuracy"]["value"] == pytest.approx(want["balanced_accuracy"])
    assert all(one["low"] <= one["value"] <= one["high"] for one in own.values())


def test_differences_are_paired_on_the_galaxies_that_both_have(places):
    folder, given = places
    table, others = benchmark.galaxies("field", folder), benchmark.baselines("field")
    found = benchmark.score(given, table, others, draws=20)
    y = table["label"].to_numpy()[:70]
    less = binary.auc(y, given[:70]) - binary.auc(y, others["coin"][:70])
    assert found["less coin"]["AUC"]["value"] == pytest.approx(less)
    same = benchmark.score(given, table, given.to_frame("itself"), draws=20)["less itself"]
    assert all(set(one.values()) == {0.0} for one in same.values())


@pytest.mark.parametrize("ending", ["csv", "ecsv", "fits", "vot"])
def test_formats(ending, tmp_path):
    path = tmp_path / f"mine.{ending}"
    table = Table({"plateifu": ["1-1", "1-22"], "probability": [0.25, np.nan]})
    table.write(path, format="votable" if ending == "vot" else None)
    found = benchmark.read(path, "field")
    assert found.index.tolist() == ["1-1", "1-22"]
    np.testing.assert_array_equal(found, [0.25, np.nan])
    if ending == "vot":  # as a service writes texts of any length
        path.write_text(path.read_text().replace('arraysize="4"', 'arraysize="*"'))
        assert benchmark.read(path, "field").index.tolist() == ["1-1", "1-22"]
    Table({"catid": [7, 9011900001], "probability": [0.5, 1.0]}).write(
        path, format="votable" if ending == "vot" else None, overwrite=True
    )
    assert benchmark.read(path, "sami").index.tolist() == ["7", "9011900001"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("plateifu,probability\n1-1,2.5\n", "expected probabilities from 0 to 1, received 2.5"),
        ("plateifu,p\n1-1,0.5\n", "expected column probability"),
        ("name,probability\n1-1,0.5\n", "expected column plateifu"),
    ],
)
def test_faults_are_named(text, said, tmp_path):
    (tmp_path / "mine.csv").write_text(text)
    with pytest.raises(ArchiveError, match=f"mine.csv: {said}"):
        benchmark.read(tmp_path / "mine.csv", "field")


@pytest.mark.parametrize("name", ["mine.ecsv", "mine.vot"])
def test_damaged_tables_are_named(name, tmp_path):
    (tmp_path / name).write_text("<VOTABLE><nothing")
    with pytest.raises(ArchiveError, match=f"{name}: expected a table"):
        benchmark.read(tmp_path / name, "field")


def test_without_labels_or_a_class_nothing_is_scored(places, tmp_path_factory):
    folder, given = places
    with pytest.raises(ArchiveError, match="expected lambda_re_pipe3d.csv"):
        benchmark.galaxies("field", tmp_path_factory.mktemp("empty"))
    table = benchmark.galaxies("field", folder)
    with pytest.raises(ValueError, match="one class only"):
        benchmark.score(given[table["label"] == 1], table, given.to_frame("itself"))


def test_folds_of_the_project_divide_no_galaxy_and_hold_no_label():
    for survey, key in {(survey, key) for survey, key, _ in benchmark.TASKS.values()}:
        table = pd.read_csv(benchmark.FOLDER / f"{survey}.csv", dtype=str)
        assert table[key].is_unique
        assert (table.groupby("galaxy")["fold"].nunique() == 1).all()
        assert set(table.columns) <= {key, "galaxy", "fold", "field", "image"}
        assert set(table["fold"]) == set("01234")
        others = pd.read_csv(benchmark.FOLDER / f"{survey}_baselines.csv", dtype={key: str})
        assert set(others[key]) <= set(table[key])
        values = others.drop(columns=key).to_numpy()
        assert ((values >= 0) & (values <= 1) | np.isnan(values)).all()


@pytest.mark.skipif("GALUTILS_DATA" not in os.environ, reason="no archive folder")
def test_shipped_baselines_score_as_recorded():
    root = Path(os.environ["GALUTILS_DATA"])
    table, others = benchmark.galaxies("field", root), benchmark.baselines("field")
    found = benchmark.score(others["map features"], table, others[["Moran's I"]], draws=2)
    assert found["predictions"]["AUC"]["value"] == pytest.approx(0.903, abs=0.002)
    assert found["less Moran's I"]["AUC"]["value"] > 0.03
