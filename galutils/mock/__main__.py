"""Command line: ``python -m galutils.mock sami [--n 2444] [--seed 20250304] [--out DIR]``."""

import argparse
import importlib
import pkgutil
import sys
from pathlib import Path

from galutils import mock
from galutils.surveys import mock_root


def _surveys():
    found = [m.name for m in pkgutil.iter_modules(mock.__path__) if not m.name.startswith("_")]
    return [n for n in found if hasattr(importlib.import_module(f"galutils.mock.{n}"), "write")]


def main(arguments=None):
    """Write one mock survey."""
    parser = argparse.ArgumentParser(prog="python -m galutils.mock", description=mock.__doc__)
    parser.add_argument("survey", choices=_surveys())
    parser.add_argument("--n", type=int, help="galaxies; default: as many as the real survey")
    parser.add_argument("--seed", type=int, default=mock.SEED)
    parser.add_argument("--out", type=Path, help="folder; default: data/mock/<survey>")
    options = parser.parse_args(arguments)
    writer = importlib.import_module(f"galutils.mock.{options.survey}").write
    folder = options.out or mock_root() / options.survey
    try:
        print(mock.publish(writer, folder, options.n, options.seed))
    except OSError as error:
        sys.exit(f"{folder}: the mock could not be written: {error}")


if __name__ == "__main__":
    main()
