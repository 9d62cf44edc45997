from book.tools.pages import published
from galutils.results.record import Recorder
from galutils.results.report import merge


def record(results, notebook, item, **numbers):
    Recorder(notebook, "mock", "quick", results).numbers(item, numbers=numbers)


def test_the_page_lists_every_item_of_the_study(tmp_path):
    accuracy = {"as_published": 0.93, "grouped": {"value": 0.881234, "low": 0.85, "high": 0.9}}
    record(tmp_path, "sami/05_known_rotators", "sami-f1", accuracy=accuracy, n_test=3)
    text = published(merge(tmp_path))
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert (
        "| [sami-f1](notebooks/sami/05_known_rotators.ipynb)<br>Confusion matrix on the test set "
        "| accuracy | 0.91 | 0.93 | 0.8812 (0.85 to 0.9) | mock, quick |"
    ) in rows
    assert "|  | precision | 0.95 |  |  | mock, quick |" in rows
    assert "|  | n test |  | 3 |  | mock, quick |" in rows
    assert "| sami-f2<br>ROC curve with logarithmic false-positive axis | auc | 0.95 " in text
    assert text.count("| sami-") + text.count("| [sami-") == 15
    assert "mor-f1" not in text


def test_what_no_publication_has_and_what_was_recorded_on_archives_stand_apart(tmp_path):
    record(tmp_path, "sami/10_real_fields", "sami-x-auc", auc=0.7)
    record(tmp_path, "sami/09_discussion", "sami-x-discussion-text", spoken=0.6)
    index = merge(tmp_path)
    assert "spoken" not in published(index)
    real = {
        name: item | {"source": "archive", "numbers": {"auc": 0.9}}
        for name, item in index["items"].items()
    }
    text = published(index, {"items": real | {"sami-f2": real["sami-x-auc"] | {"source": "mock"}}})
    here, kept = text.split("## Recorded with real archives")
    assert "| auc |  | 0.7 |" in here.split("### What the publication does not have")[1]
    assert "| auc |  | 0.9 |" in kept and "archive, quick" in kept
    assert "sami-f2" not in kept
    assert "real archives" not in published(index)


def test_a_part_without_a_publication_has_one_table(tmp_path):
    record(tmp_path, "beyond/01_audit", "beyond-x-audit", recall=0.99)
    text = published(merge(tmp_path))
    assert "## What each claim is worth" in text
    assert "| recall | " in text
    assert "### What the publication" not in text
