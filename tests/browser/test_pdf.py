"""The PDF of a toy book: its order, bookmarks, numbers and links."""

import os
import subprocess
import sys

import pytest
from pypdf import PdfReader

SIDEBAR = """<p class="logo__title">A toy</p><nav class="bd-links">
<p><span class="caption-text">Part one</span></p><ul>
<li class="toctree-l1"><a class="reference internal" href="two.html">Second</a><ul>
<li class="toctree-l2"><a class="reference internal" href="one.html">First</a></li></ul></li></ul>
<p><span class="caption-text">Part two</span></p><ul>
<li class="toctree-l1"><a class="reference internal" href="three.html">Third</a></li></ul></nav>"""
LONG = "<p>a line</p>" * 120
PAGES = {
    "root": '<a href="three.html#far%C3%BC">far</a> <a href="https://example.org/">out</a>',
    "one": '<a href="#here">here</a> <a href="root.html">root</a> <a href="a.ipynb">file</a>'
    f'{LONG}<h2 id="here">Here</h2>',
    "two": '<h2 id="here">Another of that name</h2>',
    "three": f'{LONG}<h2 id="farü">Far away</h2><details class="hide">folded</details>',
}


def run(*options, **variables):
    return subprocess.run(
        [sys.executable, "-m", "book.tools.print_pdf", *map(str, options)],
        env=os.environ | variables,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def toy(tmp_path_factory):
    folder = tmp_path_factory.mktemp("a book")
    for name, body in PAGES.items():
        head = f'<meta charset="utf-8"><title>{name}</title>'
        main = f"<main><article><h1>{name} begins</h1>{body}</article></main>"
        (folder / f"{name}.html").write_text(head + SIDEBAR + main)
    (folder / "index.html").write_text('<meta http-equiv="Refresh" content="0; url=root.html">')
    return folder


@pytest.fixture(scope="module")
def printed(toy):
    done = run(toy, toy / "toy.pdf")
    assert (done.returncode, done.stderr) == (0, "")
    return PdfReader(toy / "toy.pdf")


def starts(printed):
    """Return the number of the page on which each page of the book begins."""
    found = {}
    for number, page in enumerate(printed.pages):
        text = page.extract_text()
        found |= {name: number for name in PAGES if f"{name} begins" in text}
    return found


def links(printed, page):
    """Return the page and height, or the address, that each link of a page leads to."""
    found = []
    for link in printed.pages[page].get("/Annots", []):
        link = link.get_object()
        if "/Dest" in link:
            place = printed.named_destinations[link["/Dest"]]
            found.append((printed.get_destination_page_number(place), place.top))
        else:
            found.append(link["/A"]["/URI"])
    return found


def test_pages_stand_in_the_order_of_the_contents(printed):
    assert list(starts(printed)) == ["root", "two", "one", "three"]
    texts = [page.extract_text() for page in printed.pages]
    assert all(str(n) in text.split() for n, text in enumerate(texts, 1))
    assert "folded" not in "".join(texts)
    assert printed.metadata.title == "A toy"


def test_bookmarks_are_parts_pages_and_their_sections(printed):
    def listed(marks):
        return [
            listed(mark)
            if isinstance(mark, list)
            else (mark.title, printed.get_destination_page_number(mark))
            for mark in marks
        ]

    at = starts(printed)
    last = len(printed.pages) - 1
    assert listed(printed.outline) == [
        ("root begins", at["root"]),
        ("Part one", at["two"] - 1),
        [
            ("two begins", at["two"]),
            [
                ("Another of that name", at["two"]),
                ("one begins", at["one"]),
                [("Here", at["three"] - 2)],
            ],
        ],
        ("Part two", at["three"] - 1),
        [("three begins", at["three"]), [("Far away", last)]],
    ]


def test_links_lead_inside(printed):
    at = starts(printed)
    [last] = [n for n, page in enumerate(printed.pages) if "Far away" in page.extract_text()]
    assert last > at["three"]
    far, out = links(printed, at["root"])
    assert far[0] == last and far[1] > 0
    assert out == "https://example.org/"
    here, root = links(printed, at["one"])  # the file beside the book leads nowhere
    assert here[0] > at["one"] and here[1] > 0
    assert root[0] == at["root"]
    every = [one for page in range(len(printed.pages)) for one in links(printed, page)]
    assert [one for one in every if isinstance(one, str) and one.startswith("file")] == []


def test_a_book_that_is_not_built_is_said(tmp_path):
    done = run(tmp_path, tmp_path / "no.pdf")
    assert done.returncode == 1
    assert "expected a built book" in done.stderr and "make book" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_missing_browser_is_said(toy, tmp_path):
    nowhere = {"PATH": str(tmp_path), "PLAYWRIGHT_BROWSERS_PATH": str(tmp_path)}
    done = run(toy, tmp_path / "no.pdf", **nowhere)
    assert done.returncode == 1
    assert "expected a Chromium, found none" in done.stderr
    assert not (tmp_path / "no.pdf").exists()
