"""The command line, ``galutils run | book | report | mock | classify``: each is one call."""

import argparse
import fcntl
import subprocess
import sys
from pathlib import Path


def main(arguments=None):
    """Parse the command line and return the exit status."""
    parser = argparse.ArgumentParser(prog="galutils", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command")

    run_ = commands.add_parser("run", help="run what has changed and publish the book")
    run_.add_argument("--profile", default="quick", help="a profile of notebooks/profiles.yml")
    run_.add_argument("--source", default="auto", choices=["auto", "archive", "mock"])
    run_.add_argument("--jobs", type=int, default=2, help="notebooks at a time")
    run_.add_argument("--dry-run", action="store_true", help="only list what would start")
    run_.set_defaults(call=run)

    book_ = commands.add_parser("book", help="publish the book from the executed notebooks")
    book_.set_defaults(call=book)

    report_ = commands.add_parser("report", help="gather the results into results/index.json")
    report_.add_argument("--notebooks", nargs="+", help="only what these recorded")
    report_.set_defaults(call=report)

    mock_ = commands.add_parser("mock", help="write the mock archive of a survey", add_help=False)
    mock_.add_argument("rest", nargs=argparse.REMAINDER)
    mock_.set_defaults(call=mock)

    classify_ = commands.add_parser("classify", help="probability of every cut-out in a folder")
    classify_.add_argument("model", help="a .keras model, build/perseus/membership.keras")
    classify_.add_argument("folder", help="cut-outs named by position or objid")
    classify_.add_argument("--out", default="classified.csv", help="CSV to write")
    classify_.set_defaults(call=classify)

    options = parser.parse_args(arguments)
    return options.call(options)


def run(options):
    """Let Snakemake run everything that is out of date."""
    if not Path("Snakefile").is_file():
        print("Snakefile: not in this folder; run from the project's root", file=sys.stderr)
        return 1
    command = [sys.executable, "-m", "snakemake", "--cores", str(options.jobs)]
    command += ["--config", f"profile={options.profile}", f"source={options.source}"]
    command += ["--scheduler", "greedy", "--rerun-incomplete", "--nolock"]
    command += ["--dry-run"] if options.dry_run else []
    # Our lock dies with the process; Snakemake's would outlive a kill.
    Path("build").mkdir(exist_ok=True)
    with open("build/.lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("another run is at work in this folder", file=sys.stderr)
            return 1
        return subprocess.run(command, check=False).returncode


def book(options):
    """Publish ``book/_build/html``."""
    from galutils.book import build

    return build()


def report(options):
    """Write ``results/index.json`` and print how many items it holds."""
    from galutils.report import merge

    items = merge("results", options.notebooks)["items"]
    print(f"results/index.json: {len(items)} items")
    return 0


def mock(options):
    """Pass the rest of the line to ``python -m galutils.mock``."""
    command = [sys.executable, "-m", "galutils.mock", *options.rest]
    return subprocess.run(command, check=False).returncode


def classify(options):
    """Write one row per cut-out, and say which files were left out and why."""
    from galutils.classify import classify
    from galutils.surveys import ArchiveError

    try:
        result, rejected = classify(options.model, options.folder, options.out)
    except (ArchiveError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    for name, reason in rejected.iterrows():
        print(f"left out: {name}: {reason}", file=sys.stderr)
    members = result["predicted"].sum()
    print(f"{options.out}: {len(result)} cut-outs, {members} of class 1, {len(rejected)} left out")
    return 0


if __name__ == "__main__":
    sys.exit(main())
