"""The globs of a query: where a file of a collection has to lie."""

import os
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from retrievers.pictures.folders.globs import Globs
from retrievers.query import Filters

Place = Callable[[bytes, str], bool]


def says_where(filters: Filters) -> bool:
    """Whether a glob is among the filters."""
    inner = (*filters.unless, *(one for group in filters.one_of for one in group))
    return bool(filters.paths or filters.not_paths) or any(map(says_where, inner))


def place(filters: Filters) -> Place:
    """Return what says of a root and a path below it whether a file there meets the globs.

    Raises:
        ValueError: a path filter is no glob.
    """
    globs = lru_cache(None)(lambda root: _globs(filters, root))

    def meets(root: bytes, below: str) -> bool:
        wanted, unwanted = globs(root)
        return all(glob.fullmatch(below) for glob in wanted) and not unwanted.fullmatch(below)

    return meets


def _globs(filters: Filters, root: bytes) -> tuple[list[Globs], Globs]:
    folder = Path(os.fsdecode(root))
    return [Globs([glob], folder) for glob in filters.paths], Globs(filters.not_paths, folder)
