"""Snakemake's reasons in plain words."""

import json

import pytest

from book.tools.reasons import plain


def parameters(**values):
    return f"['{json.dumps(values)}', '']"


@pytest.mark.parametrize(
    ("reason", "text"),
    [
        ("Missing output files: build/notebooks/sami/02_data.ipynb, a.fits", "not run yet"),
        ("Missing output files: a.fits", "a.fits missing"),
        ("Incomplete output files: a.fits", "a.fits left unfinished by an earlier run"),
        ("Updated input files: b.py, a.py", "b.py, a.py changed"),
        ("Updated input files: d, c, b, a", "a, b, c and 1 more changed"),
        ("Input files updated by another job: s.fits", "sami/02_data runs first"),
        ("Input files updated by another job: s.fits, t.fits", "sami/02_data, t.fits run first"),
        ("Code has changed since last execution", "its command in the Snakefile changed"),
        ("Forced execution", "asked for"),
        (
            "Set of input files has changed since last execution: x",
            "reads other files than last time (modules or data came or went)",
        ),
        ("Forced execution; Updated input files: a.py", "asked for; a.py changed"),
        ("something new", "something new"),
        (
            "Params have changed since last execution: before: "
            f"{parameters(profile='quick', n=1)} now: {parameters(profile='quick+n=2', n=2)}",
            "parameter n: 1, now 2",
        ),
        (
            "Params have changed since last execution: before: "
            f"{parameters(a=1)} now: {parameters(b=[1])}",
            'parameters a: 1, now the notebook\'s own; b: the notebook\'s own, now [1]',
        ),
        (
            "Params have changed since last execution: before: x now: y",
            "parameters or place of the archive changed",
        ),
    ],
)  # fmt: skip
def test_a_reason_is_said_in_plain_words(reason, text):
    assert plain(reason, {"s.fits": "sami/02_data"}) == text
