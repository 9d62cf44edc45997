"""What the book answers: the questions of its parts, and the recorded numbers that answer them.

The tables of the landing page and of the parts are made here from the index of results, so that no
number of theirs is typed.
"""

from pathlib import Path
from typing import NamedTuple

from galutils.results import tables
from galutils.results.inventory import published
from galutils.results.record import PROTOCOLS, SOURCES, SURVEYS
from galutils.results.report import by_protocol

MISSING = "not recorded yet"
HEAD = ("measure", "published", "here, as published", "here, by galaxy", "data", "page")
CAPTION = """Intervals are of 95 per cent. A dash: not published, or not measured that way.
*Here, as published* follows the publication's own protocol or is the only one; *here, by galaxy*
has the galaxies divided before anything else."""


class Measure(NamedTuple):
    """One row: a recorded quantity, what to call it, and whether the landing page has it."""

    item: str
    quantity: str
    name: str
    landing: bool = False
    grouped: str = ""  # the quantity under "by galaxy", where it has a name of its own
    survey: str = ""  # where it is not the study's


AREA = "area under the ROC curve"
QUESTIONS = {
    "sami": "Does a galaxy rotate fast or slowly, by its velocity map?",
    "morphology": "Does it, by its image alone?",
    "arms": "How many spiral arms has a galaxy?",
    "perseus": "Does a galaxy belong to the Perseus cluster?",
    "beyond": "What is such a score worth?",
}
MEASURES = {
    "sami": (
        Measure("sami-f1", "accuracy", "accuracy", landing=True),
        Measure("sami-f1", "precision", "precision of fast rotators"),
        Measure("sami-f2", "auc", AREA, landing=True),
        Measure("sami-f8", "auc_queen", f"{AREA}, Moran's I and no network"),
    ),
    "morphology": (
        Measure("mor-f9", "auc", f"{AREA}, all types", landing=True),
        Measure("mor-f13", "auc", f"{AREA}, early types", landing=True),
        Measure("mor-f19", "auc", f"{AREA}, simulated early types", survey="TNG100"),
        Measure("mor-f28", "auc", f"{AREA}, simulated without noise", survey="TNG100"),
        Measure(
            "morphology-x-what-is-left",
            "MaNGA: ellipticity",
            f"{AREA}, early types, ellipticity and no network",
        ),
    ),
    "arms": (
        Measure("arm-f5", "b0_f1", "F1, frozen network", landing=True),
        Measure("arm-f5", "v2m_f1", "F1, tuned network", landing=True),
        Measure(
            "arms-x-natural",
            "frozen, all: macro_f1",
            "F1, frozen network, mean of classes in their natural shares",
        ),
    ),
    "perseus": (
        Measure("per-f30", "accuracy", "accuracy", landing=True),
        Measure("per-f32", "accuracy", "accuracy, galaxies of another search", landing=True),
        Measure("per-f30", "auc", AREA),
        Measure(
            "perseus-x-baselines",
            "gradient boosting, r and g - z, auc",
            f"{AREA}, two numbers of photometry and no image",
        ),
    ),
    "beyond": (
        Measure(
            "beyond-x-audit-sami",
            "truth, all galaxies",
            "share of test maps whose galaxy also trains",
            landing=True,
            grouped="found, split by galaxy",
            survey="SAMI",
        ),
        Measure(
            "beyond-x-habits-sami",
            "auc, A",
            f"{AREA}, velocity maps, with all habits and without",
            landing=True,
            grouped="auc, E",
            survey="SAMI",
        ),
        Measure(
            "beyond-x-habits-perseus",
            "auc, A",
            f"{AREA}, cluster membership, with all habits and without",
            grouped="auc, E",
            survey="SDSS",
        ),
        Measure(
            "beyond-x-calibration",
            "one network: ece",
            "distance of probabilities from frequencies (ECE), velocity maps",
            survey="SAMI",
        ),
        Measure(
            "beyond-x-contest",
            "auc, random forest",
            f"{AREA}, velocity maps, random forest and no network",
            survey="SAMI",
        ),
    ),
}


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
    for study in QUESTIONS:
        (folder / f"{study}.md").write_text(part(index, study), encoding="utf-8")


def overview(index):
    """Return the landing page's table: every question, and the numbers that answer it."""
    rows = []
    for study, question in QUESTIONS.items():
        for measure in MEASURES[study]:
            if measure.landing:
                rows.append([f"**{question}**" if question else "", *_row(index, study, measure)])
                question = ""
    return _directive("answers", "What the book answers.", ("question", *HEAD), rows)


def part(index, study):
    """Return the table of one part: its measures, the published numbers and ours."""
    rows = [_row(index, study, measure) for measure in MEASURES[study]]
    return _directive(f"answers-{study}", QUESTIONS[study], HEAD, rows)


def _row(index, study, measure):
    """Return measure, published, as published, by galaxy, data, page; what is missing says so."""
    item = index["items"].get(measure.item)
    said = published(measure.item).get(measure.quantity)
    if item is None or not {measure.quantity, measure.grouped or measure.quantity} <= set(
        item["numbers"]
    ):
        return [measure.name, _cell(said), "–", "–", MISSING, "–"]
    ours = by_protocol(item["numbers"][measure.quantity])
    if measure.grouped:
        ours["grouped"] = by_protocol(item["numbers"][measure.grouped])["as_published"]
    survey = measure.survey or SURVEYS[study]
    data = f"{SOURCES[item['source']].format(survey=survey)}, {item['profile']}"
    page = f"[](/notebooks/{item['notebook']}.ipynb)"
    return [measure.name, _cell(said), *(_cell(ours.get(p)) for p in PROTOCOLS), data, page]


def _cell(value):
    """Return a score with two decimals, with its interval if it has one."""
    if isinstance(value, dict) and value["value"] is not None:
        return "{value:.2f} ({low:.2f}\u00a0to\u00a0{high:.2f})".format(**value)
    return f"{value:.2f}" if isinstance(value, float) else tables.cell(value)


def _directive(name, title, head, rows):
    """Return a numbered table over the full width of the page."""
    caption = " ".join(f"{title} {CAPTION}".split())
    table = tables.markdown(head, rows)
    return (
        f":::::{{div}} full-width\n::::{{table}} {caption}\n:name: {name}\n\n{table}\n::::\n:::::\n"
    )
