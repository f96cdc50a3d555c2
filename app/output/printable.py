"""Names, sizes and counts as a person reads them, safe for a terminal."""

import os
from pathlib import Path

from retrievers.text.display import counted, short, size
from retrievers.text.display import visible as printable

__all__ = ["bytes_of", "counted", "printable", "short", "size"]


def bytes_of(path: Path) -> bytes:
    """Return the file name's own bytes, for pipes."""
    return os.fsencode(path)
