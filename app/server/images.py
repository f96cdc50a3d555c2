"""Pictures of collections at the size that a page shows, re-encoded, without their metadata."""

from collections import OrderedDict
from pathlib import Path
from threading import Lock

from app.printable import printable
from app.server.errors import NotFoundError
from app.shrunk import encoded, shrunk
from retrievers.hit import Picture
from retrievers.pictures import UnreadablePicture
from retrievers.pictures.unreadable import away

SIZES = (80, 160, 320, 640, 1280, 2560)
"""Pixels of the longer side, in which pictures can be had."""

CACHE_BYTES = 64_000_000


class Images:
    """Shrink each picture once, as long as memory for it lasts."""

    def __init__(self, *, most: int = CACHE_BYTES) -> None:
        self.most = most
        self._kept: OrderedDict[tuple[str, int], bytes] = OrderedDict()
        self._bytes = 0
        self._turn = Lock()

    def webp(self, picture: Picture, side: int) -> bytes:
        """Return the picture as WebP, its longer side `side` at most.

        Raises:
            NotFoundError: its file is gone or damaged.
        """
        key = (picture.id, side)
        with self._turn:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        try:
            made = encoded(shrunk(readable(picture), side), "WEBP")
        except UnreadablePicture as error:
            raise NotFoundError(f"picture {picture.id}: {error.reason}") from error
        with self._turn:
            if key not in self._kept:
                self._kept[key] = made
                self._bytes += len(made)
            while self._bytes > self.most:
                _, oldest = self._kept.popitem(last=False)
                self._bytes -= len(oldest)
        return made


def readable(picture: Picture) -> Path:
    """Return the first of a picture's files that is there; NotFoundError if none is."""
    for path in picture.paths:
        if path.is_file():
            return path
    if place := away(picture.paths[0]):
        drive = f"the drive at {printable(place.name)}"  # no whole path: who asks may be a stranger
        raise NotFoundError(
            f"picture {picture.id} is away: {drive} is not mounted, or all in it is gone"
        )
    raise NotFoundError(f"the file of picture {picture.id} is gone")
