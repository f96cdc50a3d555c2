"""Pictures of collections at the size that a page shows, re-encoded, without their metadata."""

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import suppress
from threading import Lock

from app.printable import printable
from app.server.errors import NotFoundError
from app.shrunk import encoded, shrunk
from retrievers.hit import Picture
from retrievers.pictures import UnreadablePicture
from retrievers.pictures.unreadable import away
from retrievers.recorded import Recorded, read_recorded

SIZES = (80, 160, 320, 640, 1280, 2560)
"""Pixels of the longer side, in which pictures can be had."""

CACHE_BYTES = 64_000_000


State = tuple[str, int, int, int, int, int]
"""A file: its path, device, inode, size, and the times of its last changes; none can be forged."""


class Images:
    """Shrink each picture once, as long as memory for it lasts and its file stays what it was."""

    def __init__(self, *, most: int = CACHE_BYTES) -> None:
        self.most = most
        self._kept: OrderedDict[tuple[str, int], tuple[list[State], bytes]] = OrderedDict()
        self._bytes = 0
        self._turn = Lock()

    def webp(self, picture: Picture, side: int) -> bytes:
        """Return the picture as WebP, its longer side `side` at most.

        Raises:
            NotFoundError: its file is gone, changed or damaged.
        """
        key, states = (picture.id, side), list(_states(picture))
        with self._turn:
            held, made = self._kept.get(key, ([], b""))
            if made and held == states:
                self._kept.move_to_end(key)
                return made
            self._forget(key)
        try:
            made = encoded(shrunk(picture, side), "WEBP")
        except UnreadablePicture as error:
            raise absent(picture, error) from error
        with self._turn:
            self._forget(key)
            self._kept[key] = states, made
            self._bytes += len(made)
            while self._bytes > self.most:
                self._forget(next(iter(self._kept)))
        return made

    def _forget(self, key: tuple[str, int]) -> None:
        _, made = self._kept.pop(key, ([], b""))
        self._bytes -= len(made)


def original(picture: Picture) -> Recorded:
    """Return the bytes of a picture as they were indexed; NotFoundError if no file holds them."""
    try:
        return read_recorded(picture)
    except UnreadablePicture as error:
        raise absent(picture, error) from error


def absent(picture: Picture, error: UnreadablePicture) -> NotFoundError:
    """Say that a picture is not there: no whole path, for who asks may be a stranger."""
    if place := away(error.path):
        drive = f"the drive at {printable(place.name)}"
        return NotFoundError(
            f"picture {picture.id} is away: {drive} is not mounted, or all in it is gone"
        )
    return NotFoundError(
        f"the file of picture {picture.id} is gone, or holds another picture than was indexed"
    )


def _states(picture: Picture) -> Iterator[State]:
    """Yield what state each of its files is in, of those that are there."""
    for path in picture.paths:
        with suppress(OSError, ValueError):
            now = path.stat()
            times = now.st_mtime_ns, now.st_ctime_ns
            yield str(path), now.st_dev, now.st_ino, now.st_size, *times
