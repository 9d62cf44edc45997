"""Make the tables of the landing page and of the parts: questions, and the numbers that answer.

``book/answers.yml`` names the questions and the recorded quantities; the numbers come from the
index of the results, so that none is typed.
"""

from pathlib import Path

import yaml

from galutils.results import reader
from galutils.results.inventory import published
from galutils.results.record import PROTOCOLS, SOURCES, SURVEYS
from galutils.results.tables import cell, markdown

ANSWERS = yaml.safe_load((Path(__file__).parents[1] / "answers.yml").read_text(encoding="utf-8"))
MISSING = "not recorded yet"
HEAD = ("measure", "published", "here, as published", "here, by galaxy", "data", "page")
CAPTION = """Intervals are of 95 per cent. A dash: not published, or not measured that way.
*Here, as published* follows the publication's own protocol or is the only one; *here, by galaxy*
has the galaxies divided before anything else."""


def write(index, folder):
    """Write the tables that the pages include.

    Parameters
    ----------
    index : dict
        As returned by :func:`galutils.results.report.merge`.
    folder : str or path
        Made if it is missing; gets ``overview.md`` and ``<study>.md`` for every part.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "overview.md").write_text(overview(index), encoding="utf-8")
    for study in ANSWERS:
        (folder / f"{study}.md").write_text(part(index, study), encoding="utf-8")


def overview(index):
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
    said = _cell(published(measure["item"]).get(measure["quantity"]))
    item = index["items"].get(measure["item"], {"numbers": {}})
    if not {measure["quantity"], measure.get("grouped", measure["quantity"])} <= set(
        item["numbers"]
    ):
        return [measure["name"], said, "–", "–", MISSING, "–"]
    ours = _ours(item["numbers"][measure["quantity"]])
    if "grouped" in measure:
        ours["grouped"] = _ours(item["numbers"][measure["grouped"]])["as_published"]
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
    caption = " ".join(f"{title} {CAPTION}".split())
    return (
        f":::::{{div}} full-width\n::::{{table}} {caption}\n:name: {name}\n\n"
        f"{markdown(head, rows)}\n::::\n:::::\n"
    )
