"""SQLite as a collection is read: a file that turns out to be damaged is said to be, wherever.

SQLite finds damage when it comes to the page that has it, so any statement and any row may.
"""

import sqlite3
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, ParamSpec, Self, TypeVar

from retrievers.collection.errors import CollectionDamaged
from retrievers.sqlite_file import hindrance

P = ParamSpec("P")
R = TypeVar("R")


class Reading(sqlite3.Cursor):
    """Rows of a collection; every method may raise CollectionDamaged, or what is in its way."""

    connection: "Records"

    def execute(self, sql: str, given: Any = ()) -> Self:
        return self._read(super().execute, sql, given)

    def executemany(self, sql: str, given: Iterable[Any]) -> Self:
        return self._read(super().executemany, sql, given)

    def executescript(self, sql: str) -> Self:
        return self._read(super().executescript, sql)  # type: ignore[return-value]

    def fetchone(self) -> Any:
        return self._read(super().fetchone)

    def fetchall(self) -> list[Any]:
        return self._read(super().fetchall)

    def __next__(self) -> Any:
        try:
            return super().__next__()
        except sqlite3.DatabaseError as error:
            raise self._told(error) from error

    def _read(self, what: Callable[P, R], *args: P.args, **options: P.kwargs) -> R:
        try:
            return what(*args, **options)
        except sqlite3.DatabaseError as error:
            raise self._told(error) from error

    def _told(self, error: sqlite3.DatabaseError) -> Exception:
        if isinstance(error, sqlite3.OperationalError):
            return hindrance(self.connection.path) or error
        if type(error) is not sqlite3.DatabaseError:  # its kinds: a lock, a full disk, our fault
            return error
        path = self.connection.path
        return CollectionDamaged(
            f"{path} cannot be read ({error}); run `dialens doctor {path.parent.name}`"
        )


class Records(sqlite3.Connection):
    """A connection whose rows are read so.

    Args:
        path: of the file.
        still: nobody can write to it, nor make files beside it.
        options: of `sqlite3.connect`.
    """

    def __init__(self, path: Path, *, still: bool = False, **options: Any) -> None:
        where = f"{path.absolute().as_uri()}?mode=ro&immutable=1" if still else path
        super().__init__(where, uri=still, **options)
        self.path = path

    def execute(self, sql: str, given: Any = ()) -> Reading:
        return self.cursor(Reading).execute(sql, given)

    def executemany(self, sql: str, given: Iterable[Any]) -> Reading:
        return self.cursor(Reading).executemany(sql, given)

    def executescript(self, sql: str) -> Reading:
        return self.cursor(Reading).executescript(sql)
