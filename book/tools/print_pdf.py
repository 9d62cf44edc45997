"""Print the built book to one PDF: ``python -m book.tools.print_pdf``.

Headless Chromium prints the pages one by one in the order of the table of contents, as the
browser's own print command would; code that a page folds away stays away. They are then joined
with page numbers, bookmarks (part > chapter > notebook) and links that lead inside the PDF.
"""

import argparse
import io
import shutil
import sys
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote

from galutils.store.files import write

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
PAPER = {"format": "A4", "print_background": True, "tagged": False}
MARGIN = {"top": "20mm", "bottom": "20mm", "left": "18mm", "right": "18mm"}
SCALE = 0.7  # of the screen: a line of 100 signs of code fits the width
STYLE = """
pre { white-space: pre-wrap !important; overflow-wrap: anywhere; }
table { width: 100% !important; font-size: 0.85em; }
td { overflow-wrap: anywhere; }
td, th { padding: 0.2em 0.5em !important; }
td p, th p { line-height: 1.3; margin: 0; }
.full-width { width: 100% !important; margin: 0 !important; }
.pst-scrollable-table-container { overflow: visible !important; }
figure, img { break-inside: avoid; }
img { max-height: 140mm !important; width: auto !important; }
figcaption, caption, .caption-text { color: #333 !important; }
#jb-print-toc, details.hide, a.headerlink, .toggle-button { display: none !important; }
"""
HEADER = """<div style="font: 7px sans-serif; color: #555; width: 100%; text-align: center">
<span class="title"></span></div>"""
NUMBER = """<div style="font: 8px sans-serif; color: #555; width: 100%; text-align: center">
<span class="pageNumber"></span></div>"""

# The sidebar as a list: the caption of a part, or the page of a chapter and its depth.
CONTENTS = """() => [...document.querySelectorAll(
    'nav.bd-links .caption-text, nav.bd-links a.reference.internal')].map(entry => {
        const title = entry.textContent.trim();
        if (!entry.matches('a')) return {depth: 0, title, url: null};
        const item = entry.closest('li');
        const depth = [1, 2, 3, 4].find(level => item.classList.contains('toctree-l' + level));
        return {depth, title, url: entry.href.split('#')[0]};
    })"""
# Chromium keeps the place of an element in the PDF only if a link of the page leads to it.
KEEP_PLACES = """() => document.querySelectorAll('#main-content [id]').forEach(element => {
    const link = document.createElement('a');
    link.href = '#' + encodeURIComponent(element.id);
    document.body.append(link);
})"""


class PdfError(RuntimeError):
    """The book cannot be printed: it is not built, or no browser is there."""


def find_chromium():
    """Return the path of a Chromium: one of this machine, or the one Playwright installed.

    Raises
    ------
    PdfError
        If there is none.
    """
    for name in BROWSERS:
        if path := shutil.which(name):
            return path
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    if Path(path).is_file():
        return path
    raise PdfError(
        f"expected a Chromium, found none: looked for {', '.join(BROWSERS)} on the path and for "
        "Playwright's own ('playwright install chromium')"
    )


@contextmanager
def open_chromium():
    """Start a headless Chromium and close it in the end.

    Yields
    ------
    playwright.sync_api.Browser
        See :func:`find_chromium` for which one, and for what is raised.
    """
    path = find_chromium()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        # The sandbox does not start for root, which a container usually is.
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


def print_book(book="book/_build/html", output="book/_build/galutils-book.pdf"):
    """Print a built book to one PDF, which appears only when it is whole.

    Parameters
    ----------
    book : str or path
        Folder of the built pages.
    output : str or path
        The PDF.

    Returns
    -------
    int
        The number of its pages.

    Raises
    ------
    PdfError
        If the book is not built or no Chromium is found.
    """
    book = Path(book).resolve()
    if not (book / "index.html").is_file():
        raise PdfError(f"{book}: expected a built book, found no index.html: run 'make book' first")
    with open_chromium() as browser:
        page = browser.new_page(color_scheme="light")
        page.goto((book / "index.html").as_uri())
        page.wait_for_selector("nav.bd-links")  # the index leads on to the first page
        title = page.locator(".logo__title").first.text_content().strip()
        first = page.url.split("#")[0]
        entries = [{"depth": 1, "title": title, "url": first}]
        entries += page.evaluate(CONTENTS)
        printed = {}
        for url in dict.fromkeys(entry["url"] for entry in entries if entry["url"]):
            printed[url] = _print(page, url)
        writer, places = _join(printed)
        _number(writer, page)
    _bookmark(writer, entries, places)
    _lead_inside(writer, places, book.as_uri())
    writer.add_metadata({"/Title": title})
    writer.compress_identical_objects(remove_unreferenced=True)
    content = io.BytesIO()
    writer.write(content)
    write(output, content.getvalue())
    return len(writer.pages)


def _print(page, url):
    """Return one page of the book as the bytes of a PDF."""
    page.goto(url)
    page.evaluate("window.MathJax?.startup?.promise")
    page.add_style_tag(content=STYLE)
    page.evaluate(KEEP_PLACES)
    frame = {"display_header_footer": True, "header_template": HEADER, "footer_template": "<i></i>"}
    return page.pdf(**PAPER, **frame, margin=MARGIN, scale=SCALE)


def _join(printed):
    """Join PDFs; return the writer, and the (page, height) of every (url, name of an element).

    The name of a whole page is empty.
    """
    from pypdf import PdfReader, PdfWriter

    writer, places = PdfWriter(), {}
    for url, content in printed.items():
        reader, start = PdfReader(io.BytesIO(content)), len(writer.pages)
        places[url, ""] = (start, None)
        numbers = {page.indirect_reference.idnum: n for n, page in enumerate(reader.pages)}
        for name, place in reader.named_destinations.items():
            number = numbers.get(getattr(place.page, "idnum", None))
            if number is not None:
                places[url, unquote(name.lstrip("/"))] = (start + number, place.top)
        for page in reader.pages:
            added = writer.add_page(page)
            for link in added.get("/Annots", []):
                link = link.get_object()
                if "/Dest" in link:  # by a name that other pages may have too
                    name = unquote(str(link.pop("/Dest")).lstrip("/"))
                    _set_address(link, f"{url}#{name}")
    return writer, places


def _set_address(link, address):
    """Let a link of a PDF lead to an address."""
    from pypdf.generic import DictionaryObject, NameObject, TextStringObject

    action = {NameObject("/S"): NameObject("/URI"), NameObject("/URI"): TextStringObject(address)}
    link[NameObject("/A")] = DictionaryObject(action)


def _number(writer, page):
    """Put a number at the foot of every page."""
    from pypdf import PdfReader

    blank = "<div style='break-after: page'>&nbsp;</div>"
    page.set_content(blank * (len(writer.pages) - 1) + "<div>&nbsp;</div>")
    frame = {"display_header_footer": True, "header_template": "<i></i>", "footer_template": NUMBER}
    numbers = PdfReader(io.BytesIO(page.pdf(**PAPER, **frame, margin=MARGIN)))
    for sheet, number in zip(writer.pages, numbers.pages, strict=True):
        sheet.merge_page(number)
        sheet.compress_content_streams()


def _bookmark(writer, entries, places):
    """Write the table of contents as bookmarks."""
    above = [None] * 6  # the last bookmark of each depth
    for entry, following in zip(entries, [*entries[1:], None], strict=True):
        depth, target = entry["depth"], entry["url"] or following["url"]
        parents = [mark for mark in above[:depth] if mark is not None]
        mark = writer.add_outline_item(
            title=entry["title"],
            page_number=places[target, ""][0],
            parent=parents[-1] if parents else None,
        )
        above[depth:] = [mark] + [None] * (len(above) - depth - 1)


def _lead_inside(writer, places, book):
    """Let links between the pages lead inside the PDF; take away those to files beside them."""
    from pypdf.generic import ArrayObject, FloatObject, NameObject, NullObject

    for sheet in writer.pages:
        kept = ArrayObject()
        for reference in sheet.get("/Annots", []):
            link = reference.get_object()
            address = link.get("/A", {}).get("/URI", "")
            url, _, name = address.partition("#")
            place = places.get((url, unquote(name)), places.get((url, "")))
            if place:
                number, top = place
                target = writer.pages[number].indirect_reference
                height = NullObject() if top is None else FloatObject(top)
                spot = [target, NameObject("/XYZ"), NullObject(), height, NullObject()]
                del link["/A"]
                link[NameObject("/Dest")] = ArrayObject(spot)
            if place or not address.startswith("file:"):
                kept.append(reference)
        if "/Annots" in sheet:
            sheet[NameObject("/Annots")] = kept


def main(arguments=None):
    """Run from the command line; return 1 and print why if there is no PDF."""
    parser = argparse.ArgumentParser(prog="python -m book.tools.print_pdf", description=__doc__)
    parser.add_argument("--book", default="book/_build/html", help="folder of the built pages")
    parser.add_argument("--output", default="book/_build/galutils-book.pdf", help="the PDF")
    options = parser.parse_args(arguments)
    try:
        pages = print_book(options.book, options.output)
    except PdfError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{options.output}: {pages} pages")
    return 0


if __name__ == "__main__":
    sys.exit(main())
