"""What the HTTP API gives, as its OpenAPI document states it."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from pydantic import BaseModel

from agent.conversation.session import Session
from agent.turns.turn import Turn
from agent.turns.undo_history import changed
from agent.understanding.constraint_words import NAMELESS
from app.output.printable import printable, short
from app.server.contract.chips import Chip, EditOut, chips_out, edit_out
from app.server.contract.picture_names import placed
from app.server.contract.versions import PREFIX
from app.server.contract.written_links import LinkOut, link_to
from retrievers.hit import Hit, Picture
from retrievers.places.told import place_told


class PictureOut(BaseModel):
    """A picture of a collection.

    `image` is where it can be had; its folder is given below the collection's own. `taken` is
    ISO 8601 to where it is known: 2019-07-04T18:30:05, 2019-07, 2019.
    """

    id: str
    name: str
    folder: str
    width: int
    height: int
    bytes: int
    taken: str | None
    taken_from: str | None
    zone: str | None
    camera: str | None
    place: str | None
    caption: str | None
    text: str | None
    tags: list[str]
    title: str | None
    description: str | None
    rating: int | None
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


class ReadingOut(BaseModel):
    """One of the things that words can mean; it is taken by its number."""

    number: int
    words: str


class QuestionOut(BaseModel):
    """What is asked back, and pictures that answer it."""

    text: str
    pictures: list[PictureOut]


class TurnOut(BaseModel):
    """One exchange of a conversation, see `agent.turns.turn.Turn`."""

    number: int
    said: str
    at: datetime
    understood: str
    chips: list[Chip]
    edits: list[EditOut]
    readings: list[ReadingOut]
    hits: list[HitOut]
    reply: str
    links: list[LinkOut]
    rewritten: str
    doubt: str
    lost: list[str]
    question: QuestionOut | None
    seconds: dict[str, float]
    parent: int
    head: int


class SearchOut(BaseModel):
    """What was found, the cursor that asks for what follows, and the seconds each stage took."""

    hits: list[HitOut]
    next: str | None
    rewritten: str
    doubt: str
    lost: list[str]
    seconds: dict[str, float]


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
        taken=picture.taken_text or None,
        taken_from=picture.taken_from,
        zone=picture.zone,
        camera=plain(picture.camera),
        place=place_told(picture.gps) or None,
        caption=plain(picture.caption),
        text=plain(picture.text),
        tags=[printable(tag) for tag in picture.tags],
        title=plain(picture.title),
        description=plain(picture.description),
        rating=picture.rating,
        image=f"{PREFIX}/collections/{quote(collection)}/pictures/{placed(picture)}/image",
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


def turn_out(turn: Turn, session: Session, collection: str, roots: Sequence[Path]) -> TurnOut:
    """State a turn of a conversation, which may not be among its turns yet."""
    offered = turn.question.alternatives if turn.question else ()
    pictures = [picture_out(one.picture, collection, roots) for one in offered]
    question = QuestionOut(text=turn.question.text, pictures=pictures) if turn.question else None
    return TurnOut(
        number=turn.number,
        said=turn.said,
        at=turn.at,
        understood=plain(NAMELESS.sub("your picture", turn.understood)) or "",
        chips=chips_out(turn.constraints),
        edits=[edit_out(one) for one in changed(turn, session.turns)],
        readings=[
            ReadingOut(number=at, words=plain(one.words) or "")
            for at, one in enumerate(turn.readings, start=1)
        ],
        hits=[hit_out(hit, collection, roots) for hit in turn.hits],
        reply=plain(turn.reply) or "",
        links=[link_to(one, session.journal.path.stem) for one in turn.written],
        rewritten=turn.rewritten,
        doubt=turn.doubt,
        lost=[plain(reason) or "" for reason in turn.lost],
        question=question,
        seconds=dict(turn.seconds),
        parent=turn.parent,
        head=turn.head,
    )


def plain(text: str | None) -> str | None:
    """Return text that UTF-8 can hold, whatever file name it came from."""
    return text.encode("utf-8", "backslashreplace").decode() if text is not None else None
