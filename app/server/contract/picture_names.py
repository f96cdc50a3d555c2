"""A picture's name in addresses: its id, and which of its files where not all of them may be shown.

A file is named by a digest, so that no address tells a path and none opens one.
"""

import hashlib
import os
from dataclasses import replace
from pathlib import Path

from retrievers.hit import Picture


def placed(picture: Picture) -> str:
    """Return the name; the id alone where every file of this content meets what was asked for."""
    return f"{picture.id}-{_mark(picture.path)}" if picture.elsewhere else picture.id


def narrowed(picture: Picture, mark: str) -> Picture | None:
    """Return a picture with the file of that mark alone; None if it has no such file any more."""
    paths = tuple(path for path in picture.paths if _mark(path) == mark)
    left = len(picture.paths) - len(paths)
    return replace(picture, paths=paths, elsewhere=picture.elsewhere + left) if paths else None


def _mark(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:16]
