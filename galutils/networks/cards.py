"""Model cards: what a network was trained on, how it is fed, what its scores are and are not.

A card is a JSON document. What can be derived is: sizes and checksum from the model's file, numbers
from recorded results, arguments from the notebooks' parameters. Purpose, protocol and limits are
prose of ``cards.yml``.
"""

import importlib
import inspect
from pathlib import Path

import yaml

from book.tools import parameter_overrides
from book.tools.run_notebook import inspect_parameters
from galutils.networks import saved
from galutils.results import reader, tables
from galutils.store import files

PROSE = Path(__file__).with_name("cards.yml")
ROOT = Path(__file__).parents[2]
LICENCE = "BSD-3-Clause"
KEYS = (
    "name", "study", "notebook", "purpose", "architecture", "classes", "preprocessing", "data",
    "protocol", "metrics", "calibration", "failures", "limits", "file", "profile", "licence",
)  # fmt: skip
# All that a card may ask for; whoever reads a card calls these and nothing else.
STEPS = (
    "galutils.inputs.images.network_input", "galutils.inputs.images.shrink", "galutils.inputs.images.normalise",
    "galutils.surveys.perseus.cutouts.read_images", "galutils.surveys.gz2.images.read_images",
    "galutils.studies.domain_shift.fixed_scale", "galutils.studies.domain_shift.free_scale",
)  # fmt: skip


def names(path=PROSE):
    """Return the names of all cards and the parameter that names their file, None without one."""
    return {name: entry["path"] for name, entry in _prose(path).items()}


def make(name, model_path, results, calibration=None, path=PROSE):
    """Put a card together.

    Parameters
    ----------
    name : str
        One of `names`.
    model_path : path-like or None
        The model's file; None where no weights are kept.
    results : path-like
        Folder of recorded results.
    calibration : dict, optional
        Quantity to number or interval, measured on galaxies that the network has not seen.
    path : path-like
        The prose.

    Returns
    -------
    dict
        The card, checked.

    Raises
    ------
    ValueError
        If there is no such card, or a result that it needs was not recorded; names the item.
    """
    entry = _entry(name, path)
    first = reader.item(results, entry["metrics"][0][0], name)
    card = _unscored(name, entry, model_path, first["profile"], first["source"])
    card["data"]["n"] = reader.number(results, *entry["n"], card=name)
    card["metrics"] = list(_metrics(entry["metrics"], results, name))
    card["calibration"] = calibration or {}
    card["failures"] = [reader.item(results, item, name)["id"] for item in entry["failures"]]
    return check(card, name)


def beside(model_path):
    """Return where the card of a model lies: ``model.card.json`` beside ``model.keras``."""
    return Path(model_path).with_suffix(".card.json")


def begin(name, model_path, profile, source, path=PROSE):
    """Write the card of a model that was saved just now beside it: all but its scores.

    Parameters
    ----------
    name : str
        One of `names`.
    model_path : path-like
        The file, saved already; the card holds its checksum.
    profile, source : str
        Of the run and of its data, as the recorder has them.
    path : path-like, optional
        The prose.

    Returns
    -------
    dict
        The card: without metrics, calibration and failures, the number of galaxies None.

    Raises
    ------
    ValueError
        If there is no such card, or the file is no model.
    """
    card = check(_unscored(name, _entry(name, path), model_path, profile, source), name)
    files.write_json(beside(model_path), card)
    return card


def _entry(name, path):
    prose = _prose(path)
    if name not in prose:
        raise ValueError(f"{name}: expected one of {', '.join(prose)}")
    return prose[name]


def _unscored(name, entry, model_path, profile, source):
    known, shape = {"architecture": {"parameters": None}, "file": None}, None
    if model_path is not None:
        known = saved.describe(model_path)
        shape = known["architecture"]["input"]
    elif "built_by" in entry:
        known["architecture"]["built_by"] = _steps([entry["built_by"]], None, profile)[0]
    return {
        "name": name, "study": entry["study"], "notebook": entry["notebook"],
        "purpose": entry["purpose"],
        "architecture": known["architecture"] | {"output": entry["output"]},
        "classes": entry["classes"],
        "preprocessing": _steps(entry["preprocessing"], shape, profile),
        "data": {
            "survey": entry["survey"], "source": source, "n": None, "n_of": entry["n_of"],
            "split": entry["split"],
        },
        "protocol": entry["protocol"], "metrics": [], "calibration": {}, "failures": [],
        "limits": entry["limits"], "file": known["file"], "profile": profile,
        "licence": LICENCE,
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
    """Write a card, whole or not at all; it is checked before."""
    files.write_json(path, check(card, path))


def read(path, model_path=None):
    """Read a card and, if a model is given, see that it is the model's.

    Parameters
    ----------
    path : path-like
        The card.
    model_path : path-like, optional
        The file it should describe.

    Returns
    -------
    dict

    Raises
    ------
    ValueError
        If the card is no JSON or not as `check` wants it, or the checksums differ.
    """
    card = check(files.read_json(path), path)
    if model_path is not None:
        expected = (card["file"] or {}).get("sha256")
        received = saved.checksum(model_path)
        if received != expected:
            raise ValueError(f"{model_path}: expected sha256 {expected}, received {received}")
    return card


def check(card, where):
    """Return a card if it has all keys and no others, and asks for known steps only.

    Raises
    ------
    ValueError
        Otherwise; names `where`, what was expected and what was received.
    """
    if not isinstance(card, dict):
        raise ValueError(f"{where}: expected a card, received {type(card).__name__}")
    missing, unknown = set(KEYS) - set(card), set(card) - set(KEYS)
    if missing or unknown:
        raise ValueError(
            f"{where}: expected the keys of a card, received one without "
            f"{sorted(missing)} and with {sorted(unknown)}"
        )
    for key, kind in {"preprocessing": list, "metrics": list, "file": dict | None}.items():
        if not isinstance(card[key], kind):
            received = type(card[key]).__name__
            raise ValueError(f"{where}: expected {key} as in other cards, received {received}")
    for step in card["preprocessing"]:
        known = isinstance(step, dict) and set(step) == {"function", "arguments"}
        if not (known and step["function"] in STEPS and isinstance(step["arguments"], dict)):
            raise ValueError(f"{where}: expected a step of {', '.join(STEPS)}, received {step}")
    return card


def main_score(card):
    """Return the name of a card's first metric and its number, an interval where it has one."""
    first = card["metrics"][0]
    return first["quantity"], first["number"]


def markdown(card):
    """Return a card as Markdown: a name and a table of two columns."""
    shape, file = card["architecture"], card["file"]
    size, where = "not saved", "–"
    if file:
        where = f"`{file['name']}`, sha256 `{file['sha256'][:12]}`, Keras {file['keras']}"
        kinds = ", ".join(f"{n} {kind}" for kind, n in shape["layers"].items())
        size = f"{shape['parameters']:,} parameters; {kinds}; takes {shape['input']}"
    steps = [
        f"`{step['function']}`({', '.join(f'{k}={v!r}' for k, v in step['arguments'].items())})"
        for step in card["preprocessing"]
    ]
    scores = [
        f"{metric['quantity']} {as_text(metric['number'])} (`{metric['item']}`)"
        for metric in card["metrics"]
    ]
    measured = [f"{name} {as_text(value)}" for name, value in card["calibration"].items()]
    data = card["data"]
    rows = [
        ["purpose", card["purpose"]],
        ["network", f"{size}; gives {shape['output']}"],
        ["classes", ", ".join(card["classes"] or ["none"])],
        ["input", ", then ".join(steps)],
        ["data", f"{data['survey']} ({data['source']}), {data['n']} {data['n_of']}"],
        ["split", data["split"]],
        ["protocol", card["protocol"]],
        ["scores", "<br>".join(scores)],
        ["calibration", "<br>".join(measured) or "not measured"],
        ["failures", ", ".join(f"`{item}`" for item in card["failures"]) or "no gallery"],
        ["limits", "<br>".join(card["limits"])],
        ["file", where],
        ["made by", f"`{card['notebook']}`, profile {card['profile']}, {card['licence']}"],
    ]  # fmt: skip
    return tables.markdown([card["name"], ""], rows)


def overview(cards):
    """Return a table of cards.

    Returns
    -------
    pandas.DataFrame
        ``card``, ``parameters`` (missing where nothing is saved), ``score`` and ``value`` of the
        first metric, ``data``, ``profile``, ``sha256`` (its first twelve digits).
    """
    import pandas as pd

    rows = []
    for card in cards:
        score, value = main_score(card)
        rows.append({
            "card": card["name"], "parameters": card["architecture"]["parameters"],
            "score": score, "value": as_text(value),
            "data": f"{card['data']['survey']} ({card['data']['source']})",
            "profile": card["profile"],
            "sha256": card["file"]["sha256"][:12] if card["file"] else "not saved",
        })  # fmt: skip
    return pd.DataFrame(rows).astype({"parameters": "Int64"})


def as_text(value):
    """Return a number or an interval as text with three digits."""
    if isinstance(value, dict):
        return f"{value['value']:.3f} ({value['low']:.3f} to {value['high']:.3f})"
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def _prose(path):
    return yaml.safe_load(Path(path).read_text(encoding="utf-8"))


def _steps(steps, shape, profile):
    """Return steps with all arguments that are settings, defaults of the functions included."""
    made = []
    for step in steps:
        [(function, given)] = step.items()
        module, _, attribute = function.rpartition(".")
        signature = inspect.signature(getattr(importlib.import_module(module), attribute))
        arguments = {
            name: parameter.default
            for name, parameter in signature.parameters.items()
            if parameter.default is not parameter.empty
        }
        arguments |= {key: _argument(value, shape, profile) for key, value in given.items()}
        made.append({"function": function, "arguments": arguments})
    return made


def _argument(value, shape, profile):
    if not isinstance(value, dict):
        return value
    if "input" in value:
        return shape[value["input"]]
    notebook, name = value["notebook"], value["parameter"]
    profiles = yaml.safe_load((ROOT / "notebooks" / "profiles.yml").read_text(encoding="utf-8"))
    profile, told = parameter_overrides.recorded(profile, notebook)  # what --set changed
    changed = (profiles.get(profile) or {}).get(notebook, {}) | told
    return changed.get(name, inspect_parameters(ROOT / f"notebooks/{notebook}.ipynb")[name][1])
