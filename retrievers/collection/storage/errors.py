"""What can be wrong with a collection. Every message is one line with the remedy."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self


class CollectionError(Exception):
    """The collection is missing, damaged, or of another kind than asked for."""


class CollectionBusy(CollectionError):  # noqa: N818 - reads as what it says
    """Another process is writing."""


class CollectionUnreachable(CollectionError, sqlite3.OperationalError):  # noqa: N818 - as above
    """Something is in the way of its file."""


class CollectionDamaged(CollectionError, sqlite3.DatabaseError):  # noqa: N818 - as above
    """Its file is damaged, or holds what nobody wrote."""

    @classmethod
    def of(cls, path: Path, error: BaseException) -> Self:
        """Say that a file of records cannot be read, and why."""
        why = " ".join(str(error).split()) or type(error).__name__
        why = why if len(why) <= LONGEST else f"{why[:LONGEST]} ..."
        return cls(f"{path} cannot be read ({why}); run `dialens doctor {path.parent.name}`")


LONGEST = 200  # letters of what is wrong: a value in a file may have millions


@contextmanager
def reading(folder: Path) -> Iterator[None]:
    """Take what cannot be made of the records of a collection for damage.

    A value of SQLite can have any type and any length, whatever its column is said to be.
    """
    try:
        yield
    except (ValueError, TypeError, OverflowError, RecursionError, AttributeError) as error:
        raise CollectionDamaged.of(folder / "records.db", error) from error
