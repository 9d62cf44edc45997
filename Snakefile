# What is run, and in which order; nothing else knows it. Started by `galutils run`.
#
# Every notebook is one rule. It runs again when its source, a galutils module it imports, a file it
# reads, its parameters, the archive folder, the profile or the source of the data has changed.
# Down to PROFILE this is plain Python, which `galutils run --list` reads too.

import logging
import os
import sys
from pathlib import Path

import yaml

sys.path.insert(0, os.getcwd())  # book/tools

from book.tools.imports import closure
from book.tools.order import priorities
from book.tools.progress import Progress, known
from book.tools.steps import steps

# In the order of the book. name: data (surveys it reads), uses (files of the project), reads and
# writes (parameter: file), after (notebooks whose recorded results it reads).
SAMPLE = {"sample_path": "build/sami/sample.fits"}
MORAN = {"moran_path": "build/sami/moran.csv"}
PREDICTIONS = {"predictions_path": "build/sami/predictions.csv"}
NETWORKS = {
    "published_path": "build/sami/as_published.keras",
    "grouped_path": "build/sami/grouped.keras",
}
GROUPED = {"grouped_path": NETWORKS["grouped_path"]}
TRAINING = {"training_path": "build/perseus/training.fits"}
FAINT = {"faint_path": "build/perseus/faint.fits"}
INDEPENDENT = {"independent_path": "build/perseus/independent.fits"}
FIRST = {"catalogue_path": "build/perseus/catalogue.keras"}
MEMBER = {"member_path": "build/perseus/member.keras"}
MEMBERSHIP = {"membership_path": "build/perseus/membership.keras"}
MEMBERS = {"predictions_path": "build/perseus/predictions.csv"}
TESTED = {"tested_path": "build/perseus/tested.csv"}
MANGA = {"manga_path": "build/morphology/manga.fits"}
NOISY = {"noisy_path": "build/morphology/tng.fits"}
NOISELESS = {"noiseless_path": "build/morphology/tng_noiseless.fits"}
ALL_TYPES = {"all_path": "build/morphology/all.csv"}
EARLY = {"early_path": "build/morphology/early.csv"}
SIMULATED = {"simulated_path": "build/morphology/simulated.csv"}
CLEAN = {"noiseless_predictions_path": "build/morphology/noiseless.csv"}
SPIRALS = {"sample_path": "build/arms/sample.fits"}
OTHERS = {"others_path": "build/arms/others.fits"}
GALAXY = {"galaxy_path": "build/arms/galaxy.keras"}
COUNTERS = {"frozen_path": "build/arms/frozen.keras", "tuned_path": "build/arms/tuned.keras"}
COUNTED = {"predictions_path": "build/arms/predictions.csv"}
TRIALS = {
    "trials_path": "build/beyond/trials.fits",
    "arcsec_path": "build/beyond/in_arcsec.keras",
    "scale_free_path": "build/beyond/scale_free.keras",
}
# The same files where a notebook reads those of several studies.
ELSEWHERE = {
    "members_path": MEMBERS["predictions_path"],
    "counted_path": COUNTED["predictions_path"],
    "early_path": EARLY["early_path"],
}
PROSE = ["galutils/networks/cards.yml"]  # of the cards that are written beside networks
CARDS = (
    "sami/02_data sami/04_training sami/05_known_rotators sami/11_from_mock_to_real "
    "morphology/05_all_types morphology/06_early_types morphology/07_simulations "
    "arms/02_selection arms/03_images arms/05_galaxy_weights arms/07_number_of_images "
    "arms/10_visualising arms/11_stellar_mass perseus/02_training_methods "
    "perseus/05_initial_results perseus/06_new_data perseus/07_results perseus/08_independent "
    "beyond/08_transfer"
).split()
NOTEBOOKS = {
    "sami/01_introduction": {"reads": SAMPLE},
    "sami/02_data": {"data": ["sami"], "writes": SAMPLE},
    "sami/03_architecture": {
        "reads": SAMPLE,
        "writes": {"tuner_path": "build/sami/tuner.csv"},
    },
    "sami/04_training": {
        "uses": PROSE,
        "reads": SAMPLE,
        "writes": {**NETWORKS, **PREDICTIONS, "history_path": "build/sami/history.csv"},
    },
    "sami/05_known_rotators": {"reads": {**SAMPLE, **PREDICTIONS}},
    "sami/06_unknown_rotators": {"data": ["sami"], "reads": {**SAMPLE, **NETWORKS}},
    "sami/07_spatial_clustering": {"reads": SAMPLE, "writes": MORAN},
    "sami/08_integrated_gradients": {
        "reads": {**SAMPLE, **GROUPED, **PREDICTIONS, **MORAN},
    },
    "sami/09_discussion": {"reads": {**SAMPLE, **PREDICTIONS, **MORAN}},
    "sami/10_real_fields": {"data": ["manga"]},
    "sami/11_from_mock_to_real": {"data": ["manga"], "reads": {**SAMPLE, **GROUPED}},
    "morphology/01_introduction": {"reads": MANGA},
    "morphology/02_galaxy_classification": {"data": ["sami"], "reads": MANGA},
    "morphology/03_data": {
        "data": ["manga_images", "tng"],
        "writes": {**MANGA, **NOISY, **NOISELESS},
    },
    "morphology/04_networks": {"reads": MANGA},
    "morphology/05_all_types": {"reads": MANGA, "writes": ALL_TYPES},
    "morphology/06_early_types": {"reads": MANGA, "writes": EARLY},
    "morphology/07_simulations": {"reads": {**MANGA, **NOISY, **EARLY}, "writes": SIMULATED},
    "morphology/08_regularisation": {"reads": {**MANGA, **EARLY}},
    "morphology/09_observations": {"reads": {**MANGA, **EARLY}},
    "morphology/10_noiseless": {"reads": {**NOISELESS, **SIMULATED}, "writes": CLEAN},
    "morphology/11_ellipticity_alone": {"reads": {**MANGA, **EARLY, **SIMULATED, **CLEAN}},
    "morphology/12_conclusions": {"reads": {**MANGA, **ALL_TYPES, **EARLY}},
    "arms/01_introduction": {"data": ["gz2"]},
    "arms/02_selection": {"data": ["gz2"]},
    "arms/03_images": {"data": ["gz2"], "writes": {**SPIRALS, **OTHERS}},
    "arms/04_networks": {},
    "arms/05_galaxy_weights": {
        "uses": ["data/weights/galaxy.keras"],
        "reads": OTHERS,
        "writes": GALAXY,
    },
    "arms/06_image_size": {"data": ["gz2"], "reads": GALAXY},
    "arms/07_number_of_images": {
        "uses": PROSE,
        "reads": {**SPIRALS, **GALAXY},
        "writes": {**COUNTERS, **COUNTED},
    },
    "arms/08_imbalance": {"reads": {**SPIRALS, **GALAXY}},
    "arms/09_class_combination": {"reads": {**SPIRALS, **GALAXY, **COUNTED}},
    "arms/10_visualising": {"reads": {**SPIRALS, **COUNTERS, **COUNTED}},
    "arms/11_stellar_mass": {"reads": {**SPIRALS, **COUNTED}},
    "arms/12_masses_of_all_spirals": {"data": ["gz2"]},
    "arms/13_unlabelled_images": {"data": ["gz2"], "reads": COUNTERS},
    "perseus/01_introduction": {"reads": {**TRAINING, **INDEPENDENT, **MEMBER}},
    "perseus/02_training_methods": {
        "data": ["perseus"],
        "writes": {**TRAINING, **FAINT, **INDEPENDENT},
    },
    "perseus/03_hyperparameters": {"reads": TRAINING},
    "perseus/04_metrics": {},
    "perseus/05_initial_results": {"uses": PROSE, "reads": TRAINING, "writes": FIRST},
    "perseus/06_new_data": {"reads": {**TRAINING, **FIRST}},
    "perseus/07_results": {
        "uses": PROSE,
        "reads": {**TRAINING, **FAINT},
        "writes": {**MEMBER, **MEMBERSHIP, **MEMBERS},
    },
    "perseus/08_independent": {
        "data": ["perseus"],
        "reads": {**INDEPENDENT, **MEMBERSHIP},
        "writes": TESTED,
    },
    "perseus/09_colours_alone": {
        "reads": {**TRAINING, **INDEPENDENT, **MEMBERS, **TESTED},
    },
    "perseus/10_application": {
        "data": ["perseus"],
        "reads": {**TRAINING, **FAINT, **MEMBERSHIP},
        "writes": {"classified_path": "build/perseus/classified.csv"},
    },
    "beyond/01_audit": {"data": ["manga"], "reads": {**SAMPLE, **TRAINING, **MANGA}},
    "beyond/02_habits_sami": {"reads": SAMPLE},
    "beyond/03_habits_morphology": {"reads": MANGA},
    "beyond/04_habits_perseus": {"reads": TRAINING},
    "beyond/05_bookkeeping": {
        "uses": ["galutils/studies/published.csv", "galutils/studies/published_checks.csv"],
    },
    "beyond/06_calibration": {
        "reads": {
            **SAMPLE,
            **PREDICTIONS,
            **ELSEWHERE,
            **TRAINING,
            **MANGA,
            "spirals_path": SPIRALS["sample_path"],
        },
    },
    "beyond/07_how_much_network": {"reads": {**SAMPLE, **MORAN}},
    "beyond/08_transfer": {"uses": PROSE, "writes": TRIALS},
    "beyond/09_against_lambda_r": {"reads": TRIALS},
    "beyond/10_attribution": {
        "reads": {
            **SAMPLE,
            **GROUPED,
            **PREDICTIONS,
            "arms_sample_path": SPIRALS["sample_path"],
            "frozen_path": COUNTERS["frozen_path"],
            "arms_predictions_path": COUNTED["predictions_path"],
        },
    },
    "beyond/11_model_cards": {
        "uses": ["galutils/networks/cards.yml", "notebooks/profiles.yml"],
        "reads": {
            **NETWORKS,
            **FIRST,
            **MEMBER,
            **MEMBERSHIP,
            **GALAXY,
            **COUNTERS,
            **PREDICTIONS,
            **ELSEWHERE,
            **TESTED,
            "arcsec_path": TRIALS["arcsec_path"],
            "scale_free_path": TRIALS["scale_free_path"],
        },
        "after": CARDS,
    },
    "beyond/12_benchmarks": {"uses": ["results/benchmarks.json"]},
}

PROFILE = config.get("profile", "quick")
SOURCE = config.get("source", "auto")
PROFILES = yaml.safe_load(Path("notebooks/profiles.yml").read_text())
if PROFILE not in PROFILES:
    sys.exit(f"profile: expected one of {', '.join(PROFILES)}, received {PROFILE!r}")
unknown = set(PROFILES[PROFILE] or {}) - set(NOTEBOOKS)
if unknown:
    sys.exit(f"notebooks/profiles.yml: {PROFILE} names unknown notebooks {sorted(unknown)}")

# Notebooks run in their own folders, so a relative GALUTILS_DATA would lead elsewhere there.
ARCHIVE = Path(os.environ.get("GALUTILS_DATA", "data")).absolute()
if not ARCHIVE.is_dir():
    sys.exit(f"GALUTILS_DATA: expected a folder, received {ARCHIVE}")
os.environ["GALUTILS_DATA"] = str(ARCHIVE)
os.environ["GALUTILS_MOCK"] = str(Path("data/mock").absolute())

# Notebooks side by side share the cores: with threads for all of them each, small networks take a
# quarter more of the processor. On a cluster every notebook has its own.
if not workflow.resource_settings.nodes:
    THREADS = max(1, os.cpu_count() // (workflow.resource_settings.cores or 1))
    os.environ.setdefault("TF_NUM_INTRAOP_THREADS", str(THREADS))


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
    archive = sorted(str(file) for file in folder.rglob("*") if file.is_file())
    return [f"data/mock/{survey}/MANIFEST.json", *archive]


# What a step takes on a cluster: the quick profile runs two notebooks side by side in 8 GB, and its
# longest takes six minutes. The publications' sizes were not tried: room to spare.
NEEDS = {
    "quick": {"mem_mb": 4000, "runtime": "1h"},
    "thorough": {"mem_mb": 4000, "runtime": "4h"},
}.get(PROFILE, {"mem_mb": 16000, "runtime": "2d"})


FIRST = priorities(NOTEBOOKS, known(PROFILE))


if workflow.is_main_process:
    Progress.replace(logging.getLogger("snakemake.logging"), workflow, PROFILE)

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
        "requirements.lock",
        [str(file) for file in [Path("results/archive.json")] if file.exists()],
        [
            str(file)
            for file in sorted(Path("book").rglob("*"))
            if file.is_file() and "_build" not in file.parts
        ],
    output:
        touch("build/book.stamp"),
    shell:
        "{PYTHON} -m galutils.cli book"


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
        priority: FIRST[f"mock_{survey}"]
        resources:
            **NEEDS,
        shell:
            "{PYTHON} -m galutils.mock {params.survey} > {log} 2>&1"


MODULES = {name: closure(f"notebooks/{name}.ipynb") for name in NOTEBOOKS}
CHANGED, SWEEP = config.get("set"), config.get("sweep")  # written by `galutils run`

for name, step in steps(NOTEBOOKS, PROFILE, SOURCE, PROFILES, CHANGED, SWEEP):

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
        priority: FIRST[name.replace("/", "_")]
        resources:
            **NEEDS,
            cpus_per_task=2,
        shell:
            "{PYTHON} -m book.tools.run_notebook {input.notebook} {output.notebook}"
            " --parameters {params.parameters:q} --log {log}"


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
        "{PYTHON} -m galutils.cli index --notebooks {params.notebooks}"
