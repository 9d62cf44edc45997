"""What a reader does: search, open code, go on, download, and all of it by the keyboard."""

import re

import nbformat
import pytest
from playwright.sync_api import expect

MOST_TABS = 200  # the sidebar has a link for every page of a part
FOCUS = """() => {
    const control = document.activeElement;
    const area = control.closest('.skip-link') ? 'skip link'
        : control.matches('.search-button__button, #pst-search-dialog input') ? 'search'
        : control.closest('nav.bd-links') && control.matches('a') ? 'sidebar'
        : control.matches('.right-next') ? 'next' : 'other';
    const box = control.getBoundingClientRect();
    return {area, seen: box.width > 0 && box.height > 0, address: control.href ?? null};
}"""


@pytest.fixture(params=["file", "server"])
def root(request, book):
    """Return the address of the book, which ends with a slash."""
    if request.param == "file":
        return f"{book.as_uri()}/"
    return request.getfixturevalue("site")


@pytest.fixture(scope="session")
def notebooks(book, pages):
    """Return the pages that are notebooks."""
    found = [name for name in pages if name.startswith("notebooks/")]
    assert found
    return found


@pytest.fixture(scope="session")
def notebook(book, notebooks):
    """Return a page that folds code away and has a page before and one after it."""
    for name in notebooks:
        text = (book / name).read_text(encoding="utf-8")
        if 'class="left-prev"' in text and 'class="right-next"' in text and "<summary" in text:
            return name
    raise AssertionError("no notebook folds code away")


def test_search_finds_moran(page, root):
    page.goto(f"{root}index.html")
    page.locator(".search-button__button:visible").first.click()
    page.locator("#pst-search-dialog input").fill("Moran")
    page.keyboard.press("Enter")
    result = page.locator("ul.search li a").first
    expect(result).to_be_visible()
    result.click()
    page.wait_for_url(lambda url: "search.html" not in url)
    expect(page.locator("main article")).to_contain_text("Moran")


def test_search_says_when_there_is_nothing(page, root):
    page.goto(f"{root}search.html?q=qwertzuiopasdf")
    expect(page.locator("main")).to_contain_text(re.compile("did not match any", re.I))
    expect(page.locator("ul.search li")).to_have_count(0)


def test_hidden_code_opens_and_closes(page, root, notebook):
    page.goto(root + notebook)
    folded = page.locator("details.hide", has=page.locator("pre")).first
    code = folded.locator("pre").first
    expect(code).to_be_hidden()
    folded.locator("summary").click()
    expect(code).to_be_visible()
    expect(code).to_contain_text("import")
    folded.locator("summary").click()
    expect(code).to_be_hidden()


def test_next_and_previous_lead_there_and_back(page, root, notebook):
    page.goto(root + notebook)
    title = page.locator("article h1:visible").inner_text()
    following = page.locator(".right-next .prev-next-title").inner_text()
    page.locator(".right-next").click()
    heading = page.locator("article h1:visible")
    expect(heading).to_contain_text(following)
    page.locator(".left-prev").click()
    expect(heading).to_have_text(title, use_inner_text=True)


def test_the_notebook_can_be_downloaded(page, site, notebook, book):
    page.goto(site + notebook)
    page.locator(".dropdown-download-buttons > button").click()
    with page.context.expect_event("download") as arriving:
        page.locator(".btn-download-source-button").click()
    download = arriving.value
    assert download.suggested_filename == notebook.rpartition("/")[2].replace("html", "ipynb")
    content = nbformat.read(download.path(), as_version=4)
    nbformat.validate(content)
    title = page.locator("article h1:visible").evaluate("h => h.firstChild.textContent")
    assert content.cells[0].source.startswith(f"# {title}")


def test_every_notebook_is_there_to_download(book, notebooks):
    for name in notebooks:
        link = re.search(r'href="([^"]*\.ipynb)"', (book / name).read_text(encoding="utf-8"))
        assert link, name
        file = ((book / name).parent / link[1]).resolve()
        nbformat.validate(nbformat.read(file, as_version=4))


def test_the_colour_button_makes_it_dark(page, root, notebook):
    page.goto(root + notebook)
    button = page.locator(".theme-switch-button:visible")
    themes = []
    for _ in range(3):
        button.click()
        themes.append(page.evaluate("document.documentElement.dataset.theme"))
    assert set(themes) == {"light", "dark"}


def test_a_narrow_screen_opens_the_contents(page, root, notebook):
    page.set_viewport_size({"width": 400, "height": 800})
    page.goto(root + notebook)
    link = page.locator("nav.bd-links a.current:visible")
    expect(link).to_have_count(0)
    page.locator(".primary-toggle").click()
    expect(link).to_be_visible()
    # nothing but tables, code and maths may be wider than the screen, each in a box that scrolls
    assert page.evaluate("document.documentElement.scrollWidth") <= 400


def test_tab_reaches_everything_and_enter_follows(page, site, notebook):
    page.goto(site + notebook)
    expected = page.locator(".right-next").evaluate("link => link.href")
    reached = []
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        focus = page.evaluate(FOCUS)
        if focus["area"] not in ("other", *reached):
            assert focus["seen"], focus
            reached.append(focus["area"])
        if focus["area"] == "next":
            break
    assert reached[0] == "skip link"
    assert sorted(reached) == ["next", "search", "sidebar", "skip link"]
    page.keyboard.press("Enter")
    page.wait_for_url(expected)


def test_the_skip_link_skips_the_contents(page, site, notebook):
    page.goto(site + notebook)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.url.endswith("#main-content")
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


def test_the_keyboard_searches_and_opens_code(page, site, notebook):
    page.goto(site + notebook)
    summary = page.locator("details.hide summary").first
    summary.focus()
    page.keyboard.press("Enter")
    expect(page.locator("details.hide pre").first).to_be_visible()
    page.keyboard.press("Control+k")
    expect(page.locator("#pst-search-dialog input")).to_be_focused()
    page.keyboard.type("Moran")
    page.keyboard.press("Enter")
    expect(page.locator("ul.search li a").first).to_be_visible()
