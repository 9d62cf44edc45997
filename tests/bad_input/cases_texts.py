"""Text tables: catalogues, votes, labels and exports."""

import gzip

from gz2_layout import DR7, SPIRAL, galaxies
from gz2_layout import write as write_csv
from surveys import test_atlas3d as atlas_layout
from surveys import test_perseus as perseus_layout
from surveys import test_skyserver as skyserver_layout

from galutils.surveys import atlas3d, manga, perseus, sami, skyserver
from galutils.surveys.gz2 import masses as gz2_masses
from galutils.surveys.gz2 import votes as gz2_votes
from galutils.surveys.perseus import selection as perseus_selection
from galutils.surveys.perseus import wittmann2019 as perseus_wittmann2019

from . import kinds
from .case import Case, Reader
from .cases_fits import write_sami_catalogue
from .cases_hdf5 import write_fields

ROW = skyserver_layout.row
OBJID = skyserver_layout.OBJID
VOTES, MASSES, EXPORT, PCC = "votes.csv", "masses.csv", "export.csv", "pcc.txt"
STELKIN = "samiDR3Stelkin.csv"


def write_votes(folder):
    rows = [(DR7 + 2 * k, SPIRAL, 150.0 + k) for k in range(4)]
    write_csv(folder / VOTES, galaxies("hart", *rows))


def write_mapping(folder):
    lines = ["objid,sample,asset_id", *(f"{DR7 + k},original,{k + 1}" for k in range(4))]
    (folder / gz2_votes.MAPPING).write_text("\n".join(lines) + "\n")


def write_masses(folder):
    lines = ["ra,dec,z,z_warning,reliable,lgm_tot_p50"]
    lines += [f"{150 + k},2.0,0.05,0,1,10.{k}" for k in range(4)]
    (folder / MASSES).write_text("\n".join(lines) + "\n")


def write_export(folder):
    lines = [skyserver_layout.HEADER, *(ROW(OBJID + k, 90 + k) for k in range(3))]
    (folder / EXPORT).write_text("\n".join(lines) + "\n")


def write_pcc(folder):
    (folder / PCC).write_text("\n".join(perseus_layout.FILES[perseus.CATALOGUE]) + "\n")


def write_perseus(folder):
    root = folder / "perseus"
    (root / perseus.TRAINING).mkdir(parents=True)
    for name, lines in perseus_layout.FILES.items():
        (root / name).write_text("\n".join(lines) + "\n")
    for name, content in perseus_layout.CUTOUTS.items():
        (root / perseus.TRAINING / name).write_bytes(content)
    header = f"{perseus_layout.SEARCH},true_labels,pred_labels"
    row = perseus_layout.found(OBJID, 50.0, 41.0, 0.02, 20) + ",1,0"
    (root / perseus.PREDICTIONS).write_text(f"{header}\n{row}\n")


def write_atlas(folder):
    (folder / "atlas3d").mkdir()
    (folder / "atlas3d" / atlas3d.TABLE_B1).write_text(atlas_layout.ATLAS)


def _published(folder):
    return perseus_selection.load_published(folder, "archive")


SAMI = Reader(
    "sami.load_catalogue (CSV)",
    lambda folder: write_sami_catalogue(folder, "csv"),
    lambda folder: sami.load_catalogue(folder, "archive"),
)
LABELS = Reader(
    "manga.load_fields (labels)", write_fields, lambda f: manga.load_fields(f, "archive")
)
GZ2 = Reader("gz2_votes.load_votes", write_votes, gz2_votes.load_votes)
MAPPING = Reader("gz2_votes.load_mapping", write_mapping, gz2_votes.load_mapping)
MASS = Reader("gz2_masses.load_masses (CSV)", write_masses, gz2_masses.load_masses)
SKYSERVER = Reader("skyserver.read", write_export, lambda f: skyserver.read(f / EXPORT))
CATALOGUE = Reader(
    "perseus_catalogue.read", write_pcc, lambda f: perseus_wittmann2019.read(f / PCC)
)
ATLAS = Reader("atlas3d.load", write_atlas, atlas3d.load)
TRAINING = Reader(
    "perseus.load_training", write_perseus, lambda f: perseus.load_training(f, "archive")
)
PUBLISHED = Reader("perseus_selection.load_published", write_perseus, _published)

FILES = {
    SAMI: f"sami/{STELKIN}",
    LABELS: f"manga/{manga.LABELS}",
    GZ2: VOTES,
    MAPPING: gz2_votes.MAPPING,
    MASS: MASSES,
    SKYSERVER: EXPORT,
    CATALOGUE: PCC,
    ATLAS: f"atlas3d/{atlas3d.TABLE_B1}",
}
# looked for among files only: the message names the folder, or what is missing
LOOKED_FOR = {SAMI: "sami archive", LABELS: "manga: expected", GZ2: "vote table"}
LOOKED_FOR |= {MASS: "stellar masses", ATLAS: atlas3d.TABLE_B1}
# told by its columns: without them it is no such table
UNKNOWN = {GZ2: "vote table", MASS: "stellar masses"}


def at(name, damage):
    return lambda folder: damage(folder / name)


def _generic():
    for reader, file in FILES.items():
        name = file.split("/")[-1]
        for what, (damage, word) in kinds.TEXT.items():
            words = (name, word)
            if reader in LOOKED_FOR and what.startswith(("a pipe", "a folder", "a link")):
                words = (LOOKED_FOR[reader],)
            elif reader in UNKNOWN and what != "a NUL in a row":
                words = (UNKNOWN[reader], name)
            yield Case(reader, what, at(file, damage), words)
        mark = at(file, kinds.change(lambda data: b"\xef\xbb\xbf" + data))
        yield Case(reader, "a byte order mark", mark, (), "read")
        ends = at(file, kinds.text("\n", "\r\n"))
        yield Case(reader, "lines end as on Windows", ends, (), "read")
        if reader not in (CATALOGUE, ATLAS):
            bare = at(file, kinds.change(lambda data: data.split(b"\n")[0] + b"\n"))
            words = (name.split(".")[0], "received")
            yield Case(reader, "a header and no rows", bare, words)


def _rows(reader, what, old, new, word, outcome="rejected"):
    file = FILES[reader]
    words = (file.split("/")[-1], word) if word else ()
    return Case(reader, what, at(file, kinds.text(old, new, 1)), words, outcome)


def _specific():
    yield _rows(
        SAMI,
        "catid as floats",
        "105420,",
        "105420.0,",
        "texts or whole numbers",
        "error",
    )
    yield _rows(SAMI, "catid of 20 digits", "105420,", f"{10**20},", "catid", "error")
    yield _rows(SAMI, "catid of -7", "105420,", "-7,", "above 0", "error")
    yield _rows(SAMI, "a word for a number", "0.25", "fast", "'fast'", "error")
    yield _rows(SAMI, "1_0 for a number", "0.25", "1_0", "'1_0'", "error")
    yield _rows(SAMI, "a row too short", ",0.25\n", "\n", "fields in line 2", "error")
    yield _rows(SAMI, "a row too long", ",0.25\n", ",0.25,7\n", "fields in line 2", "error")
    yield _rows(SAMI, "a column twice", "LAMBDAR_RE_ERR", "LAMBDAR_RE", "it twice", "error")
    yield _rows(SAMI, "a column twice in other letters", "VSIGMA_RE", "sigma_re", "once", "error")
    yield _rows(SAMI, "no cubeidpub", "CUBEIDPUB", "CUBE", "column cubeidpub", "error")
    yield _rows(SAMI, "an open quote", "105420_A", '"105420_A', STELKIN, "error")

    yield _rows(LABELS, "a word for a number", ",2,", ",two,", "two", "error")
    yield _rows(LABELS, "no stel_qual", "stel_qual", "quality", "column stel_qual", "error")
    yield _rows(LABELS, "a column twice", "halpha_qual", "stel_qual", "it twice", "error")
    yield _rows(LABELS, "a row too long", "9x11", "9x11,1", "fields in line", "error")
    twice = _rows(LABELS, "a label twice", "7443-3701", "7443-1901", "a repeated row")
    yield twice

    first = str(DR7)
    yield _rows(GZ2, "identifier as a float", first, f"{float(DR7):.17e}", "whole number above 0")
    yield _rows(GZ2, "identifier with .0", first, f"{first}.0", "whole number above 0")
    yield _rows(GZ2, "identifier of 20 digits", first, f"{first}00", "whole number above 0")
    yield _rows(GZ2, "identifier in Arabic digits", first, "٥٨٧٧", "whole number above 0")
    yield _rows(GZ2, "identifier twice", str(DR7 + 2), first, "repeated row")
    yield _rows(GZ2, "a row too short", f"{first},", "", "fields")
    yield _rows(GZ2, "a row too long", f"{first},", f"{first},0,", "fields")
    yield _rows(GZ2, "an open quote", "original", '"original', "in 3 lines", "error")
    yield _rows(GZ2, "position beyond the sky", "150.0,", "777.0,", "position")
    yield _rows(GZ2, "infinite position", "150.0,", "inf,", "number")
    yield _rows(GZ2, "a word for a position", "150.0,", "ten,", "received ten")
    answer = "t11_arms_number_a31_1_debiased"
    yield _rows(GZ2, "an answer missing", answer, "other", "t11_a31", "error")
    other = "t11_arms_number_a31_1_flag"
    yield _rows(GZ2, "a column twice", other, answer, "once", "error")

    def packed(cut=0, zeros=0):
        def damage(folder):
            data = (folder / VOTES).read_bytes() + bytes(zeros)
            data = gzip.compress(data, 9, mtime=0)
            (folder / f"{VOTES}.gz").write_bytes(data[: len(data) - cut])
            (folder / VOTES).unlink()

        return damage

    yield Case(GZ2, "gzip cut short", packed(cut=30), (VOTES, "Compressed file ended"))
    yield Case(GZ2, "gzip bomb", packed(zeros=8_000_000), (VOTES, "when unpacked"))
    endless = kinds.change(lambda data: data + b"1" * 3_000_000)
    yield Case(GZ2, "a line of 3 MB", at(VOTES, endless), (VOTES, "lines beyond"))

    yield _rows(MAPPING, "identifier as a float", first, f"{float(DR7):.17e}", "whole number")
    yield _rows(MAPPING, "asset of -1", "original,1\n", "original,-1\n", "whole number")
    yield _rows(MAPPING, "no asset_id", "asset_id", "asset", "asset_id", "error")
    yield _rows(MAPPING, "object twice", str(DR7 + 1), first, "repeated row")
    yield _rows(MASS, "a word for a mass", "10.1", "heavy", "received heavy")
    yield _rows(MASS, "True for a number", "150,", "True,", "received True")
    yield _rows(MASS, "not reliable", "0,1,10.1", "0,0,10.1", "RELIABLE")
    yield _rows(MASS, "position beyond the sky", "150,", "-5,", "position")
    yield _rows(MASS, "no redshift", "z,z_w", "y,z_w", "without z", "error")

    first = str(OBJID)
    yield _rows(SKYSERVER, "identifier as a float", first, f"{float(OBJID):.17e}", "64 bits")
    yield _rows(SKYSERVER, "identifier with .0", first, f"{first}.0", "64 bits")
    yield _rows(SKYSERVER, "identifier beyond 64 bits", first, str(2**63), "64 bits")
    yield _rows(SKYSERVER, "identifier of 0", first, "0", "above 0")
    yield _rows(SKYSERVER, "identifier with _", first, f"{first[:3]}_{first[3:]}", "64 bits")
    yield _rows(SKYSERVER, "1_0 for a magnitude", ",1.5", ",1_0", "'1_0'")
    yield _rows(SKYSERVER, "a decimal comma", ",1.5", ",1;5", "'1;5'")
    yield _rows(SKYSERVER, "declination of 95", "41.552969242595", "95", "position")
    yield _rows(SKYSERVER, "NaN for a position", "41.552969242595", "nan", "position")
    yield _rows(SKYSERVER, "a row too short", f"{first},", "", "fields")
    yield _rows(SKYSERVER, "no petroRad_r", "petroRad_r", "radius", "petro_rad", "error")
    yield _rows(SKYSERVER, "a column twice", "distance", "objID", "each quantity once", "error")
    number = kinds.change(lambda data: data.replace(b",1.5", b",1\xb75", 1))
    words = (EXPORT, "expected a number")
    yield Case(SKYSERVER, "a number in Latin-1", at(EXPORT, number), words, "rejected")

    yield _rows(CATALOGUE, "a name twice", "PCC-0002", "PCC-0001", "repeated one")
    yield _rows(CATALOGUE, "1_0 for a magnitude", "17.5", "1_0", "'1_0'")
    yield _rows(CATALOGUE, "infinite magnitude", "17.5", "inf", "received inf")
    yield _rows(CATALOGUE, "a number too many", "17.5", "17.5 17.5", "17 numbers")
    yield _rows(CATALOGUE, "declination of 415", " 41.5 ", " 415 ", "position")
    yield _rows(CATALOGUE, "another class", "Likely merging", "Surely merging", "seven classes")

    yield _rows(ATLAS, "a word for a number", "0.55", "fast", "numbers in lambda_r", "error")
    yield _rows(ATLAS, "NaN for a number", "0.55", "nan", "numbers in lambda_r", "error")
    yield _rows(ATLAS, "another class", "F F", "F X", "['F', 'S', 'X']", "error")
    yield _rows(ATLAS, "a row too short", " S S", " S", "11 columns", "error")
    yield _rows(ATLAS, "a galaxy twice", "NGC0002", "NGC0001", "a name twice", "error")

    for name in perseus.NEEDED[:3]:
        words = (name, "received")
        place = at(f"perseus/{name}", kinds.content(b""))
        yield Case(TRAINING, f"{name} empty", place, words)
    for name in perseus.NEEDED:
        words = ("perseus",)
        yield Case(TRAINING, f"no {name}", at(f"perseus/{name}", kinds.remove), words)
    place = at(f"perseus/{perseus.SPECTROSCOPIC}", kinds.pipe)
    yield Case(TRAINING, "a pipe for the spectra", place, (perseus.SPECTROSCOPIC, "a pipe"))
    labelled = next(iter(perseus_layout.CUTOUTS))
    for what, new, word in (
        ("a label of 2", labelled.replace("label=1", "label=2"), "expected a name"),
        ("no label", labelled.replace("-label=1", ""), "expected a label"),
        ("another position", labelled.replace("49.9", "48.9"), "table row"),
        ("an objid that no table has", "sdss_objid=77-label=1.png", "table row"),
        ("a declination of 95", "sdss_ra=49.9_dec=95-label=1.png", "expected a position"),
    ):

        def rename(folder, new=new):
            training = folder / "perseus" / perseus.TRAINING
            (training / labelled).rename(training / new)

        yield Case(TRAINING, f"a cut-out with {what}", rename, (new, word), "rejected")
    place = at(f"perseus/{perseus.PREDICTIONS}", kinds.text(str(OBJID), f"{float(OBJID)}"))
    yield Case(PUBLISHED, "identifier as a float", place, (perseus.PREDICTIONS, "can be read"))
    place = at(f"perseus/{perseus.PREDICTIONS}", kinds.text("pred_labels", "labels2"))
    yield Case(PUBLISHED, "no predictions", place, (perseus.PREDICTIONS, "predicted_label"))


CASES = [*_generic(), *_specific()]
