"""Files of Galaxy Zoo 2 in the published layouts, written for the tests of its readers."""

import gzip
import io
import os
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image

# Published names of tasks and answers
TASKS = {
    1: ("smooth_or_features", {1: "smooth", 2: "features_or_disk", 3: "star_or_artifact"}),
    2: ("edgeon", {4: "yes", 5: "no"}),
    3: ("bar", {6: "bar", 7: "no_bar"}),
    4: ("spiral", {8: "spiral", 9: "no_spiral"}),
    5: (
        "bulge_prominence",
        {10: "no_bulge", 11: "just_noticeable", 12: "obvious", 13: "dominant"},
    ),
    6: ("odd", {14: "yes", 15: "no"}),
    7: ("rounded", {16: "completely_round", 17: "in_between", 18: "cigar_shaped"}),
    8: (
        "odd_feature",
        {19: "ring", 20: "lens_or_arc", 21: "disturbed", 22: "irregular"}
        | {23: "other", 24: "merger", 38: "dust_lane"},
    ),
    9: ("bulge_shape", {25: "rounded", 26: "boxy", 27: "no_bulge"}),
    10: ("arms_winding", {28: "tight", 29: "medium", 30: "loose"}),
    11: (
        "arms_number",
        {31: "1", 32: "2", 33: "3", 34: "4", 36: "more_than_4", 37: "cant_tell"},
    ),
}
ANSWERS = {
    f"t{q:02d}_a{a:02d}": f"t{q:02d}_{task}_a{a:02d}_{name}"
    for q, (task, names) in TASKS.items()
    for a, name in names.items()
}
SPIRAL = {"t01_a02": 40, "t01_a01": 10, "t02_a05": 40, "t04_a08": 30, "t04_a09": 10}
SPIRAL |= {"t10_a29": 30, "t11_a32": 27, "t11_a37": 3, "t05_a11": 40, "t06_a15": 50}
SMOOTH = {"t01_a01": 44, "t01_a03": 1, "t07_a17": 44, "t06_a15": 44}
DR7, COADD = 587722981736120347, 8647474690312307154
REAL = Path(os.environ.get("GALUTILS_DATA", "")) / "gz2"
needs_real = pytest.mark.skipif(
    not (REAL / "gz2_table5_stripe82_coadd.csv.gz").is_file(), reason="the real data are not there"
)


def voted(counts):
    """Six published columns for each answer, from votes; debiased is the fraction less 0.01."""
    row = {}
    for key, stem in ANSWERS.items():
        total = sum(counts.get(other, 0) for other in ANSWERS if other[:3] == key[:3])
        count = counts.get(key, 0)
        fraction = round(count / total, 3) if total else 0.0
        values = (count, float(count), fraction, fraction, max(fraction - 0.01, 0), 0)
        kinds = ("count", "weight", "fraction", "weighted_fraction", "debiased", "flag")
        row |= {f"{stem}_{kind}": value for kind, value in zip(kinds, values, strict=True)}
    return row


def identity(form, number, ra=150.0, dec=2.0):
    place = {"ra": ra, "dec": dec}
    texts = {"rastring": "10:00:00.00", "decstring": "+02:00:00.0", "sample": "original"}
    return {
        "skyserver": {"specobjid": 5, "dr8objid": number + 7, "dr7objid": number} | place | texts,
        "coadd": {"specobjid": 5, "stripe82objid": number, "dr8objid": 7, "dr7objid": 9} | place,
        "hart": {"dr7objid": number} | place | texts | {"gz2_class": "Sc2m"},
        "table5": {"objid": number, "sample": "stripe82_c"} | place,
    }[form] | {"total_classifications": 50, "total_votes": 300}


def galaxies(form, *rows):
    """Rows of a form from (number, counts) or (number, counts, ra, dec)."""
    return [identity(form, number, *place) | voted(counts) for number, counts, *place in rows]


def write(path, rows, first="", **changes):
    text = pd.DataFrame(rows).rename(columns=changes).to_csv(index=False)
    data = (first + text).encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)


def kaggle(number, **probabilities):
    names = [f"Class{q}.{k + 1}" for q, (_, answers) in TASKS.items() for k in range(len(answers))]
    return {"GalaxyID": number} | dict.fromkeys(names, 0.0) | probabilities


def jpeg(colour=(30, 20, 10), size=(424, 424), mode="RGB", kind="JPEG", patch=None):
    image = Image.new(mode, size, colour)
    if patch:
        image.paste(patch[1], patch[0])
    buffer = io.BytesIO()
    image.save(buffer, kind)
    return buffer.getvalue()


def put(folder, name, data):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
