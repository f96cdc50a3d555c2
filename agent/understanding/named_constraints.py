"""Constraints by what people call them: "the hat", "the date", "2019", "the people", "Canon"."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import get_args

from agent.understanding.acts import Liftable
from agent.understanding.condition_kinds import is_of
from agent.understanding.constraint_list import (
    Condition,
    Constraint,
    Disliked,
    Example,
    Liked,
    Ordered,
    Refused,
    Wanted,
    asked,
)
from agent.understanding.constraint_words import words_of
from agent.understanding.phrase_words import gist, named, replaced, stem, without
from retrievers.query import Filters, Orientation
from retrievers.text.lettering import words

KIND_NAMES: dict[Liftable, frozenset[str]] = {
    "date": frozenset("date day time year month period range when".split()),
    "weekday": frozenset("date day weekday weekend when".split()),
    "hour": frozenset("date time hour clock when".split()),
    "season": frozenset("date season month when".split()),
    "orientation": frozenset("orientation format shape".split()),
    "size": frozenset("size resolution megapixel".split()),
    "folder": frozenset("folder directory album path place location".split()),
    "place": frozenset("place location country town city region where".split()),
    "camera": frozenset("camera phone device lens".split()),
    "tags": frozenset("tag keyword label".split()),
    "rating": frozenset("rating star".split()),
}
"""What conditions of a kind are called."""
_ANY_CONDITION = frozenset("filter condition constraint restriction limit".split())
_PICTURE = frozenset("picture photo image".split())
_LIKED = frozenset(["like", "liked"])
_DISLIKED = frozenset(["unlike", "unliked", "dislike", "disliked"])
_EXAMPLE = _PICTURE | frozenset("example upload uploaded sample".split())
_ORDER = frozenset("order ordering sorting sort".split())
_MONTHS = (
    "january february march april may june july august september october november december".split()
)
_REFUSING = frozenset(["no", "not", "without"])


def unnamed(one: Constraint, said: str) -> Constraint | None:
    """Return what is left of a constraint without what these words name; itself if they do not."""
    sought = named(said)
    match one:
        case Wanted(text):
            left = without(text, sought)
            return replace(one, text=left) if left else None
        case Refused(text):
            left = _fewer(text, sought)
            return replace(one, text=left) if left else None
        case _:
            return None if sought <= _names(one, sought) else one


def is_named(one: Constraint, said: str) -> bool:
    """Whether these words name a constraint or a part of it."""
    if isinstance(one, Refused):
        said = " ".join(word for word in said.split() if word.lower() not in _REFUSING)
    return unnamed(one, said) != one


def _fewer(refused: str, said: frozenset[str]) -> str:
    """Return a refusal without those of its alternatives that hold the words."""
    whole = gist(refused)
    if not said <= whole:
        return "" if whole <= said else refused
    parts = re.split(r"\s*(?:,|\b(?:and|or|nor)\b)\s*", refused)
    return " or ".join(part for part in parts if part and not gist(part) & said)


def _names(one: Constraint, said: frozenset[str]) -> frozenset[str]:
    """Return the words that a picture or a condition is called by."""
    match one:
        case Condition(filters):
            return _condition_names(filters)
        case Liked():
            return _LIKED | _PICTURE if said & _LIKED else frozenset()
        case Disliked():
            return _DISLIKED | _PICTURE if said & _DISLIKED else frozenset()
        case Ordered():
            return _ORDER | frozenset(map(stem, words(words_of(one))))
        case Example(path):
            return _EXAMPLE | frozenset(map(stem, words(path.name)))
        case _:
            return frozenset()


def _condition_names(filters: Filters) -> frozenset[str]:
    said = frozenset(map(stem, words(words_of(Condition(filters)))))
    kinds = (names for kind, names in KIND_NAMES.items() if is_of(kind, filters))
    return said.union(_ANY_CONDITION, _month(filters), *kinds)


def _month(filters: Filters) -> list[str]:
    """Return the name of the month that a window of dates lies in."""
    first, end = filters.after, filters.before
    if first is None or end is None or (end - date(first.year, first.month, 1)).days > 31:
        return []
    return [_MONTHS[first.month - 1]]


def revalued(filters: Filters, new: str, old: str) -> Filters | None:
    """Return a condition with the value `new` where the words `old` name its own; None: it cannot.

    Args:
        filters: the condition.
        new: a camera, a tag, a folder, a place, an orientation, or a year for a year.
        old: names the value or the kind of the condition.
    """
    ((name, value), *_) = asked(filters)
    match name:
        case "camera":
            return Filters(camera=_value(value, new, old))
        case "tags":
            return Filters(tags=(_value(value[0], new, old),))
        case "places" | "not_places":
            names = (_value(value[0], new, old),)
            return Filters(places=names) if name == "places" else Filters(not_places=names)
        case "paths" | "not_paths":
            globs = (_value(value[0], new, old),)
            return Filters(paths=globs) if name == "paths" else Filters(not_paths=globs)
        case "orientation":
            shape = stem(new.strip().lower())
            known: dict[str, Orientation] = {one: one for one in get_args(Orientation)}
            return Filters(orientation=known[shape]) if shape in known else None
        case "after" | "before":
            return _other_year(filters, new, old)
        case _:
            return None


def _value(held: str, new: str, old: str) -> str:
    return replaced(held, new, old) or new


def _other_year(filters: Filters, new: str, old: str) -> Filters | None:
    years = [re.fullmatch(r"(?:1[89]|20)\d\d", one.strip()) for one in (new, old)]
    if not all(years):
        return None
    moved = int(new) - int(old)
    return Filters(after=_moved(filters.after, moved), before=_moved(filters.before, moved))


def _moved(day: date | None, years: int) -> date | None:
    if day is None:
        return None
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return day.replace(year=day.year + years, day=28)


def places_named(constraints: Sequence[Constraint], said: str) -> list[int]:
    """Return the places of the constraints that words name."""
    return [at for at, one in enumerate(constraints) if is_named(one, said)]
