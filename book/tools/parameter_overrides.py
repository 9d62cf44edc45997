"""Parameters changed on the command line, ``epochs=200`` or ``sami/04_training:seed=3``."""

import ast
import difflib
import json
import re
from collections import ChainMap
from pathlib import Path
from typing import NamedTuple

import yaml

from book.tools.order import UsageError, select, upstream
from book.tools.run_notebook import check_parameters, inspect_parameters

MOST = 1000  # points of a sweep
FORM = re.compile(r"(?:([\w/.-]+):)?([A-Za-z_]\w*)=(.+)", re.S)
RESERVED = {"profile": "--profile", "source": "--source", "results": "the pipeline"}


class Change(NamedTuple):
    """One value for one parameter.

    Attributes
    ----------
    scope : str
        Study or notebook it is meant for; empty for every targeted notebook that declares it.
    parameter : str
        Name.
    value : bool, int, float, str or list
        Its value.
    """

    scope: str
    parameter: str
    value: object

    @property
    def label(self):
        """Return the change in one way of writing it, as the recorded profile shows it."""
        short = {"separators": (",", ":"), "ensure_ascii": False, "default": str}
        text = self.value if isinstance(self.value, str) else json.dumps(self.value, **short)
        return f"{self.name}={text}"

    @property
    def name(self):
        """Return the parameter with the scope before it, if it has one."""
        return f"{self.scope}:{self.parameter}" if self.scope else self.parameter

    @property
    def folder(self):
        """Return the label as the name of a folder."""
        return re.sub(r"[^\w.=+-]+", "_", self.label).strip("_")


def parse(text):
    """Read ``[SCOPE:]NAME=VALUE``.

    Parameters
    ----------
    text : str
        Value: a Python literal, else YAML (so ``cnn`` and ``true`` need no quotes).

    Returns
    -------
    Change

    Raises
    ------
    UsageError
        If the text has another form.
    """
    scope, parameter, value = _split(text, "--set", "NAME=VALUE")
    return Change(scope, parameter, _value(value, text))


def parse_sweep(text):
    """Read ``[SCOPE:]NAME=FIRST..LAST`` (whole numbers, both included) or ``NAME=A,B,C``.

    Returns
    -------
    list of Change
        One for each value.

    Raises
    ------
    UsageError
        If the text has another form, or two values would share a folder.
    """
    scope, parameter, values = _split(text, "--sweep", "NAME=FIRST..LAST or NAME=A,B,C")
    if ends := re.fullmatch(r"(-?[0-9]+)\.\.(-?[0-9]+)", values):
        short = max(map(len, ends.groups())) < 19
        first, last = map(int, ends.groups()) if short else (0, MOST)
        if last - first >= MOST:
            raise UsageError(f"--sweep {text}: expected at most {MOST} values, received more")
        values = list(range(first, last + 1))
    else:
        values = _value(f"[{values}]", text)
    if not values:
        raise UsageError(f"--sweep {text}: expected at least one value, received none")
    changes = [Change(scope, parameter, value) for value in values]
    if len({change.folder for change in changes}) < len(changes):
        raise UsageError(f"--sweep {text}: expected different values, also without punctuation")
    return changes


def resolve(changes, targets, order, root="."):
    """Find the notebooks that each change is for, and check name and type.

    Parameters
    ----------
    changes : list of Change
        As typed; one for a single notebook or study wins over one for all.
    targets : list of str
        Notebooks to be run.
    order : dict
        As `book.tools.order.read` returns it.
    root : path-like
        The project.

    Returns
    -------
    dict
        ``{label: {notebook: {parameter: value}}}``.

    Raises
    ------
    UsageError
        If no notebook declares the name (with similar names), the type is another, the parameter
        is set by the pipeline, or the notebook is not part of the run.
    """
    running = set(targets).union(*(upstream(name, order) for name in targets))
    found = {}
    for change in sorted(changes, key=lambda one: bool(one.scope)):
        among = select([change.scope], order) if change.scope else targets
        among = [name for name in among if name in running]
        if not among:
            raise UsageError(
                f"{change.label}: {change.scope} is not part of this run; "
                "name it among the notebooks, or one that needs it"
            )
        paths = {name: Path(root, "notebooks", f"{name}.ipynb") for name in among}
        declared = {name: inspect_parameters(path) for name, path in paths.items()}
        takers = [name for name in among if change.parameter in declared[name]]
        if not takers:
            raise UsageError(_unknown(change, among, declared))
        for name in takers:
            files = {**order[name]["reads"], **order[name]["writes"]}
            if change.parameter in {**RESERVED, **files}:
                setter = RESERVED.get(change.parameter, "the pipeline")
                raise UsageError(f"{change.label}: {change.parameter} is set by {setter}")
            check_parameters(paths[name], {change.parameter: change.value})
        found[change.label] = {name: {change.parameter: change.value} for name in takers}
    return found


def merged(resolved, notebook):
    """Return the changed parameters of one notebook; what was resolved later wins."""
    return dict(ChainMap(*(takers.get(notebook, {}) for takers in reversed(resolved.values()))))


def label(profile, resolved, notebooks):
    """Return the profile to record: ``quick+epochs=200`` if one of the notebooks was changed."""
    told = [text for text, takers in resolved.items() if set(takers) & set(notebooks)]
    return "+".join([profile, *told])


def _split(text, option, form):
    found = FORM.fullmatch(text)
    if not found:
        raise UsageError(f"{option} {text}: expected [STUDY or NOTEBOOK:]{form}")
    scope = (found[1] or "").removeprefix("notebooks/").removesuffix(".ipynb")
    return scope, found[2], found[3]


def _value(text, whole):
    """Return a Python literal, or else what YAML makes of the text."""
    try:
        value = ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        try:
            value = yaml.safe_load(text)
            if not isinstance(value, str) and re.search(r"(?<![\w.])0\d+(?![\w.])", text):
                raise ValueError("a number to the base of eight")
        except (yaml.YAMLError, ValueError, RecursionError):
            raise UsageError(f"{whole}: expected a plain value, received {text[:200]!r}") from None
    return list(value) if isinstance(value, tuple) else value


def _unknown(change, among, declared):
    """Say which names are similar, and which notebooks declare them."""
    names = sorted({name for notebook in among for name in declared[notebook]} - set(RESERVED))
    near = difflib.get_close_matches(change.parameter, names, n=3)
    where = among[0] if len(among) == 1 else f"none of the {len(among)} notebooks"
    said = f"{where} declares{' no' if len(among) == 1 else ''} {change.parameter}"
    hint = f"did you mean {' or '.join(near)}?" if near else f"known: {', '.join(names) or 'none'}"
    return f"{change.label}: {said}; {hint}"
