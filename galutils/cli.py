"""The command line: ``galutils COMMAND``; each command is one call."""

import argparse
import os
import sys

sys.path.insert(0, os.getcwd())
from book.tools.cli_help import ARCHIVES, EXAMPLES, MOCKS, ROOT, STATUS


def main(arguments=None):
    """Parse the command line and return the exit status."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    # What follows "--" is Snakemake's, but for the commands that take no such thing.
    more = []
    if "--" in arguments and arguments[0] == "run":
        cut = arguments.index("--")
        arguments, more = arguments[:cut], arguments[cut + 1 :]
    parser = build_parser()
    options = parser.parse_args(arguments)
    options.more = more
    from book.tools.order import UsageError

    try:
        return options.call(options)
    except UsageError as error:
        print(f"galutils: {error}", file=sys.stderr)
        return 2
    except OSError as error:  # a full disk, a folder that cannot be written
        print(f"galutils: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def build_parser():
    """Return the parser of the whole command line."""
    from galutils import __version__

    parser = _parser(argparse.ArgumentParser, None, prog="galutils", description=__doc__)
    parser.add_argument("--version", action="version", version=f"galutils {__version__}")
    parser.add_argument(
        "--print-completion", action=_Completion, choices=["bash", "zsh", "tcsh"],
        help="print a script that completes commands in this shell",
    )  # fmt: skip
    commands = parser.add_subparsers(required=True, metavar="command")

    def command(name, call, text, **options):
        made = _parser(
            commands.add_parser, name, name, help=text, description=f"{text}.", **options
        )
        made.set_defaults(call=call)
        return made

    _run_options(command("run", run, "Run what has changed, and publish the book"))
    command("book", book, "Publish the book from the executed notebooks")

    made = command("report", report, "Set the recorded numbers beside the published ones")
    made.add_argument("--study", help="only this study")
    made.add_argument("--format", default="terminal", choices=["terminal", "markdown", "csv"])
    made.add_argument("--out", metavar="FILE", help="write there instead of the terminal")
    made.add_argument("--results", default="results", metavar="FOLDER", help="recorded results")

    made = command("index", index, "Gather the recorded results into results/index.json")
    made.add_argument("--notebooks", nargs="+", metavar="NOTEBOOK", help="only what these recorded")

    made = command("drift", drift, "Compare the recorded results with the committed ones")
    made.add_argument("--against", default="HEAD", metavar="REVISION", help="of git")

    made = command("data", None, "See and fetch the files of the survey archives")
    verbs = made.add_subparsers(required=True, metavar="command")
    status_ = _parser(
        verbs.add_parser, "data", "status", help="what is there, and what the mock replaces"
    )
    status_.set_defaults(call=data_status)
    status_.add_argument("--root", metavar="FOLDER", help=ROOT)
    fetch_ = _parser(verbs.add_parser, "data", "fetch", help="download what a survey needs")
    fetch_.add_argument(
        "survey", choices=ARCHIVES, metavar="survey", help=", ".join(ARCHIVES)
    )  # fmt: skip
    fetch_.add_argument("--root", metavar="FOLDER", help=ROOT)
    fetch_.add_argument("--subset", type=int, metavar="N", help="only the first N galaxies")
    fetch_.add_argument("--catalogues-only", action="store_true", help="no maps and no images")
    fetch_.add_argument("--jobs", type=_count, default=4, metavar="N", help="files at a time")
    fetch_.set_defaults(call=data_fetch)

    made = command("mock", mock, "Write the mock archive of a survey")
    made.add_argument("survey", choices=MOCKS, metavar="survey", help=", ".join(MOCKS))
    made.add_argument("--n", type=int, help="galaxies; default: as many as the real survey")
    made.add_argument("--seed", type=int, help="random state")
    made.add_argument("--out", metavar="FOLDER", help="default: data/mock/SURVEY")

    _classify_options(command("classify", classify, "Give maps or images a class and how sure"))
    return parser


def _classify_options(parser):
    add = parser.add_argument
    add("model", help="a .keras model, build/perseus/membership.keras")
    add("inputs", nargs="+", metavar="INPUT",
        help="folders and files of maps or images; or one stack or table: "
        "PATH[::DATASET[::ID]] of HDF5, Zarr, Parquet or a HATS catalogue")  # fmt: skip
    add("-o", "--out", default="classified.csv", metavar="FILE", help=".csv or .parquet to write")
    add("--card", metavar="FILE", help="card of the model; default: model.card.json beside it")
    add("--chunk", type=_count, default=512, metavar="N", help="inputs in a part; default: 512")
    add("--workers", type=_count, metavar="N", help="processes on this machine, by Dask")
    add("--scheduler", metavar="ADDRESS", help="a Dask scheduler, tcp://HOST:8786")


def _run_options(parser):
    add = parser.add_argument
    add("targets", nargs="*", metavar="STUDY or NOTEBOOK",
        help="sami, sami/04_training; these and what they need, then the results, not the book. "
        "Default: everything, and the book")  # fmt: skip
    add("--profile", default="quick", help="a profile of notebooks/profiles.yml")
    add("--source", default="auto", choices=["auto", "archive", "mock"])
    add("--set", action="append", default=[], metavar="[WHERE:]NAME=VALUE", dest="settings",
        help="change a parameter of every targeted notebook that has it, or of one study "
        "or notebook")  # fmt: skip
    add("--sweep", action="append", default=[], metavar="[WHERE:]NAME=VALUES", dest="sweeps",
        help="run at each of several values, 0..9 or 5,10,20, beside the book; "
        "several sweeps are combined")  # fmt: skip
    add("--name", help="name of the sweep; default: made of targets and parameters")
    add("--jobs", type=_count, default=2, metavar="N", help="notebooks at a time")
    add("--executor", default="", metavar="NAME", help="slurm, or another executor of Snakemake")
    add("--dry-run", action="store_true", help="only list what would run, and why")
    add("--list", action="store_true", help="list notebooks, or the parameters of one")


def run(options):
    """Run notebooks, list them, or sweep a parameter."""
    from book.tools import batch

    if options.list:
        return _list(options)
    how = batch.Run(
        options.profile, options.source, options.jobs, options.executor,
        options.dry_run, options.more,
    )  # fmt: skip
    if not options.sweeps:
        if options.name:
            raise batch.UsageError("--name: only with --sweep")
        return batch.run(options.targets, options.settings, how)
    from book.tools import parameter_sweep

    return parameter_sweep.run(options.targets, options.settings, options.sweeps, how, options.name)


def _list(options):
    from book.tools import listing
    from galutils.results.comparison import aligned

    heads, lines = listing.notebooks(options.targets)
    print(aligned(heads, lines), end="")
    if len(lines) == 1:
        print("\n" + aligned(*listing.parameters(lines[0][0], options.profile)), end="")
    return 0


def book(options):
    """Publish ``book/_build/html``."""
    from book.tools.publish import build

    return build()


def report(options):
    """Print or write published numbers against those here."""
    from galutils.results import comparison
    from galutils.results.report import gather
    from galutils.store import files

    try:
        frame = comparison.rows(gather(options.results), options.study)
    except (FileNotFoundError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1 if isinstance(error, FileNotFoundError) else 2
    text = comparison.text(frame, options.format)
    if options.out:
        files.write(options.out, text)
    else:
        print(text, end="")
    return 0


def index(options):
    """Write ``results/index.json`` and print how many items it holds."""
    from galutils.networks.device import describe
    from galutils.results.report import merge

    items = merge("results", options.notebooks, describe())["items"]
    print(f"results/index.json: {len(items)} items")
    return 0


def drift(options):
    """Print which numbers differ from the committed ones; 1 if one does by too much."""
    from book.tools import drift

    return drift.run(options.against)


def data_status(options):
    """Print what is there of every survey, and what the mock stands in for."""
    from galutils.results.comparison import frame_text
    from galutils.surveys import holdings

    print(frame_text(holdings.status(options.root)), end="")
    return 0


def data_fetch(options):
    """Download a survey's files and say how each went; 1 if one failed."""
    from galutils.store.files import ArchiveError
    from galutils.surveys import fetch

    def tell(row):
        print("  ".join(filter(None, (row["state"], row["file"], row["reason"]))), flush=True)

    try:
        done = fetch.fetch(
            options.survey, options.root, options.subset, options.catalogues_only, options.jobs,
            tell=tell, progress=sys.stderr,
        )  # fmt: skip
    except (ArchiveError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted: the same command goes on from here", file=sys.stderr)
        raise
    counts = done["state"].value_counts().items()
    print(", ".join(f"{count} {state}" for state, count in counts), file=sys.stderr)
    return int((done["state"] == "failed").any())


def mock(options):
    """Write a mock archive."""
    import subprocess

    command = [sys.executable, "-m", "galutils.mock", options.survey]
    for name in ("n", "seed", "out"):
        value = getattr(options, name)
        command += [] if value is None else [f"--{name}", str(value)]
    return subprocess.run(command, check=False).returncode


def classify(options):
    """Classify inputs; what was left out, and why, is in a file beside the result."""
    from galutils.classify import classify
    from galutils.classify.parts import BusyError, rejected_path
    from galutils.store.files import ArchiveError

    end = "\r" if sys.stderr.isatty() else "\n"

    def tell(done, total, left_out):
        line = f"{done} of {total}, {left_out} left out"
        print(line, end=end, file=sys.stderr, flush=True)

    names = ("card", "chunk", "workers", "scheduler")
    settings = {name: getattr(options, name) for name in names}
    try:
        found = classify(options.model, options.inputs, options.out, tell=tell, **settings)
    except (ArchiveError, BusyError, ValueError) as error:
        print(error, file=sys.stderr)
        return 75 if isinstance(error, BusyError) else 2
    except (OSError, RuntimeError) as error:
        print(f"{options.out}: {error}", file=sys.stderr)
        return 1
    if sys.stderr.isatty():
        print(file=sys.stderr)  # leaves the last count to be seen
    print(f"{options.out}: {found.n_classified} of {found.n_inputs} inputs classified")
    if found.n_rejected:
        print(f"{rejected_path(options.out)}: {found.n_rejected} left out, and why")
    return 0 if found.n_classified else 1


class _Completion(argparse.Action):
    """Print the completion script; its library is imported only here."""

    def __call__(self, parser, options, shell, text=None):
        import shtab

        _offer(parser)
        print(shtab.complete(parser, shell))
        parser.exit()


def _offer(parser):
    """Let completion offer files, and the notebooks and profiles of the project it is made in."""
    import shtab

    from book.tools import order

    try:
        names = list(order.read())
    except order.UsageError:
        names = []
    studies = list(dict.fromkeys(name.partition("/")[0] for name in names))
    offers = {"targets": studies + names, "study": studies, "notebooks": names}
    places = {"out": shtab.FILE, "model": shtab.FILE, "inputs": shtab.FILE, "root": shtab.DIR}
    places["card"] = shtab.FILE
    waiting = [parser]
    while waiting:
        for action in waiting.pop()._actions:
            if isinstance(action, argparse._SubParsersAction):
                waiting += action.choices.values()
            elif action.dest in places:
                action.complete = places[action.dest]
            elif offers.get(action.dest):
                action.choices = offers[action.dest]


def _parser(make, examples, *arguments, **options):
    """Return a parser with its examples, and the exit status, as they stand here."""
    return make(
        *arguments,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog=f"{EXAMPLES[examples]}\n{STATUS}",
        **options,
    )


def _count(text):
    """Return a positive whole number."""
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number from 1, received {text!r}")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
