"""Every page opens from a folder and from a server, alone, at once, and can be read by all."""

from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

import pytest

LARGEST = 3e6  # bytes
SLOWEST = 1000  # ms until the first paint
TRIES = 6  # another program may have the machine
EMPTY = "data:text/html,<p>empty"
CONTROLS = ("button", "link", "searchbox", "textbox", "checkbox", "DisclosureTriangle")

FACTS = """() => ({
    language: document.documentElement.lang,
    title: document.title,
    headings: [...document.querySelectorAll('h1')].filter(h => h.checkVisibility()).length,
    images: [...document.images].map(image => ({
        source: image.currentSrc, alt: image.alt, hidden: image.ariaHidden === 'true',
        broken: !image.complete || image.naturalWidth === 0})),
})"""
PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"


def unnamed(session):
    """Return the controls a screen reader has no name for."""
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    return [
        node["role"]["value"]
        for node in nodes
        if not node["ignored"]
        and node["role"]["value"] in CONTROLS
        and not node["name"]["value"].strip()
    ]


def visit(browser, address, controls=False):
    """Open a page nothing is remembered of; return what it asked for, said and shows.

    With ``controls``, also those that have no name.
    """
    context = browser.new_context()
    page, asked, said = context.new_page(), set(), []
    page.on("request", lambda request: asked.add(request.url))
    page.on("requestfailed", lambda request: said.append(f"not loaded: {request.url}"))
    page.on("pageerror", lambda error: said.append(f"error: {error}"))
    page.on(
        "console",
        lambda message: said.append(f"console: {message.text}") if message.type == "error" else 0,
    )
    page.goto(address)
    page.evaluate("window.MathJax?.startup?.promise")
    facts = page.evaluate(FACTS)
    if controls:
        facts["unnamed"] = unnamed(context.new_cdp_session(page))
    facts["paint"] = page.wait_for_function(PAINT).json_value()
    context.close()
    return {"asked": asked, "said": said, **facts}


@pytest.fixture(scope="module")
def served(browser, site, pages):
    return {name: visit(browser, site + name, controls=True) for name in pages}


@pytest.fixture(scope="module")
def opened(browser, book, pages):
    return {name: visit(browser, (book / name).as_uri()) for name in pages}


@pytest.fixture(params=["served", "opened"])
def visits(request):
    return request.getfixturevalue(request.param)


def faults(visits, fault):
    """Return what ``fault`` finds on every page, without the pages it finds nothing on."""
    found = {name: fault(facts) for name, facts in visits.items()}
    return {name: fault for name, fault in found.items() if fault}


def test_nothing_is_asked_of_another_host(visits, site):
    def elsewhere(facts):
        return [
            url
            for url in facts["asked"]
            if not url.startswith(site) and urlsplit(url).scheme not in ("file", "data", "blob")
        ]

    assert faults(visits, elsewhere) == {}


def test_no_error_is_said(visits):
    assert faults(visits, lambda facts: facts["said"]) == {}


def test_every_image_shows(visits):
    def broken(facts):
        return [image["source"] for image in facts["images"] if image["broken"]]

    assert faults(visits, broken) == {}


def test_every_image_has_an_alt_text_of_its_own(served):
    def poor(facts):
        stems = {
            image["source"]: PurePosixPath(unquote(urlsplit(image["source"]).path)).stem.lower()
            for image in facts["images"]
            if not image["hidden"]
        }
        texts = {image["source"]: image["alt"].strip() for image in facts["images"]}
        return [
            (source, texts[source])
            for source, stem in stems.items()
            if not texts[source]
            or PurePosixPath(texts[source].lower()).stem == stem
            or texts[source].lower().startswith("../")
        ]

    assert sum(len(facts["images"]) for facts in served.values()) > 0
    assert faults(served, poor) == {}


def test_every_page_has_a_language_a_title_and_one_heading(served):
    def incomplete(facts):
        whole = facts["language"].startswith("en") and facts["title"] and facts["headings"] == 1
        return None if whole else (facts["language"], facts["title"], facts["headings"])

    assert faults(served, incomplete) == {}


def test_every_control_has_a_name(served):
    assert faults(served, lambda facts: facts["unnamed"]) == {}


def test_no_page_is_too_large(served, book, site):
    """The page and what it shows; the scripts and styles all pages share are kept by a browser."""

    def weight(name, facts):
        shown = {name, *(unquote(urlsplit(url).path)[1:] for url in facts["asked"])}
        own = [path for path in shown if not path.startswith("_static/")]
        return sum((book / path).stat().st_size for path in own if (book / path).is_file())

    large = {name: weight(name, facts) for name, facts in served.items()}
    assert {name: size for name, size in large.items() if size > LARGEST} == {}


def test_every_page_paints_at_once(served, browser, site):
    """A page that was slow is tried again, without what an empty one takes at that moment."""
    slow = {}
    for name, facts in served.items():
        paints = [facts["paint"]]
        while min(paints) > SLOWEST and len(paints) < TRIES:
            idle = visit(browser, EMPTY)["paint"]
            paints.append(visit(browser, site + name)["paint"] - idle)
        if min(paints) > SLOWEST:
            slow[name] = paints
        if len(slow) == 3:
            break  # it is not one page
    assert slow == {}
