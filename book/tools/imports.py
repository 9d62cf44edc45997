"""Find the modules a notebook or module stands on, so that a change reruns what depends on it."""

import ast
import functools
import json
from pathlib import Path


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
        for module in _imported(file, root, file.stat().st_mtime_ns):
            if module not in found:
                found.add(module)
                waiting.append(module)
    return sorted(str(module) for module in found - {path})


@functools.cache
def _imported(path, root, _changed):
    """Return the project's files that one file imports, with the packages they are in."""
    return list(_found(path, root))


def _found(path, root):
    for node in ast.walk(ast.parse(_source(path))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                package = path.relative_to(root).parent.parts
                package = package[: len(package) - node.level + 1]
                base = ".".join([*package, base] if base else package)
            names = [f"{base}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            yield from _files(name, root)


def _files(name, root):
    """Yield the files behind a dotted name: every package on the way, and the module."""
    parts = name.split(".")
    if parts[0] != "galutils":
        return
    for end in range(1, len(parts) + 1):
        place = root.joinpath(*parts[:end])
        for file in (place / "__init__.py", place.with_suffix(".py")):
            if file.is_file():
                yield file


def _source(path):
    """Return the Python source of a file; of a notebook, its code without IPython's own lines."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".ipynb":
        return text
    cells = [cell for cell in json.loads(text)["cells"] if cell["cell_type"] == "code"]
    lines = "\n".join("".join(cell["source"]) for cell in cells).splitlines()
    return "\n".join(line for line in lines if not line.lstrip().startswith(("%", "!")))
