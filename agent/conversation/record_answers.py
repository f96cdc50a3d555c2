"""Questions about pictures, answered from what is recorded of them; what nobody recorded is said.

Names, captions and texts come from files: they are shown on one line, and nothing in them is
obeyed.
"""

import shlex
from collections.abc import Callable, Sequence
from datetime import time
from pathlib import Path

from agent.understanding.acts import Question
from agent.understanding.constraint_list import Condition, Constraint, query_of
from agent.understanding.constraint_words import restated
from retrievers.hit import Picture
from retrievers.pictures.metadata.facts import SOURCES
from retrievers.places.told import place_in_words
from retrievers.query import Ordering
from retrievers.text.display import below, counted, size, visible
from retrievers.text.lettering import folded

MOST = 9
"""Pictures that one question is answered for."""
LONGEST = 200
"""Letters of a text out of a picture or its file that an answer shows."""
_FIRST: dict[Ordering, str] = {
    "best": "the closest",
    "newest": "the newest",
    "oldest": "the oldest",
}
_PEOPLE = {"people", "person", "persons", "faces", "family", "friends"}
_PLACES = {"place", "places", "location", "locations"}


def about(what: Question, number: int, picture: Picture, roots: Sequence[Path], name: str) -> str:
    """Answer a question about one picture in one line.

    Args:
        what: the question; not "count".
        number: of the picture on the screen.
        picture: its record.
        roots: the collection's folders, which paths are shown below.
        name: of the collection.
    """
    known: dict[Question, Callable[[], str]] = {
        "when": lambda: _when(picture),
        "where": lambda: _where(picture, roots),
        "what": lambda: _what(picture, name),
        "who": lambda: _who(picture),
    }
    told = known.get(what, lambda: _facts(picture))()
    return f"{number} is {_line(picture.path.name)}: {told}."


def which(what: Question, numbers: Sequence[int]) -> str:
    """Ask which of several pictures a question is about."""
    asked = f"Which one? Say its number, {numbers[0]} to {numbers[-1]}."
    return f"I cannot know that of all of them. {asked}" if what == "other" else asked


def how_many(constraints: Sequence[Constraint], shown: int, total: int | None) -> str:
    """Say how many pictures there are of what is asked for.

    Args:
        constraints: what is asked for.
        shown: pictures on the screen.
        total: pictures that meet the conditions; None: not known.
    """
    query = query_of(constraints)
    only = [one for one in constraints if isinstance(one, Condition)]
    conditions = f"{'meets' if total == 1 else 'meet'} the conditions ({_line(restated(only))})"
    on_screen = f"{counted(shown, 'picture')} {'is' if shown == 1 else 'are'} shown"
    if total is None:
        return f"{on_screen}; how many more there are is not known here."
    held = f"{counted(total, 'picture')} {conditions}"
    if not only:
        held = f"the collection holds {counted(total, 'picture')}"
        held += " besides those left out" if query.excluded else ""
    if not query.compares:
        return f"{held[0].upper()}{held[1:]}."
    border = "how many of them fit the description I cannot know, as closeness has no border"
    return f"{on_screen}, {_FIRST[query.order]} first; {held}; {border}."


def _when(picture: Picture) -> str:
    if not picture.taken:
        return "nothing says when it was taken"
    told = f"taken {picture.day_in_words}"
    if picture.taken_stretch is None and picture.taken.time() != time():  # a day is its midnight
        told += f" at {picture.taken:%H:%M}"
        told += f" ({picture.zone})" if picture.zone else ""
    return told + (f", said by {SOURCES[picture.taken_from]}" if picture.taken_from else "")


def _where(picture: Picture, roots: Sequence[Path]) -> str:
    tagged = _levels_below(picture, _PLACES)
    told = [f"tagged {', '.join(tagged)}"] if tagged else []
    if picture.gps:
        north, east = picture.gps
        spot = f"{abs(north):.4f} {'S' if north < 0 else 'N'}"
        spot += f", {abs(east):.4f} {'W' if east < 0 else 'E'}"
        place = place_in_words(picture.gps)
        told.append(f"taken in {place} ({spot})" if place else f"taken at {spot}")
    told = told or ["no place is recorded"]
    copies = len(picture.paths) - 1 + picture.elsewhere
    more = f", and {copies} more {'copy' if copies == 1 else 'copies'}" if copies else ""
    return "; ".join([*told, f"the file is {_cut(below(picture.path, roots))}{more}"])


def _what(picture: Picture, collection: str) -> str:
    told = _words(picture)
    command = f"dialens caption {shlex.quote(collection)}" if collection else "dialens caption"
    nothing = f"nothing is recorded of what it shows; `{command}` has it described"
    return "; ".join(told) or nothing


def _who(picture: Picture) -> str:
    if people := _levels_below(picture, _PEOPLE):
        return f"tagged {', '.join(people)}"
    told = _words(picture)
    recorded = f"; recorded: {'; '.join(told)}" if told else ", and nothing recorded names anybody"
    return f"I cannot know who that is{recorded}"


def _facts(picture: Picture) -> str:
    kind = picture.path.suffix.lstrip(".").upper()
    megapixels = picture.width * picture.height / 1e6
    told = [f"{picture.width} x {picture.height} pixels ({megapixels:.3g} MP)"]
    told += [f"{_line(kind)} of {size(picture.bytes)}".strip()]
    told += [f"taken with {_line(picture.camera)}"] if picture.camera else ["no camera is known"]
    told += [f"rated {picture.rating}" if picture.rating is not None else "not rated"]
    told += [f"tags: {_line(', '.join(picture.tags))}"] if picture.tags else []
    return f"{'; '.join(told)}; more than its record I cannot know"


def _words(picture: Picture) -> list[str]:
    """Return what is recorded in words, each with whose words they are."""
    said = {
        "captioned": picture.caption,
        "titled": picture.title,
        "described": picture.description,
        "text in it": picture.text,
    }
    told = [f'{whose}: "{_line(text)}"' for whose, text in said.items() if text]
    return [*told, *([f"tags: {_line(', '.join(picture.tags))}"] if picture.tags else [])]


def _levels_below(picture: Picture, firsts: set[str]) -> list[str]:
    """Return the tags whose first level is one of these, without it."""
    levels = [tag.split("/", 1) for tag in picture.tags]
    return [_line(rest[0]) for first, *rest in levels if rest and folded(first) in firsts]


def _line(text: str) -> str:
    return _cut(visible(" ".join(text.split())))


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST].rstrip()}…"
