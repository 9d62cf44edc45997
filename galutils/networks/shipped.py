"""Networks that the project ships, so that a notebook judges them instead of training them anew.

A family is the networks of one training function, one a fold. ``data/weights/NAME.keras`` holds
them in half precision and without the optimizer's state, ``NAME.json`` records how they came about:
settings, seeds, history, time, machine, scores, and which galaxies each of them was trained on. A
shipped network is used only where it judges galaxies that it has not seen.

Studies of dozens of trainings ship what these found instead: `kept`.
"""

import hashlib
import itertools
import json
import time
from pathlib import Path

import numpy as np
import pandas as pd

from galutils.networks import device, saved, wrappers
from galutils.store import files, package
from galutils.store.files import require

FOLDER = package.shipped("weights")
ROLES = {"T": "training", "V": "validation", "B": "copies in both", "E": "not seen"}


class Family:
    """A training function that hands out shipped networks where they fit.

    Parameters
    ----------
    name : str
        Of the files in `folder`.
    fit_side : callable
        Takes inputs, labels, groups and a seed, returns a model, or a tuple of models of one form,
        and a history, as `galutils.networks.cross_validation.fit_watched` does. ``attrs`` of the
        history may name the groups that were used for ``training`` and for ``validation``; else
        all trained.
    settings : dict
        What the training depends on besides galaxies and seed: numbers, texts, mappings of these.
    weights : {"auto", "train"}
        ``auto`` takes the shipped networks if settings and seed are those of the record, and the
        galaxies to train on are the same too; or all new to networks of an archive's galaxies, as
        those of a mock are. It trains otherwise: networks of a mock never judge an archive that
        they have not seen. ``train`` trains in any case, for `ship`.
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
        _check(weights)
        self.name, self.fit_side, self.weights, self.folder = name, fit_side, weights, Path(folder)
        self.settings = json.loads(json.dumps(settings))  # as they stand in a record
        self.trained, self.members, self._models, self._shipped = False, [], [], []
        if weights == "auto" and self._path().is_file():
            models, self._record = read(name, folder)
            if self._record["settings"] == self.settings:
                self._shipped = models

    @property
    def shipped(self):
        """Number of networks that are shipped for these settings."""
        return len(self._shipped)

    def _path(self, suffix=".keras"):
        return self.folder / f"{self.name}{suffix}"

    def __call__(self, x, labels, groups, seed):
        """Return model and history of the next training, as `fit_side` does.

        ``attrs`` of the history hold ``cpu_seconds`` of the training.
        """
        number = len(self.members)
        if number < len(self._shipped):
            member, given = self._record["members"][number], set(groups.tolist())
            real = self._record.get("source", {}).get("source") == "archive"
            new = real and given.isdisjoint(self._record["galaxies"])
            if member["seed"] == seed and (new or seen(self._record, number) == given):
                self.members.append(member)
                history = pd.DataFrame(member["history"])
                history.attrs["cpu_seconds"] = member.get("cpu_seconds")
                return self._shipped[number], history
        start = time.perf_counter(), time.process_time()
        model, history = self.fit_side(x, labels, groups, seed)
        used = time.process_time() - start[1]
        models = model if isinstance(model, tuple) else [model]
        self.members.append(
            {
                "seed": int(seed),
                "seconds": round(time.perf_counter() - start[0], 1),
                "cpu_seconds": round(used, 1),
                "networks": len(models),
                "history": {c: history[c].astype(float).round(5).tolist() for c in history},
                "training": history.attrs.get("training", groups),
                "validation": history.attrs.get("validation", ()),
            }
        )
        self.trained = True
        # pandas cannot join tables whose attributes hold arrays
        history.attrs = {"cpu_seconds": used}
        self._models += map(wrappers.in_float32, models)  # the next training may use them again
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
            What else the record holds: ``about``, ``source``, ``scores``, ``ranges`` (of the
            maps, as of `galutils.inputs.ranges.of`), ...
        """
        if self.weights != "train":
            return
        galaxies = np.unique(groups)
        saved.save(wrappers.ensemble(self._models), self._path(), half=True)
        members = [
            {key: one[key] for key in ("seed", "seconds", "cpu_seconds", "networks", "history")}
            | {"roles": _roles(galaxies, one["training"], one["validation"])}
            for one in self.members
        ]
        record = {
            "name": self.name,
            **facts,
            "settings": self.settings,
            "machine": device.describe(),
            "date": time.strftime("%Y-%m-%d"),
            "sha256": files.checksum(self._path()),
            "roles": ROLES,
            "galaxies": galaxies.tolist(),
            "members": members,
        }
        files.write_json(self._path(".json"), record)


def _check(weights):
    require(weights in ("auto", "train"), "auto or train", repr(weights), "weights")


def kept(name, compute, settings, rows, weights="auto", folder=FOLDER, **facts):
    """Return what many trainings found: the shipped record where it fits, else computed anew.

    Parameters
    ----------
    name : str
        Of the record in `folder`, ``NAME.json``.
    compute : callable
        Trains; takes nothing and returns a pandas.DataFrame, an array, or a tuple of such.
    settings : dict
        What the result depends on besides the sample: numbers, texts, mappings of these.
    rows : array_like of int
        The sample: identifiers and labels.
    weights : {"auto", "train"}
        ``auto`` takes the record if settings and rows are the same, and computes otherwise;
        ``train`` computes in any case and writes the record.
    folder : path-like
    **facts
        What else the record holds: ``about``, ``source``, ...

    Returns
    -------
    dict of list, list, or list of these
        A frame by its columns, an array as nested lists, numbers with five decimals.

    Raises
    ------
    ValueError
        If `weights` is neither; names what was expected and received.
    """
    _check(weights)
    path = Path(folder, f"{name}.json")
    sample = hashlib.sha256(np.ascontiguousarray(rows, dtype=np.int64).tobytes()).hexdigest()
    key = {"settings": json.loads(json.dumps(settings)), "sample": sample}
    if weights == "auto" and path.is_file():
        record = files.read_json(path)
        if {one: record.get(one) for one in key} == key:
            return record["found"]
    start = time.perf_counter()
    found = json.loads(json.dumps(compute(), default=_plain))
    if weights == "train":
        made = {"machine": device.describe(), "date": time.strftime("%Y-%m-%d")}
        seconds = round(time.perf_counter() - start, 1)
        record = {"name": name, **facts, **key, **made, "seconds": seconds, "found": found}
        files.write(path, json.dumps(record, ensure_ascii=False, allow_nan=False) + "\n")
    return found


def _plain(one):
    """Return a frame or an array as lists, of which JSON can be made; NaN of a frame as None."""
    if not isinstance(one, pd.DataFrame):
        return np.round(one, 5).tolist()
    return {c: json.loads(one[c].to_json(orient="values", double_precision=5)) for c in one}


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
    models : list
        One for each training, in float32 and not compiled: a keras.Model, or a tuple of them.
    record : dict

    Raises
    ------
    ValueError
        If a file is missing or damaged, or the record is of another file; names the file, what
        was expected and what was received.
    """
    path = Path(folder, f"{name}.keras")
    model, record = saved.load(path), files.read_json(path.with_suffix(".json"))
    expected, received = record.get("sha256"), files.checksum(path)
    require(received == expected, f"sha256 {expected}", received, path)
    members = wrappers.members(model)
    counts = [one.get("networks", 1) for one in record["members"]]
    require(len(members) == sum(counts), f"{sum(counts)} networks", len(members), path)
    left = iter(members)
    parts = [tuple(itertools.islice(left, count)) for count in counts]
    return [part if len(part) > 1 else part[0] for part in parts], record


def find(name, folder=FOLDER):
    """Return the path of a network: a file, or a shipped one by its name.

    Parameters
    ----------
    name : str or path-like
        ``.keras`` file; or ``manga_rotation``, or any other that `folder` has.
    folder : path-like

    Returns
    -------
    pathlib.Path
        The file as it is named, if there is no such shipped network.

    Raises
    ------
    ValueError
        If it looks like a name and there is none; lists those with a card.
    """
    inside = Path(folder, f"{name}.keras")
    if inside.is_file() and not Path(name).is_file():
        return inside
    if Path(name).suffix or Path(name).exists():
        return Path(name)
    known = sorted(
        path.name.removesuffix(".card.json") for path in Path(folder).glob("*.card.json")
    )
    raise ValueError(f"{name}: expected a .keras file or one of {', '.join(known)}")
