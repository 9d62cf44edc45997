"""A Sphinx extension: the role ``{num}`` writes a number that a notebook has recorded.

``{num}`sami-f1:accuracy:grouped``` in a page becomes ``0.881``; `galutils.results.reader.written`
describes the syntax. The configuration value ``recorded_results`` is the folder of the recorded
results, absolute or relative to the configuration.
"""

import os
from pathlib import Path

from docutils import nodes
from sphinx.util import logging
from sphinx.util.docutils import SphinxRole

from galutils.results import reader

LOGGER = logging.getLogger(__name__)
UNRESOLVED = "??"  # the build fails on the warning, so no reader sees this


def setup(app):
    """Register the role and its configuration value; read and write pages on all cores."""
    app.parallel = os.cpu_count()  # jupyter-book has no option for it
    for extension in app.extensions.values():
        if extension.parallel_read_safe is None:  # two that collect nothing while they read
            extension.parallel_read_safe = True
    app.add_config_value("recorded_results", "results", "env", [str])
    app.add_role("num", RecordedNumber())
    return {"parallel_read_safe": True, "parallel_write_safe": True}


class RecordedNumber(SphinxRole):
    """Replace the role by the number; warn with the page and the role if there is none."""

    def run(self):
        """Return the text of the number, and no messages of docutils."""
        results = Path(self.env.app.confdir, self.config.recorded_results)
        try:
            text = reader.written(results, " ".join(self.text.split()))
        except (OSError, ValueError) as error:
            LOGGER.warning("{num}`%s`: %s", self.text, error, location=self.get_location())
            text = UNRESOLVED
        return [nodes.Text(text)], []
