"""The full-text table, kept in step with the records that it is made of."""

import sqlite3
from collections.abc import Collection

from retrievers.collection.storage.path_words import name_words
from retrievers.collection.storage.schema import schema
from retrievers.text.lettering import indexed, plain_words

_SAID = (
    "SELECT coalesce(caption, '') || ' ' || coalesce(title, '') || ' '"
    " || coalesce(description, ''), text FROM pictures WHERE row = ?"
)


def set_words(db: sqlite3.Connection, rows: Collection[int]) -> None:
    """Write the words of these pictures anew; those of pictures that are gone go."""
    for row in sorted(rows):
        record = db.execute(_SAID, (row,)).fetchone()
        db.execute("DELETE FROM words WHERE rowid = ?", (row,))
        if record is None:
            continue
        below = [b for (b,) in db.execute("SELECT below FROM files WHERE row = ?", (row,))]
        tags = [tag for (tag,) in db.execute("SELECT tag FROM tags WHERE row = ?", (row,))]
        said = [plain_words(text or "") for text in (record[0], " ".join(tags), record[1])]
        db.execute(
            "INSERT INTO words (rowid, names, caption, tags, text) VALUES (?, ?, ?, ?, ?)",
            (row, *map(indexed, (name_words(below), *said))),
        )


def rebuild_words(db: sqlite3.Connection) -> None:
    """Make the table anew, however damaged it is."""
    _, create, statement = schema().partition("CREATE VIRTUAL TABLE")
    try:
        db.execute("DROP TABLE IF EXISTS words")
    except sqlite3.DatabaseError:
        _unlink_words(db)
    db.execute(create + statement)
    set_words(db, {row for (row,) in db.execute("SELECT row FROM pictures")})


def _unlink_words(db: sqlite3.Connection) -> None:
    """Drop a table that FTS5 cannot open, and so cannot drop: its entry, then its parts."""
    db.execute("PRAGMA writable_schema = ON")
    db.execute("DELETE FROM sqlite_master WHERE name = 'words'")
    db.execute("PRAGMA writable_schema = RESET")
    for part in ("data", "idx", "content", "docsize", "config"):
        db.execute(f"DROP TABLE IF EXISTS words_{part}")
