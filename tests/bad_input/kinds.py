"""Ways to spoil a file, whatever it holds."""

import gzip
import os
import random
import re
import shutil

from astropy.io import fits

HTML = b"<!DOCTYPE html><html><body>404 not found</body></html>\n" * 200
BLOCK = 2880


def content(data):
    """Replace a file by bytes."""

    def damage(path):
        remove(path)
        path.write_bytes(data)

    return damage


def remove(path):
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def change(function):
    """Replace the bytes of a file by what a function makes of them."""
    return lambda path: path.write_bytes(function(path.read_bytes()))


def text(old, new, count=-1):
    """Replace a part of a text, which must be there."""

    def function(data):
        assert old.encode() in data, old
        return data.replace(old.encode(), new.encode(), count)

    return change(function)


def pipe(path):
    remove(path)
    os.mkfifo(path)


def folder(path):
    remove(path)
    path.mkdir()


def link(target):
    def damage(path):
        remove(path)
        path.symlink_to(path if target is None else target)

    return damage


def noise(path):
    path.write_bytes(random.Random(3).randbytes(6000))


def cut(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 3])


def header(keyword, value, every=False):
    """Change a number in the headers of a FITS file, the last that has it or every one."""

    def function(data):
        places = [m.start() for m in re.finditer(rf"{keyword:8}= ".encode(), data)]
        assert places, keyword
        for place in places if every else places[-1:]:
            card = f"{keyword:8}= {value:>20}".ljust(80).encode()
            data = data[:place] + card + data[place + 80 :]
        return data

    return change(function)


def no_end(path):
    """Take the END of all headers away."""
    path.write_bytes(path.read_bytes().replace(b"END" + b" " * 77, b" " * 80))


def flipped(path):
    """Write checksums, then change one bit of the data."""
    with fits.open(path, memmap=False) as hdus:
        held = [hdu for hdu in hdus if hdu.size]
        for hdu in hdus:
            hdu.add_checksum()
        hdus.writeto(path, overwrite=True, output_verify="silentfix")
        assert held
    with fits.open(path) as hdus:
        start = next(hdu for hdu in hdus if hdu.size).fileinfo()["datLoc"]
    data = bytearray(path.read_bytes())
    data[start + 40] ^= 4
    path.write_bytes(bytes(data))


def bomb(path):
    """A gzip of the file and of 8 MB of zeros."""
    data = path.read_bytes()
    path.write_bytes(gzip.compress(data[:BLOCK] + bytes(8_000_000), 9))


def no_rows(path):
    with fits.open(path, memmap=False) as hdus:
        for hdu in hdus[1:]:
            hdu.data = hdu.data[:0]
        hdus.writeto(path, overwrite=True)


# what is done to a FITS file: the word that the message holds
FITS = {
    "empty": (content(b""), "Empty"),
    "cut to a third": (cut, "received"),
    "an HTML page": (content(HTML), "SIMPLE"),
    "random bytes": (noise, "SIMPLE"),
    "a pipe": (pipe, "a pipe"),
    "a folder": (folder, "a folder"),
    "a link to itself": (link(None), "received"),
    "header claims 40 GB": (header("NAXIS1", 10**10, every=True), "truncated"),
    "header claims -5 pixels": (header("NAXIS1", -5, every=True), "received"),
    "999 dimensions": (header("NAXIS", 999, every=True), "received"),
    "7 bits a number": (header("BITPIX", 7, every=True), "received"),
    "headers without end": (no_end, "END card"),
    "gzip bomb": (bomb, "100 times its size"),
    "one bit against its checksum": (flipped, "verification failed"),
}
TEXT = {
    "empty": (content(b""), "received"),
    "in UTF-16": (change(lambda data: data.decode().encode("utf-16")), "NUL"),
    "a NUL in a row": (change(lambda data: data[:-9] + b"\0" + data[-9:]), "NUL"),
    "an HTML page": (content(HTML), "received"),
    "random bytes": (noise, "received"),
    "a pipe": (pipe, "received"),
    "a folder": (folder, "received"),
    "a link to itself": (link(None), "received"),
}
