"""Execute one notebook with checked parameters: ``python -m book.tools.run_notebook``."""

import argparse
import ast
import contextlib
import json
import os
import sys
from pathlib import Path

from galutils.store import files

TYPES = {"int": int, "float": float, "str": str, "bool": bool, "list": list}


class UsageError(ValueError):
    """The command line asks for something that cannot be done."""


class ParameterError(UsageError):
    """A notebook's parameters, or those given to it, are not as they should be."""


class NotebookError(RuntimeError):
    """A notebook failed while it ran; the message holds the failing cell and its traceback."""


def inspect_parameters(path):
    """Read the parameters a notebook declares in the cell tagged ``parameters``.

    Parameters
    ----------
    path : str or path
        The notebook.

    Returns
    -------
    dict
        Name to (type, default), the type one of int, float, str, bool, list.

    Raises
    ------
    ParameterError
        If there is not exactly one such cell, if it holds anything but ``name: type = value`` with
        plain values, or if a default does not fit its type.
    """
    try:
        cells = json.loads(files.regular(path).read_text(encoding="utf-8"))["cells"]
        tagged = [
            "".join(cell["source"])
            for cell in cells
            if cell["cell_type"] == "code" and "parameters" in cell["metadata"].get("tags", [])
        ]
    except Exception as error:  # of the file, of JSON, or a key that is missing
        reason = f"{type(error).__name__}: {str(error)[:200]}"
        raise ParameterError(f"{path}: expected a notebook, received {reason}") from error
    if len(tagged) != 1:
        raise ParameterError(f"{path}: expected one cell tagged 'parameters', found {len(tagged)}")
    try:
        statements = ast.parse(tagged[0]).body
    except (SyntaxError, ValueError, TypeError, MemoryError, RecursionError) as error:
        raise ParameterError(f"{path}: expected parameters, received {error}") from error
    declared = {}
    for statement in statements:
        name, kind, default = _declared(path, statement)
        if name in declared:
            raise ParameterError(f"{path}: expected each parameter once, received {name} twice")
        _check_type(path, name, kind, default)
        declared[name] = (kind, default)
    return declared


def _declared(path, statement):
    """Return name, type and default of ``name: type = value``."""
    try:
        kind = TYPES[ast.unparse(statement.annotation).partition("[")[0]]
        return statement.target.id, kind, ast.literal_eval(statement.value)
    except (AttributeError, KeyError, ValueError, TypeError, MemoryError, RecursionError):
        raise ParameterError(
            f"{path}: expected 'name: type = value', a plain value and one of {', '.join(TYPES)}, "
            f"received '{ast.unparse(statement)}'"
        ) from None


def _check_type(path, name, kind, value):
    """Refuse a value of another type, and what JSON does not have, such as NaN.

    An int passes for a float, a bool for nothing else.
    """
    where, received = f"{path}: parameter {name}", repr(value)[:200]
    accepted = (int, float) if kind is float else (kind,)
    if type(value) not in accepted:
        found = type(value).__name__
        raise ParameterError(f"{where}: expected {kind.__name__}, received {found} {received}")
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise ParameterError(
            f"{where}: expected a plain value, received {received}: {error}"
        ) from error


def check_parameters(path, parameters):
    """Refuse parameters that a notebook does not declare, or of another type.

    Returns
    -------
    dict
        The value of every parameter that the notebook declares.

    Raises
    ------
    ParameterError
        See :func:`inspect_parameters`; and for an unknown name or a wrong type.
    """
    declared = inspect_parameters(path)
    if not isinstance(parameters, dict):
        received = type(parameters).__name__
        raise ParameterError(f"{path}: expected parameters by name, received {received}")
    for name, value in parameters.items():
        if name not in declared:
            raise ParameterError(
                f"{path}: unknown parameter {name}; expected one of {', '.join(declared) or 'none'}"
            )
        _check_type(path, name, declared[name][0], value)
    return {name: default for name, (_, default) in declared.items()} | parameters


def execute(source, output, parameters, log):
    """Execute a notebook in its own folder and keep the executed copy.

    Parameters
    ----------
    source, output : str or path
        The notebook and the place of its executed copy, which appears only when all cells ran.
    parameters : dict
        Values for declared parameters; see :func:`check_parameters`.
    log : str or path
        What the run printed. A notebook that fails is left beside it as ``<log>.failed.ipynb``.

    Raises
    ------
    ParameterError
        Before any kernel starts.
    NotebookError
        If a cell fails or ends the kernel.
    """
    source, output, log = (Path(path).absolute() for path in (source, output, log))
    check_parameters(source, parameters)

    # This grammar takes three seconds to read; jsonschema does without, and no schema of notebooks
    # asks for the check of addresses that needs it.
    sys.modules.setdefault("rfc3987_syntax", None)
    import papermill
    from nbclient.exceptions import DeadKernelError

    failed = log.with_suffix(".failed.ipynb")
    log.parent.mkdir(parents=True, exist_ok=True)
    failed.unlink(missing_ok=True)
    # papermill knows notebooks by their ending
    with files.replacing(output, suffix=output.suffix) as temporary:
        try:
            with log.open("w", encoding="utf-8") as stream, _stderr_to(stream):
                papermill.execute_notebook(
                    source, temporary, parameters, cwd=source.parent, progress_bar=False,
                    stdout_file=stream, stderr_file=stream,
                )  # fmt: skip
        except (papermill.PapermillExecutionError, DeadKernelError) as error:
            os.replace(temporary, failed)
            number, code, why = _stopped(error, failed)
            message = (
                f"{source}: cell {number} failed:\n\n{code}\n{why}\n"
                f"log: {log}\nnotebook as far as it ran: {failed}"
            )
            with log.open("a", encoding="utf-8") as stream:
                stream.write(f"\n{message}\n")
            raise NotebookError(message) from None


def _stopped(error, notebook):
    """Return number and code of the cell at which a notebook stopped, and why."""
    if hasattr(error, "cell_index"):
        return error.cell_index, error.source, error
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    begun = [cell["metadata"].get("papermill", {}).get("start_time") for cell in cells]
    number = max((k for k, time in enumerate(begun) if time), default=0)
    code = "".join(cells[number]["source"])
    return number, code, f"the kernel died (out of memory?): {error}"


@contextlib.contextmanager
def _stderr_to(stream):
    """Send what the kernel writes before it captures its own output to the log."""
    kept = os.dup(2)
    os.dup2(stream.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def main(arguments=None):
    """Run from the command line; return 1 and print why if the notebook did not run."""
    parser = argparse.ArgumentParser(prog="python -m book.tools.run_notebook", description=__doc__)
    parser.add_argument("source", help="notebook")
    parser.add_argument("output", help="executed copy")
    parser.add_argument("--parameters", type=json.loads, default={}, help="JSON object")
    parser.add_argument("--log", required=True, help="file for what the run prints")
    options = parser.parse_args(arguments)
    try:
        execute(options.source, options.output, options.parameters, options.log)
    except (ParameterError, NotebookError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
