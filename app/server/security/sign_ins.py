"""Browsers that are signed in: a cookie of its own for each, which ends alone or with its token.

The file holds no token and no cookie, only what tells them when they come; a server that starts
again knows them, and all servers of one home share it.
"""

import hashlib
import hmac
import secrets
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from time import time
from typing import NamedTuple

from app.server.contract.errors import ConflictError
from app.server.contract.settings import Settings
from app.server.security.private_table import opened
from retrievers.files.home import dialens_home

FILE = "signed-in.db"
A_MONTH = 30 * 24 * 3600
LONGEST = 100  # letters of a cookie that is looked for
_TABLE = "CREATE TABLE IF NOT EXISTS sign_ins (id TEXT PRIMARY KEY, token TEXT, since REAL)"


class SignIn(NamedTuple):
    """One browser's: the id that it is ended by, and when it began, in seconds since 1970."""

    id: str
    since: float


class SignIns:
    """Begin, know and end sign-ins; one that is a month old, or whose token is gone, is over.

    Args:
        settings: whose tokens count.
    """

    def __init__(self, settings: Settings) -> None:
        self._tokens = {_digest(token): user for token, user in settings.tokens.items()}

    def owner(self, token: str) -> str | None:
        """Return whose token it is, in the same time whatever it is."""
        found, given = None, _digest(token)
        for known, user in self._tokens.items():
            if hmac.compare_digest(known, given):
                found = user
        return found

    def begin(self, token: str) -> str | None:
        """Sign the owner of a token in; returns the cookie's value, None for nobody's token.

        Raises:
            ConflictError: the file cannot be written.
        """
        if self.owner(token) is None:
            return None
        cookie = secrets.token_urlsafe(32)
        with _opened() as file:
            file.execute("DELETE FROM sign_ins WHERE since < ?", (time() - A_MONTH,))
            row = (_digest(cookie), _digest(token), time())
            file.execute("INSERT INTO sign_ins VALUES (?, ?, ?)", row)
        return cookie

    def user(self, cookie: str) -> str | None:
        """Return who is signed in by a cookie; a file that cannot be read knows nobody."""
        if 0 < len(cookie) <= LONGEST:
            with suppress(ConflictError):
                for _, token in self._rows("id = ?", id_of(cookie)):
                    return self._tokens.get(token)
        return None

    def of(self, user: str) -> list[SignIn]:
        """Return a user's sign-ins; raises as `begin`."""
        return [one for one, token in self._rows("TRUE") if self._tokens.get(token) == user]

    def end(self, user: str, ids: Sequence[str]) -> bool:
        """End those of these sign-ins that are the user's, if any is; raises as `begin`."""
        own = [(one.id,) for one in self.of(user) if one.id in ids]
        if own:
            with _opened() as file:
                file.executemany("DELETE FROM sign_ins WHERE id = ?", own)
        return bool(own)

    def _rows(self, which: str, *values: str) -> list[tuple[SignIn, str]]:
        if not self._tokens or not _path().exists():
            return []
        ask = "SELECT id, since, token FROM sign_ins WHERE since > ? AND"
        with _opened() as file:
            rows = file.execute(f"{ask} {which}", (time() - A_MONTH, *values))
            return [(SignIn(id_, _moment(since)), token) for id_, since, token in rows]


def id_of(cookie: str) -> str:
    """Return the id of the sign-in that a cookie is for."""
    return _digest(cookie)


def _moment(since: object) -> float:
    """Return when a sign-in began; a value of a file may be anything."""
    if isinstance(since, float) and since < time() + A_MONTH:
        return since
    raise sqlite3.DatabaseError(f"a sign-in began at {since!r:.40}")


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _path() -> Path:
    return dialens_home() / FILE


@contextmanager
def _opened() -> Iterator[sqlite3.Connection]:
    """Open the file, which only its owner may read; what is done within is one step."""
    try:
        with opened(_path(), _TABLE) as file:
            yield file
    except (OSError, sqlite3.Error) as error:
        line = f"{FILE} in the server's home cannot be used ({error}); delete it and sign in again"
        raise ConflictError(line) from error
