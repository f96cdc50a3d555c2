"""The files of a collection's records, opened later: only what was indexed, else it is not there.

A record may be old, and a collection copied from elsewhere: its paths are claims. What lies there
counts if it is a picture whose SHA-256 is the record's, in a folder of the collection.
"""

import hashlib
from pathlib import Path
from typing import NamedTuple

from PIL.Image import Image

from retrievers.hit import Picture
from retrievers.pictures import ReadPicture, UnreadablePicture, read_picture
from retrievers.pictures.decoding.decode import UndecodableBytes
from retrievers.pictures.decoding.decoders import SHARED, Decoders
from retrievers.pictures.files.file_bytes import read_bytes
from retrievers.pictures.files.kinds import kind_of

CHANGED = "it is not the picture that was indexed any more; dialens index brings them in step"


class Recorded(NamedTuple):
    """One of a picture's files, and what it holds: the very bytes that were indexed."""

    path: Path
    data: bytes


def read_recorded(picture: Picture) -> Recorded:
    """Read the first of a picture's files that still holds it.

    Raises:
        UnreadablePicture: none does; of the first it is said why.
    """
    failed: list[UnreadablePicture] = []
    for path in picture.paths:
        try:
            return Recorded(path, _read_recorded(picture, path))
        except UnreadablePicture as error:
            failed.append(error)
    raise failed[0]


def recorded_image(picture: Picture, *, min_side: int) -> Image:
    """Decode a picture of a collection as `read_picture` does a file.

    Raises:
        UnreadablePicture: no file holds it any more.
    """
    path, data = read_recorded(picture)
    try:
        return SHARED.decode(data, min_side=min_side).image
    except UndecodableBytes as error:
        raise UnreadablePicture(path, str(error)) from error


def recorded_picture(picture: Picture, *, min_side: int, decoders: Decoders) -> ReadPicture:
    """Read the first of a picture's files that still holds it, as `read_picture` does.

    Raises:
        UnreadablePicture: none does; of the first it is said why.
    """
    failed: list[UnreadablePicture] = []
    for path in picture.paths:
        try:
            _check_place(picture, path)
            read = read_picture(path, min_side=min_side, decoders=decoders)
            if read.sha256 == picture.sha256:
                return read
            raise UnreadablePicture(path, CHANGED)
        except UnreadablePicture as error:
            failed.append(error)
    raise failed[0]


def record_of(path: Path) -> Picture:
    """Return a record of a file that need not be in a collection.

    Raises:
        UnreadablePicture: it cannot be read as a picture.
    """
    read = read_picture(path, min_side=1)
    size = read.width, read.height, read.bytes
    return Picture(read.sha256[:16], read.sha256, (path.absolute(),), *size)


def _read_recorded(picture: Picture, path: Path) -> bytes:
    _check_place(picture, path)
    data = read_bytes(path).data
    if hashlib.sha256(data).hexdigest() != picture.sha256 or kind_of(data) is None:
        raise UnreadablePicture(path, CHANGED)
    return data


def _check_place(picture: Picture, path: Path) -> None:
    try:
        within = _is_within(picture, path)
    except (OSError, ValueError, RuntimeError) as error:  # a NUL in a name, links in a ring
        raise UnreadablePicture(path, "its name is not a valid path") from error
    if not within:
        raise UnreadablePicture(path, "it leads out of the folders of its collection")


def _is_within(picture: Picture, path: Path) -> bool:
    """Whether the file lies where its collection may look, all links followed."""
    if not picture.within:
        return True
    real = path.resolve()
    return any(real.is_relative_to(folder.resolve()) for folder in picture.within)
