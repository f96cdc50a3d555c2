"""Pictures of collections at the size that a page shows, re-encoded, without their metadata."""

from collections.abc import Iterator
from contextlib import suppress
from threading import Lock

from cachetools import LRUCache

from app.output.printable import printable
from app.output.small_pictures import encoded, shrunk
from app.server.contract.errors import NotFoundError
from retrievers.hit import Picture
from retrievers.pictures import UnreadablePicture
from retrievers.pictures.files.unreadable import away
from retrievers.recorded_files import Recorded, read_recorded

SIZES = (80, 160, 320, 640, 1280, 2560)
"""Pixels of the longer side, in which pictures can be had."""

CACHE_BYTES = 64_000_000


FileState = tuple[str, int, int, int, int, int]
"""A file: its path, device, inode, size, and the times of its last changes; none can be forged."""

Kept = tuple[list[FileState], bytes]
"""A picture as it is sent, and the states of the files that it was made from."""


class Images:
    """Shrink each picture once, as long as memory for it lasts and its file stays what it was."""

    def __init__(self, *, most: int = CACHE_BYTES) -> None:
        self._kept: LRUCache[tuple[str, int], Kept] = LRUCache(most, lambda kept: len(kept[1]))
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
                return made
        try:
            made = encoded(shrunk(picture, side), "WEBP")
        except UnreadablePicture as error:
            raise absent(picture, error) from error
        with self._turn, suppress(ValueError):  # one that is larger than all that may be kept
            self._kept[key] = states, made
        return made


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


def _states(picture: Picture) -> Iterator[FileState]:
    """Yield what state each of its files is in, of those that are there."""
    for path in picture.paths:
        with suppress(OSError, ValueError):
            now = path.stat()
            times = now.st_mtime_ns, now.st_ctime_ns
            yield str(path), now.st_dev, now.st_ino, now.st_size, *times
