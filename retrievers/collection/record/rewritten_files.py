"""A picture whose file was written anew around the same pixels stays the picture that it was.

Programs write keywords, stars and dates into the files. The bytes are others then; the vector, the
id, and with it all that was said and judged of the picture, stay.
"""

import sqlite3
from collections.abc import Container
from typing import NamedTuple


class Known(NamedTuple):
    """A picture of the collection: its row, its content, and whether it may have another one."""

    row: int
    sha256: str
    is_free: bool


def with_pixels(db: sqlite3.Connection, pixels: str, leaving: Container[bytes]) -> Known | None:
    """Return a picture with these pixels, if there is one.

    Args:
        db: the records.
        pixels: see `retrievers.pictures.ReadPicture`.
        leaving: the files that are about to hold something else, or nothing. A picture that no
            other file holds is free to be what one of them holds now.
    """
    found = None
    held = db.execute("SELECT row, sha256 FROM pictures WHERE pixels = ?", (pixels,)).fetchall()
    for row, sha256 in held:
        paths = db.execute("SELECT path FROM files WHERE row = ?", (row,)).fetchall()
        found = Known(row, sha256, all(path in leaving for (path,) in paths))
        if found.is_free:
            break
    return found


def copy_words(db: sqlite3.Connection, row: int, sha256: str) -> None:
    """Say of a content whose record has just been made what was said of the same pixels."""
    db.execute(
        "UPDATE pictures SET (caption, text) = (SELECT coalesce(pictures.caption, said.caption),"
        " coalesce(pictures.text, said.text) FROM pictures AS said WHERE said.row = ?)"
        " WHERE sha256 = ?",
        (row, sha256),
    )
    db.execute(
        "INSERT OR IGNORE INTO tags (row, tag) SELECT pictures.row, tag FROM pictures, tags"
        " WHERE sha256 = ? AND tags.row = ? AND NOT by_file",
        (sha256, row),
    )
