"""Put into a wheel what the package needs of ``data/``; setuptools calls this."""

import shutil
from pathlib import Path

from setuptools.command.build_py import build_py

CARD = ".card.json"
CARRIED = ("manifest.csv", "benchmark/*.csv", f"weights/*{CARD}")


class BuildPy(build_py):
    """Copy the list of archives, the folds, and the networks with a card."""

    def run(self):
        """Build the package; of one that is used in place, as it is."""
        super().run()
        if self.editable_mode:
            return
        for path in (path for pattern in CARRIED for path in sorted(Path("data").glob(pattern))):
            self._take(path)
            if path.name.endswith(CARD):
                self._take(path.with_name(path.name.removesuffix(CARD) + ".keras"))

    def _take(self, path):
        target = Path(self.build_lib, "galutils", "shipped", path.relative_to("data"))
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
