"""Where dialens keeps its things: `$DIALENS_HOME`, else the user's data folder."""

import os
from pathlib import Path

import platformdirs


def dialens_home() -> Path:
    """Return the folder of collections, sessions and converted models; it may not exist yet."""
    if named := os.environ.get("DIALENS_HOME"):
        return Path(named).expanduser().absolute()
    return Path(platformdirs.user_data_dir("dialens"))


def private(path: str, flags: int) -> int:
    """Open a file that only its owner may read; an `opener` for `open`."""
    return os.open(path, flags, 0o600)
