"""Bad input: what every reader makes of files that are damaged, wrong, or made to do harm.

`python -m tests.bad_input` writes the outcomes to ``results/bad_input.json``.
"""

import sys
from pathlib import Path

TESTS = Path(__file__).parents[1]
if str(TESTS) not in sys.path:  # for the layouts that the tests of the readers have
    sys.path.insert(0, str(TESTS))
