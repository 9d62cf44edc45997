"""List the networks that the project ships and what training them took, or train them anew.

``make weights`` trains all of them, ``make weights --dry-run`` lists them; ``python -m
book.tools.weights sami/04_training`` does either for some notebooks.
"""

import subprocess
import sys
from pathlib import Path

import click
import pandas as pd

from book.tools import order
from galutils.store import files

FOLDER = Path("data/weights")


def listing(notebooks, folder=FOLDER):
    """Describe the networks of some notebooks by the records beside them.

    Parameters
    ----------
    notebooks : dict
        As `book.tools.order.read` returns them; those with ``weights`` count.
    folder : path-like

    Returns
    -------
    pandas.DataFrame
        One row for each family: ``family``, ``notebook``, ``networks``, ``galaxies``, ``epochs``
        of all of them (0 where results are kept), ``minutes`` that training took, ``date``; NaN
        where none is shipped yet.
    """
    rows = []
    for notebook, spec in notebooks.items():
        for family in spec.get("weights", []):
            row = {"family": family, "notebook": notebook}
            if (path := Path(folder, f"{family}.json")).is_file():
                record = files.read_json(path)
                members = record.get("members", [])
                seconds = record.get("seconds", 0) + sum(one["seconds"] for one in members)
                row |= {
                    "networks": sum(one.get("networks", 1) for one in members),
                    "galaxies": len(record.get("galaxies", [])),
                    "epochs": sum(len(one["history"]["epoch"]) for one in members),
                    "minutes": round(seconds / 60, 1),
                    "date": record["date"],
                }
            rows.append(row)
    return pd.DataFrame(rows)


@click.command()
@click.argument("targets", nargs=-1)
@click.option("--dry-run", is_flag=True, help="List the networks and train none.")
def main(targets, dry_run):
    """Train the shipped networks of studies or notebooks (TARGETS), of all without any."""
    notebooks = order.read()
    names = [name for name in order.select(targets, notebooks) if notebooks[name].get("weights")]
    table = listing({name: notebooks[name] for name in names})
    click.echo(table.to_string(index=False, na_rep="-"))
    if "minutes" in table:
        click.echo(f"{table['minutes'].sum() / 60:.1f} hours on the machine that trained them")
    if not dry_run:
        command = [sys.executable, "-m", "galutils.cli", "run", *names, "--set", "weights=train"]
        sys.exit(subprocess.call(command))


if __name__ == "__main__":
    main()
