"""Write files whole or not at all."""

import contextlib
import json
import os
import tempfile
from pathlib import Path


@contextlib.contextmanager
def replacing(path):
    """Yield a temporary path that takes the place of `path` if nothing was raised."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    os.close(handle)
    try:
        yield temporary
        os.chmod(temporary, 0o644)  # mkstemp gives 0600
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def write(path, content):
    """Write bytes or str to a file, whole or not at all."""
    content = content.encode() if isinstance(content, str) else content
    with replacing(path) as temporary:
        Path(temporary).write_bytes(content)


def write_json(path, content):
    """Write JSON; NaN is refused, since JSON has none."""
    write(path, json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n")
