"""A Sphinx extension: a link to a term of the glossary carries the term's definition as its title.

Without scripts a browser shows the title by itself; ``book/style/terms.js`` shows it to those who
come by keyboard too.
"""

from docutils import nodes
from sphinx import addnodes

MARK = "term-"  # begins the anchor of every term


def setup(app):
    """Ask Sphinx to call :func:`define` for every page."""
    app.connect("doctree-resolved", define)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def define(app, doctree, docname):
    """Give the links to terms on one page their titles.

    Parameters
    ----------
    app : sphinx.application.Sphinx
    doctree : docutils.nodes.document
        The page, its links resolved.
    docname : str
        Its name; not used.
    """
    links = [link for link in doctree.findall(nodes.reference) if MARK in _anchor(link)]
    texts = definitions(app.env) if links else {}
    for link in links:
        if _anchor(link) in texts:
            link["reftitle"] = texts[_anchor(link)]


def definitions(env):
    """Return the first paragraph of every definition as text, by the term's anchor.

    Parameters
    ----------
    env : sphinx.environment.BuildEnvironment
        All pages must have been read.
    """
    objects = env.get_domain("std").objects
    pages = {page for (kind, _), (page, _) in objects.items() if kind == "term"}
    texts = {}
    for page in sorted(pages):
        for glossary in env.get_doctree(page).findall(addnodes.glossary):
            for item in glossary.findall(nodes.definition_list_item):
                text = next(item.findall(nodes.paragraph)).astext()
                for term in item.findall(nodes.term):
                    texts |= dict.fromkeys(term["ids"], " ".join(text.split()))
    return texts


def _anchor(link):
    return link.get("refid") or link.get("refuri", "").partition("#")[2]
