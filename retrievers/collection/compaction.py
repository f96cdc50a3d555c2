"""Write the vectors anew without those of removed pictures, as the next generation.

The new file is on the disk before one transaction renumbers the records and turns to it. The old
one goes when no reader can still be about to map it.
"""

import sqlite3
from collections.abc import Iterable
from contextlib import suppress

import numpy as np

from retrievers.collection.collection import Collection
from retrievers.collection.storage.full_text_table import rebuild_words
from retrievers.collection.storage.records_file import set_facts
from retrievers.collection.storage.vectors_file import append_rows, sync_folder, vectors_path
from retrievers.collection.transaction import transaction

_CHUNK = 4096


def compact(collection: Collection) -> int:
    """Return how many rows were saved. The caller holds the writer's lock."""
    generation, rows = collection.extent()
    every = collection.db.execute("SELECT row FROM pictures ORDER BY row")
    live = np.array([row for (row,) in every], dtype=np.int64)
    if len(live) == rows:
        return 0
    new, mapped = vectors_path(collection.folder, generation + 1), collection.vectors()
    new.unlink(missing_ok=True)
    append_rows(new, 0, mapped[:0])
    for start in range(0, len(live), _CHUNK):
        append_rows(new, start, mapped[live[start : start + _CHUNK]])
    sync_folder(collection.folder)
    with transaction(collection):
        _renumber(collection.db, live.tolist())
        set_facts(collection.db, {"generation": generation + 1, "rows": len(live)})
    drop_leftovers(collection)
    return rows - len(live)


def drop_leftovers(collection: Collection) -> bool:
    """Remove the vectors of other generations; returns False if a reader still needs them.

    A full checkpoint waits until every reader sees the newest commit, and brings that commit onto
    the disk, so that not even a power cut can bring back records of the removed file.
    """
    (busy, _, _) = collection.db.execute("PRAGMA wal_checkpoint(FULL)").fetchone()
    if busy:
        return False
    generation, _ = collection.extent()
    for path in collection.folder.glob("vectors-*.f32"):
        if path != vectors_path(collection.folder, generation):
            with suppress(PermissionError):  # Windows keeps what is mapped
                path.unlink(missing_ok=True)
    return True


def _renumber(db: sqlite3.Connection, live: Iterable[int]) -> None:
    db.execute("PRAGMA defer_foreign_keys = ON")
    for new, old in enumerate(live):
        if new == old:
            continue
        for table in ("pictures", "files", "tags", "dates"):
            db.execute(f"UPDATE {table} SET row = ? WHERE row = ?", (new, old))
    rebuild_words(db)
