"""What was said of pictures, each once: (who said it, picture) -> text, in one SQLite file."""

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from agent.mllm.mllm import Usage
from retrievers.sqlite_file import open_sqlite

Shown = TypeVar("Shown")

_SCHEMA = """
CREATE TABLE IF NOT EXISTS captions (
    captioner TEXT NOT NULL,
    picture   TEXT NOT NULL,
    caption   TEXT NOT NULL,
    PRIMARY KEY (captioner, picture)
) WITHOUT ROWID
"""


class Sentences:
    """Ask only for what was not said before.

    Args:
        path: the file they are kept in; none: they are forgotten at the end.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.usage = Usage()
        if path is None:
            self._db = sqlite3.connect(":memory:", check_same_thread=False)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = open_sqlite(path, sqlite3.Connection, timeout=10, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute(_SCHEMA)

    def of(
        self, by: str, shown: Mapping[str, Shown], say: Callable[[Sequence[Shown]], Sequence[str]]
    ) -> list[str]:
        """Return one text per picture.

        Args:
            by: who says it, exactly: another name is served nothing of this one's.
            shown: each picture, as `say` takes it, by its id.
            say: called with those of which nothing is known, if there are any.
        """
        said = {one: text for one in shown if (text := self.known(by, one)) is not None}
        self.usage.remembered += len(said)
        new = [one for one in shown if one not in said]
        texts = say([shown[one] for one in new]) if new else []
        for one, text in zip(new, texts, strict=True):
            said[one] = self._keep(by, one, text)
        return [said[one] for one in shown]

    def known(self, by: str, picture_id: str) -> str | None:
        """Return what was said of a picture, or None."""
        row = self._db.execute(
            "SELECT caption FROM captions WHERE captioner = ? AND picture = ?", (by, picture_id)
        ).fetchone()
        return None if row is None else str(row[0])

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def _keep(self, by: str, picture_id: str, text: str) -> str:
        with self._db:
            self._db.execute(
                "INSERT OR REPLACE INTO captions VALUES (?, ?, ?)", (by, picture_id, text)
            )
        return text
