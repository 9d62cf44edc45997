"""One step for every execution of a notebook; the Snakefile makes each a rule."""

import json
import os
import zlib
from dataclasses import dataclass
from pathlib import Path

from book.tools.order import upstream
from book.tools.parameter_overrides import label, merged

BOOK = "build"


@dataclass(frozen=True)
class Step:
    """A notebook, where its files lie, and with which parameters it is executed.

    Attributes
    ----------
    rule, title : str
        Name of the rule, and what the progress calls it.
    notebook, log, executed : str
        Source, log and executed copy.
    reads, writes, after : list of str
        Files it reads and writes, and executed notebooks that must be there before.
    parameters : str
        As JSON, paths relative to the notebook's folder.
    """

    rule: str
    title: str
    notebook: str
    log: str
    executed: str
    reads: list
    writes: list
    after: list
    parameters: str


def steps(order, profile, source, profiles, changed=None, sweep=None):
    """List the book's steps and, if there is one, those of a sweep.

    Parameters
    ----------
    order : dict
        As `book.tools.order.read` returns it.
    profile, source : str
        Name of the profile; source of the data.
    profiles : dict
        Content of ``notebooks/profiles.yml``.
    changed : dict, optional
        Parameters changed for the whole run, as `book.tools.parameter_overrides.resolve` returns them.
    sweep : dict, optional
        ``folder``, ``points`` ({name: resolved changes}), ``targets``, and ``fresh``: notebooks
        whose files in ``build`` can be read as they are.

    Returns
    -------
    list of (str, Step)
        With the name of the notebook.
    """
    common = {"order": order, "profile": profile, "source": source, "profiles": profiles}
    book = dict.fromkeys(order, BOOK)
    made = [(name, _step(name, book, changed or {}, **common)) for name in order]
    if not sweep:
        return made
    needed = set(sweep["targets"]).union(*(upstream(one, order) for one in sweep["targets"]))
    shared = f"{sweep['folder']}/shared"
    places = {name: BOOK if name in sweep["fresh"] else shared for name in order}
    own = [own_steps(point, sweep["targets"], order) for point in sweep["points"].values()]
    for name in order:
        # Needed by a point that does not change it: once for all points.
        if name in needed and places[name] == shared and any(name not in one for one in own):
            made.append((name, _step(name, places, changed or {}, "shared", **common)))
    for (point, resolved), mine in zip(sweep["points"].items(), own, strict=True):
        here = places | dict.fromkeys(mine, f"{sweep['folder']}/{point}")
        everything = (changed or {}) | resolved
        made += [(n, _step(n, here, everything, point, **common)) for n in order if n in mine]
    return made


def own_steps(resolved, targets, order):
    """Return the notebooks that a point of a sweep executes for itself.

    The targets, what is changed, what stands between the two, and notebooks whose recorded results
    one of these reads.
    """
    needed = set(targets).union(*(upstream(name, order) for name in targets))
    changed = {name for takers in resolved.values() for name in takers}
    own, before = set(targets), None
    while own != before:
        before = set(own)
        own |= {n for n in needed if n in changed or upstream(n, order) & own}
        own |= {earlier for name in own for earlier in order[name].get("after", [])}
        needed = needed.union(own, *(upstream(name, order) for name in own))
    return own


def _step(name, places, changed, point="", *, order, profile, source, profiles):
    """Return the step of a notebook whose files, and those of others, lie at their places."""
    spec, place = order[name], places[name]
    writers = {file: one for one in order for file in order[one].get("writes", {}).values()}
    files = {**spec.get("reads", {}), **spec.get("writes", {})}
    files = {key: _moved(file, places[writers[file]]) for key, file in files.items()}
    folder = Path("notebooks", name).parent
    results = "results" if place == BOOK else f"{place}/results"
    paths = {
        key: os.path.relpath(file, folder) for key, file in {"results": results, **files}.items()
    }
    told = label(profile, changed, {name} | upstream(name, order))
    values = {"profile": told, "source": source} | paths
    values |= (profiles[profile] or {}).get(name, {}) | merged(changed, name)
    suffix = f"__{zlib.crc32(point.encode()):08x}" if point else ""
    return Step(
        rule=name.replace("/", "_") + suffix,
        title=f"{name} [{point}]" if point else name,
        notebook=f"notebooks/{name}.ipynb",
        log=f"{place}/logs/{name}.log",
        executed=f"{place}/notebooks/{name}.ipynb",
        reads=[files[key] for key in spec.get("reads", {})],
        writes=[files[key] for key in spec.get("writes", {})],
        after=[f"{places[one]}/notebooks/{one}.ipynb" for one in spec.get("after", [])],
        parameters=json.dumps(values),
    )


def _moved(file, place):
    return place + file.removeprefix(BOOK)
