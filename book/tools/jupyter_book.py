"""Jupyter Book's own command as a module, for `book.tools.preloaded`."""

import gc

from jupyter_book.cli.main import main

if __name__ == "__main__":
    gc.disable()  # a fifth of the time would go by looking through the pages of the book
    main()
