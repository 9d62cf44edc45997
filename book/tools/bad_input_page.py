"""The page of the book on bad input: how many cases each reader has, and how each ended."""

from pathlib import Path

import pandas as pd
import yaml

from galutils.results.tables import markdown

TEXTS = Path(__file__).parents[1] / "generated.yml"


def page(records):
    """Return the page.

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
    text = yaml.safe_load(TEXTS.read_text(encoding="utf-8"))["bad_input"]
    text += f"\n{markdown(['reader', *counts.columns], rows)}\n"
    cases["code"] = "`" + cases["outcome"].str.replace("`", "'") + "`"
    for reader, part in cases.groupby("reader", sort=False):
        rows = part[["case", "code"]].values.tolist()
        text += f"\n## {reader}\n\n{markdown(['case', 'outcome'], rows)}\n"
    return text
