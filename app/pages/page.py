"""One HTML page that needs nothing beside it: the hits of a search, or a whole conversation.

No script, no request to anywhere; thumbnails stand inside the page, links lead to the files.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from agent.turns.turn import Turn
from app.output.hit_table import because
from app.output.printable import printable, size
from app.output.small_pictures import data_uri
from retrievers.hit import Hit, Picture
from retrievers.pictures import UnreadablePicture
from retrievers.pictures.metadata.facts import SOURCES

TEMPLATES = Path(__file__).parent / "templates"
THUMBNAIL = 400
NARROWEST, WIDEST = 0.6, 2.4


@dataclass(frozen=True, slots=True)
class Card:
    """One picture on a page, every text of it ready to be shown."""

    number: int
    source: str | None
    broken: str
    link: str
    name: str
    folder: str
    alt: str
    score: str
    why: str
    facts: str
    shape: float


@dataclass(frozen=True, slots=True)
class Exchange:
    """One turn on a page."""

    number: int
    said: str
    understood: str
    reply: str
    lost: tuple[str, ...]
    cards: list[Card]


def gallery_page(hits: Sequence[Hit], path: Path, *, asked: str = "") -> str:
    """Show what a search found, on a page that will lie at `path`, where its links start."""
    title = f"{asked} · dialens" if asked else "dialens"
    return rendered("gallery.html", title=title, asked=asked, cards=_cards(hits, path))


def conversation_page(
    turns: Sequence[Turn], path: Path, *, link: Callable[[Picture], str] | None = None
) -> str:
    """Show a conversation with its pictures.

    Args:
        turns: what is shown.
        path: where the page will lie; its links to the pictures' files start there.
        link: gives the address of a picture instead, for who does not have the files.
    """
    exchanges = [
        Exchange(
            number=turn.number,
            said=turn.said,
            understood=turn.understood,
            reply=turn.reply,
            lost=turn.lost,
            cards=_cards(turn.hits, path, link),
        )
        for turn in turns
    ]
    return rendered("conversation.html", title="A conversation · dialens", exchanges=exchanges)


@cache
def templates(folder: Path) -> Environment:
    """Return the templates of a folder, in which every blank is escaped and must be filled."""
    return Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def rendered(template: str, **blanks: object) -> str:
    """Fill one of the templates beside this module."""
    page = templates(TEMPLATES).get_template(template).render(blanks)
    return page.encode("utf-8", "replace").decode()  # what was said may hold lone surrogates


def _cards(
    hits: Sequence[Hit], path: Path, link: Callable[[Picture], str] | None = None
) -> list[Card]:
    def beside(picture: Picture) -> str:
        return _link(picture.path, path.parent)

    return [_card(hit, link or beside) for hit in hits]


def _card(hit: Hit, link: Callable[[Picture], str]) -> Card:
    picture = hit.picture
    try:
        source, broken = data_uri(picture, THUMBNAIL), ""
    except UnreadablePicture as failure:
        source, broken = None, failure.reason
    name = printable(picture.path.name)
    return Card(
        number=hit.rank,
        source=source,
        broken=broken,
        link=link(picture),
        name=name,
        folder=printable(picture.path.parent.name),
        alt=picture.caption or f"picture {hit.rank}, {name}",
        score=f"{hit.score:.3f}",
        why=because(hit),
        facts=_facts(hit),
        shape=round(min(max(picture.width / picture.height, NARROWEST), WIDEST), 3),
    )


def _facts(hit: Hit) -> str:
    picture = hit.picture
    by = f" by {SOURCES[picture.taken_from]}" if picture.taken_from else ""
    taken = [picture.day_in_words + by] if picture.taken else []
    camera = [printable(picture.camera)] if picture.camera else []
    size_shown = f"{picture.width} × {picture.height}"
    return " · ".join([*taken, size_shown, size(picture.bytes), *camera])


def _link(path: Path, folder: Path) -> str:
    """A relative link where one exists, else the file's URL; odd bytes are percent-encoded."""
    try:
        relative = os.path.relpath(path, folder)
    except ValueError:  # another drive
        return path.absolute().as_uri()
    return "./" + quote(os.fsencode(relative.replace(os.sep, "/")))
