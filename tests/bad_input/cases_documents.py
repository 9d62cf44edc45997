"""JSON and arrays: recorded results, model cards, cached features."""

import io
import json

import numpy as np

from galutils.networks import cards
from galutils.results import reader as results_reader
from galutils.results import record, report

from . import kinds
from .case import Case, Reader

RESULT, CARD, CACHE = "results/sami/sami-f1.json", "model.card.json", "features_a.npz"
ITEM = {
    "id": "sami-f1",
    "study": "sami",
    "kind": "figure",
    "notebook": "sami/04_training",
    "source": "mock",
    "profile": "quick",
    "files": ["sami/sami-f1.png"],
    "numbers": {"accuracy": {"as_published": 0.9, "grouped": 0.8}},
    "published": {},
    "caption": "a caption",
    "alt": "a figure",
}
STEP = {"function": "galutils.inputs.images.block_average", "arguments": {"side": 64}}
BODY = {"name": "toy", "preprocessing": [STEP], "metrics": [], "data": {}, "file": None}


def write_result(folder):
    path = folder / RESULT
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(ITEM, indent=1))
    path.with_suffix(".png").write_bytes(b"picture")
    (folder / "keep.png").write_bytes(b"a picture of somebody else")


def write_card(folder):
    (folder / CARD).write_text(json.dumps(dict.fromkeys(cards.KEYS, "text") | BODY, indent=1))


def cached(array):
    """Bytes of an array as the cache has it."""
    buffer = io.BytesIO()
    np.savez(buffer, features=array)
    return buffer.getvalue()


def write_cache(folder):
    (folder / CACHE).write_bytes(cached(np.ones((3, 4), np.float32)))


def _gather(folder):
    return report.gather(folder / "results")


def _recorder(folder):
    try:
        record.Recorder("sami/04_training", "mock", "quick", folder / "results")
    finally:
        assert (folder / "keep.png").is_file(), "somebody else's file was removed"
    return sorted(path.name for path in folder.rglob("*"))


def _number(folder):
    return results_reader.number(folder / "results", "sami-f1", "accuracy", "grouped", "a card")


GATHER = Reader("report.gather", write_result, _gather)
RECORDER = Reader("record.Recorder", write_result, _recorder)
NUMBER = Reader("recorded.number", write_result, _number)
CARDS = Reader("cards.read", write_card, lambda folder: cards.read(folder / CARD))
FILES = {GATHER: RESULT, RECORDER: RESULT, NUMBER: RESULT, CARDS: CARD}
TEXT = kinds.TEXT | {
    "a NUL in a text": (kinds.text("e", "\0", 1), "NUL"),
    "in UTF-16": (kinds.change(lambda data: data.decode().encode("utf-16")), "UTF-8"),
    "cut short": (kinds.change(lambda data: data[:-20]), "JSONDecodeError"),
    "a list": (kinds.content(b"[1, 2]"), "received list"),
    "a number": (kinds.content(b"7"), "received int"),
    "in brackets 100000 deep": (kinds.content(b"[" * 100_000), "RecursionError"),
    "a whole number of 5000 digits": (kinds.content(b'{"a": %s}' % (b"9" * 5000)), "received"),
    "an empty object": (kinds.content(b"{}"), "received"),
}
del TEXT["a NUL in a row"]


def at(name, damage):
    return lambda folder: damage(folder / name)


def told(path, **changes):
    """Change entries of a document."""

    def damage(folder):
        document = json.loads((folder / path).read_text()) | changes
        (folder / path).write_text(json.dumps(document))

    return damage


def _cases():
    for reader, file in FILES.items():
        name = file.split("/")[-1]
        for what, (damage, word) in TEXT.items():
            words = (name, word)
            if reader is NUMBER and what == "an empty object":
                words = ("sami-f1", "NoneType")
            if reader is NUMBER and what == "a link to itself":
                words = ("sami-f1", "received 0")
            yield Case(reader, what, at(file, damage), words)
    name = "sami-f1.json"
    for reader in (GATHER, RECORDER):
        for what, changes, word in (
            ("files in another folder", {"files": ["../keep.png"]}, "../keep.png"),
            ("files by absolute path", {"files": ["/etc/hosts"]}, "/etc/hosts"),
            ("files of another item", {"files": ["sami/sami-f2.png"]}, "sami-f2.png"),
            ("files as a text", {"files": "sami/sami-f1.png"}, "files as list"),
            ("a number for a file", {"files": [7]}, "received 7"),
            ("numbers as a list", {"numbers": [1]}, "numbers as dict"),
            ("another id", {"id": "sami-f2"}, "sami/sami-f2"),
            ("another study", {"study": "arms"}, "arms/sami-f1"),
            ("no notebook", {"notebook": None}, "notebook as str"),
        ):
            yield Case(reader, what, told(RESULT, **changes), (name, word))
    for what, numbers, word in (
        ("no such number", {"f1": 0.5}, "received f1"),
        ("a number without protocols", {"accuracy": 0.5}, "grouped"),
        ("numbers as a list", [1], "received list"),
    ):
        yield Case(NUMBER, what, told(RESULT, numbers=numbers), ("sami-f1", word))
    for what, changes, word in (
        ("a step that is no step", {"preprocessing": [7]}, "received 7"),
        (
            "a step that calls a program",
            {
                "preprocessing": [
                    {"function": "os.system", "arguments": {"command": "touch canary"}}
                ]
            },
            "os.system",
        ),
        ("a step without arguments", {"preprocessing": [{"function": STEP["function"]}]}, "a step"),
        ("arguments as a list", {"preprocessing": [STEP | {"arguments": [1]}]}, "a step"),
        ("steps as a text", {"preprocessing": "none"}, "received str"),
        ("a key of its own", {"run": "touch canary"}, "['run']"),
        ("a file as a text", {"file": "model.keras"}, "expected file"),
    ):
        yield Case(CARDS, what, told(CARD, **changes), (CARD, word))
    gone = at(CARD, kinds.text('"limits"', '"limit"'))
    yield Case(CARDS, "a key missing", gone, (CARD, "['limits']"))
    other = told(CARD, file={"sha256": "0" * 64})

    def mismatch(folder):
        return cards.read(folder / CARD, folder / "keep.bin")

    def model(folder):
        other(folder)
        (folder / "keep.bin").write_bytes(b"weights")

    yield Case(CARDS, "of another model", model, ("keep.bin", "sha256"), "error", mismatch)


CASES = list(_cases())
