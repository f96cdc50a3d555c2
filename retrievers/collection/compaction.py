"""Write the vectors anew without those of removed pictures, as the next generation.

The new file is on the disk before one transaction renumbers the records and turns to it. The old
one goes when no reader can still be about to map it. Vectors of the encoder before are written anew
likewise: all that are kept share the numbers of their rows.
"""

import sqlite3
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrievers.collection.collection import PREVIOUS, Collection
from retrievers.collection.storage.full_text_table import rebuild_words
from retrievers.collection.storage.generation import Generation
from retrievers.collection.storage.records_file import set_facts
from retrievers.collection.storage.vector_forms import PackedVectors, row_bytes
from retrievers.collection.storage.vectors_file import append_bytes, sync_folder
from retrievers.collection.transaction import transaction

_CHUNK = 4096
_TABLES = ("pictures", "files", "tags", "dates", "former_pixels")


def compact(collection: Collection) -> int:
    """Return how many rows were saved. The caller holds the writer's lock."""
    _, rows = collection.extent()
    every = collection.db.execute("SELECT row FROM pictures ORDER BY row")
    live = np.array([row for (row,) in every], dtype=np.int64)
    if len(live) == rows:
        return 0
    used, previous = collection.generation(), collection.previous()
    facts: dict[str, object] = {}
    if previous:
        kept = _written_anew(collection, previous, next_number(collection) + 1, live)
        facts[PREVIOUS] = kept.to_json()
    new = _written_anew(collection, used, next_number(collection), live)
    sync_folder(collection.folder)
    with transaction(collection):
        _renumber(collection.db, live.tolist())
        set_facts(collection.db, {**facts, "generation": new.number, "rows": new.rows})
    drop_leftovers(collection)
    return rows - len(live)


def next_number(collection: Collection) -> int:
    """Return a number that no generation in use has, nor one that is kept."""
    previous = collection.previous()
    return 1 + max(collection.generation().number, previous.number if previous else 0)


def drop_leftovers(collection: Collection) -> bool:
    """Remove the vectors of other generations; returns False if a reader still needs them.

    A full checkpoint waits until every reader sees the newest commit, and brings that commit onto
    the disk, so that not even a power cut can bring back records of the removed file.
    """
    (busy, _, _) = collection.db.execute("PRAGMA wal_checkpoint(FULL)").fetchone()
    if busy:
        return False
    kept = {one.path(collection.folder) for one in collection.kept()}
    for path in collection.folder.glob("vectors-*.*"):
        if path not in kept:
            with suppress(PermissionError):  # Windows keeps what is mapped
                path.unlink(missing_ok=True)
    return True


def _written_anew(
    collection: Collection, one: Generation, number: int, live: NDArray[Any]
) -> Generation:
    """Write those of its rows that have a picture; they stay the first ones, as rows only grow."""
    rows = live[live < one.rows]
    new = replace(one, number=number, rows=len(rows))
    path, mapped = new.path(collection.folder), collection.rows_in(one)
    raw = mapped.raw if isinstance(mapped, PackedVectors) else mapped
    path.unlink(missing_ok=True)
    append_bytes(path, 0, b"")
    for start in range(0, len(rows), _CHUNK):
        data = np.asarray(raw[rows[start : start + _CHUNK]]).tobytes()
        append_bytes(path, start * row_bytes(one.form, one.dim), data)
    return new


def _renumber(db: sqlite3.Connection, live: Iterable[int]) -> None:
    db.execute("PRAGMA defer_foreign_keys = ON")
    for new, old in enumerate(live):
        if new == old:
            continue
        for table in _TABLES:
            db.execute(f"UPDATE {table} SET row = ? WHERE row = ?", (new, old))
    rebuild_words(db)
