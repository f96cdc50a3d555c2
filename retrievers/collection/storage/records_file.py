"""The SQLite file of a collection: made in one piece, opened, its format checked."""

import errno
import os
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path

from retrievers.collection.storage.connection import Records
from retrievers.collection.storage.errors import CollectionError
from retrievers.collection.storage.migrations import FORMAT, migrate
from retrievers.collection.storage.schema import known, schema
from retrievers.files.sqlite_file import open_sqlite

STILL = (errno.EROFS, errno.ENOSPC)
"""Nobody else writes there, either."""

_UNFINISHED = "records.db.new"


def connect(path: Path) -> sqlite3.Connection:
    """Open a SQLite file as all of dialens does: WAL, foreign keys, ten seconds of patience.

    On a medium that is full or cannot be written to it can be read all the same.

    Raises:
        OSError: it holds what no collection does; the file or its folder may not be used; or what
            was written last can't be read without writing.
        sqlite3.DatabaseError: it is damaged.
    """
    options = {"timeout": 10, "isolation_level": None, "check_same_thread": False}
    try:
        db = open_sqlite(path, Records, known(), newest=FORMAT, **options)
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = NORMAL")
        db.execute("PRAGMA foreign_keys = ON")
    except OSError as error:
        if error.errno not in STILL or _holds(path.with_name(f"{path.name}-wal")):
            raise
        return open_sqlite(path, Records, known(), newest=FORMAT, still=True, **options)
    return db


def _holds(path: Path) -> bool:
    return path.exists() and path.stat().st_size > 0


def make_records(folder: Path, facts: Mapping[str, object], *, roots: Sequence[Path] = ()) -> None:
    """Make the file with its facts and folders only; a kill leaves none, or a whole one."""
    for left in folder.glob(f"{_UNFINISHED}*"):
        left.unlink()
    with closing(connect(folder / _UNFINISHED)) as db:
        db.executescript(f"{schema()}; PRAGMA user_version = {FORMAT};")
        set_facts(db, facts)
        for root in roots:
            add_root(db, root)
    (folder / _UNFINISHED).rename(folder / "records.db")


def open_records(folder: Path) -> sqlite3.Connection:
    """Open the file; one of an older format is brought to this one.

    Raises:
        CollectionError: there is none, it is damaged, cannot be brought to this format, or a newer
            dialens made it.
    """
    path = folder / "records.db"
    try:
        if not path.exists():
            raise CollectionError(f"no collection at {folder}; make one with `dialens index`")
        db = connect(path)
        (made,) = db.execute("PRAGMA user_version").fetchone()
    except OSError as error:
        raise CollectionError(f"{path} cannot be opened: {error.strerror}") from error
    except sqlite3.OperationalError as error:
        raise CollectionError(
            f"{path} cannot be read ({error}); run `dialens doctor {folder.name}`"
        ) from error
    if made != FORMAT:
        _brought_here(db, path, made)
    return db


def _brought_here(db: sqlite3.Connection, path: Path, made: int) -> None:
    wrong = ""
    if made < 1:
        wrong = f"{path} was never finished; remove {path.parent} and index again"
    else:
        try:
            migrate(db)
        except sqlite3.DatabaseError as error:
            why = error.__cause__ or error
            wrong = f"{path} cannot be brought to format {FORMAT} ({why}); it stays as it was"
    if wrong:
        db.close()
        raise CollectionError(wrong)


def add_root(db: sqlite3.Connection, root: Path) -> None:
    """Write a folder to look into, if it is not there."""
    db.execute("INSERT OR IGNORE INTO roots VALUES (?, '[]', '[]')", (os.fsencode(root),))


def set_facts(db: sqlite3.Connection, facts: Mapping[str, object]) -> None:
    """Write facts about the collection."""
    db.executemany(
        "INSERT OR REPLACE INTO facts VALUES (?, ?)",
        [(key, str(value)) for key, value in facts.items()],
    )


def is_leftover(path: Path) -> bool:
    """Whether a collection that was never made may have left this behind."""
    return path.name == "writer.lock" or path.name.startswith(_UNFINISHED)
