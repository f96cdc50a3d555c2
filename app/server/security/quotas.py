"""How much one user may keep, counted on the disk: a server that starts again knows it."""

import os
from collections.abc import Callable, Collection
from contextlib import suppress
from pathlib import Path
from threading import Lock
from time import monotonic
from typing import NamedTuple

from app.server.contract.errors import TooLargeError
from retrievers.files.home import dialens_home

BLOCK = 4096  # bytes that a file takes, however short it is
FRESH = 10.0  # seconds for which a count holds


class Kept(NamedTuple):
    """What lies in a folder."""

    files: int
    size: int


def kept(folder: Path) -> Kept:
    """Count the files below a folder and their bytes on the disk, left-over parts included."""
    files = size = 0
    if folder.is_dir():
        with os.scandir(folder) as held:
            for one in held:
                with suppress(FileNotFoundError):  # deleted meanwhile
                    if one.is_dir(follow_symlinks=False):
                        below = kept(Path(one))
                        files, size = files + below.files, size + below.size
                        continue
                    size += max(one.stat(follow_symlinks=False).st_size, BLOCK)
                    files += 1
    return Kept(files, size)


def made_by(user: str, known: Collection[str]) -> list[str]:
    """Return those of the collections that there are which a user made."""
    folder = _made(user)
    return [one.name for one in folder.iterdir() if one.name in known] if folder.is_dir() else []


def note_maker(user: str, collection: str) -> None:
    """Keep that a user made a collection."""
    _made(user).mkdir(parents=True, exist_ok=True)
    (_made(user) / collection).touch()


def _made(user: str) -> Path:
    return dialens_home() / "users" / user / "made"


class Quota:
    """Refuse more than a user may keep.

    Args:
        folder: of a user's files.
        files: how many there may be.
        size: bytes that they may have.
        remedy: what to do about it.
    """

    def __init__(
        self, folder: Callable[[str], Path], *, files: int, size: int, remedy: str
    ) -> None:
        self.folder, self.most, self.remedy = folder, Kept(files, size), remedy
        self._known: dict[str, tuple[float, Kept]] = {}
        self._turn = Lock()

    def check(self, user: str, more: int = 0) -> None:
        """TooLargeError if the user keeps too much, with `more` bytes that are to come."""
        with self._turn:
            now = monotonic()
            counted, known = self._known.get(user, (0.0, None))
            if known is None or now - counted > FRESH:
                counted, known = now, kept(self.folder(user))
            new = Kept(known.files + bool(more), known.size + (max(more, BLOCK) if more else 0))
            if new.files > self.most.files or new.size > self.most.size:
                self._known.pop(user, None)  # who deletes some need not wait
                many = f"{known.files:,} files of {known.size / 1e6:,.0f} MB"
                raise TooLargeError(f"no more is kept for you than {many}; {self.remedy}")
            self._known[user] = counted, new
