"""A survey's server, not always at its best."""

import contextlib
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Answer:
    """What is sent for one path.

    ``cut``: bytes of the body after which the connection breaks. ``ranges``: a Range is honoured,
    if If-Range fits ``etag`` or ``blind``; ``shift`` is by how much it is honoured wrongly.
    ``length``: what is announced, False for nothing. ``drip``: bytes at a time and seconds
    between them; ``head_drip``: seconds between the bytes of the head.
    """

    body: bytes = b""
    status: int = 200
    reason: str | None = None
    headers: dict = field(default_factory=dict)
    etag: str | None = None
    ranges: bool = False
    blind: bool = False
    shift: int = 0
    cut: int | None = None
    length: int | bool | None = None
    drip: tuple | None = None
    head_drip: float = 0
    chunked: bool = False


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        path = self.path
        with self.server.lock:
            self.server.asked.append((path, dict(self.headers)))
            answers = self.server.answers.get(path, Answer(status=404, reason="Not Found"))
            answer = answers
            if isinstance(answers, list):  # one after the other, the last for ever
                answer = answers.pop(0) if len(answers) > 1 else answers[0]
        try:
            self._send(Answer(answer) if isinstance(answer, bytes) else answer)
        except OSError:  # the client has had enough
            self.close_connection = True

    do_POST = do_GET  # TAP

    def _send(self, answer):
        body, start = answer.body, None
        asked = self.headers.get("Range", "")
        if (
            answer.ranges
            and asked
            and (answer.blind or self.headers.get("If-Range") == answer.etag)
        ):
            start = int(asked.removeprefix("bytes=").rstrip("-")) + answer.shift
            body = body[start:]
        self.protocol_version = "HTTP/1.1" if answer.chunked else "HTTP/1.0"
        if answer.head_drip:
            for byte in b"HTTP/1.0 200 OK\r\nX-Comment: " + b"." * 1000:
                self.wfile.write(bytes([byte]))
                time.sleep(answer.head_drip)
        self.send_response(206 if start is not None else answer.status, answer.reason)
        if answer.chunked:
            self.send_header("Transfer-Encoding", "chunked")
        elif answer.length is not False:
            self.send_header("Content-Length", str(answer.length or len(body)))
        if start is not None:
            whole = len(answer.body)
            self.send_header("Content-Range", f"bytes {start}-{whole - 1}/{whole}")
        if answer.etag:
            self.send_header("ETag", answer.etag)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        body = body if answer.cut is None else body[: answer.cut]
        if answer.chunked:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(body), body))
            self.wfile.write(b"" if answer.cut is not None else b"0\r\n\r\n")
            self.close_connection = True
        elif answer.drip:
            size, pause = answer.drip
            for at in range(0, len(body), size):
                time.sleep(pause)
                self.wfile.write(body[at : at + size])
        else:
            self.wfile.write(body)

    def log_message(self, *args):
        pass


class Server(ThreadingHTTPServer):
    """Answers by path: an `Answer`, plain bytes, or a list, one after the other.

    ``asked`` has path and headers of each request.
    """

    def __init__(self, answers=None):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers, self.asked, self.lock = answers or {}, [], threading.Lock()

    def handle_error(self, *args):
        """Say nothing of clients that go away."""

    def address(self, path, host="127.0.0.1"):
        return f"http://{host}:{self.server_port}/{path}"


@contextlib.contextmanager
def serving(answers=None):
    with Server(answers) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def manifest_row(url, file, **changes):
    """Return a row as `galutils.surveys.fetch.manifest` gives it."""
    plain = dict.fromkeys(("hash", "unpack", "licence", "citation", "note"), "")
    plain |= {"survey": "sami", "kind": "catalogue", "access": "open", "bytes": None}
    return plain | {"file": file, "url": url} | changes
