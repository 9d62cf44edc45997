"""Pictures: cut-outs of Perseus, images of Galaxy Zoo 2, cut-outs of MaNGA as PNG."""

import io
import struct
import zlib

import numpy as np
from astropy.table import Table
from PIL import Image

from galutils.surveys import gri_images
from galutils.surveys.gz2 import images as gz2_images
from galutils.surveys.perseus import cutouts as perseus_cutouts

from . import kinds
from .case import Case, Reader


def noise(side, mode="RGB", seed=1):
    shape = (side, side, len(Image.new(mode, (1, 1)).getbands()))
    pixels = np.random.default_rng(seed).integers(0, 255, shape, dtype=np.uint8)
    return Image.fromarray(pixels.squeeze(), mode if mode != "P" else "L")


def encoded(image, kind="PNG", **options):
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def chunk(kind, data):
    body = kind + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))


def png(width, height, data, bits=8, colour=2):
    """A PNG with any claim in its header."""
    head = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    parts = (chunk(b"IHDR", head), chunk(b"IDAT", zlib.compress(data, 9)), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def bit(data):
    """Flip a bit in the compressed pixels."""
    data = bytearray(data)
    data[len(data) // 2] ^= 16
    return bytes(data)


def _write(names, side):
    def write(folder):
        for seed, name in enumerate(names):
            (folder / name).write_bytes(encoded(noise(side, seed=seed)))

    return write


def _read_cutouts(folder):
    return perseus_cutouts.read_cutouts(folder)


def _read_gz2(folder):
    listing, unnamed = gz2_images.list_images(folder)
    pixels, good, rejected = gz2_images.read_images(folder, listing["file"], 32)
    table = listing[good]
    table["image"] = pixels
    return table, rejected if len(rejected) else unnamed


def _read_gri(folder):
    pixels, good, _, rejected = gri_images.read_many(folder, list("abc"), 32)
    return Table({"place": good, "image": pixels}), rejected


PERSEUS = [f"sdss_ra=49.{k}_dec=41.5-label=1.png" for k in range(3)]
SIDES = {
    Reader("cutouts.read_cutouts", _write(PERSEUS, 200), _read_cutouts): (PERSEUS[1], 200),
    Reader("gz2_images.read_images", _write(["1.png", "2.png", "3.png"], 424), _read_gz2): (
        "2.png",
        424,
    ),
    Reader("gri.read_many (PNG)", _write(["a.png", "b.png", "c.png"], 128), _read_gri): (
        "b.png",
        128,
    ),
}


def _spoiled(side):
    frames = [noise(side, seed=k) for k in (5, 6)]
    wide = bytes(1 + 6 * side) * side
    jpeg = encoded(noise(side), "JPEG")
    yield "empty", kinds.content(b""), "cannot identify"
    yield "cut to a third", kinds.cut, "expected a whole image"
    yield "an HTML page", kinds.content(kinds.HTML), "cannot identify"
    yield "random bytes", kinds.noise, "cannot identify"
    yield "a pipe", kinds.pipe, "a pipe"
    yield "a folder", kinds.folder, "a folder"
    yield "a link to itself", kinds.link(None), "symbolic links"
    yield "a link to nothing", kinds.link("nowhere"), "received none"
    yield "a GIF", kinds.content(encoded(noise(side), "GIF")), "cannot identify"
    yield "a TIFF", kinds.content(encoded(noise(side), "TIFF")), "cannot identify"
    yield "a BMP", kinds.content(encoded(noise(side), "BMP")), "cannot identify"
    yield "grey", kinds.content(encoded(noise(side, "L"))), "received L "
    yield "a palette", kinds.content(encoded(noise(side).quantize(16))), "received P "
    yield "with transparency", kinds.content(encoded(noise(side, "RGBA"))), "received RGBA"
    yield "grey of 16 bits", kinds.content(png(side, side, bytes(1 + 2 * side) * side, 16, 0)), "16"
    yield "colours of 16 bits", kinds.content(png(side, side, wide, 16)), "16 bits"
    yield "black and white", kinds.content(encoded(noise(side).convert("1"))), "received 1 "
    yield "half the size", kinds.content(encoded(noise(side // 2))), f"{side // 2}x{side // 2}"
    oblong = encoded(noise(side).crop((0, 0, side, side - 1)))
    yield "oblong", kinds.content(oblong), f"{side}x{side - 1}"
    animated = encoded(frames[0], save_all=True, append_images=frames[1:])
    yield "animated", kinds.content(animated), "received 2"
    yield "one bit against its checksum", kinds.change(bit), "expected a whole image"
    yield "20000x20000 pixels of 60 kB", kinds.content(png(20000, 20000, bytes(60000))), "received"
    yield "13000x13000 pixels", kinds.content(png(13000, 13000, bytes(60000))), "13000x13000"
    yield "no rows of pixels", kinds.content(png(side, side, b"")), "expected a whole image"
    yield "CMYK", kinds.content(encoded(noise(side, "CMYK"), "JPEG")), "received"
    yield "JPEG cut short", kinds.content(jpeg[: len(jpeg) // 3]), "received"


def _cases():
    for reader, (name, side) in SIDES.items():
        for what, damage, word in _spoiled(side):
            words = (name, word)
            if what == "a link to nothing" and reader.name.startswith("gri"):
                words = (name, "received none")
            place = lambda folder, name=name, damage=damage: damage(folder / name)  # noqa: E731
            yield Case(reader, what, place, words, "rejected")
        if not reader.name.startswith("gri"):
            for what, outside in (("..", "../2.png"), ("an absolute path", "/etc/hosts")):
                yield Case(
                    reader,
                    f"a name with {what}",
                    lambda folder: None,
                    (outside, "one outside"),
                    "rejected",
                    _outside(reader, outside),
                )
    gz2 = next(reader for reader in SIDES if reader.name.startswith("gz2"))
    for what, new in (("of 20 digits", f"{10**19}.png"), ("with a word", "b2.png")):
        rename = lambda folder, new=new: (folder / "2.png").rename(folder / new)  # noqa: E731
        yield Case(gz2, f"a name {what}", rename, (new, "a number for a name"), "rejected")


def _outside(reader, name):
    def read(folder):
        if reader.name.startswith("gz2"):
            pixels, good, rejected = gz2_images.read_images(folder, ["1.png", name, "3.png"], 32)
            table = gz2_images.list_images(folder)[0][good]
            table["image"] = pixels
            return table, rejected
        listing, _ = perseus_cutouts.list_cutouts(folder)
        listing["file"] = [PERSEUS[0], name, PERSEUS[2]]
        return perseus_cutouts.read_images(folder, listing)

    return read


CASES = list(_cases())
