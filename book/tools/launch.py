"""Where the notebooks can be opened: the repository's address, if it is known, and what follows."""

import os
import re
import subprocess

HOSTS = ("github.com", "gitlab.com")  # those that Binder knows by name
ADDRESS = re.compile(
    r"(?:https?://(?:[^@/]*@)?|ssh://(?:[^@/]*@)?|[^@/]+@)(?P<host>[^:/]+)[:/]"
    r"(?P<path>[^/]+/[^/]+?)(?:\.git)?/?"
)
LOCALLY = """`make lab` opens JupyterLab on the notebooks of a copy of this project; any
page's notebook can also be downloaded with the arrow at its top right."""
ELSEWHERE = """The rocket at the top right of a page opens its notebook on {places}, and the
mark beside it leads to the [repository]({address}). Binder prepares the whole environment, which
takes some minutes; a notebook that reads what earlier ones wrote wants `galutils run` in a
terminal there first.{colab}"""
COLAB = """ Colab opens the notebook alone: begin with
`!git clone {address} && pip install -e {name}`, then `%cd {name}/notebooks/sami` or whichever
folder it lies in."""


def repository(folder):
    """Return the address of the repository a folder belongs to.

    Parameters
    ----------
    folder : str or path
        A working copy. ``GALUTILS_REPOSITORY`` in the environment goes before its remote
        ``origin``; set but empty, it says that there is no address.

    Returns
    -------
    str or None
        ``https://<host>/<owner>/<name>`` without user or password; None if there is no remote, or
        it is not at one of `HOSTS`.

    Raises
    ------
    ValueError
        If ``GALUTILS_REPOSITORY`` is neither empty nor such an address.
    """
    named = os.environ.get("GALUTILS_REPOSITORY")
    if named is None:
        return normal(_git(folder, "remote", "get-url", "origin"))
    address = normal(named)
    if named and address is None:
        raise ValueError(
            f"GALUTILS_REPOSITORY: expected https://HOST/OWNER/NAME with HOST one of "
            f"{', '.join(HOSTS)}, received {named!r}"
        )
    return address


def normal(address):
    """Return a remote's address as ``https://<host>/<owner>/<name>``, or None if it is no such."""
    found = ADDRESS.fullmatch(address.strip())
    if found is None or found["host"] not in HOSTS:
        return None
    return f"https://{found['host']}/{found['path']}"


def branch(folder):
    """Return the branch the links lead to: the remote's default one, or ``main``."""
    head = _git(folder, "symbolic-ref", "--short", "refs/remotes/origin/HEAD")
    return head.partition("/")[2] or "main"


def settings(address, branch):
    """Return the theme's options for the buttons; none without an address.

    Parameters
    ----------
    address : str or None
        As :func:`repository` returns it.
    branch : str
        The branch that the links lead to.

    Returns
    -------
    dict
        Entries of ``html_theme_options``. ``GALUTILS_JUPYTERHUB`` in the environment names a
        JupyterHub with nbgitpuller, if there is one.
    """
    if address is None:
        return {}
    buttons = {"notebook_interface": "jupyterlab", "binderhub_url": "https://mybinder.org"}
    if _on_github(address):
        buttons["colab_url"] = "https://colab.research.google.com"
    if os.environ.get("GALUTILS_JUPYTERHUB"):
        buttons["jupyterhub_url"] = os.environ["GALUTILS_JUPYTERHUB"]
    return {
        "repository_url": address,
        "repository_branch": branch,
        "path_to_docs": "",  # pages lie in the book as notebooks lie in the repository
        "use_repository_button": True,
        "launch_buttons": buttons,
    }


def paragraph(address):
    """Return a Markdown paragraph that says where notebooks can be opened."""
    if address is None:
        return LOCALLY + "\n"
    github = _on_github(address)
    hub = ["your JupyterHub"] if os.environ.get("GALUTILS_JUPYTERHUB") else []
    places = " or ".join(["Binder", *(["Colab"] if github else []), *hub])
    colab = COLAB.format(address=address, name=address.rpartition("/")[2]) if github else ""
    return f"{LOCALLY} {ELSEWHERE.format(places=places, address=address, colab=colab)}\n"


def _on_github(address):
    return address.startswith("https://github.com/")


def _git(folder, *words):
    """Return what git says of a folder, empty if there is no git or nothing to say."""
    try:
        said = subprocess.run(
            ["git", "-C", str(folder), *words], capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        return ""
    return said.stdout.strip()
