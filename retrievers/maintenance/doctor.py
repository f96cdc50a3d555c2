"""Check a collection against itself and against the disk, and mend what can be mended."""

import sqlite3
from contextlib import closing
from pathlib import Path

from retrievers.collection.collection import Collection
from retrievers.collection.storage.errors import CollectionDamaged, CollectionError
from retrievers.collection.storage.records_file import connect
from retrievers.collection.writer import CollectionWriter
from retrievers.maintenance.collection_checks import CHECKS
from retrievers.maintenance.finding import Finding

_TABLES = ("facts", "roots", "pictures", "files", "tags", "failures")


def examine(folder: Path, *, repair: bool = True) -> list[Finding]:
    """Check the collection in `folder`; an empty list means that nothing is wrong.

    Args:
        folder: of the collection.
        repair: mend what can be mended; otherwise only look.

    Raises:
        CollectionError: there is no collection, or SQLite cannot read it at all.
        CollectionBusy: another process is writing.
    """
    _check_file(folder)
    try:
        with closing(Collection.open(folder)) as collection, CollectionWriter(collection) as writer:
            _read_facts(collection)
            return [found for check in CHECKS for found in check(writer, repair)]
    except CollectionDamaged as error:
        raise _hopeless(folder, str(error.__cause__ or error)) from error


def _read_facts(collection: Collection) -> None:
    """Raise CollectionDamaged at what is said of the whole collection and cannot be read."""
    (
        collection.fact("spec"),
        collection.encoder,
        collection.dim,
        collection.generation(),
        collection.followed(),
    )
    for root in collection.roots():
        collection.globs(root)


def _check_file(folder: Path) -> None:
    path = folder / "records.db"
    try:
        if not path.exists():
            raise CollectionError(f"no collection at {folder}")
        with closing(connect(path)) as db:
            wrong = [*_unsound(db), *_lacking(db)]
    except OSError as error:
        raise CollectionError(f"{path} cannot be checked: {error.strerror}") from error
    except sqlite3.DatabaseError as error:
        wrong = [str(error.__cause__ or error)]
    if wrong:
        raise _hopeless(folder, wrong[0])


def _hopeless(folder: Path, wrong: str) -> CollectionError:
    told = f"{folder / 'records.db'} is damaged ({wrong}) and cannot be mended"
    return CollectionError(f"{told}; remove {folder} and index again")


def _unsound(db: sqlite3.Connection) -> list[str]:
    """Return what SQLite finds wrong with its file; full text is mended by itself."""
    said = [row for (row,) in db.execute("PRAGMA integrity_check(5)")]
    return [line for line in said if line != "ok" and "FTS5 table" not in line]


def _lacking(db: sqlite3.Connection) -> list[str]:
    tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master")}
    if missing := [name for name in _TABLES if name not in tables]:
        return [f"no table {name!r}" for name in missing]
    facts = dict(db.execute("SELECT key, value FROM facts"))
    wrong = [key for key in ("dim", "generation", "rows") if not facts.get(key, "").isdecimal()]
    return [f"{key!r} is {facts.get(key)!r}, not a number" for key in wrong]
