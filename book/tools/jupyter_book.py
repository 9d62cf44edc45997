"""Jupyter Book's own command as a module, for `book.tools.preloaded`."""

import gc

from jupyter_book.cli.main import main

if __name__ == "__main__":
    gc.disable()  # a third of the time would go by looking for garbage among the pages
    main()
