"""Pictures that no file holds any more leave the collection; what was said of them is kept."""

import sqlite3

from retrievers.collection.record.orphaned_words import keep_words

_HOMELESS = "SELECT row FROM pictures WHERE row NOT IN (SELECT row FROM files)"


def drop_homeless(db: sqlite3.Connection) -> int:
    """Drop them, inside a transaction of the caller's; returns how many."""
    gone = [(row,) for (row,) in db.execute(_HOMELESS)]
    keep_words(db, [row for (row,) in gone])
    db.executemany("DELETE FROM words WHERE rowid = ?", gone)
    db.executemany("DELETE FROM pictures WHERE row = ?", gone)
    return len(gone)
