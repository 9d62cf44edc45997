"""What can be run: the notebooks, and the parameters of one."""

import ast
import json
from pathlib import Path

from book.tools.order import UsageError, profile_values, read, select, title, upstream
from book.tools.run_notebook import inspect_parameters


def notebooks(targets=(), root="."):
    """Return heads and rows of a table of notebooks.

    Parameters
    ----------
    targets : list of str
        Studies and notebooks; all if empty.
    root : path-like
        The project.

    Returns
    -------
    list of str, list of list of str
    """
    order = read(root)
    lines = []
    for name in select(targets, order):
        needs = [one for one in order if one in upstream(name, order)]
        shown = ", ".join(needs[:4]) + (f" and {len(needs) - 4} more" if needs[4:] else "")
        data = ", ".join(order[name].get("data", []))
        lines.append([name, title(name, root), data, shown])
    return ["notebook", "title", "data", "needs"], lines


def parameters(name, profile="quick", root="."):
    """Return heads and rows of a table of the parameters that can be set for a notebook.

    Parameters
    ----------
    name : str
        The notebook.
    profile : str
        Whose values are shown.
    root : path-like
        The project.

    Returns
    -------
    list of str, list of list of str

    Raises
    ------
    UsageError
        If there is no such notebook or profile.
    """
    order = read(root)
    if name not in order:
        raise UsageError(f"{name}: no notebook of the book")
    changed = profile_values(profile, root).get(name, {})
    path = Path(root, "notebooks", f"{name}.ipynb")
    files = {**order[name].get("reads", {}), **order[name].get("writes", {})}
    hidden = {"profile", "source", "results", *files}
    said = _comments(path)
    lines = [
        [parameter, kind.__name__, json.dumps(changed.get(parameter, default)), said[parameter]]
        for parameter, (kind, default) in inspect_parameters(path).items()
        if parameter not in hidden
    ]
    return ["parameter", "type", profile, "meaning"], lines


def _comments(path):
    """Return the comment behind each parameter."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    [source] = [
        "".join(cell["source"])
        for cell in cells
        if "parameters" in cell["metadata"].get("tags", []) and cell["cell_type"] == "code"
    ]
    lines, said = source.splitlines(), {}
    for statement in ast.parse(source).body:
        target = statement.target if isinstance(statement, ast.AnnAssign) else statement.targets[0]
        rest = lines[statement.end_lineno - 1][statement.end_col_offset :]
        said[target.id] = rest.strip().removeprefix("#").strip()
    return said
