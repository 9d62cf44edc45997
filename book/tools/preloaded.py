"""Run modules in processes that start with the large libraries imported.

TensorFlow, papermill and the rest take seconds to import, and every notebook would do so twice. A
server imports them once and forks a process for each module that it is asked for. Snakemake's
steps, and through a kernel specification of Jupyter the notebooks' kernels, are asked for by
``python book/tools/preloaded.py MODULE ARGUMENTS``, which stays until the module has ended, hands
on signals, and runs the module itself where there is no server. If either end dies, so does the
other. galutils is not among the libraries: its modules are imported anew by every process.
"""

import atexit
import contextlib
import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

LIBRARIES = (
    "IPython.display", "astropy.coordinates", "astropy.cosmology", "astropy.io.fits",
    "astropy.modeling.functional_models", "astropy.nddata", "astropy.stats", "astropy.table",
    "astropy.wcs", "esda", "galsim", "h5py", "ipykernel.debugger", "ipykernel.ipkernel", "keras",
    "matplotlib.pyplot", "pandas", "papermill", "pyarrow.parquet", "scipy.interpolate",
    "scipy.ndimage", "scipy.optimize", "scipy.spatial.transform", "scipy.stats", "seaborn",
    "skimage.measure", "sklearn.ensemble", "sklearn.linear_model", "sklearn.model_selection",
    "sklearn.pipeline", "tensorflow", "yaml",
)  # fmt: skip
ADDRESS = "GALUTILS_PRELOADED"  # variable of the environment: the server's socket
KERNEL = "python3"  # the kernel that the notebooks name


@contextlib.contextmanager
def server(**variables):
    """Serve preloaded processes, and Jupyter's kernels among them, while the context lasts.

    Parameters
    ----------
    **variables : str
        Environment of the server, where it is not set: what libraries read on import.

    Yields
    ------
    dict of str to str
        Environment for what shall be served.
    """
    from ipykernel.kernelspec import get_kernel_dict

    environment = variables | os.environ
    with (
        tempfile.TemporaryDirectory(prefix="galutils-") as folder,
        socket.socket(socket.AF_UNIX) as s,
    ):
        address = str(Path(folder, "socket"))
        command = [sys.executable, str(Path(__file__).absolute())]
        kernel = Path(folder, "kernels", KERNEL, "kernel.json")
        kernel.parent.mkdir(parents=True)
        argv = [*command, "ipykernel_launcher", "-f", "{connection_file}"]
        kernel.write_text(json.dumps(get_kernel_dict() | {"argv": argv}))
        s.bind(address)
        s.listen(64)
        # read on import: the backend that ipykernel sets
        early = {"MPLBACKEND": "module://matplotlib_inline.backend_inline"}
        # TensorFlow tells of the processor on import, whatever its level of messages. An error in
        # an import ends the server; each module then imports for itself and says what failed.
        process = subprocess.Popen(
            [*command, "--serve", str(s.fileno())], env=environment | early, start_new_session=True,
            stdin=subprocess.PIPE, stderr=subprocess.DEVNULL, pass_fds=[s.fileno()],
        )  # fmt: skip
        s.close()  # so that nobody waits for a server that has died
        paths = [folder, *filter(None, [environment.get("JUPYTER_PATH")])]
        try:
            yield environment | {ADDRESS: address, "JUPYTER_PATH": os.pathsep.join(paths)}
        finally:
            process.stdin.close()
            process.kill()  # it may still be at its imports
            process.wait()


def serve(descriptor):
    """Import the libraries, then fork a process for each request until standard input ends."""
    # not ipykernel's application, which looks for its parent in the environment on import
    listener = socket.socket(fileno=descriptor)
    for name in LIBRARIES:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()  # else each process looks through the libraries for garbage, again when it ends
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the processes
    while True:
        ready, _, _ = select.select([listener, sys.stdin], [], [])
        if sys.stdin in ready:
            return 0
        connection, _ = listener.accept()
        if os.fork() == 0:
            listener.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.default_int_handler)  # also where it was ignored
            return _work(connection)
        connection.close()


def _work(connection):
    """Become the process that was asked for: its streams, folder, environment and arguments."""
    os.setsid()
    length = int.from_bytes(connection.recv(8, socket.MSG_WAITALL))
    _, streams, _, _ = socket.recv_fds(connection, 1, 3)
    request = json.loads(connection.recv(length, socket.MSG_WAITALL))
    for place, stream in enumerate(streams):
        os.dup2(stream, place)
        os.close(stream)
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"], JPY_PARENT_PID=str(os.getppid()))
    connection.sendall(os.getpid().to_bytes(8))
    connection.recv(1)  # waits until the other end hands on signals
    threading.Thread(target=_end_with, args=[connection], daemon=True).start()
    status = [1]
    # called after all else that is registered, and after the traceback of an error was printed
    atexit.register(_leave, connection, status)
    try:
        _run(request["arguments"])
        status[0] = 0
    except SystemExit as error:
        status[0] = error.code if isinstance(error.code, int) else int(error.code is not None)
        raise


def _leave(connection, status):
    """Report the status and end, without taking the libraries apart."""
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    connection.sendall(bytes(status))
    os._exit(0)


def _end_with(connection):
    """End this process when the one that asked for it has ended."""
    if not connection.recv(1):
        os._exit(1)


def _run(arguments):
    """Run a module as ``python -m`` does."""
    sys.path[0] = os.getcwd()
    sys.argv = arguments
    runpy.run_module(arguments[0], run_name="__main__", alter_sys=True)


def ask(arguments):
    """Run a module in a preloaded process, or in this one if there is no server.

    Parameters
    ----------
    arguments : list of str
        The module and its arguments.

    Returns
    -------
    int
        Its exit status; 137 if it was killed.
    """
    connection, parent = socket.socket(socket.AF_UNIX), os.getppid()
    try:
        connection.connect(os.environ[ADDRESS])
        request = {"folder": os.getcwd(), "environment": dict(os.environ), "arguments": arguments}
        text = json.dumps(request).encode()
        connection.sendall(len(text).to_bytes(8))
        socket.send_fds(connection, [b"."], [0, 1, 2])
        connection.sendall(text)
        process = int.from_bytes(connection.recv(8, socket.MSG_WAITALL))
    except (KeyError, OSError):
        process = 0
    if not process:
        return _run(arguments)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda number, _: os.kill(process, number))
    with contextlib.suppress(OSError):  # it may have been killed
        connection.sendall(b".")
    while not select.select([connection], [], [], 1)[0]:
        if os.getppid() != parent:
            return 1
    status = connection.recv(1)
    return status[0] if status else 128 + signal.SIGKILL


if __name__ == "__main__":
    if sys.argv[1] == "--serve":
        sys.exit(serve(int(sys.argv[2])))
    sys.exit(ask(sys.argv[1:]))
