"""SQLite files that may have been copied from elsewhere: opened only if they hold plain tables.

A view may stand under a table's name, and what it computes need never end; a trigger runs with what
is written. No file of dialens has either.
"""

import errno
import os
import shutil
import sqlite3
from collections.abc import Collection
from pathlib import Path
from typing import Any, TypeVar

from retrievers.regular_file import REMEDY

C = TypeVar("C", bound=sqlite3.Connection)
LONGEST = 1 << 27  # bytes of one value
LEAST = 1 << 17  # bytes that SQLite needs beside a file
_ODD = "SELECT type, name FROM sqlite_master WHERE type NOT IN ('table', 'index') OR rootpage = 0"


def open_sqlite(
    path: Path, factory: type[C], *, virtual: Collection[str] = (), **options: Any
) -> C:
    """Open or make a SQLite file.

    Args:
        path: where it is or will be.
        factory: makes the connection.
        virtual: names of virtual tables that it may hold.
        options: of `sqlite3.connect`.

    Raises:
        OSError: it is no regular file, may not be opened, or holds what no file of dialens does.
        sqlite3.Error: it cannot be read.
    """
    if path.exists() and not path.is_file():
        raise OSError(errno.EINVAL, f"no regular file; {REMEDY}", str(path))
    try:
        db = factory(path, **options)
    except sqlite3.OperationalError as error:
        raise hindrance(path) or error from error
    try:
        db.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST)
        db.execute("PRAGMA trusted_schema = OFF")
        for kind, name in db.execute(_ODD):
            if name not in virtual:
                said = f"holds the {kind} {name!r}, which no file of dialens does; {REMEDY}"
                raise OSError(errno.EINVAL, said, str(path))
    except BaseException:
        db.close()
        raise
    return db


def hindrance(path: Path) -> OSError | None:
    """Return why a file can't be opened for reading and writing that is none of its own fault."""
    wrong, places = 0, [path.parent, *([path] if path.exists() else [])]
    if not os.access(places[-1], os.R_OK):
        wrong = errno.EACCES
    elif not all(os.access(place, os.W_OK) for place in places):
        wrong = errno.EROFS if _is_read_only(path) else errno.EACCES
    elif shutil.disk_usage(path.parent).free < LEAST:
        wrong = errno.ENOSPC
    return OSError(wrong, os.strerror(wrong), str(path)) if wrong else None


def _is_read_only(path: Path) -> bool:
    flags = os.statvfs(path).f_flag if hasattr(os, "statvfs") else 0
    return bool(flags & getattr(os, "ST_RDONLY", 0))
