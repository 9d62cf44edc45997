"""One step for every execution of a notebook; the Snakefile makes each a rule."""

import contextlib
import json
import os
import zlib
from pathlib import Path
from types import SimpleNamespace

import yaml

from book.tools.order import UsageError, profile_values, upstream
from book.tools.parameter_overrides import label, merged
from book.tools.run_notebook import check_parameters

BOOK = "build"


def steps(order, profile, source, changed=None, sweep=None):
    """List the book's steps and, if there is one, those of a sweep.

    Parameters
    ----------
    order : dict
        As `book.tools.order.read` returns it.
    profile, source : str
        Name of the profile; source of the data.
    changed : dict, optional
        Parameters changed for the whole run, as `book.tools.parameter_overrides.resolve` returns
        them.
    sweep : dict, optional
        ``folder``, ``targets`` (notebooks), and ``points`` ({name: resolved changes}).

    Returns
    -------
    list of types.SimpleNamespace
        ``name`` of the notebook; ``rule``, ``title``; ``notebook``, ``log``, ``executed`` (source,
        log and executed copy); ``reads``, ``writes``, ``after`` (files, and executed notebooks that
        must be there before); ``parameters`` as JSON, paths relative to the notebook's folder.
    """
    changed, values = changed or {}, profile_values(profile)
    writers = {file: one for one in order for file in order[one]["writes"].values()}

    def step(name, places, changed, point=""):
        """Return the step of a notebook whose files, and those of others, lie at their places."""
        spec, place, folder = order[name], places[name], Path("notebooks", name).parent
        moved = {file: places[one] + file.removeprefix(BOOK) for file, one in writers.items()}
        files = {key: moved[file] for key, file in {**spec["reads"], **spec["writes"]}.items()}
        paths = {"results": "results" if place == BOOK else f"{place}/results", **files}
        told = label(profile, changed, {name} | upstream(name, order))
        parameters = {"profile": told, "source": source}
        parameters |= {key: os.path.relpath(file, folder) for key, file in paths.items()}
        suffix = f"__{zlib.crc32(point.encode()):08x}" if point else ""
        return SimpleNamespace(
            name=name,
            rule=name.replace("/", "_") + suffix,
            title=f"{name} [{point}]" if point else name,
            notebook=f"notebooks/{name}.ipynb",
            log=f"{place}/logs/{name}.log",
            executed=f"{place}/notebooks/{name}.ipynb",
            reads=[files[key] for key in spec["reads"]],
            writes=[files[key] for key in spec["writes"]],
            after=[f"{places[one]}/notebooks/{one}.ipynb" for one in spec.get("after", [])],
            parameters=json.dumps(parameters | values.get(name, {}) | merged(changed, name)),
        )

    made = [step(name, dict.fromkeys(order, BOOK), changed) for name in order]
    for point, resolved in (sweep or {"points": {}})["points"].items():
        # The targets write below the folder of the point; what else they read is the book's.
        places = dict.fromkeys(order, BOOK)
        places |= dict.fromkeys(sweep["targets"], f"{sweep['folder']}/{point}")
        made += [step(name, places, changed | resolved, point) for name in sweep["targets"]]
    return made


def check(made, order, root="."):
    """Refuse parameters that their notebook would refuse, before anything runs.

    Parameters
    ----------
    made : list of types.SimpleNamespace
        As `steps` returns them.
    order : dict
        As `book.tools.order.read` returns it.
    root : path-like
        The project, with ``notebooks/limits.yml``.

    Raises
    ------
    UsageError
        For a parameter that is not declared or has another type, and for parameters that do not
        keep within a limit; names the notebook, what was expected and received.
    """
    limits = yaml.safe_load(Path(root, "notebooks/limits.yml").read_text(encoding="utf-8"))
    given = [check_parameters(Path(root, one.notebook), json.loads(one.parameters)) for one in made]
    of = {step.name: SimpleNamespace(**own) for step, own in zip(made, given, strict=True)}
    for step, own in zip(made, given, strict=True):
        needed = {one.replace("/", "_"): of[one] for one in upstream(step.name, order)}
        for limit in limits:
            with contextlib.suppress(NameError):  # it is about other notebooks
                if not eval(limit, needed | own):
                    received = {name: one for name, one in own.items() if name in limit}
                    raise UsageError(f"{step.notebook}: expected {limit}, received {received}")
