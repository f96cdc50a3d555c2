"""Older collections become ones of this format, in place and in one transaction, when opened.

A change to `schema.sql` is a step added at the end of `STEPS`. The full text is made anew after the
last one: a format may also change what a word is. What only reading the pictures again can tell is
left to the next `dialens index`.
"""

import sqlite3
from collections.abc import Callable

from retrievers.collection.storage.full_text_table import rebuild_words

Step = Callable[[sqlite3.Connection], object]


def _facts_by_file(db: sqlite3.Connection) -> None:
    """2: what each file says is kept with the file, and a picture's record is made of that."""
    for column in ("taken_from TEXT", "zone TEXT", "title TEXT", "description TEXT"):
        db.execute(f"ALTER TABLE pictures ADD COLUMN {column}")
    db.execute("ALTER TABLE pictures ADD COLUMN rating INTEGER")
    db.execute("ALTER TABLE files ADD COLUMN beside TEXT NOT NULL DEFAULT ''")
    db.execute("ALTER TABLE files ADD COLUMN said TEXT")
    db.execute("ALTER TABLE files ADD COLUMN reading INTEGER NOT NULL DEFAULT 0")
    db.execute("ALTER TABLE tags ADD COLUMN by_file INTEGER NOT NULL DEFAULT 0")
    db.execute(
        "CREATE TABLE dates (row INTEGER NOT NULL REFERENCES pictures(row) ON DELETE CASCADE,"
        " place INTEGER NOT NULL, taken TEXT NOT NULL, taken_from TEXT NOT NULL, zone TEXT,"
        " PRIMARY KEY (row, place)) WITHOUT ROWID"
    )


def _words_of_the_dropped(db: sqlite3.Connection) -> None:
    """3: what was said of a content outlives its record."""
    db.execute(
        "CREATE TABLE dropped (sha256 TEXT PRIMARY KEY, caption TEXT, text TEXT,"
        " tags TEXT NOT NULL) WITHOUT ROWID"
    )


def _drives(db: sqlite3.Connection) -> None:
    """4: several drives may come to one place, one after the other."""
    db.execute("ALTER TABLE files ADD COLUMN volume INTEGER NOT NULL DEFAULT 0")


def _other_words(db: sqlite3.Connection) -> None:
    """5: emoji are words, as are words with an apostrophe left out; kinds of yeh are one letter."""


def _pixels(db: sqlite3.Connection) -> None:
    """6: a picture is known again by its pixels; those of older records nobody has kept."""
    db.execute("ALTER TABLE pictures ADD COLUMN pixels TEXT")
    db.execute("CREATE INDEX pictures_by_pixels ON pictures(pixels)")
    db.execute("ALTER TABLE dropped ADD COLUMN pixels TEXT")


def _former_pixels(db: sqlite3.Connection) -> None:
    """7: the vectors of the encoder before may lie beside those in use."""
    db.execute(
        "CREATE TABLE former_pixels (row INTEGER PRIMARY KEY REFERENCES pictures(row)"
        " ON DELETE CASCADE, pixels TEXT)"
    )


STEPS: tuple[Step, ...] = (
    _facts_by_file,
    _words_of_the_dropped,
    _drives,
    _other_words,
    _pixels,
    _former_pixels,
)
"""The first makes format 2 out of format 1, and so on."""

FORMAT = 1 + len(STEPS)


def migrate(db: sqlite3.Connection) -> None:
    """Bring an older file to this format; another process may be doing just that.

    Raises:
        sqlite3.DatabaseError: it cannot be written; it stays as it was.
    """
    db.execute("PRAGMA foreign_keys = OFF")  # no effect inside a transaction
    db.execute("BEGIN IMMEDIATE")
    try:
        (made,) = db.execute("PRAGMA user_version").fetchone()
        for step in STEPS[made - 1 :]:
            step(db)
        if made < FORMAT:
            rebuild_words(db)
        db.execute(f"PRAGMA user_version = {FORMAT}")
        db.execute("COMMIT")
    finally:
        if db.in_transaction:
            db.execute("ROLLBACK")
        db.execute("PRAGMA foreign_keys = ON")
