"""Write files whole or not at all."""

import json
import os
import tempfile
from pathlib import Path


def write(path, content):
    """Write bytes or str to a file, whole or not at all."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    content = content.encode() if isinstance(content, str) else content
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.chmod(temporary, 0o644)  # mkstemp gives 0600
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def write_json(path, content):
    """Write JSON; NaN is refused, since JSON has none."""
    write(path, json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n")
