"""Kernels forked from one process that has imported what notebooks import.

Imports take a notebook that uses TensorFlow some ten seconds of a core, and a run has sixty
notebooks. `serve` runs beside Snakemake; `book.tools.run_notebook` starts `relay` in the place of a
kernel, which asks it for a fork. Where no server answers, the relay becomes an ordinary kernel.
Modules of galutils are not imported beforehand: their source may change during a run.
"""

import contextlib
import gc
import importlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

VARIABLE = "GALUTILS_KERNELS"  # environment variable with the address of the server
WORTH = 3  # kernels from which importing once is the shorter way
WATCH = 1.0  # seconds between two looks at whether a parent is still there
INLINE = "module://matplotlib_inline.backend_inline"  # as ipykernel sets it
MODULES = (
    "ipykernel.kernelapp", "ipykernel.ipkernel", "numpy", "pandas", "scipy.stats", "scipy.ndimage",
    "scipy.optimize", "scipy.signal", "sklearn.ensemble", "sklearn.linear_model",
    "sklearn.metrics", "sklearn.model_selection", "sklearn.pipeline", "astropy.table",
    "astropy.io.fits", "astropy.coordinates", "astropy.cosmology", "astropy.visualization", "h5py",
    "PIL.Image", "skimage.color", "matplotlib.pyplot", "seaborn", "tensorflow", "keras",
)  # fmt: skip


@contextlib.contextmanager
def server():
    """Serve kernels while the context lasts.

    Should this process be killed, the server goes on for those who hold what it yields.

    Yields
    ------
    environment : dict
        For those who may ask for kernels.
    held : int
        File descriptor; the server ends when nobody holds it open any longer.
    """
    if not sys.platform.startswith("linux"):  # elsewhere a fork without exec is not safe
        yield dict(os.environ), os.open(os.devnull, os.O_RDONLY)
        return
    with tempfile.TemporaryDirectory(prefix="galutils-") as folder:
        address = str(Path(folder, "kernels"))
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(address)
            listening.listen(64)  # from now on askers wait, however long the server takes to start
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", "book.tools.kernels", str(listening.fileno())],
                stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                pass_fds=[listening.fileno()], start_new_session=True,
            )  # fmt: skip
        try:
            yield {**os.environ, VARIABLE: address}, process.stdin.fileno()
        finally:
            process.stdin.close()
            process.kill()
            process.wait()


def serve(number):
    """Fork a kernel for every connection to a listening socket, until the standard input ends."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the kernels
    with socket.socket(fileno=int(number)) as listening:
        count = 0
        while sys.stdin.buffer not in select.select([listening, sys.stdin.buffer], [], [])[0]:
            connection, _ = listening.accept()
            count += 1
            if count == WORTH:
                _import()
            if os.fork() == 0:
                listening.close()
                _become_kernel(connection)
            connection.close()


def _import():
    os.environ.setdefault("MPLBACKEND", INLINE)
    for name in MODULES:
        importlib.import_module(name)
    gc.freeze()  # or the collector of every kernel would copy these pages


def _become_kernel(connection):
    """Take over files, folder and environment of who asked, and run a kernel to its end."""
    server = os.getppid()
    _, files, *_ = socket.recv_fds(connection, 1, 3)
    asked = json.loads(connection.makefile("rb").readline())
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.chdir(asked["folder"])
    os.environ.clear()
    os.environ.update(asked["environment"])
    threading.Thread(target=_obey, args=[connection, server], daemon=True).start()
    sys.argv = ["ipykernel_launcher", *asked["arguments"]]
    from ipykernel.kernelapp import IPKernelApp

    # given here since ipykernel reads it from the environment when it is imported
    IPKernelApp.launch_instance([*sys.argv[1:], f"--IPKernelApp.parent_handle={server}"])
    sys.exit()


def _obey(connection, server):
    """Pass on signals from the relay; end with it, or with the server."""
    while os.getppid() == server:
        if select.select([connection], [], [], WATCH)[0]:
            told = connection.recv(1)
            if not told:
                break
            os.kill(os.getpid(), told[0])
    os._exit(1)


def relay(address, *arguments):
    """Ask a server for a kernel and live as long as it does; become one if there is no server."""
    parent = os.getppid()
    with socket.socket(socket.AF_UNIX) as connection:
        try:
            connection.connect(address)
        except OSError:
            launch = [sys.executable, "-m", "ipykernel_launcher", *arguments]
            os.execv(sys.executable, launch)
        asked = {"folder": os.getcwd(), "environment": dict(os.environ), "arguments": arguments}
        socket.send_fds(connection, [b"\n"], [0, 1, 2])
        connection.sendall(json.dumps(asked).encode() + b"\n")
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda number, _: connection.send(bytes([number])))
        connection.settimeout(WATCH)
        while os.getppid() == parent:
            with contextlib.suppress(TimeoutError):
                if not connection.recv(1):
                    return


def manager():
    """Return settings of an execution: whose kernels these are.

    Returns
    -------
    dict
        For `papermill.execute_notebook`; empty where there is no server.
    """
    address = os.environ.get(VARIABLE)
    if not address:
        return {}
    from jupyter_client import AsyncKernelManager

    class Manager(AsyncKernelManager):
        def format_kernel_cmd(self, extra_arguments=None):
            command = [sys.executable, "-IS", __file__, address, "-f", self.connection_file]
            return command + (extra_arguments or [])

    return {"kernel_manager_class": Manager}


if __name__ == "__main__":
    (relay if sys.argv[2:] else serve)(*sys.argv[1:])
