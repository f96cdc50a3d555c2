"""Words about contents that no file holds any more: they come back when the content does.

Captions are paid for, and a picture that is gone today may only have been moved to where nobody
looks; so what was said of it outlives its record. `dialens rm` forgets it with all the rest.
"""

import json
import sqlite3
from collections.abc import Collection


def keep_words(db: sqlite3.Connection, rows: Collection[int]) -> None:
    """Keep what is said of pictures that are about to be dropped."""
    db.executemany(
        "INSERT OR REPLACE INTO dropped (sha256, caption, text, tags, pixels)"
        " SELECT sha256, caption, text,"
        " (SELECT json_group_array(tag) FROM tags WHERE tags.row = pictures.row AND NOT by_file)"
        " AS said, pixels"
        " FROM pictures WHERE row = ? AND coalesce(caption, text, nullif(said, '[]')) NOT NULL",
        [(row,) for row in rows],
    )


def give_back(db: sqlite3.Connection, sha256: str, pixels: str | None) -> None:
    """Say again what was said of a content whose record has just been made, or of its pixels."""
    found = db.execute(
        "SELECT caption, text, tags FROM dropped WHERE sha256 = ? OR pixels = ?"
        " ORDER BY sha256 != ?",
        (sha256, pixels, sha256),
    )
    for caption, text, tags in found.fetchall():
        db.execute(
            "UPDATE pictures SET caption = coalesce(caption, ?), text = coalesce(text, ?)"
            " WHERE sha256 = ?",
            (caption, text, sha256),
        )
        db.executemany(
            "INSERT OR IGNORE INTO tags (row, tag) SELECT row, ? FROM pictures WHERE sha256 = ?",
            [(tag, sha256) for tag in json.loads(tags)],
        )
        db.execute("DELETE FROM dropped WHERE sha256 = ?", (sha256,))
