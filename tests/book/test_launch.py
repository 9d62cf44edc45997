import subprocess

import pytest

from book.tools import launch

HERE = "https://github.com/group/galaxies"


@pytest.fixture(autouse=True)
def no_settings(monkeypatch):
    for name in ("GALUTILS_REPOSITORY", "GALUTILS_JUPYTERHUB"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def copy(tmp_path):
    """Return a function that makes a working copy with a remote."""

    def make(remote):
        subprocess.run(["git", "init", "-q", tmp_path], check=True)
        subprocess.run(["git", "-C", tmp_path, "remote", "add", "origin", remote], check=True)
        return tmp_path

    return make


@pytest.mark.parametrize(
    "remote",
    [
        HERE,
        f"{HERE}.git",
        "git@github.com:group/galaxies.git",
        "ssh://git@github.com/group/galaxies",
        "https://someone:secret@github.com/group/galaxies.git",
    ],
)
def test_every_form_of_an_address_is_the_same_and_without_a_secret(remote, copy):
    assert launch.repository(copy(remote)) == HERE


@pytest.mark.parametrize(
    "remote",
    ["/srv/git/galaxies.git", "file:///srv/x/y", "https://example.org/a/b", "https://github.com/a"],
)
def test_another_address_gives_no_buttons(remote, copy):
    assert launch.repository(copy(remote)) is None


def test_a_folder_without_git_has_no_address(tmp_path):
    assert launch.repository(tmp_path) is None
    assert launch.branch(tmp_path) == "main"
    assert launch.settings(None, "main") == {}
    assert "make lab" in launch.paragraph(None)
    assert "Binder" not in launch.paragraph(None)


def test_the_environment_goes_first_and_may_say_that_there_is_none(copy, monkeypatch):
    folder = copy(HERE)
    monkeypatch.setenv("GALUTILS_REPOSITORY", "git@gitlab.com:other/place.git")
    assert launch.repository(folder) == "https://gitlab.com/other/place"
    monkeypatch.setenv("GALUTILS_REPOSITORY", "")
    assert launch.repository(folder) is None
    monkeypatch.setenv("GALUTILS_REPOSITORY", "galaxies")
    with pytest.raises(ValueError, match="GALUTILS_REPOSITORY.*HOST/OWNER/NAME.*'galaxies'"):
        launch.repository(folder)


def test_the_branch_is_the_remotes_default_one(copy):
    folder = copy(HERE)
    head = ["symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/trunk/one"]
    subprocess.run(["git", "-C", folder, *head], check=True)
    assert launch.branch(folder) == "trunk/one"


def test_colab_is_offered_for_github_alone_and_a_hub_where_it_is_named(monkeypatch):
    github = launch.settings(HERE, "main")
    assert (github["repository_url"], github["repository_branch"]) == (HERE, "main")
    assert set(github["launch_buttons"]) == {"notebook_interface", "binderhub_url", "colab_url"}
    assert "Binder or Colab" in launch.paragraph(HERE)
    monkeypatch.setenv("GALUTILS_JUPYTERHUB", "https://hub.example.org")
    gitlab = launch.settings("https://gitlab.com/a/b", "main")["launch_buttons"]
    assert "colab_url" not in gitlab
    assert gitlab["jupyterhub_url"] == "https://hub.example.org"
    assert "Binder or your JupyterHub" in launch.paragraph("https://gitlab.com/a/b")
