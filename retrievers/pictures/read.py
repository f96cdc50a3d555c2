"""Read one picture file: its pixels, upright, and what is known of it, all from the same bytes."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from PIL.Image import Image

from retrievers.pictures.decode import UndecodableBytes, decode
from retrievers.pictures.file_bytes import read_bytes
from retrievers.pictures.unreadable import UnreadablePicture


@dataclass(frozen=True, slots=True)
class ReadPicture:
    """One picture file, read.

    Attributes:
        image: RGB, upright, reduced; its shorter side is at least the `min_side` asked for, unless
            the picture itself has fewer pixels.
        sha256: of the bytes that `image` was decoded from.
        width: pixels of the full picture, upright.
        height: pixels of the full picture, upright.
        bytes: how many bytes were read.
        mtime_ns: of the file, before it was read.
        taken: see `retrievers.hit.Picture`; also `camera` and `gps`.
    """

    image: Image
    sha256: str
    width: int
    height: int
    bytes: int
    mtime_ns: int
    taken: datetime | None = None
    camera: str | None = None
    gps: tuple[float, float] | None = None


def read_picture(path: Path, *, min_side: int) -> ReadPicture:
    """Read a picture of any kind we know; its content decides the kind, not its name.

    Raises:
        UnreadablePicture: the file cannot be read or is no picture; `reason` says why.
        ValueError: min_side is below 1.
    """
    if min_side < 1:
        raise ValueError(f"min_side must be at least 1; got {min_side!r}")
    file = read_bytes(path)
    try:
        decoded = decode(file.data, min_side=min_side)
    except UndecodableBytes as error:
        raise UnreadablePicture(path, str(error)) from error
    return ReadPicture(
        image=decoded.image,
        sha256=hashlib.sha256(file.data).hexdigest(),
        width=decoded.width,
        height=decoded.height,
        bytes=len(file.data),
        mtime_ns=file.mtime_ns,
        taken=decoded.facts.taken,
        camera=decoded.facts.camera,
        gps=decoded.facts.gps,
    )
