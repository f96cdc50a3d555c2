"""What a writer is given: contents, places, failures, and a batch of them."""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from retrievers.encoder import Vectors
from retrievers.pictures.metadata.facts import Facts


@dataclass(frozen=True, slots=True)
class FileRecord:
    """A place where a picture lies.

    Attributes:
        path: absolute.
        root: the folder that sync found it in.
        below: the path below the root as readable text.
        sha256: of its content.
        said: what it, its name and the files beside it say.
        beside: a stamp of those files.
        volume: number of the drive that it lies on, see `retrievers.collection.sync.volumes`.
    """

    path: Path
    root: Path
    below: str
    sha256: str
    size: int
    mtime_ns: int
    said: Facts | None = None
    beside: str = ""
    volume: int = 0


@dataclass(frozen=True, slots=True)
class SaidRecord:
    """What a file that was there already says now; see `FileRecord`."""

    path: Path
    said: Facts
    beside: str


@dataclass(frozen=True, slots=True)
class PictureRecord:
    """A content that is new to the collection; see `retrievers.hit.Picture`.

    Attributes:
        pixels: see `retrievers.pictures.ReadPicture`.
        like: the row of a picture with the same pixels, whose words it takes.
    """

    sha256: str
    width: int
    height: int
    bytes: int
    taken: datetime | None = None
    camera: str | None = None
    gps: tuple[float, float] | None = None
    pixels: str | None = None
    like: int | None = None


@dataclass(frozen=True, slots=True)
class FailureRecord:
    """A file that could not be read."""

    path: Path
    root: Path
    reason: str
    size: int | None = None
    mtime_ns: int | None = None


@dataclass(slots=True)
class Batch:
    """What one commit adds. `vectors` [n, dim] belong to `pictures`, in order.

    `edited` are the contents that known pictures have now, by row; their pixels are as they were.
    """

    pictures: list[PictureRecord] = field(default_factory=list)
    vectors: list[Vectors] = field(default_factory=list)
    files: list[FileRecord] = field(default_factory=list)
    failures: list[FailureRecord] = field(default_factory=list)
    said: list[SaidRecord] = field(default_factory=list)
    edited: dict[int, PictureRecord] = field(default_factory=dict)
