"""Names, sizes and counts as a person reads them, safe for a terminal."""

import os
from collections.abc import Sequence
from pathlib import Path

from retrievers.text.display import counted
from retrievers.text.display import visible as printable

__all__ = ["bytes_of", "counted", "printable", "short", "size"]


def short(path: Path, roots: Sequence[Path]) -> str:
    """Return the path as a person names it: below its root, the root named if there are several."""
    for root in roots:
        if path.is_relative_to(root):
            below = path.relative_to(root)
            return printable(str(below if len(roots) == 1 else Path(root.name) / below))
    return printable(str(path))


def size(count: float) -> str:
    """Return a number of bytes as a person reads it: 3.4 MB."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "B" or count >= 10 else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"


def bytes_of(path: Path) -> bytes:
    """Return the file name's own bytes, for pipes."""
    return os.fsencode(path)
