"""The checks that a doctor makes of a collection's records, full text and vectors.

Nothing here touches the pictures. What is dropped is what the next sync brings back.
"""

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from retrievers.collection.collection import Collection
from retrievers.collection.storage.errors import CollectionDamaged, CollectionError
from retrievers.collection.storage.records_file import set_facts
from retrievers.collection.storage.vectors_file import rows_held
from retrievers.collection.transaction import transaction
from retrievers.collection.writer import CollectionWriter
from retrievers.files.unfinished import left_unfinished
from retrievers.maintenance.finding import Finding, found
from retrievers.maintenance.migration_checks import cap_previous, damaged_previous, odd_migration
from retrievers.search.binary_codes import codes_path
from retrievers.search.hnsw import graph_path
from retrievers.text.display import counted

_CHUNK = 8192
DEAD_SHARE = 0.25  # of the vector file, above which it is worth writing anew


def _uncounted_rows(writer: CollectionWriter, repair: bool) -> Iterator[Finding]:
    """Records behind the last row that counts, which no search sees: they are counted again."""
    collection = writer.collection
    _, rows = collection.extent()
    if (last := collection.last_row()) < rows:
        return
    (lost,) = collection.db.execute(
        "SELECT count(*) FROM pictures WHERE row >= ?", (rows,)
    ).fetchone()
    if repair:
        with transaction(collection):
            set_facts(collection.db, {"rows": last + 1})
    yield found(f"{counted(lost, 'picture')} that no search finds", repair, "run `dialens doctor`")


def _missing_vectors(writer: CollectionWriter, repair: bool) -> Iterator[Finding]:
    """Records that point beyond the end of the vector file: dropped, so that sync reads anew."""
    collection = writer.collection
    one = collection.generation()
    rows = max(one.rows, collection.last_row() + 1)
    path = one.path(collection.folder)
    if (held := rows_held(path, one.dim, one.form)) >= rows:
        return
    lost = [
        row for (row,) in collection.db.execute("SELECT row FROM pictures WHERE row >= ?", (held,))
    ]
    what = f"{counted(len(lost), 'picture')} without a vector in {path.name}"
    if repair:
        writer.remove(lost)
        with transaction(collection):
            set_facts(collection.db, {"rows": held})
            cap_previous(collection, held)  # numbers of rows from there on are given anew
    yield found(what, repair, "run `dialens doctor`, then index the folder again")


def _unreadable_records(writer: CollectionWriter, repair: bool) -> Iterator[Finding]:
    """Records with values that nobody wrote, such as a date that is none."""
    collection = writer.collection
    rows = [row for (row,) in collection.db.execute("SELECT row FROM pictures")]
    bad: list[int] = []
    for start in range(0, len(rows), _CHUNK):
        bad += _unreadable(collection, rows[start : start + _CHUNK])
    if bad:
        if repair:
            writer.remove(bad)
        yield found(
            f"{counted(len(bad), 'record')} that cannot be read",
            repair,
            "run `dialens doctor`, then index the folder again",
        )


def _unreadable(collection: Collection, rows: list[int]) -> list[int]:
    try:
        collection.pictures(rows)
    except CollectionDamaged:
        if len(rows) == 1:
            return rows
        half = len(rows) // 2
        return _unreadable(collection, rows[:half]) + _unreadable(collection, rows[half:])
    return []


def _bad_vectors(writer: CollectionWriter, repair: bool) -> Iterator[Finding]:
    collection = writer.collection
    live = {row for (row,) in collection.db.execute("SELECT row FROM pictures")}
    try:
        vectors = collection.vectors()
    except CollectionError:
        return  # said above
    bad: list[int] = []
    for start in range(0, len(vectors), _CHUNK):
        lengths = np.linalg.norm(vectors[start : start + _CHUNK], axis=1)
        wrong = np.flatnonzero(~(np.abs(lengths - 1) < 1e-3)) + start
        bad += [int(row) for row in wrong if int(row) in live]
    if bad:
        if repair:
            writer.remove(bad)
        yield found(
            f"{counted(len(bad), 'picture')} with a vector that is not of length 1",
            repair,
            "run `dialens doctor`, then index the folder again",
        )


def _broken_links(writer: CollectionWriter, repair: bool) -> Iterator[Finding]:
    db = writer.collection.db
    broken = db.execute("PRAGMA foreign_key_check").fetchall()
    (homeless,) = db.execute(
        "SELECT count(*) FROM pictures WHERE row NOT IN (SELECT row FROM files)"
    ).fetchone()
    if not broken and not homeless:
        return
    if repair:
        with transaction(writer.collection):
            for table in ("files", "tags", "dates"):
                db.execute(f"DELETE FROM {table} WHERE row NOT IN (SELECT row FROM pictures)")
        writer.drop_homeless()
    yield found(
        f"{len(broken) + homeless} records point at nothing", repair, "run `dialens doctor`"
    )


def _stale_words(writer: CollectionWriter, repair: bool) -> Iterator[Finding]:
    if not _words_fit(writer.collection.db):
        if repair:
            writer.rebuild_words()
        yield found("the full text does not fit the records", repair, "run `dialens doctor`")


def _words_fit(db: sqlite3.Connection) -> bool:
    """Whether the full text holds exactly one row per picture, and is sound inside."""
    try:
        (astray,) = db.execute(
            "SELECT (SELECT count(*) FROM words WHERE rowid NOT IN (SELECT row FROM pictures))"
            " + (SELECT count(*) FROM pictures WHERE row NOT IN (SELECT rowid FROM words))"
        ).fetchone()
        db.execute("INSERT INTO words (words) VALUES ('integrity-check')")
    except sqlite3.DatabaseError:
        return False
    return not astray


def _dead_rows(writer: CollectionWriter, repair: bool) -> Iterator[Finding]:
    _, rows = writer.collection.extent()
    (live,) = writer.collection.db.execute("SELECT count(*) FROM pictures").fetchone()
    dead = rows - live
    if rows and dead / rows > DEAD_SHARE:
        if repair:
            writer.compact()
        yield found(
            f"{dead} of {rows} vectors belong to pictures that are gone",
            repair,
            "run `dialens doctor`",
        )


def _orphans(writer: CollectionWriter, repair: bool) -> Iterator[Finding]:
    """Vector files and graphs of earlier generations, and what a kill left unfinished."""
    folder, kept = writer.collection.folder, writer.collection.kept()
    ours = {one.path(folder) for one in kept}
    ours |= {name(folder, one.number) for one in kept for name in (graph_path, codes_path)}
    left = {*folder.glob("vectors-*.*"), *folder.glob("index-*.faiss")} - ours
    left |= left_unfinished(folder)
    unused = bool(left) and repair and writer.drop_leftovers()
    for path in sorted(left):
        if unused:
            _remove(path)
        remedy = "run `dialens doctor` when nobody searches" if repair else "run `dialens doctor`"
        yield found(f"{path.name} is a leftover", unused, remedy)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _gone_files(writer: CollectionWriter, repair: bool) -> Iterator[Finding]:
    paths = writer.collection.db.execute("SELECT path FROM files")
    gone = sum(not os.path.lexists(path) for (path,) in paths)
    if gone:
        yield Finding(
            f"{counted(gone, 'file')} no longer in place", remedy="index the folder again"
        )


def _unread(writer: CollectionWriter, repair: bool) -> Iterator[Finding]:
    if failures := writer.collection.failures():
        yield Finding(
            f"{counted(len(failures), 'file')} could not be read",
            remedy="see them with `dialens status --failed`; `dialens index --retry-failed`",
        )


CHECKS: tuple[Callable[[CollectionWriter, bool], Iterator[Finding]], ...] = (
    _stale_words,  # first: whatever drops a picture drops its words
    _uncounted_rows,
    _missing_vectors,
    damaged_previous,
    odd_migration,
    _unreadable_records,
    _bad_vectors,
    _broken_links,
    _dead_rows,
    _orphans,
    _gone_files,
    _unread,
)
