"""Snakemake's reasons for running a step again, in plain words."""

import json
import re

HEADS = {
    "Missing output files": "missing",
    "Incomplete output files": "broken",
    "Updated input files": "newer",
    "Input files updated by another job": "earlier",
    "Set of input files has changed since last execution": "others",
    "Code has changed since last execution": "command",
    "Params have changed since last execution": "parameters",
    "Forced execution": "forced",
}
SHOWN = 3  # names in a row


def plain(reason, made_by=None):
    """Say why a step is run.

    Parameters
    ----------
    reason : str
        As Snakemake's log record of a job has it.
    made_by : dict, optional
        File to the title of the step that makes it in this run.

    Returns
    -------
    str
        Such as ``galutils/networks/train.py changed; parameter epochs: 5, now 200``.
    """
    said = []
    for head, rest in _parts(reason):
        if head == "missing":
            # Only the executed notebook is worth a name if it lacks: it has not been run.
            lack = [name for name in _names(rest) if not name.endswith(".ipynb")]
            ran = len(lack) == len(_names(rest))
            said.append(f"{_few(lack)} missing" if ran else "not run yet")
        elif head == "broken":
            said.append(f"{_few(_names(rest))} left unfinished by an earlier run")
        elif head == "newer":
            said.append(f"{_few(_names(rest))} changed")
        elif head == "earlier":
            steps = dict.fromkeys((made_by or {}).get(name, name) for name in _names(rest))
            said.append(f"{_few(list(steps))} run{'s' * (len(steps) == 1)} first")
        elif head == "others":
            said.append("reads other files than last time (modules or data came or went)")
        elif head == "command":
            said.append("its command in the Snakefile changed")
        elif head == "parameters":
            said.append(_parameters(rest))
        elif head == "forced":
            said.append("asked for")
    return "; ".join(said) or reason


def _parts(reason):
    """Yield (head, rest); the values of parameters come last, since they may hold anything."""
    reason, mark, parameters = reason.partition("Params have changed since last execution")
    for part in reason.split("; "):
        head, _, rest = part.partition(": ")
        if head in HEADS:
            yield HEADS[head], rest
    if mark:
        yield "parameters", parameters


def _names(text):
    return [name for name in text.split(", ") if name]


def _few(names):
    names = sorted(names) if len(names) > SHOWN else names
    rest = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + rest


def _parameters(text):
    """Compare the JSON of the parameters before and now."""
    before, _, now = text.partition(" now: ")
    old, new = _json(before), _json(now)
    if old is None or new is None:
        return "parameters or place of the archive changed"
    names = [name for name in {**old, **new} if old.get(name) != new.get(name)]
    # The label of the profile repeats what was set.
    names = [name for name in names if name != "profile"] or names
    told = [f"{name}: {_value(old, name)}, now {_value(new, name)}" for name in names]
    return f"parameter{'s' * (len(told) > 1)} {'; '.join(told)}"


def _json(text):
    """Return the JSON object in a text, None if there is none."""
    found = re.search(r"\{.*\}", text, re.S)
    try:
        return json.loads(found[0].replace("\\'", "'").replace('\\\\"', '\\"')) if found else None
    except ValueError:
        return None


def _value(values, name):
    return json.dumps(values[name]) if name in values else "the notebook's own"
