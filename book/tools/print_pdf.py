"""Print the built book to one PDF: ``python -m book.tools.print_pdf [BOOK [PDF]]``.

All pages are put together in one (``print.js``), in the order of the table of contents. Headless
Chromium prints it with page numbers, bookmarks and links that lead inside the PDF.
"""

import shutil
import sys
from contextlib import contextmanager
from pathlib import Path
from urllib.request import url2pathname

from galutils.store.files import write

HERE = Path(__file__).parent
CONTENTS, SCRIPT, STYLE = HERE / "contents.js", HERE / "print.js", HERE / "print.css"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
# The bookmarks need a tagged PDF. Scaled by the style: Chromium's own scale misplaces link targets.
PAPER = {"format": "A4", "print_background": True, "tagged": True, "outline": True}
PAPER["margin"] = {"top": "20mm", "bottom": "20mm", "left": "18mm", "right": "18mm"}
FRAME = (
    '<div style="font: 8px sans-serif; width: 100%; text-align: center"><span class="{}"/></div>'
)


class PdfError(RuntimeError):
    """The book cannot be printed: it is not built, or no browser is there."""


def find_chromium():
    """Return the path of a Chromium: one of this machine, or the one Playwright installed.

    Raises
    ------
    PdfError
        If there is none.
    """
    if found := [path for path in map(shutil.which, BROWSERS) if path]:
        return found[0]
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
        with playwright.chromium.launch(executable_path=path, args=["--no-sandbox"]) as browser:
            yield browser


def print_book(book="book/_build/html", output="book/_build/galutils-book.pdf"):
    """Print a built book to one PDF, which appears only when it is whole.

    Parameters
    ----------
    book : str or path
        Folder of the built pages.
    output : str or path
        The PDF.

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
        page.set_default_timeout(0)  # a long book takes minutes
        page.goto((book / "index.html").as_uri())
        page.wait_for_selector("nav.bd-links")  # the index leads on to the first page
        title = page.locator(".logo__title").first.text_content().strip()
        pages = [{"title": title, "url": page.url.split("#")[0], "depth": 0}]
        pages += page.evaluate(CONTENTS.read_text(encoding="utf-8"))
        for one in pages:
            path = one["url"] and Path(url2pathname(one["url"].removeprefix("file://")))
            one["html"] = path and path.read_text(encoding="utf-8")
        page.add_style_tag(path=STYLE)
        page.evaluate(SCRIPT.read_text(encoding="utf-8"), {"title": title, "pages": pages})
        frame = {"header_template": FRAME.format("title")}
        frame["footer_template"] = FRAME.format("pageNumber")
        write(output, page.pdf(**PAPER, **frame, display_header_footer=True))
    print(output)


if __name__ == "__main__":
    try:
        print_book(*sys.argv[1:])
    except PdfError as error:
        sys.exit(str(error))
