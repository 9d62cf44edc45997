"""Fuzz targets: a function for each reader, that takes any bytes for its file.

`python -m tests.fuzz READER --seconds 60` changes a good file at random, again and again.
"""

import sys
from pathlib import Path

TESTS = Path(__file__).parents[1]
if str(TESTS) not in sys.path:
    sys.path.insert(0, str(TESTS))
