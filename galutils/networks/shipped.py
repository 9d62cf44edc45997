"""Networks that the project ships, so that a notebook judges them instead of training them anew.

A family is the networks of one training function, one a fold. ``data/weights/NAME.keras`` holds
them in half precision and without the optimizer's state, ``NAME.json`` records how they came about:
settings, seeds, history, time, machine, scores, and which galaxies each of them was trained on. A
shipped network is used only where it judges galaxies that it has not seen.
"""

import json
import time
from pathlib import Path

import numpy as np
import pandas as pd

from galutils.networks import device, saved, wrappers
from galutils.store import files

FOLDER = Path(__file__).parents[2] / "data" / "weights"
ROLES = {"T": "training", "V": "validation", "B": "copies in both", "E": "not seen"}


class Family:
    """A training function that hands out shipped networks where they fit.

    Parameters
    ----------
    name : str
        Of the files in `folder`.
    fit_side : callable
        Takes inputs, labels, groups and a seed, returns model and history, as
        `galutils.networks.cross_validation.fit_watched` does. ``attrs`` of the history may name
        the groups that were used for ``training`` and for ``validation``; else all trained.
    settings : dict
        What the training depends on besides galaxies and seed: numbers, texts, mappings of these.
    weights : {"auto", "train"}
        ``auto`` takes the shipped networks if settings, seed and the galaxies to train on are
        those of the record, and trains otherwise; ``train`` trains in any case, for `ship`.
    folder : path-like

    Attributes
    ----------
    trained : bool
        Whether any network was trained here.
    members : list of dict
        ``seed``, ``seconds`` and ``history`` of the networks so far, shipped or trained.

    Raises
    ------
    ValueError
        If `weights` is neither, or a shipped file is damaged; names what was expected and received.
    """

    def __init__(self, name, fit_side, settings, weights="auto", folder=FOLDER):
        if weights not in ("auto", "train"):
            raise ValueError(f"weights: expected auto or train, received {weights!r}")
        self.name, self.fit_side, self.weights, self.folder = name, fit_side, weights, Path(folder)
        self.settings = json.loads(json.dumps(settings))  # as they stand in a record
        self.trained, self.members, self._models, self._shipped = False, [], [], []
        if weights == "auto" and self._path().is_file():
            models, self._record = read(name, folder)
            if self._record["settings"] == self.settings:
                self._shipped = models

    def _path(self, suffix=".keras"):
        return self.folder / f"{self.name}{suffix}"

    def __call__(self, x, labels, groups, seed):
        """Return model and history of the next network, as `fit_side` does."""
        number = len(self.members)
        if number < len(self._shipped):
            member = self._record["members"][number]
            if member["seed"] == seed and seen(self._record, number) == set(groups.tolist()):
                self.members.append(member)
                return self._shipped[number], pd.DataFrame(member["history"])
        start = time.perf_counter()
        model, history = self.fit_side(x, labels, groups, seed)
        self.members.append(
            {
                "seed": int(seed),
                "seconds": round(time.perf_counter() - start, 1),
                "history": {c: history[c].astype(float).round(5).tolist() for c in history},
                "training": history.attrs.get("training", groups),
                "validation": history.attrs.get("validation", ()),
            }
        )
        self.trained = True
        self._models.append(wrappers.in_float32(model))  # a copy: the next may use this one again
        return model, history

    def ship(self, groups, **facts):
        """Write the networks and their record if ``weights`` is ``train``; else do nothing.

        Networks that were trained for another sample or with other settings never replace those
        that are shipped.

        Parameters
        ----------
        groups : ndarray
            The galaxy of each row of the whole sample.
        **facts
            What else the record holds: ``about``, ``source``, ``scores``, ...
        """
        if self.weights != "train":
            return
        galaxies = np.unique(groups)
        saved.save(wrappers.ensemble(self._models), self._path(), half=True)
        members = [
            {key: one[key] for key in ("seed", "seconds", "history")}
            | {"roles": _roles(galaxies, one["training"], one["validation"])}
            for one in self.members
        ]
        record = {
            "name": self.name,
            **facts,
            "settings": self.settings,
            "machine": device.describe(),
            "date": time.strftime("%Y-%m-%d"),
            "sha256": saved.checksum(self._path()),
            "roles": ROLES,
            "galaxies": galaxies.tolist(),
            "members": members,
        }
        files.write_json(self._path(".json"), record)


def _roles(galaxies, training, validation):
    """Return one letter of `ROLES` for each galaxy, in one text."""
    trained, watched = np.isin(galaxies, training), np.isin(galaxies, validation)
    return "".join(np.select([trained & watched, trained, watched], [*"BTV"], "E"))


def seen(record, number):
    """Return the set of galaxies that a network was trained on or stopped by.

    Parameters
    ----------
    record : dict
        As `read` returns it.
    number : int
        Which network of the family.
    """
    roles = record["members"][number]["roles"]
    return {one for one, role in zip(record["galaxies"], roles, strict=True) if role != "E"}


def read(name, folder=FOLDER):
    """Read the networks of a family and their record.

    Parameters
    ----------
    name : str
    folder : path-like

    Returns
    -------
    models : list of keras.Model
        In float32, not compiled.
    record : dict

    Raises
    ------
    ValueError
        If a file is missing or damaged, or the record is of another file; names the file, what
        was expected and what was received.
    """
    path = Path(folder, f"{name}.keras")
    model, record = saved.load(path), files.read_json(path.with_suffix(".json"))
    expected, received = record.get("sha256"), saved.checksum(path)
    if expected != received:
        raise ValueError(f"{path}: expected sha256 {expected}, received {received}")
    members = wrappers.members(model)
    if len(members) != len(record["members"]):
        raise ValueError(
            f"{path}: expected {len(record['members'])} networks, received {len(members)}"
        )
    return members, record
