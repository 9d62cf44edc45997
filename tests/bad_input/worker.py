"""The child process of `runner`."""

import sys

from .runner import work

work(bool(int(sys.argv[1])), int(sys.argv[2]))
