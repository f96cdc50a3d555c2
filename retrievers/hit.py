"""One result of a search: the picture's record, its score, its rank, and why it is there."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

from retrievers.pictures.metadata.date_texts import Stretch
from retrievers.pictures.metadata.facts import Source, iso
from retrievers.query import Query


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture of a collection: its content, and every file that holds it.

    Attributes:
        id: the first 16 hexadecimal digits of the `sha256` that it was found with first. It stays
            when a program writes a keyword or a date into the file, around the same pixels.
        sha256: of the file's bytes, 64 hexadecimal digits.
        paths: the files with exactly this content that meet the conditions it was found by, sorted;
            absolute.
        elsewhere: how many more files hold it, which do not meet them.
        within: the folders that its files must lie in to be opened; none: they may lie anywhere.
        width: pixels, upright (EXIF orientation applied).
        height: pixels, upright.
        bytes: size of the file.
        taken: when the shutter opened, local time, as far as anything says so.
        taken_stretch: the year or the month that `taken` begins, where no day is known.
        camera: make and model.
        gps: latitude and longitude in degrees, north and east positive.
        tags: keywords, names of people among them.
        title: as the file or its sidecar says; also `description`.
        rating: 1 to 5 stars, -1 for rejected.
        taken_from: who says `taken`, see `retrievers.pictures.metadata.facts.SOURCES`.
        zone: the offset of `taken` from UTC, such as +02:00, if it is said.
    """

    id: str
    sha256: str
    paths: tuple[Path, ...]
    width: int
    height: int
    bytes: int
    taken: datetime | None = None
    camera: str | None = None
    gps: tuple[float, float] | None = None
    caption: str | None = None
    text: str | None = None
    tags: tuple[str, ...] = ()
    elsewhere: int = 0
    title: str | None = None
    description: str | None = None
    rating: int | None = None
    taken_from: Source | None = None
    zone: str | None = None
    within: tuple[Path, ...] = ()
    taken_stretch: Stretch | None = None

    @property
    def path(self) -> Path:
        """The first of its files."""
        return self.paths[0]

    @property
    def taken_text(self) -> str:
        """When it was taken, as ISO 8601 writes it, to where it is known; empty if it is not."""
        return iso(self.taken, self.taken_stretch) if self.taken else ""

    @property
    def day_taken(self) -> str:
        """The day, month or year that it was taken on, likewise."""
        return self.taken_text[:10]

    @property
    def day_in_words(self) -> str:
        """Likewise, for people: 4 July 2019, July 2019, 2019."""
        if not self.taken:
            return ""
        year, month = f"{self.taken:%Y}", f"{self.taken:%B %Y}"
        words = {"year": year, "month": month, None: f"{self.taken.day} {month}"}
        return words[self.taken_stretch]


@dataclass(frozen=True, slots=True)
class Why:
    """What put a picture where it is.

    Attributes:
        scores: each stage's own score, by stage name (`vector` is a cosine, `words` is BM25, higher
            is better for both).
        ranks: the place each stage gave it, from 1; a stage that did not return it is absent.
        words: the words of the query found in its file name, caption, tags or text.
        held: statements about the query that a model found true of the picture.
        failed: likewise, found false.
    """

    scores: Mapping[str, float] = field(default_factory=dict)
    ranks: Mapping[str, int] = field(default_factory=dict)
    words: tuple[str, ...] = ()
    held: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Hit:
    """A higher score is better; only the order is comparable across models. Ranks count from 1."""

    picture: Picture
    score: float
    rank: int
    why: Why = field(default_factory=Why)


class Retriever(Protocol):
    def search(self, query: Query, k: int) -> list[Hit]:
        """Return the k best pictures that meet the filters, best first, equal scores by id.

        Or in the order that the query asks for, see `retrievers.search.ordering`.
        Fewer than k come back only when fewer than k pictures meet the filters.

        Raises:
            ValueError: k is below 1.
        """
        ...
