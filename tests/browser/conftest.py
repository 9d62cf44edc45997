"""Tests in a real browser; ``make test-browser`` runs them, on the built book."""

import functools
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

import galutils
from book.tools.print_pdf import PdfError, find_chromium, open_chromium

ROOT = Path(galutils.__file__).parents[1]


def pytest_addoption(parser):
    place = ROOT / "book" / "_build" / "html"
    parser.addoption("--book", type=Path, default=place, help="the built book (%(default)s)")


def pytest_configure(config):
    book = config.getoption("--book")
    if not (book / "index.html").is_file():
        raise pytest.UsageError(f"{book}: expected the built book, found none: 'make book' first")
    try:
        find_chromium()
    except PdfError as error:
        raise pytest.UsageError(str(error)) from None


class Quiet(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass


@pytest.fixture(scope="session")
def book(pytestconfig):
    """Return the folder of the built book."""
    return pytestconfig.getoption("--book").resolve()


@pytest.fixture(scope="session")
def pages(book):
    """Return the addresses of all pages within the book, without the index that leads on."""
    found = [path.relative_to(book) for path in sorted(book.rglob("*.html"))]
    names = [path.as_posix() for path in found if path.parts[0] != "_static"]
    names.remove("index.html")
    assert len(names) > 5  # a folder of something else would pass every test
    return names


@pytest.fixture(scope="session")
def site(book):
    """Serve the book on this machine; return its address, which ends with a slash."""
    handler = functools.partial(Quiet, directory=str(book))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture(scope="session")
def browser():
    with open_chromium() as started:
        yield started


@pytest.fixture
def page(browser):
    """Open a page that nothing is remembered of."""
    context = browser.new_context(accept_downloads=True)
    context.set_default_timeout(20_000)
    yield context.new_page()
    context.close()
