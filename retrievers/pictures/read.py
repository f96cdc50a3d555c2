"""Read one picture file: its pixels, upright, and what is known of it, all from the same bytes."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from PIL.Image import Image

from retrievers.pictures.decoding.decode import Decoded, UndecodableBytes
from retrievers.pictures.decoding.decoders import SHARED, Decoders
from retrievers.pictures.files.file_bytes import read_bytes
from retrievers.pictures.files.unreadable import UnreadablePicture
from retrievers.pictures.metadata.facts import Facts, merged
from retrievers.pictures.metadata.name_dates import facts_of_name
from retrievers.pictures.metadata.sidecars import OnFailure, is_believed_last, read_beside


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
        pixels: a digest of `image` and the full size: the same whatever else the file says.
        mtime_ns: of the file, before it was read.
        facts: what the file, its name and the files beside it say.
    """

    image: Image
    sha256: str
    width: int
    height: int
    bytes: int
    pixels: str
    mtime_ns: int
    facts: Facts = field(default_factory=Facts)

    @property
    def taken(self) -> datetime | None:
        """The date that is believed now."""
        dated = self.facts.dated()
        return dated.taken if dated else None


def read_picture(
    path: Path,
    *,
    min_side: int,
    beside: Sequence[Path] = (),
    on_failure: OnFailure = lambda failure: None,
    decoders: Decoders = SHARED,
) -> ReadPicture:
    """Read a picture of any kind we know; its content decides the kind, not its name.

    Args:
        path: the file.
        min_side: pixels that are needed of the shorter side.
        beside: files that speak of it.
        on_failure: told of those of them that cannot be read.
        decoders: decode it.

    Raises:
        UnreadablePicture: the file cannot be read or is no picture; `reason` says why.
        ValueError: min_side is below 1.
    """
    if min_side < 1:
        raise ValueError(f"min_side must be at least 1; got {min_side!r}")
    file = read_bytes(path)
    try:
        decoded = decoders.decode(file.data, min_side=min_side, facts=True)
    except UndecodableBytes as error:
        raise UnreadablePicture(path, str(error)) from error
    return ReadPicture(
        image=decoded.image,
        sha256=hashlib.sha256(file.data).hexdigest(),
        width=decoded.width,
        height=decoded.height,
        bytes=len(file.data),
        pixels=_digest(decoded),
        mtime_ns=file.mtime_ns,
        facts=_with_others(decoded.facts, path, beside, on_failure),
    )


def _digest(seen: Decoded) -> str:
    size = f"{seen.width} {seen.height} {seen.image.size}".encode()
    return hashlib.sha256(size + seen.image.tobytes()).hexdigest()[:32]


def read_facts(
    path: Path,
    *,
    beside: Sequence[Path] = (),
    on_failure: OnFailure = lambda failure: None,
    decoders: Decoders = SHARED,
) -> Facts:
    """Read what a file, its name and the files beside it say, without decoding the picture.

    `on_failure` is told of the files beside it that cannot be read.

    Raises:
        UnreadablePicture: the file cannot be read.
    """
    inside = decoders.facts(read_bytes(path).data)
    return _with_others(inside, path, beside, on_failure)


def _with_others(inside: Facts, path: Path, beside: Sequence[Path], on_failure: OnFailure) -> Facts:
    parted: tuple[list[Path], list[Path]] = ([], [])
    for one in beside:
        parted[is_believed_last(one, path.name)].append(one)
    first, last = (read_beside(some, of=path.name, on_failure=on_failure) for some in parted)
    own = merged([*first, inside, facts_of_name(path.name)])
    if own.dates:
        last = [replace(one, dates=()) for one in last]
    return merged([own, *last])


def facts_inside(data: bytes) -> Facts:
    """Return what a picture file itself says; nothing if its bytes are none."""
    return SHARED.facts(data)
