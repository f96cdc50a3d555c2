"""SQLite files that may have been copied from elsewhere, opened only if they are as dialens's own.

SQLite finds damage when it comes to the page that has it, so any statement and any row may.
"""

import errno
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, ParamSpec, Self, TypeVar

from retrievers.files.regular_file import REMEDY
from retrievers.files.sqlite_schema import not_made_by

P = ParamSpec("P")
R = TypeVar("R")
C = TypeVar("C", bound="OneLineConnection")
LONGEST = 1 << 27  # bytes of one value
LEAST = 1 << 17  # bytes that SQLite needs beside a file
_PASSING = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_INTERRUPT,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_READONLY,
}
"""What is in the way, not in the file; the low byte tells the kind."""


class UnusableFile(OSError, sqlite3.OperationalError):  # noqa: N818 - reads as what it is
    """A file of the home that cannot be used; `strerror` says why, and what to do.

    It is an error of SQLite, too, for libraries that look for one.
    """


class OneLineCursor(sqlite3.Cursor):
    """Rows of a file; any method may raise what its connection's `translated` makes of errors."""

    connection: "OneLineConnection"

    def execute(self, sql: str, given: Any = ()) -> Self:
        return self._read(super().execute, sql, given)

    def executemany(self, sql: str, given: Iterable[Any]) -> Self:
        return self._read(super().executemany, sql, given)

    def executescript(self, sql: str) -> Self:
        return self._read(super().executescript, sql)  # type: ignore[return-value]

    def fetchone(self) -> Any:
        return self._read(super().fetchone)

    def fetchmany(self, size: int | None = None) -> list[Any]:
        return self._read(super().fetchmany, size or self.arraysize)

    def fetchall(self) -> list[Any]:
        return self._read(super().fetchall)

    def __next__(self) -> Any:
        try:
            return super().__next__()
        except sqlite3.Error as error:
            self.close()  # else what was being read stays locked while the error lives
            raise self.connection.translated(error) from error

    def _read(self, what: Callable[P, R], *args: P.args, **options: P.kwargs) -> R:
        try:
            return what(*args, **options)
        except (sqlite3.ProgrammingError, sqlite3.InterfaceError):
            raise  # our fault
        except sqlite3.Error as error:
            self.close()
            raise self.connection.translated(error) from error


class OneLineConnection(sqlite3.Connection):
    """A connection that says in one line what is wrong with its file, whenever it is found.

    Args:
        path: of the file.
        still: nobody can write to it, nor make files beside it.
        options: of `sqlite3.connect`.
    """

    def __init__(self, path: Path, *, still: bool = False, **options: Any) -> None:
        where = f"{path.absolute().as_uri()}?mode=ro&immutable=1" if still else path
        super().__init__(where, uri=still, **options)
        self.path = path

    def translated(self, error: sqlite3.Error) -> Exception:
        """Return what to raise instead of an error of SQLite."""
        if is_passing(error):
            return hindrance(self.path) or UnusableFile(
                errno.EBUSY, f"cannot be used now ({error}); try again", str(self.path)
            )
        return UnusableFile(errno.EINVAL, f"cannot be read ({error}); {REMEDY}", str(self.path))

    def commit(self) -> None:
        with self._one_line():
            super().commit()

    def __exit__(self, *raised: Any) -> Literal[False]:
        with self._one_line():
            return super().__exit__(*raised)

    @contextmanager
    def _one_line(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.ProgrammingError, sqlite3.InterfaceError):
            raise  # our fault
        except sqlite3.Error as error:
            raise self.translated(error) from error

    def cursor(self, factory: Any = OneLineCursor) -> Any:
        return super().cursor(factory)

    def execute(self, sql: str, given: Any = ()) -> OneLineCursor:
        return self.cursor().execute(sql, given)  # type: ignore[no-any-return]

    def executemany(self, sql: str, given: Iterable[Any]) -> OneLineCursor:
        return self.cursor().executemany(sql, given)  # type: ignore[no-any-return]

    def executescript(self, sql: str) -> OneLineCursor:
        return self.cursor().executescript(sql)  # type: ignore[no-any-return]


def is_passing(error: sqlite3.Error) -> bool:
    """Whether something is in the way, such as a lock, and the file itself may well be sound."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in _PASSING


def open_sqlite(path: Path, factory: type[C], schema: str, *, newest: int = 0, **options: Any) -> C:
    """Open or make a SQLite file.

    Args:
        path: where it is or will be.
        factory: makes the connection.
        schema: the statements that make all that it may hold; of a table it may have fewer columns.
        newest: its `user_version` at the most.
        options: of `sqlite3.connect`.

    Raises:
        OSError: it may not be opened.
        UnusableFile: it is no regular file, is a link, of a newer format, or holds what no file of
            dialens does.
        sqlite3.Error: it cannot be read, if it is a collection's.
    """
    if path.is_symlink():
        raise UnusableFile(errno.ELOOP, f"a link to another file; {REMEDY}", str(path))
    if path.exists() and not path.is_file():
        raise UnusableFile(errno.EINVAL, f"no regular file; {REMEDY}", str(path))
    try:
        db = factory(path, **options)
    except sqlite3.OperationalError as error:
        raise hindrance(path) or error from error
    try:
        db.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST)
        db.execute("PRAGMA trusted_schema = OFF")
        (made,) = db.execute("PRAGMA user_version").fetchone()
        if made > newest:
            said = f"has format {made}, this dialens reads {newest}; update dialens"
            raise UnusableFile(errno.EINVAL, said, str(path))
        if odd := next(not_made_by(schema, db), None):
            said = f"holds the {odd}, which no file of dialens does; {REMEDY}"
            raise UnusableFile(errno.EINVAL, said, str(path))
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
