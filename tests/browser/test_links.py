"""Every internal link, anchor and image of the built book leads somewhere."""

import posixpath
import re
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

import pytest


class Page(HTMLParser):
    """Collect what a page names and what it leads to."""

    def __init__(self):
        super().__init__()
        self.names, self.targets = {""}, set()

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        self.names |= {values.get("id"), values.get("name")} - {None}
        for attribute in ("href", "src", "poster", "data"):
            if values.get(attribute) is not None:
                self.targets.add(values[attribute])


@pytest.fixture(scope="module")
def parsed(book, pages):
    found = {}
    for name in pages:
        found[name] = Page()
        found[name].feed((book / name).read_text(encoding="utf-8"))
    return found


def internal(parsed):
    """Return every (page, link as written, file, anchor) that stays within the book."""
    for name, page in parsed.items():
        for link in sorted(page.targets):
            parts = urlsplit(link)
            if not parts.scheme and not parts.netloc:
                here = posixpath.join(posixpath.dirname(name), unquote(parts.path))
                file = posixpath.normpath(here) if parts.path else name
                yield name, link, file, unquote(parts.fragment)


def test_every_link_and_image_is_there(parsed, book):
    links = list(internal(parsed))
    assert len(links) > 10 * len(parsed)  # a sidebar at least
    assert [(name, link) for name, link, file, _ in links if not (book / file).is_file()] == []


def test_every_anchor_is_there(parsed):
    lost = [
        (name, link)
        for name, link, file, anchor in internal(parsed)
        if file in parsed and anchor not in parsed[file].names
    ]
    assert lost == []


def test_links_of_other_kinds_are_web_pages(parsed):
    links = {link for page in parsed.values() for link in page.targets}
    kinds = {urlsplit(link).scheme for link in links}
    assert kinds <= {"", "https", "http", "mailto", "data"}, kinds


def test_next_leads_through_the_whole_book_in_order(book, pages):
    name = re.search(r"url=([\w/]+\.html)", (book / "index.html").read_text())[1]
    text = (book / name).read_text(encoding="utf-8")
    listed = list(dict.fromkeys(re.findall(r'class="toctree-l.*?href="([^"#]*)', text)))
    walked = []
    while following := re.search(r'<link rel="next"[^>]* href="([^"]+)"', text):
        name = posixpath.normpath(posixpath.join(posixpath.dirname(name), following[1]))
        text = (book / name).read_text(encoding="utf-8")
        walked.append(name)
        assert len(walked) <= len(pages)
    assert walked == listed
