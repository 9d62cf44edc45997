"""Parameters changed on the command line, ``epochs=200`` or ``sami/04_training:seed=3``."""

import ast
import difflib
import itertools
import json
import re
from dataclasses import dataclass
from pathlib import Path

from book.tools.order import UsageError, select, upstream
from book.tools.run_notebook import ParameterError, check_parameters, inspect_parameters

MOST = 1000  # points of a sweep
RESERVED = {
    "profile": "--profile says which",
    "source": "--source says which",
    "results": "the Snakefile sets it",
}


@dataclass(frozen=True)
class Change:
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
        text = self.value if isinstance(self.value, str) else compact(self.value)
        return f"{self.name}={text}"

    @property
    def name(self):
        """Return the parameter with the scope before it, if it has one."""
        return f"{self.scope}:{self.parameter}" if self.scope else self.parameter


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
        If the text has another form, or the same value twice.
    """
    scope, parameter, values = _split(text, "--sweep", "NAME=FIRST..LAST or NAME=A,B,C")
    ends = re.fullmatch(r"(-?[0-9]+)\.\.(-?[0-9]+)", values)
    if ends:
        short = max(len(ends[1]), len(ends[2])) < 19
        first, last = (int(ends[1]), int(ends[2])) if short else (0, MOST)
        if last - first >= MOST:
            raise UsageError(f"--sweep {text}: expected at most {MOST} values, received more")
        values = list(range(first, last + 1))
    else:
        values = _value(f"[{values}]", text)
    if not values:
        raise UsageError(f"--sweep {text}: expected at least one value, received none")
    changes = [Change(scope, parameter, value) for value in values]
    labels = [change.label for change in changes]
    if len(set(labels)) < len(labels):
        raise UsageError(f"--sweep {text}: expected different values")
    return changes


def points(sweeps):
    """Return the product of several sweeps: ``{name of the point: list of Change}``.

    Raises
    ------
    UsageError
        If two sweeps change the same parameter, or two points would share a folder.
    """
    names = [sweep[0].name for sweep in sweeps]
    if len(set(names)) < len(names):
        raise UsageError(f"--sweep: expected different parameters, received {', '.join(names)}")
    combined = list(itertools.product(*sweeps))
    named = {",".join(_plain(change.label) for change in one): list(one) for one in combined}
    if len(named) < len(combined):
        raise UsageError("--sweep: values that differ in punctuation only; use plainer ones")
    return named


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
        If no notebook declares the name (with the near misses), the type is another, the
        parameter is not free, or the notebook is not part of the run.
    """
    declared = _Declared(root)
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
        takers = [name for name in among if change.parameter in declared[name]]
        if not takers:
            raise UsageError(_unknown(change, among, declared))
        for name in takers:
            _check(change, name, order[name], root)
        found[change.label] = {name: {change.parameter: change.value} for name in takers}
    return found


def merged(resolved, notebook):
    """Return the changed parameters of one notebook; what was resolved later wins."""
    values = {}
    for takers in resolved.values():
        values |= takers.get(notebook, {})
    return values


def label(profile, resolved, notebooks):
    """Return the profile to record: ``quick+epochs=200`` if one of the notebooks was changed."""
    told = [text for text, takers in resolved.items() if set(takers) & set(notebooks)]
    return "+".join([profile, *told])


def recorded(profile, notebook):
    """Return name of the profile and changes of a notebook, from a recorded ``quick+epochs=200``.

    Parameters
    ----------
    profile : str
        As `label` returns it.
    notebook : str
        The notebook that declares the parameters.

    Returns
    -------
    str, dict
        Name of the profile; parameter to value.
    """
    name, *told = re.split(r"\+(?=[\w/:]+=)", profile)
    parsed = [parse(text) for text in told]
    scopes = ("", notebook, notebook.partition("/")[0])
    return name, {one.parameter: one.value for one in parsed if one.scope in scopes}


class _Declared(dict):
    """Parameters of every notebook that is asked for."""

    def __init__(self, root):
        super().__init__()
        self.root = Path(root)

    def __missing__(self, name):
        self[name] = inspect_parameters(self.root / "notebooks" / f"{name}.ipynb")
        return self[name]


def _split(text, option, form):
    found = re.fullmatch(r"(?:([\w/.-]+):)?([A-Za-z_]\w*)=(.+)", text, re.S)
    if not found:
        raise UsageError(f"{option} {text}: expected [STUDY or NOTEBOOK:]{form}")
    scope = (found[1] or "").removeprefix("notebooks/").removesuffix(".ipynb")
    return scope, found[2], found[3]


def _value(text, whole):
    """Return a Python literal, or else what YAML makes of the text."""
    try:
        value = ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        import yaml

        try:
            value = yaml.safe_load(text)
        except (yaml.YAMLError, ValueError, RecursionError):
            raise UsageError(f"{whole}: expected a plain value, received {text[:200]!r}") from None
    return list(value) if isinstance(value, tuple) else value


def compact(value):
    """Return a value as short JSON."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, default=str)


def _plain(text):
    """Return text that is safe in the name of a folder and on a command line."""
    return re.sub(r"[^\w.=+-]+", "_", text).strip("_")


def _unknown(change, among, declared):
    """Say which names come near, and which notebooks declare them."""
    names = sorted({name for notebook in among for name in declared[notebook]} - set(RESERVED))
    near = difflib.get_close_matches(change.parameter, names, n=3)
    where = among[0] if len(among) == 1 else f"none of the {len(among)} notebooks"
    said = f"{where} declares no" if len(among) == 1 else f"{where} declares"
    hint = f"did you mean {' or '.join(near)}?" if near else f"known: {', '.join(names) or 'none'}"
    return f"{change.label}: {said} {change.parameter}; {hint}"


def _check(change, name, spec, root):
    files = {**spec.get("reads", {}), **spec.get("writes", {})}
    if change.parameter in RESERVED or change.parameter in files:
        why = RESERVED.get(change.parameter, "the Snakefile sets it")
        raise UsageError(f"{change.label}: {change.parameter} cannot be set; {why}")
    try:
        notebook = Path(root, "notebooks", f"{name}.ipynb")
        check_parameters(notebook, {change.parameter: change.value})
    except ParameterError as error:
        raise UsageError(str(error)) from None
