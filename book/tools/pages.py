"""Make the pages and tables that the book generates, so that no number in them is typed.

``book/answers.yml`` names the questions of the landing page and of the parts, and the recorded
quantities that answer them; ``book/generated.yml`` has the texts of the pages.
"""

from pathlib import Path

import pandas as pd
import yaml

from galutils.results import comparison, inventory, reader
from galutils.results.record import PROTOCOLS, SOURCES, SURVEYS
from galutils.results.tables import cell, markdown

ANSWERS, TEXTS = (
    yaml.safe_load((Path(__file__).parents[1] / name).read_text(encoding="utf-8"))
    for name in ("answers.yml", "generated.yml")
)
MISSING = "not recorded yet"
HEAD = ("measure", "published", "here, as published", "here, by galaxy", "data", "page")


def answers(index, reference=None):
    """Return the tables that the landing page and the parts include.

    Parameters
    ----------
    index : dict
        As returned by :func:`galutils.results.report.merge`.
    reference : dict, optional
        An index recorded earlier with real archives, for the measures that are ``real``.

    Returns
    -------
    dict of str to str
        Markdown by name: ``overview``, and each study.
    """
    index = {"items": index["items"], "real": (reference or {"items": {}})["items"]}
    return {"overview": _overview(index)} | {study: part(index, study) for study in ANSWERS}


def _overview(index):
    """Return the landing page's table: every question, and the numbers that answer it."""
    rows = []
    for study, answer in ANSWERS.items():
        chosen = [one for one in answer["measures"] if one.get("landing")]
        questions = [f"**{answer['question']}**"] + [""] * (len(chosen) - 1)
        found = (_row(index, study, measure) for measure in chosen)
        rows += [[question, *row] for question, row in zip(questions, found, strict=True)]
    return _directive("answers", "What the book answers.", ("question", *HEAD), rows)


def part(index, study):
    """Return the table of one part: its measures, the published numbers and ours."""
    rows = [_row(index, study, measure) for measure in ANSWERS[study]["measures"]]
    return _directive(f"answers-{study}", ANSWERS[study]["question"], HEAD, rows)


def _row(index, study, measure):
    """Return the cells of `HEAD` for one measure; say so if it was not recorded."""
    published, quantity = measure.get("published", (measure["item"], measure["quantity"]))
    said = _cell(inventory.published(published).get(quantity))
    items = index.get("real", {}) if measure.get("real") else index["items"]
    item = items.get(measure["item"], {"numbers": {}})
    needed = {measure["quantity"], measure.get("grouped", measure["quantity"])}
    if not needed <= item["numbers"].keys():
        return [measure["name"], said, "–", "–", MISSING, "–"]
    ours = _ours(item["numbers"][measure["quantity"]])
    if "grouped" in measure:
        ours["grouped"] = _ours(item["numbers"][measure["grouped"]])["as_published"]
    if measure.get("real"):  # the published protocol is for mocks
        ours = {"grouped": ours["as_published"]}
    shown = [_cell(*ours.get(protocol, ())) for protocol in PROTOCOLS]
    survey = measure.get("survey", SURVEYS.get(study))
    data = f"{SOURCES[item['source']].format(survey=survey)}, {item['profile']}"
    return [measure["name"], said, *shown, data, f"[](/notebooks/{item['notebook']}.ipynb)"]


def _ours(number):
    """Return {protocol: (value, low, high)}; a number without protocols is "as published"."""
    return {protocol or "as_published": rest for protocol, *rest in reader.by_protocol(number)}


def _cell(value=None, low=None, high=None):
    """Return a score with two decimals, with its interval if it has one."""
    if low is not None:
        return f"{value:.2f} ({low:.2f}\u00a0to\u00a0{high:.2f})"
    return f"{value:.2f}" if isinstance(value, float) else cell(value)


def _directive(name, title, head, rows):
    """Return a numbered table over the full width of the page."""
    caption = " ".join(f"{title} {TEXTS['caption']}".split())
    return (
        f":::::{{div}} full-width\n::::{{table}} {caption}\n:name: {name}\n\n"
        f"{markdown(head, rows)}\n::::\n:::::\n"
    )


def published(index, reference=None):
    """Return the page "Published against here".

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
    texts = TEXTS["published"]
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
        text += f"\n{TEXTS['real']}\n"
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
    return text.translate({ord(one): f"\\{one}" for one in "\\*_$<`["})


def bad_input(records):
    """Return the page on bad input: how many cases each reader has, and how each ended.

    Parameters
    ----------
    records : list of dict
        ``results/bad_input.json``: ``case``, ``reader``, ``expected``, ``outcome`` str, ``ok``
        bool.

    Returns
    -------
    str
        Markdown: a table of counts by reader, then one of the cases of each.
    """
    cases = pd.DataFrame(records)
    rejected = cases["outcome"].str.startswith("rejected")
    same = cases["outcome"].str.startswith("read as the good")
    kinds = {"cases": 1, "errors": ~(rejected | same), "rejected rows": rejected}
    kinds |= {"read right": same, "as they should be": cases["ok"]}
    counts = pd.DataFrame(kinds).astype(int).groupby("`" + cases["reader"] + "`", sort=False).sum()
    counts.loc["all"] = counts.sum()
    rows = [[name, *map(str, row)] for name, *row in counts.itertuples()]
    text = f"{TEXTS['bad_input']}\n{markdown(['reader', *counts.columns], rows)}\n"
    cases["code"] = "`" + cases["outcome"].str.replace("`", "'") + "`"
    for name, some in cases.groupby("reader", sort=False):
        rows = some[["case", "code"]].values.tolist()
        text += f"\n## {name}\n\n{markdown(['case', 'outcome'], rows)}\n"
    return text
