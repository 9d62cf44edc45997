"""Licences of what this project installs, as the distributions themselves tell."""

import importlib.metadata
import re

LOCK = "requirements.lock"
# Licences that let anyone use, change and pass on. A distribution may name several.
FREE = re.compile(
    r"\b(0BSD|BSD|MIT|MIT-CMU|Apache|ISC|MPL|Mozilla|PSF|PSFL|Python Software Foundation|Zlib|"
    r"CC0|Public Domain|Unlicense)\b",
    re.I,
)
# What would bind whoever passes this project on, or forbid some uses.
BINDING = re.compile(
    r"\b(A?GPL|General Public|SSPL|BUSL|Commons Clause|Proprietary|non-?commercial|CC.BY.N[CD])",
    re.I,
)
# Read by a person, with what was found.
READ = {"docutils": "public domain, PSF, BSD; one file for Emacs, which is not installed, GPL"}
ELSEWHERE = "not installed here: for another system or Python"


def table(lock=LOCK):
    """Find the licence of each distribution of a lock.

    Taken from its metadata: the licence expression, else the classifiers, else the licence in
    words, else the first line of the licence file that says which it is.

    Parameters
    ----------
    lock : path-like
        With a line ``name==version`` for each.

    Returns
    -------
    list of (str, str, str)
        Name, version of the lock and licence; ``not installed here...`` where its metadata
        cannot be read; an empty licence where it tells none.
    """
    with open(lock, encoding="utf-8") as file:
        found = re.findall(r"^([^\s=#]+)==([^\s;]+)", file.read(), re.M)
    return [(name, version, _licence(name)) for name, version in found]


def doubtful(rows):
    """Pick out those whose licence is unknown, or does not let anyone use and pass on.

    Parameters
    ----------
    rows : list of (str, str, str)
        As `table` gives them.

    Returns
    -------
    list of (str, str, str)
    """
    good = (ELSEWHERE, *READ.values())
    return [
        row
        for row in rows
        if row[2] not in good and (not FREE.search(row[2]) or BINDING.search(row[2]))
    ]


def _licence(name):
    if name in READ:
        return READ[name]
    try:
        distribution = importlib.metadata.distribution(name)
    except importlib.metadata.PackageNotFoundError:
        return ELSEWHERE
    metadata = distribution.metadata
    classifiers = [text.split(" :: ") for text in metadata.get_all("Classifier", [])]
    named = sorted({words[-1] for words in classifiers if words[0] == "License"} - {"OSI Approved"})
    words = (metadata.get("License") or "").strip().partition("\n")[0]
    if not FREE.search(words):  # UNKNOWN, or the first line of a text
        words = ""
    return (
        metadata.get("License-Expression") or ", ".join(named) or words or _from_file(distribution)
    )


def _from_file(distribution):
    """First line of the licence file that names a licence we know."""
    for file in distribution.files or ():
        if file.name.upper().startswith(("LICENSE", "LICENCE", "COPYING")):
            lines = file.read_text(encoding="utf-8").splitlines()
            return next((line.strip() for line in lines if FREE.search(line)), "")
    return ""


def page(lock=LOCK):
    """Write the page of the book: a table of name, version and licence.

    Parameters
    ----------
    lock : path-like

    Returns
    -------
    str
        Markdown.
    """
    head = (
        "# Licences\n\n"
        "What `requirements.lock` installs, and under which licence each says it stands. This "
        "project itself is under the BSD 3-Clause licence; data have the terms of their surveys, "
        "see *Real data*.\n\n"
        "| distribution | version | licence |\n|---|---|---|\n"
    )
    return head + "".join(f"| {' | '.join(row)} |\n" for row in table(lock))
