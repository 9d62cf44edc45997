"""Find the modules a notebook or module stands on, so that a change reruns what depends on it."""

import ast
import functools
import json
from importlib.util import resolve_name
from pathlib import Path

DATA = (".csv", ".yml", ".sql", ".mplstyle", ".txt")  # that stand beside modules


def closure(path, root="."):
    """Return the files of the project that a file imports, directly or not.

    Imports inside functions count; nothing is executed.

    Parameters
    ----------
    path : str or path
        A notebook or a module.
    root : str or path
        Folder that holds the package ``galutils``.

    Returns
    -------
    list of str
        Sorted paths under ``root``, without ``path`` itself.
    """
    path, root = Path(path), Path(root)
    found, waiting = set(), [path]
    while waiting:
        file = waiting.pop()
        new = _imported(file, root, file.stat().st_mtime_ns) - found
        found |= new
        waiting += [one for one in new if one.suffix == ".py"]
    return sorted(str(module) for module in found - {path})


@functools.cache
def _imported(path, root, _changed):
    """Return the project's files that one file imports, with the packages they are in."""
    names, package = [], ".".join(path.relative_to(root).parent.parts)
    for node in ast.walk(ast.parse(_source(path))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = resolve_name("." * node.level + (node.module or ""), package)
            names += [f"{base}.{alias.name}" for alias in node.names]
    parts = [name.split(".") for name in names if name.startswith("galutils")]
    places = {root.joinpath(*one[:end]) for one in parts for end in range(1, len(one) + 1)}
    files = [file for one in places for file in (one / "__init__.py", one.with_suffix(".py"))]
    return {file for file in files if file.is_file()} | _data(path)


def _data(path):
    """Return the tables beside a module that it names, or that have its name."""
    others = (file for file in path.parent.iterdir() if file.suffix in DATA)
    text = path.read_text(encoding="utf-8") if path.suffix == ".py" else ""
    return {file for file in others if text and (file.stem == path.stem or file.name in text)}


def _source(path):
    """Return the Python source of a file; of a notebook, its code without IPython's own lines."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".ipynb":
        return text
    cells = [cell for cell in json.loads(text)["cells"] if cell["cell_type"] == "code"]
    lines = "\n".join("".join(cell["source"]) for cell in cells).splitlines()
    return "\n".join(line for line in lines if not line.lstrip().startswith(("%", "!")))
