"""A picture's record is made of what its files say; see `retrievers.pictures.metadata`."""

import sqlite3
from collections.abc import Collection

from retrievers.pictures.metadata.facts import Dated, Facts, from_json, merged, soon


def settle(db: sqlite3.Connection, rows: Collection[int]) -> None:
    """Set the facts of these pictures by what their files say; of the tags, only those of files.

    Files of an older collection that were not read since say nothing yet, and change nothing.
    """
    for row in rows:
        said = db.execute("SELECT said FROM files WHERE row = ? ORDER BY path", (row,)).fetchall()
        if every := [from_json(one) for (one,) in said if one is not None]:
            set_facts_of(db, row, merged(every))


def judged(column: str) -> str:
    """Return SQL for `taken`, `taken_from` or `zone` of the first date that is not to come."""
    now = f"'{soon().isoformat()}'"
    return (
        f"CASE WHEN pictures.taken IS NULL OR pictures.taken < {now} THEN pictures.{column} ELSE"
        f" (SELECT {column} FROM dates WHERE dates.row = pictures.row AND dates.taken < {now}"
        " ORDER BY place LIMIT 1) END"
    )


def set_facts_of(db: sqlite3.Connection, row: int, facts: Facts) -> None:
    """Set a picture's facts; of its tags, only those of files."""
    first, *others = _dates(facts) or [None]
    lat, lon = facts.gps or (None, None)
    db.execute(
        "UPDATE pictures SET taken = ?, taken_from = ?, zone = ?, camera = ?, lat = ?, lon = ?,"
        " title = ?, description = ?, rating = ? WHERE row = ?",
        (
            *(_plain(first) if first else (None, None, None)),
            facts.camera,
            lat,
            lon,
            facts.title,
            facts.description,
            facts.rating,
            row,
        ),
    )
    db.execute("DELETE FROM dates WHERE row = ?", (row,))
    db.executemany(
        "INSERT INTO dates (row, place, taken, taken_from, zone) VALUES (?, ?, ?, ?, ?)",
        [(row, place, *_plain(one)) for place, one in enumerate(others) if one],
    )
    db.execute("DELETE FROM tags WHERE row = ? AND by_file", (row,))
    db.executemany(
        "INSERT OR IGNORE INTO tags (row, tag, by_file) VALUES (?, ?, 1)",
        [(row, tag) for tag in facts.tags],
    )


def _dates(facts: Facts) -> list[Dated | None]:
    """Return the dates that can ever be believed: each earlier than all that are believed more."""
    kept: list[Dated | None] = []
    earliest = None
    for one in facts.dates:
        if earliest is None or one.taken < earliest:
            kept.append(one)
            earliest = one.taken
    return kept


def _plain(one: Dated) -> tuple[str, str, str | None]:
    return one.text, one.source, one.zone
