"""Which session holds which conversation, for front ends that send all of it each time.

They are found again by what was said, also by a server that starts anew. The file holds no word of
it, only digests; without it conversations are begun again, and nothing else is lost.
"""

import hashlib
import sqlite3
from contextlib import suppress
from typing import NamedTuple

from agent.turns.turn import Turn
from app.server.security.private_table import opened
from retrievers.files.home import dialens_home

FILE = "conversations.db"
KNOWN = 100_000  # states of conversations, those that were reached last
_COLUMNS = "(key TEXT PRIMARY KEY, session TEXT, turn INTEGER, mark TEXT)"
_TABLE = f"CREATE TABLE IF NOT EXISTS states {_COLUMNS}"
_OLD = "DELETE FROM states WHERE rowid <= (SELECT max(rowid) FROM states) - ?"
_UNUSABLE = (OSError, sqlite3.Error)


class ReplayedState(NamedTuple):
    """The session and the turn that a conversation led to; `mark` tells it from another's."""

    session: str
    turn: int
    mark: str

    def of(self, turns: tuple[Turn, ...]) -> Turn | None:
        """Return the turn among those of a session of that name, if it is still the same."""
        turn = turns[self.turn - 1] if self.turn <= len(turns) else None
        return turn if turn and _mark(turn) == self.mark else None


class Replays:
    """Remember where in which session what was said led to."""

    def find(self, keys: list[str]) -> dict[str, ReplayedState]:
        """Return where conversations stand, of those that are known."""
        found: dict[str, ReplayedState] = {}
        if not (dialens_home() / FILE).exists():
            return found
        with suppress(*_UNUSABLE), opened(dialens_home() / FILE, _TABLE) as file:
            for key in keys:
                for row in file.execute("SELECT * FROM states WHERE key = ?", (key,)):
                    if _is_whole(state := ReplayedState(*row[1:])):
                        found[key] = state
        return found

    def keep(self, key: str, session: str, turn: Turn) -> None:
        """Remember where a conversation stands."""
        with suppress(*_UNUSABLE), opened(dialens_home() / FILE, _TABLE) as file:
            file.execute("PRAGMA synchronous = OFF")
            row = (key, session, turn.number, _mark(turn))
            file.execute("REPLACE INTO states VALUES (?, ?, ?, ?)", row)
            file.execute(_OLD, (KNOWN,))


def _is_whole(state: ReplayedState) -> bool:
    """Whether it is as it was written; a value of a file may be anything."""
    session, turn, mark = state
    return isinstance(session, str) and isinstance(turn, int) and turn > 0 and isinstance(mark, str)


def _mark(turn: Turn) -> str:
    told = f"{turn.at.isoformat()} {turn.said}"
    return hashlib.sha256(told.encode("utf-8", "replace")).hexdigest()
