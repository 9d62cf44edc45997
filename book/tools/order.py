"""The notebooks and what each reads and writes, as ``notebooks/order.yml`` declares it."""

import difflib
import functools
import json
import os
import sys
from pathlib import Path

import yaml

from book.tools.run_notebook import UsageError, inspect_parameters


def exit_status(function, *arguments):
    """Call what a command does, and return its exit status; print what kept it from its end."""
    try:
        return function(*arguments)
    except KeyboardInterrupt:
        return 130
    except (UsageError, OSError) as error:  # also a full disk, a folder that cannot be written
        print(f"galutils: {error}", file=sys.stderr)
        return 2 if isinstance(error, UsageError) else 1


def read(root="."):
    """Return the notebooks of the book, in its order.

    Parameters
    ----------
    root : path-like
        The project.

    Returns
    -------
    dict
        Notebook, ``"sami/02_data"``, to its ``data``, ``uses``, ``after`` (lists), ``reads`` and
        ``writes`` ({parameter: file}); ``minutes`` where it is long. A file is the default of the
        notebook's parameter, seen from the project's root.

    Raises
    ------
    UsageError
        If there is no ``notebooks/order.yml``, or a notebook does not declare what it names.
    """
    path = Path(root, "notebooks/order.yml")
    if not path.is_file():
        raise UsageError(f"{path}: no such file; run from the project's root")
    order = yaml.safe_load(path.read_text(encoding="utf-8"))
    for name, spec in order.items():
        notebook = Path("notebooks", f"{name}.ipynb")
        names = [f"data/weights/{one}" for one in spec.get("weights", [])]
        shipped = [one + ending for one in names for ending in (".keras", ".json")]
        spec["uses"] = spec.get("uses", []) + [one for one in shipped if Path(root, one).is_file()]
        try:
            declared = inspect_parameters(Path(root, notebook))
            for key in ("reads", "writes"):
                files = {one: notebook.parent / declared[one][1] for one in spec.get(key, [])}
                spec[key] = {one: os.path.normpath(file) for one, file in files.items()}
        except KeyError as error:
            raise UsageError(f"{path}: {name} declares no parameter {error}") from error
    return order


def select(targets, order):
    """Return the notebooks that are meant, in the order of the book.

    Parameters
    ----------
    targets : list of str
        Studies (``sami``), notebooks (``sami/04_training``) or their files; none for all.
    order : dict
        As `read` returns it.

    Returns
    -------
    list of str

    Raises
    ------
    UsageError
        For an unknown name, with those that are similar.
    """
    studies = {name.partition("/")[0] for name in order}
    wanted = set()
    for target in targets:
        name = target.rstrip("/").removeprefix("./").removeprefix("notebooks/")
        name = name.removesuffix(".ipynb")
        if name not in studies.union(order):
            near = difflib.get_close_matches(name, [*sorted(studies), *order], cutoff=0.5)
            hint = f"did you mean {' or '.join(near)}?" if near else "see galutils run --list"
            raise UsageError(f"{target}: no study or notebook of the book; {hint}")
        wanted |= {one for one in order if one == name or one.startswith(f"{name}/")}
    return [name for name in order if name in wanted or not targets]


def profile_values(profile, root="."):
    """Return the parameters a profile changes, ``{notebook: {parameter: value}}``.

    Raises
    ------
    UsageError
        If there is no such profile.
    """
    profiles = yaml.safe_load(Path(root, "notebooks/profiles.yml").read_text(encoding="utf-8"))
    if profile not in profiles:
        raise UsageError(f"profile: expected one of {', '.join(profiles)}, received {profile!r}")
    return profiles[profile] or {}


def upstream(name, order):
    """Return the set of notebooks whose files or results a notebook needs, directly or not."""
    found = set()
    for earlier, spec in order.items():
        files = set(spec["writes"].values()) & set(order[name]["reads"].values())
        if files or earlier in order[name].get("after", []):
            found |= {earlier} | upstream(earlier, order)
    return found


def priorities(order):
    """Return for each notebook the minutes of the longest chain of notebooks that begins with it.

    Where the longest chain starts first, no slow notebook is left over for the end, when nothing
    else is left to run beside it. Notebooks without ``minutes`` count as one.
    """

    @functools.cache
    def chain(name):
        files = set(order[name]["writes"].values())
        readers = (one for one in order if files & set(order[one]["reads"].values()))
        return order[name].get("minutes", 1) + max(map(chain, readers), default=0)

    return {name: chain(name) for name in order}


def title(name, root="."):
    """Return the title of a notebook, its first heading."""
    cells = json.loads(Path(root, "notebooks", f"{name}.ipynb").read_text("utf-8"))["cells"]
    lines = "\n".join("".join(cell["source"]) for cell in cells).splitlines()
    return next((line[2:].strip() for line in lines if line.startswith("# ")), name)
