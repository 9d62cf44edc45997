"""Write, read and check model cards: what a network is for, its data, its input, its scores.

A card is a JSON document beside the model's file. Everything that can be derived is derived: sizes
and checksum come from the model's file, numbers from recorded results, arguments from the
parameters of notebooks. Purpose, protocol and limits are written in ``cards.yml``.
`galutils.networks.card_page` shows cards.
"""

import ast
import inspect
import pkgutil
import re
from pathlib import Path

import yaml

from galutils.inputs.ranges import QUANTITIES
from galutils.networks import saved
from galutils.results import reader
from galutils.store import files
from galutils.store.files import require

PROSE = Path(__file__).with_name("cards.yml")
ROOT = Path(__file__).parents[2]
LICENCE = "BSD-3-Clause"
KEYS = (
    "name", "study", "notebook", "purpose", "architecture", "classes", "preprocessing", "data",
    "protocol", "metrics", "calibration", "failures", "limits", "file", "profile", "licence",
)  # fmt: skip


def _prose(path):
    return yaml.safe_load(Path(path).read_text(encoding="utf-8"))


# All functions that a card may name, which are those of the written parts; whoever reads a card
# calls these and no others.
STEPS = sorted(
    {step for entry in _prose(PROSE).values() for one in entry["preprocessing"] for step in one}
)


def names(path=PROSE):
    """Return the name of each card and the parameter with its model's path, None without one."""
    return {name: entry["path"] for name, entry in _prose(path).items()}


def make(name, model_path, results, calibration=None, path=PROSE):
    """Build the complete card of a model whose results are recorded.

    Parameters
    ----------
    name : str
        One of `names`.
    model_path : path-like or None
        The model's file; None if no weights are kept.
    results : path-like
        Folder of recorded results.
    calibration : dict, optional
        Quantity to number or interval, measured on galaxies that the network has not seen.
    path : path-like
        The file with the written parts.

    Returns
    -------
    dict
        The card, checked by `check`.

    Raises
    ------
    ValueError
        If there is no such card, or a result that it needs was not recorded; the message names
        the result.
    """
    entry = _entry(name, path)
    first = reader.item(results, entry["metrics"][0][0], name)
    measured = {
        "metrics": list(_metrics(entry["metrics"], results, name)),
        "calibration": calibration or {},
        "failures": [reader.item(results, item, name)["id"] for item in entry["failures"]],
    }
    card = _unscored(name, entry, model_path, first["profile"], first["source"]) | measured
    card["data"]["n"] = reader.number(results, *entry["n"], card=name)
    return check(card, name)


def beside(model_path):
    """Return the path of a model's card: ``model.card.json`` beside ``model.keras``."""
    return Path(model_path).with_suffix(".card.json")


def begin(name, model_path, profile, source, ranges=None):
    """Write the card of a newly saved model beside its file: everything but its scores.

    Parameters
    ----------
    name : str
        One of `names`.
    model_path : path-like
        The saved file; the card holds its checksum.
    profile, source : str
        Profile of the run (``quick``, or ``quick+epochs=200`` where parameters were changed) and
        source of its data, as the recorder has them.
    ranges : dict, optional
        Of the training maps, as of `galutils.inputs.ranges.of`; ``data`` of the card holds them.

    Returns
    -------
    dict
        The card; metrics, calibration and failures are empty, the number of galaxies is None.

    Raises
    ------
    ValueError
        If there is no such card, or the file is not a model.
    """
    card = _unscored(name, _entry(name, PROSE), model_path, profile, source)
    card["data"] |= {"ranges": ranges} if ranges else {}
    write(beside(model_path), card)
    return card


def _entry(name, path):
    """Return the written parts of one card."""
    prose = _prose(path)
    if name not in prose:
        raise ValueError(f"{name}: expected one of {', '.join(prose)}")
    return prose[name]


def _unscored(name, entry, model_path, profile, source):
    """Return a card without the numbers that are measured."""
    known, shape = {"architecture": {"parameters": None}, "file": None}, None
    if model_path is not None:
        known = saved.describe(model_path)
        shape = known["architecture"]["input"]
    elif "built_by" in entry:
        known["architecture"]["built_by"] = _steps([entry["built_by"]], None, profile)[0]
    about = {key: entry[key] for key in ("output", "symmetric") if key in entry}
    written = {key: entry[key] for key in KEYS if key in entry}
    about_data = {key: entry[key] for key in ("survey", "n_of", "split")}
    return dict.fromkeys(KEYS) | written | {
        "name": name,
        "architecture": known["architecture"] | about,
        "preprocessing": _steps(entry["preprocessing"], shape, profile),
        "data": about_data | {"source": source, "n": None},
        "metrics": [], "calibration": {}, "failures": [],
        "file": known["file"], "profile": profile, "licence": LICENCE,
    }  # fmt: skip


def _metrics(listed, results, card):
    for item, quantity, protocol, *words in listed:
        where = reader.item(results, item, card)
        if all(word in where["caption"] for word in words):
            number = reader.number(results, item, quantity, protocol, card)
            yield {
                "item": item, "quantity": quantity, "protocol": protocol,
                "notebook": where["notebook"], "number": number,
            }  # fmt: skip


def write(path, card):
    """Check a card and write it, whole or not at all."""
    files.write_json(path, check(card, path))


def read(path, model_path=None):
    """Read a card and, if a model is given, check that the card belongs to it.

    Parameters
    ----------
    path : path-like
        The card.
    model_path : path-like, optional
        The model's file.

    Returns
    -------
    dict

    Raises
    ------
    ValueError
        If the card is not JSON, does not pass `check`, or has another checksum than the model.
    """
    card = check(files.read_json(path), path)
    if model_path is not None:
        expected, received = (card["file"] or {}).get("sha256"), files.checksum(model_path)
        require(received == expected, f"sha256 {expected}", received, model_path)
    return card


def check(card, where):
    """Return a card if it has exactly the keys of a card and names known steps only.

    Raises
    ------
    ValueError
        Otherwise; the message names `where`, what was expected and what was received.
    """
    require(isinstance(card, dict), "a card", type(card).__name__, where)
    missing, unknown = set(KEYS) - set(card), set(card) - set(KEYS)
    received = f"one without {sorted(missing)} and with {sorted(unknown)}"
    require(not (missing or unknown), "the keys of a card", received, where)
    kinds = {"preprocessing": list, "metrics": list, "data": dict, "file": dict | None}
    for key, kind in kinds.items():
        good, received = isinstance(card[key], kind), type(card[key]).__name__
        require(good, f"{key} as in other cards", received, where)
    ranges = card["data"].get("ranges", {})
    try:
        good = all(name in QUANTITIES and 0 <= a <= b for name, (a, b) in ranges.items())
    except (TypeError, ValueError, AttributeError):
        good = False
    require(good, f"two numbers of any of {', '.join(QUANTITIES)}", ranges, where)
    for step in card["preprocessing"]:
        good = isinstance(step, dict) and set(step) == {"function", "arguments"}
        good = good and step["function"] in STEPS and isinstance(step["arguments"], dict)
        require(good, f"a step of {', '.join(STEPS)}", step, where)
    return card


def _steps(steps, shape, profile):
    """Return steps with all arguments that are settings, defaults of the functions included."""
    made = []
    for step in steps:
        [(function, given)] = step.items()
        arguments = {key: _argument(value, shape, profile) for key, value in given.items()}
        bound = inspect.signature(pkgutil.resolve_name(function)).bind_partial(**arguments)
        bound.apply_defaults()
        made.append({"function": function, "arguments": bound.arguments})
    return made


def _argument(value, shape, profile):
    """Return an argument: as written, a length of the input, or a notebook's parameter."""
    if not isinstance(value, dict):
        return value
    if "input" in value:
        return shape[value["input"]]
    return _parameter(value["notebook"], value["parameter"], profile)


def _parameter(notebook, name, profile):
    """Return the value that a notebook's parameter had in a run of a profile.

    The value is, in this order, that of a change in the profile's label (``quick+epochs=200``,
    ``quick+sami/04_training:seed=3``), that of the profile, or the notebook's default.
    """
    import papermill

    profile, *changes = re.split(r"\+(?=[\w/:]+=)", profile)
    for change in reversed(changes):
        target, _, text = change.partition("=")
        scope, _, parameter = target.rpartition(":")
        if parameter == name and scope in ("", notebook, notebook.partition("/")[0]):
            return yaml.safe_load(text)
    declared = papermill.inspect_notebook(str(ROOT / f"notebooks/{notebook}.ipynb"))[name]
    given = _prose(ROOT / "notebooks/profiles.yml").get(profile) or {}
    return given.get(notebook, {}).get(name, ast.literal_eval(declared["default"]))
