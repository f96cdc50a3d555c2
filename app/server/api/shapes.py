"""What the HTTP API takes and gives, as its OpenAPI document states it."""

import re
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from agent.chips import constraints
from agent.turn import Turn
from app.printable import printable, short
from retrievers.hit import Hit, Picture
from retrievers.query import Filters, Orientation, Query

Id = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]
Words = Annotated[str, StringConstraints(max_length=2000)]
Phrase = Annotated[str, StringConstraints(min_length=1, max_length=2000)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Several = 100
UPLOAD = re.compile(r"\b([0-9a-f]{16})\.webp\b")


class Sent(BaseModel):
    """A body; a field that does not exist is refused."""

    model_config = ConfigDict(extra="forbid")


class PictureOut(BaseModel):
    """A picture of a collection.

    `image` is where it can be had; its folder is given below the collection's own.
    """

    id: str
    name: str
    folder: str
    width: int
    height: int
    bytes: int
    taken: datetime | None
    camera: str | None
    caption: str | None
    text: str | None
    tags: list[str]
    image: str


class WhyOut(BaseModel):
    """What put a picture there: scores and places by stage, words found, statements judged."""

    scores: dict[str, float]
    ranks: dict[str, int]
    words: list[str]
    held: list[str]
    failed: list[str]


class HitOut(BaseModel):
    """A picture that was found; ranks count from 1."""

    rank: int
    score: float
    picture: PictureOut
    why: WhyOut


class Chip(BaseModel):
    """One thing that is asked for; by its number it can be dropped or changed.

    `pictures` are ids of the collection, `upload` is the id of a picture that was handed in.
    """

    number: int
    kind: str
    words: str
    pictures: list[str]
    upload: str


class QuestionOut(BaseModel):
    """What is asked back, and pictures that answer it."""

    text: str
    pictures: list[PictureOut]


class TurnOut(BaseModel):
    """One exchange of a conversation, see `agent.turn.Turn`."""

    number: int
    said: str
    at: datetime
    understood: str
    chips: list[Chip]
    hits: list[HitOut]
    reply: str
    rewritten: str
    doubt: str
    lost: list[str]
    question: QuestionOut | None
    seconds: dict[str, float]
    parent: int
    head: int


class Conditions(Sent):
    """Conditions on a picture's facts; see `retrievers.query.Filters`."""

    paths: list[Phrase] = Field([], max_length=Several)
    not_paths: list[Phrase] = Field([], max_length=Several)
    after: date | None = None
    before: date | None = None
    orientation: Orientation | None = None
    min_pixels: int | None = Field(None, ge=0, le=10**12)
    max_pixels: int | None = Field(None, ge=0, le=10**12)
    camera: Phrase | None = None
    tags: list[Phrase] = Field([], max_length=Several)

    def filters(self) -> Filters:
        """Return them as a query has them."""
        plain = self.model_dump()
        for name in ("paths", "not_paths", "tags"):
            plain[name] = tuple(plain[name])
        return Filters(**plain)


class SearchIn(Sent):
    """One question; `examples` are ids of uploads, the others of pictures of the collection."""

    text: Words = ""
    unwanted: list[Phrase] = Field([], max_length=Several)
    like: list[Id] = Field([], max_length=Several)
    unlike: list[Id] = Field([], max_length=Several)
    excluded: list[Id] = Field([], max_length=10_000)
    examples: list[Id] = Field([], max_length=10)
    filters: Conditions = Conditions()
    k: int = Field(12, ge=1, le=200)
    stages: str = ""

    def query(self, examples: Sequence[Path]) -> Query:
        """Return what is asked for."""
        text = self.text.strip()
        return Query(
            wanted=(text,) if text else (),
            unwanted=tuple(self.unwanted),
            examples=tuple(examples),
            like=tuple(self.like),
            unlike=tuple(self.unlike),
            excluded=frozenset(self.excluded),
            filters=self.filters.filters(),
        )


class SearchOut(BaseModel):
    """What was found, and the time each stage took in seconds."""

    hits: list[HitOut]
    rewritten: str
    doubt: str
    lost: list[str]
    seconds: dict[str, float]


class Correction(Sent):
    """Say a constraint, by its number from 1, in other words."""

    number: int = Field(ge=1, le=1000)
    text: Phrase


class TurnIn(Sent):
    """What is said or done; pictures are named by the ids that are on the screen.

    Several at once are one turn: words with a picture, a like with words.
    """

    said: Words = ""
    like: list[Id] = Field([], max_length=Several)
    unlike: list[Id] = Field([], max_length=Several)
    more_like: Id | None = None
    example: Id | None = None
    drop: int | None = Field(None, ge=1, le=1000)
    change: Correction | None = None
    answer: Id | Literal["none"] | None = None
    back_to: int | None = Field(None, ge=0, le=10**6)
    undo: bool = False
    redo: bool = False
    more: bool = False
    stages: str = ""


class SessionIn(Sent):
    """A conversation to begin."""

    collection: Name
    name: Name | None = None


class Renamed(Sent):
    """A conversation's new name."""

    name: Name


class SessionOut(BaseModel):
    """A conversation, without its turns."""

    name: str
    collection: str
    turns: int
    last: str
    at: datetime | None


class WholeSession(BaseModel):
    """A conversation with its turns; `current` is the number of the one that holds, 0 for none."""

    name: str
    collection: str
    current: int
    turns: list[TurnOut]


def picture_out(picture: Picture, collection: str, roots: Sequence[Path]) -> PictureOut:
    """State a picture's record, without where its folders lie on this machine."""
    below = Path(short(picture.path, roots))
    inside = not below.is_absolute()
    return PictureOut(
        id=picture.id,
        name=printable(picture.path.name),
        folder=str(below.parent) if inside and str(below.parent) != "." else "",
        width=picture.width,
        height=picture.height,
        bytes=picture.bytes,
        taken=picture.taken,
        camera=plain(picture.camera),
        caption=plain(picture.caption),
        text=plain(picture.text),
        tags=[printable(tag) for tag in picture.tags],
        image=f"/api/collections/{collection}/pictures/{picture.id}/image",
    )


def hit_out(hit: Hit, collection: str, roots: Sequence[Path]) -> HitOut:
    """State a hit."""
    why = WhyOut(
        scores=dict(hit.why.scores),
        ranks=dict(hit.why.ranks),
        words=[printable(word) for word in hit.why.words],
        held=list(hit.why.held),
        failed=list(hit.why.failed),
    )
    picture = picture_out(hit.picture, collection, roots)
    return HitOut(rank=hit.rank, score=hit.score, picture=picture, why=why)


def turn_out(turn: Turn, collection: str, roots: Sequence[Path]) -> TurnOut:
    """State a turn."""
    question = turn.question and QuestionOut(
        text=turn.question.text,
        pictures=[picture_out(o.picture, collection, roots) for o in turn.question.alternatives],
    )
    return TurnOut(
        number=turn.number,
        said=turn.said,
        at=turn.at,
        understood=handed_in(plain(turn.understood) or ""),
        chips=chips_out(turn.query),
        hits=[hit_out(hit, collection, roots) for hit in turn.hits],
        reply=plain(turn.reply) or "",
        rewritten=turn.rewritten,
        doubt=turn.doubt,
        lost=[plain(reason) or "" for reason in turn.lost],
        question=question,
        seconds=dict(turn.seconds),
        parent=turn.parent,
        head=turn.head,
    )


def chips_out(query: Query) -> list[Chip]:
    """State what is asked for, one by one."""
    return [
        Chip(
            number=at,
            kind=one.kind,
            words=handed_in(printable(one.words)),
            pictures=list(one.pictures),
            upload=found[1] if (found := UPLOAD.search(one.words)) else "",
        )
        for at, one in enumerate(constraints(query), start=1)
    ]


def handed_in(words: str) -> str:
    """Call a picture that was handed in what its user would."""
    return UPLOAD.sub("your picture", words)


def plain(text: str | None) -> str | None:
    """Return text that UTF-8 can hold, whatever file name it came from."""
    return text.encode("utf-8", "backslashreplace").decode() if text is not None else None
