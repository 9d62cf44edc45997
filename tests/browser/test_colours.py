"""Text and figures can be read in light and in dark."""

import pytest

LEAST = 4.5  # contrast of text: WCAG 2.2, criterion 1.4.3, level AA
THEMES = ("light", "dark")
AT_ONCE = "*, ::before, ::after { transition: none !important; animation: none !important; }"
LIGHT = 0.7  # relative luminance behind a figure, whose lines are dark

# Relative luminance and contrast as in WCAG 2.2; colours as laid over one another up to the page.
COLOURS = """
const canvas = new OffscreenCanvas(1, 1).getContext('2d', {willReadFrequently: true});
function rgba(colour) {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
}
const over = (top, below) => [0, 1, 2].map(i => top[i] * top[3] + below[i] * (1 - top[3]));
function behind(element) {
    const layers = [];
    for (let e = element; e; e = e.parentElement)
        layers.push(rgba(getComputedStyle(e).backgroundColor));
    const page = matchMedia('(prefers-color-scheme: dark)').matches ? [0, 0, 0] : [255, 255, 255];
    return layers.reverse().reduce((below, top) => over(top, below), page);
}
function opacity(element) {
    let whole = 1;
    for (let e = element; e; e = e.parentElement) whole *= getComputedStyle(e).opacity;
    return whole;
}
function luminance(colour) {
    const [r, g, b] = colour.map(c => c / 255).map(
        c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
function contrast(one, other) {
    const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (light + 0.05) / (dark + 0.05);
}
"""
TEXTS = (
    "least => {"
    + COLOURS
    + """
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), faint = {};
    let read = 0;
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        const element = node.parentElement, text = node.textContent.trim();
        if (!text || element.closest('script, style, noscript, svg, .skip-link, mjx-assistive-mml'))
            continue;
        if (!element.checkVisibility({opacityProperty: true, visibilityProperty: true})) continue;
        const ground = behind(element), colour = rgba(getComputedStyle(element).color);
        colour[3] *= opacity(element);
        const ratio = contrast(over(colour, ground), ground);
        read += 1;
        if (ratio < least) {
            const kind = element.tagName.toLowerCase() + '.' + element.className;
            faint[kind] ??= `${ratio.toFixed(2)}: ${text.slice(0, 40)}`;
        }
    }
    return {read, faint};
}"""
)
# The light behind a figure: of its corners, laid over what is behind the picture.
FIGURES = (
    "async () => {"
    + COLOURS
    + """
    const found = [];
    for (const image of document.querySelectorAll('main article img')) {
        if (!image.checkVisibility() || image.naturalWidth < 100) continue;
        await image.decode();
        const copy = new OffscreenCanvas(image.naturalWidth, image.naturalHeight);
        const context = copy.getContext('2d');
        context.drawImage(image, 0, 0);
        const ground = behind(image);
        const dim = /brightness\\(([\\d.]+)\\)/.exec(getComputedStyle(image).filter);
        const corners = [[1, 1], [copy.width - 2, 1], [1, copy.height - 2],
                         [copy.width - 2, copy.height - 2]];
        const lights = corners.map(([x, y]) => {
            const [r, g, b, a] = context.getImageData(x, y, 1, 1).data;
            return luminance(over([r, g, b, a / 255], ground).map(c => c * (dim ? dim[1] : 1)));
        });
        found.push({source: image.currentSrc, light: Math.min(...lights)});
    }
    return found;
}"""
)


@pytest.fixture(scope="module")
def read(browser, site, pages):
    """Return the texts and figures of pages, by theme: figures of all, texts of a sample."""
    notebooks = [name for name in pages if name.startswith("notebooks/")]
    sample = {*pages} - {*notebooks} | {*notebooks[::4]}
    found = {theme: {"texts": {}, "figures": {}} for theme in THEMES}
    page = browser.new_page()
    for name in pages:
        page.goto(site + name)
        page.evaluate("window.MathJax?.startup?.promise")
        page.add_style_tag(content=AT_ONCE)
        for theme in THEMES:
            page.emulate_media(color_scheme=theme)
            page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
            found[theme]["figures"][name] = page.evaluate(FIGURES)
            if name in sample:
                found[theme]["texts"][name] = page.evaluate(TEXTS, LEAST)
    page.close()
    return found


@pytest.mark.parametrize("theme", THEMES)
def test_text_can_be_read(read, theme):
    texts = read[theme]["texts"]
    assert min(found["read"] for found in texts.values()) > 10
    assert {name: found["faint"] for name, found in texts.items() if found["faint"]} == {}


@pytest.mark.parametrize("theme", THEMES)
def test_figures_can_be_read(read, theme):
    found = read[theme]["figures"]
    figures = [(name, *figure.values()) for name in found for figure in found[name]]
    assert figures
    assert [figure for figure in figures if figure[2] < LIGHT] == []


def test_contrast_is_that_of_the_standard(page):
    page.set_content("<body></body>")
    black, white = page.evaluate(
        "() => {" + COLOURS + "return [contrast([0, 0, 0], [255, 255, 255]), "
        "contrast(over(rgba('rgb(0 0 0 / 0)'), [255, 255, 255]), [255, 255, 255])] }"
    )
    assert (black, white) == pytest.approx((21, 1))
    grey = page.evaluate(
        "() => {" + COLOURS + "return contrast([118, 118, 118], [255, 255, 255]) }"
    )
    assert grey == pytest.approx(4.54, abs=0.01)
