"""Verdicts that were paid for once: (judge, words, picture) -> score, in one SQLite file.

The judge's name holds the model and the prompt's hash, and a picture's id is its content, so a
verdict never outlives what it was about.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path

from agent.mllm.mllm import Usage
from retrievers.sqlite_file import open_sqlite

_SCHEMA = """
CREATE TABLE IF NOT EXISTS verdicts (
    judge   TEXT NOT NULL,
    said    TEXT NOT NULL,
    picture TEXT NOT NULL,
    score   REAL NOT NULL,
    PRIMARY KEY (judge, said, picture)
) WITHOUT ROWID
"""


class Verdicts:
    """Open or make the file `path`; several processes may share it."""

    def __init__(self, path: Path) -> None:
        self.usage = Usage()
        path.parent.mkdir(parents=True, exist_ok=True)
        self._db = open_sqlite(path, sqlite3.Connection, timeout=10, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.execute(_SCHEMA)

    def known(self, judge: str, said: str, pictures: Sequence[str]) -> dict[str, float]:
        """Return the scores remembered for those of the picture ids that have one."""
        wanted = set(pictures)
        rows = self._db.execute(
            "SELECT picture, score FROM verdicts WHERE judge = ? AND said = ?", (judge, said)
        )
        found = {picture: score for picture, score in rows if picture in wanted}
        self.usage.remembered += len(found)
        return found

    def remember(self, judge: str, said: str, scores: Mapping[str, float]) -> None:
        """Keep scores by picture id; a newer verdict replaces an older one."""
        with self._db:
            self._db.executemany(
                "INSERT OR REPLACE INTO verdicts VALUES (?, ?, ?, ?)",
                [(judge, said, picture, score) for picture, score in scores.items()],
            )

    def close(self) -> None:
        """Release the file."""
        self._db.close()
