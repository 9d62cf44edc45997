"""Random changes of bytes, most of them small."""

WORDS = (
    b"nan", b"inf", b"-9999", b"1e400", b"-1", b"0", b"99999999999999999999", b'"', b",", b"\n",
    b"\0", b"\xff\xfe", b"../", b"1_0", b"T", b"null", b"[" * 50, b"END", b"\r", b"{}", b"1.5e18",
)  # fmt: skip


def mutated(seed, rng):
    """Return changed bytes.

    Parameters
    ----------
    seed : bytes
    rng : numpy.random.Generator

    Returns
    -------
    bytes
    """
    data = bytearray(seed)
    for _ in range(int(rng.integers(1, 5))):
        place = _place(data, rng)
        CHANGES[int(rng.integers(len(CHANGES)))](data, place, rng)
    return bytes(data)


def _place(data, rng):
    """Return a place; half of them near the beginning, where headers are."""
    most = len(data) if rng.random() < 0.5 else min(len(data), 4000)
    return int(rng.integers(0, most + 1))


def _flip(data, place, rng):
    if place < len(data):
        data[place] ^= 1 << int(rng.integers(8))


def _random(data, place, rng):
    if place < len(data):
        data[place] = int(rng.integers(256))


def _digit(data, place, rng):
    """Change the next digit."""
    for k in range(place, min(place + 500, len(data))):
        if 48 <= data[k] < 58:
            data[k] = 48 + int(rng.integers(10))
            return


def _cut(data, place, rng):
    del data[place : place + int(rng.integers(1, 100))]


def _end(data, place, rng):
    del data[place:]


def _double(data, place, rng):
    data[place:place] = data[place : place + int(rng.integers(1, 200))]


def _word(data, place, rng):
    word = WORDS[int(rng.integers(len(WORDS)))]
    over = len(word) if rng.random() < 0.5 else 0
    data[place : place + over] = word


CHANGES = (_flip, _flip, _random, _digit, _digit, _cut, _end, _double, _word, _word)
