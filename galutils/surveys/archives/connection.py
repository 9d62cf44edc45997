"""One answer of a server: asked for, followed through redirects and read, never without end.

`requests` carries it, as it does for pooch; pooch itself neither takes up a part that is there
nor gives up on a server that sends a byte a minute.
"""

import contextlib
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urljoin, urlsplit

REDIRECTS = 10
CHUNK = 1 << 18  # bytes


@dataclass(frozen=True)
class Patience:
    """How long to wait for a server.

    Attributes
    ----------
    silence : float
        Seconds without a byte.
    answer : float
        Seconds until the head of an answer is here.
    window, pace : float
        Over so many seconds at least so many bytes a second must come.
    tries : int
        Times in a row that a file is asked for without getting on.
    wait : float
        Seconds before the second time; doubled before each further one.
    longest : float
        Seconds; the longest wait, also of those that a server asks for.
    """

    silence: float = 60
    answer: float = 120
    window: float = 60
    pace: float = 1024
    tries: int = 5
    wait: float = 2
    longest: float = 300


class Broken(Exception):
    """What may go better the next time; ``after`` is the wait in s that the server asks for."""

    def __init__(self, reason, after=None, silent=False):
        super().__init__(reason)
        self.after, self.silent = after, silent


class Refused(ValueError):
    """What asking again does not mend."""


class Stopped(Exception):
    """The run is being ended."""


@contextlib.contextmanager
def ask(url, headers, secret, patience):
    """Ask for an address, and give the answer once its head is here.

    Parameters
    ----------
    url : str
    headers : dict
    secret : dict
        Headers with a key. They go to the host, port and scheme of `url`, and are dropped for
        good at the first redirect away from there.
    patience : Patience

    Yields
    ------
    requests.Response
        Its body is still to be read, see `pieces`.

    Raises
    ------
    Broken
        If there is no answer, or one that says to come again: 408, 429, 5xx.
    Refused
        If the answer is another error, or the redirects lead astray.
    """
    start = _origin(url)
    for _ in range(REDIRECTS):
        response = _get(url, headers | secret, patience)
        with contextlib.closing(response):
            if not response.is_redirect:
                _judge(response)
                yield response
                return
            url = urljoin(url, response.headers["location"])
        if _origin(url)[0] not in ("https", start[0]):
            raise Refused(f"expected https, received a redirect to {urlsplit(url).scheme}")
        if _origin(url) != start:
            secret = {}
    raise Refused(f"expected the file, received more than {REDIRECTS} redirects")


def _origin(url):
    parts = urlsplit(url)
    port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    return parts.scheme, parts.hostname, port


def _get(url, headers, patience):
    """Get the head of an answer.

    The timeout of `requests` counts from byte to byte, so a head that drips would take for
    ever: it is awaited in a thread that can be left behind.
    """
    import requests

    outcome, late = {}, threading.Event()

    def get():
        try:
            response = requests.get(
                url, headers=headers, stream=True, allow_redirects=False, timeout=patience.silence
            )
            outcome["response"] = response
            if late.is_set():
                response.close()
        except Exception as error:
            outcome["error"] = error

    thread = threading.Thread(target=get, daemon=True)
    thread.start()
    thread.join(patience.answer)
    if not outcome:
        late.set()
    host = urlsplit(url).netloc.rpartition("@")[2]
    if "response" in outcome:
        return outcome["response"]
    error = outcome.get("error")
    if error is None or isinstance(error, requests.Timeout):
        waited = patience.answer if error is None else patience.silence
        reason = f"expected an answer of {host}, received none in {waited:g} s"
        raise Broken(reason, silent=True) from error
    if isinstance(error, requests.exceptions.SSLError):
        raise Refused(f"expected to trust {host}, received a bad certificate") from error
    if isinstance(error, (requests.ConnectionError, OSError)) and not isinstance(error, ValueError):
        reason = f"expected to reach {host}, received none: is there a network?"
        raise Broken(reason, silent=True) from error
    # Whose text may hold the headers
    raise Refused(f"expected to ask {host}, received {type(error).__name__}") from error


def _judge(response):
    """Raise what an answer's status means."""
    status = response.status_code
    if status in (200, 206, 416):
        return
    reason = f"expected the file, received {status} {response.reason}"
    if status in (408, 429) or status >= 500:
        raise Broken(reason, after=_after(response.headers.get("retry-after", "")))
    raise Refused(reason)


def _after(text):
    """Seconds of a Retry-After, which is a number or a date; None without one."""
    if text.strip().isdigit():
        return float(text)
    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        return None
    date = date if date.tzinfo else date.replace(tzinfo=UTC)
    return max((date - datetime.now(UTC)).total_seconds(), 0.0)


def pieces(response, patience, stop, decode=False):
    """Read the body of an answer as it comes.

    Parameters
    ----------
    response : requests.Response
    patience : Patience
    stop : threading.Event
        Set where the run is being ended.
    decode : bool
        Undo a content encoding.

    Yields
    ------
    bytes

    Raises
    ------
    Broken
        If the connection breaks, falls silent or is slower than `patience` allows.
    Stopped
    """
    import urllib3

    begun, count = time.monotonic(), 0
    while True:
        try:
            piece = response.raw.read1(CHUNK, decode_content=decode)
        except urllib3.exceptions.ReadTimeoutError as error:
            waited = f"{patience.silence:g} s"
            raise Broken(f"expected the whole file, received no more for {waited}") from error
        except (urllib3.exceptions.HTTPError, OSError) as error:
            reason = "expected the whole file, received a part: the connection broke"
            raise Broken(reason) from error
        if stop.is_set():
            raise Stopped
        if not piece:
            return
        yield piece
        count += len(piece)
        spent = time.monotonic() - begun
        if spent >= patience.window:
            if count < patience.pace * spent:
                slow = f"received {count / spent:.3g}"
                raise Broken(f"expected {patience.pace:g} bytes a second or more, {slow}")
            begun, count = time.monotonic(), 0
