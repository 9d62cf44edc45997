"""The page "Published against here": every item of the publications beside what was recorded."""

from pathlib import Path

import yaml

from galutils.results import comparison
from galutils.results.tables import markdown

TEXTS = Path(__file__).parents[1] / "generated.yml"


def page(index, reference=None):
    """Return the page.

    Parameters
    ----------
    index : dict
        As returned by `galutils.results.report.merge`.
    reference : dict, optional
        An index recorded earlier with real archives; what it has from them is listed apart.

    Returns
    -------
    str
        Markdown: for each study with a recorded item one table of all its items, recorded or not,
        and one of what no publication has; one row a quantity.
    """
    texts = yaml.safe_load(TEXTS.read_text(encoding="utf-8"))["published"]
    frame = comparison.rows(index)
    text = texts["introduction"]
    for study in dict.fromkeys(item["study"] for item in index["items"].values()):
        about = texts["studies"].get(study, {"title": study, "reasons": ""})
        text += f"\n## {about['title']}\n\n{about['reasons']}\n"
        mine = frame[frame["study"] == study]
        extra = mine["item"].str.contains("-x-", regex=False)
        if not extra.all():
            text += f"{_table(mine[~extra])}\n### What the publication does not have\n\n"
        in_prose = mine["item"].str.endswith("-text")  # they stand in the notebook's sentences
        text += _table(mine[extra & ~in_prose & (mine["quantity"] != "")])
    items = (reference or {"items": {}})["items"].items()
    real = {n: one for n, one in items if "archive" in one["source"] and one["numbers"]}
    if real:
        text += "\n## Recorded with real archives\n\nNumbers of an earlier run on real files, kept"
        text += " with the project in `results/archive.json`, whatever this book was built on.\n\n"
        text += _table(comparison.rows({"items": real}, missing=False))
    return text


def _table(frame):
    """Return a table over the full width of the page; each item links to its notebook."""
    lines, notebooks, before = comparison.lines(frame), frame["notebook"], None
    for line, notebook, shows in zip(lines, notebooks, frame["shows"], strict=True):
        line[1:5] = map(_escape, line[1:5])
        item = line[0]
        line[0] = ""
        if item != before:
            link = f"[{item}](notebooks/{notebook}.ipynb)" if notebook else item
            line[0] = f"{link}<br>{_escape(shows)}" if shows else link
        before = item
    return f":::{{div}} full-width\n\n{markdown(comparison.HEADS, lines)}\n\n:::\n"


def _escape(text):
    """Return text that Markdown shows as it stands."""
    for character in "\\*_$<`[":
        text = text.replace(character, f"\\{character}")
    return text
