"""The notebooks and what they stand on, as the Snakefile has them."""

import difflib
import json
from pathlib import Path

END = "\nPROFILE = "  # what stands above it in the Snakefile is plain Python


class UsageError(ValueError):
    """What was asked for on the command line cannot be done."""


def read(root="."):
    """Return the Snakefile's dictionary of notebooks, in the order of the book.

    Parameters
    ----------
    root : path-like
        The project.

    Returns
    -------
    dict
        Notebook, ``"sami/02_data"``, to its ``data``, ``uses``, ``reads``, ``writes``, ``after``.

    Raises
    ------
    UsageError
        If there is no Snakefile of this kind.
    """
    path = Path(root, "Snakefile")
    if not path.is_file():
        raise UsageError(f"{path}: not there; run from the project's root")
    head, mark, _ = path.read_text(encoding="utf-8").partition(END)
    names = {}
    if mark:
        exec(compile(head, str(path), "exec"), names)
    if "NOTEBOOKS" not in names:
        raise UsageError(f"{path}: expected NOTEBOOKS and then PROFILE, found none")
    return names["NOTEBOOKS"]


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
        For an unknown name, with the near misses.
    """
    studies = {name.partition("/")[0] for name in order}
    wanted = set()
    for target in targets:
        name = target.rstrip("/").removeprefix("./").removeprefix("notebooks/")
        name = name.removesuffix(".ipynb")
        if name in order:
            wanted.add(name)
        elif name in studies:
            wanted |= {one for one in order if one.startswith(f"{name}/")}
        else:
            near = difflib.get_close_matches(name, [*sorted(studies), *order], n=3, cutoff=0.5)
            hint = f"did you mean {' or '.join(near)}?" if near else "see galutils run --list"
            raise UsageError(f"{target}: no study or notebook of the book; {hint}")
    return [name for name in order if name in wanted or not targets]


def profile_values(profile, root="."):
    """Return the parameters a profile changes, ``{notebook: {parameter: value}}``.

    Raises
    ------
    UsageError
        If there is no such profile.
    """
    import yaml

    profiles = yaml.safe_load(Path(root, "notebooks/profiles.yml").read_text(encoding="utf-8"))
    if profile not in profiles:
        raise UsageError(f"profile: expected one of {', '.join(profiles)}, received {profile!r}")
    return profiles[profile] or {}


def upstream(name, order):
    """Return the set of notebooks whose files or results a notebook needs, directly or not."""
    writers = {file: one for one, spec in order.items() for file in spec.get("writes", {}).values()}
    found, waiting = set(), [name]
    while waiting:
        spec = order[waiting.pop()]
        files = [writers[file] for file in spec.get("reads", {}).values()]
        for earlier in [*files, *spec.get("after", [])]:
            if earlier not in found:
                found.add(earlier)
                waiting.append(earlier)
    return found


def priorities(order, seconds, usual=40):
    """Tell how long the longest chain of steps is that begins with each step.

    Where that comes first, no slow step is left over for the end, when there is nothing more to
    run beside it.

    Parameters
    ----------
    order : dict
        As `read` returns it.
    seconds : dict
        Step (``sami_04_training``, ``mock_sami``) to what it takes.
    usual : float
        Seconds of the others.

    Returns
    -------
    dict
        Step to whole seconds: of the notebooks and of the mock surveys they read.
    """
    rule = {name: name.replace("/", "_") for name in order}
    chains = {}
    following = {name: [one for one in order if name in upstream(one, order)] for name in order}
    for name in sorted(order, key=lambda name: len(following[name])):  # what ends chains first
        after = max((chains[rule[one]] for one in following[name]), default=0)
        chains[rule[name]] = round(seconds.get(rule[name], usual)) + after
    for name, spec in order.items():
        for step in (f"mock_{survey}" for survey in spec.get("data", [])):
            chain = round(seconds.get(step, usual)) + chains[rule[name]]
            chains[step] = max(chain, chains.get(step, 0))
    return chains


def title(name, root="."):
    """Return the title of a notebook, its first heading."""
    path = Path(root, "notebooks", f"{name}.ipynb")
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        for line in "".join(cell["source"]).splitlines():
            if cell["cell_type"] == "markdown" and line.startswith("# "):
                return line[2:].strip()
    return name
