# Makes each notebook of notebooks/order.yml a rule. Started by `galutils run`.
#
# A notebook runs again when its source, a galutils module it imports, a file it reads, its
# parameters, the archive folder, the profile or the source of the data has changed.

import logging
import os
import sys
from pathlib import Path

sys.path.insert(0, os.getcwd())  # book/tools

from book.tools import order
from book.tools.imports import closure
from book.tools.job_lines import JobLines
from book.tools.steps import steps
from galutils.store.files import ArchiveError
from galutils.store.folders import walk
from galutils.surveys import archive_root

PROFILE = config.get("profile", "quick")
SOURCE = config.get("source", "auto")
NOTEBOOKS = order.read()
unknown = set(order.profile_values(PROFILE)) - set(NOTEBOOKS)
if unknown:
    sys.exit(f"notebooks/profiles.yml: {PROFILE} names unknown notebooks {sorted(unknown)}")

# Notebooks run in their own folders, so a relative GALUTILS_DATA would lead elsewhere there.
try:
    ARCHIVE = archive_root(None if "GALUTILS_DATA" in os.environ else "data").absolute()
except ArchiveError as error:
    sys.exit(str(error))
os.environ["GALUTILS_DATA"] = str(ARCHIVE)
os.environ["GALUTILS_MOCK"] = str(Path("data/mock").absolute())


onstart:
    # Snakemake's limit on jobs a second makes its scheduler look for work every second, and once
    # more for each step that has ended: a third of a core in the end.
    if not workflow.resource_settings.nodes:
        workflow.scheduler.job_rate_limiter = None


EXECUTED = [f"build/notebooks/{name}.ipynb" for name in NOTEBOOKS]
SURVEYS = sorted({survey for spec in NOTEBOOKS.values() for survey in spec.get("data", [])})
PYTHON = sys.executable


def survey_files(survey):
    """List what a notebook on a survey reads: its mock, and the archive's files if there are any."""
    folder = ARCHIVE / {"manga_images": "manga"}.get(survey, survey)
    archive = [str(file) for file in walk(folder) if file.is_file()]
    return [f"data/mock/{survey}/MANIFEST.json", *archive]


# What a step takes on a cluster: the quick profile runs two notebooks side by side in 8 GB, and its
# longest takes two minutes. The publications' sizes were not tried: room to spare.
NEEDS = {
    "quick": {"mem_mb": 4000, "runtime": "1h"},
    "thorough": {"mem_mb": 4000, "runtime": "4h"},
}.get(PROFILE, {"mem_mb": 16000, "runtime": "2d"})


FIRST = order.priorities(NOTEBOOKS)
READERS = {
    survey: [name for name in NOTEBOOKS if survey in NOTEBOOKS[name].get("data", [])]
    for survey in SURVEYS
}

if workflow.is_main_process:
    logger = logging.getLogger("snakemake.logging")
    for handler in list(logger.handlers):
        if isinstance(handler, JobLines) or handler.name == "DefaultStreamHandler":
            logger.removeHandler(handler)
    logger.addHandler(JobLines(workflow))

# The published book is swapped in whole by galutils, so Snakemake watches a stamp instead of it.
if not Path("book/_build/html/index.html").exists():
    Path("build/book.stamp").unlink(missing_ok=True)


localrules:
    book,
    index,


rule book:  # the first rule is what is asked for
    message:
        "book"
    input:
        EXECUTED,
        "results/index.json",
        [str(file) for file in sorted(Path("galutils").rglob("*.py"))],  # the reference of functions
        "CHANGELOG.md",
        [str(file) for file in sorted(Path("results").glob("archive*"))],
        [str(file) for file in sorted(Path("results").glob("archive/*/*"))],
        [
            str(file)
            for file in sorted(Path("book").rglob("*"))
            if file.is_file() and "_build" not in file.parts
        ],
    output:
        touch("build/book.stamp"),
    shell:
        "{PYTHON:q} -m galutils.cli book"


for survey in SURVEYS:

    rule:
        name:
            f"mock_{survey}"
        message:
            f"mock {survey}"
        input:
            closure("galutils/mock/__main__.py"),
            f"galutils/mock/{survey}.py",
            closure(f"galutils/mock/{survey}.py"),
        output:
            f"data/mock/{survey}/MANIFEST.json",
        log:
            f"build/logs/mock/{survey}.log",
        params:
            survey=survey,
        priority: 2 + max(FIRST[name] for name in READERS[survey])
        resources:
            **NEEDS,
        shell:
            "{PYTHON:q} book/tools/preloaded.py galutils.mock {params.survey} > {log:q} 2>&1"


MODULES = {name: closure(f"notebooks/{name}.ipynb") for name in NOTEBOOKS}

for step in steps(NOTEBOOKS, PROFILE, SOURCE, config.get("set"), config.get("sweep")):
    name = step.name

    rule:
        name:
            step.rule
        message:
            step.title
        input:
            notebook=step.notebook,
            modules=MODULES[name],
            uses=NOTEBOOKS[name].get("uses", []),
            reads=step.reads,
            after=step.after,
            data=[file for survey in NOTEBOOKS[name].get("data", []) for file in survey_files(survey)],
        output:
            notebook=step.executed,
            writes=step.writes,
        log:
            step.log,
        params:
            parameters=step.parameters,
            archive=str(ARCHIVE) if "data" in NOTEBOOKS[name] else "",
        priority: FIRST[name]
        resources:
            **NEEDS,
            cpus_per_task=2,
        shell:
            "{PYTHON:q} book/tools/preloaded.py book.tools.run_notebook"
            " {input.notebook:q} {output.notebook:q}"
            " --parameters {params.parameters:q} --log {log:q}"


rule index:
    message:
        "results"
    input:
        EXECUTED,
        closure("galutils/results/report.py"),
        "galutils/results/report.py",
        "galutils/results/inventory.csv",
    output:
        "results/index.json",
    params:
        notebooks=list(NOTEBOOKS),
    shell:
        "{PYTHON:q} -m galutils.cli index {params.notebooks}"
