"""The constraint list: a query as constraints, each seen, dropped or changed on its own.

A terminal prints them in one line with their numbers, a page as chips; `restated` is the same list
without numbers.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal, TypeVar

from retrievers.query import Fact, Filters, Query

_LACKING: dict[Fact, str] = {
    "date": "undated",
    "tags": "untagged",
    "rating": "unrated",
    "camera": "camera unknown",
}
T = TypeVar("T")
NAMELESS = re.compile(r"([0-9a-f]{16})\.webp")
"""What a picture's file is called that was handed in without a name."""
ConstraintKind = Literal["wanted", "unwanted", "example", "like", "unlike", "excluded", "condition"]


@dataclass(frozen=True, slots=True)
class Constraint:
    """One thing that is asked for.

    Attributes:
        kind: what it is; a `wanted` phrase adds to those before it.
        words: what it says, such as `not people` or `taken before 2019-01-01`.
        without: the query if it is dropped.
        pictures: ids that it speaks of, to be shown as thumbnails.
        handed_in: the key that a picture which was handed in without a name is kept by.
    """

    kind: ConstraintKind
    words: str
    without: Query
    pictures: tuple[str, ...] = ()
    handed_in: str = ""


def constraints(query: Query) -> tuple[Constraint, ...]:
    """Return all that is asked for; they count from 1 where people see them."""
    return tuple(_all(query))


def changed(query: Query, number: int, text: str) -> Query:
    """Return the query with the words of one constraint replaced, in its place if it is a phrase.

    Raises:
        ValueError: there is no constraint of that number.
    """
    chosen, at = chosen_of(query, number), number - 1
    if chosen.kind == "wanted":
        return replace(query, wanted=(*query.wanted[:at], text, *query.wanted[at + 1 :]))
    if chosen.kind == "unwanted":
        at -= len(query.wanted)
        return replace(query, unwanted=(*query.unwanted[:at], text, *query.unwanted[at + 1 :]))
    return replace(chosen.without, wanted=(*chosen.without.wanted, text))


def chosen_of(query: Query, number: int) -> Constraint:
    """Return the constraint of that number, from 1; ValueError if there is none."""
    known = constraints(query)
    if not 1 <= number <= len(known):
        raise ValueError(f"constraint must be in 1..{len(known)}; got {number!r}")
    return known[number - 1]


def restated(query: Query) -> str:
    """Say a query in one line, such as `a dog + on a beach; not people; before 2019-01-01`."""
    known = constraints(query)
    wanted = " + ".join(one.words for one in known if one.kind == "wanted")
    others = [one.words for one in known if one.kind != "wanted"]
    return "; ".join([wanted, *others] if wanted else others) or "anything"


def _all(query: Query) -> Iterator[Constraint]:
    for at, phrase in enumerate(query.wanted):
        yield Constraint("wanted", phrase, replace(query, wanted=_less(query.wanted, at)))
    for at, phrase in enumerate(query.unwanted):
        less = replace(query, unwanted=_less(query.unwanted, at))
        yield Constraint("unwanted", f"not {phrase}", less)
    yield from _pictures(query)
    for at, path in enumerate(query.examples):
        less = replace(query, examples=_less(query.examples, at))
        nameless = NAMELESS.fullmatch(path.name)
        name = "your picture" if nameless else path.name
        yield Constraint("example", f"like {name}", less, handed_in=nameless[1] if nameless else "")
    for words, filters in _conditions(query.filters):
        yield Constraint("condition", words, replace(query, filters=filters))


def _pictures(query: Query) -> Iterator[Constraint]:
    if query.like:
        yield Constraint("like", _count("like", query.like), replace(query, like=()), query.like)
    if query.unlike:
        less = replace(query, unlike=(), excluded=query.excluded - set(query.unlike))
        yield Constraint("unlike", _count("unlike", query.unlike), less, query.unlike)
    if out := sorted(query.excluded - set(query.unlike)):
        less = replace(query, excluded=query.excluded & set(query.unlike))
        yield Constraint("excluded", _count("leave out", out), less, tuple(out))


def _conditions(filters: Filters) -> Iterator[tuple[str, Filters]]:
    """Yield each condition in words, and the filters without it."""
    for at, glob in enumerate(filters.paths):
        yield f"in {glob}", replace(filters, paths=_less(filters.paths, at))
    for at, glob in enumerate(filters.not_paths):
        yield f"not in {glob}", replace(filters, not_paths=_less(filters.not_paths, at))
    if dates := _dates(filters):
        yield dates, replace(filters, after=None, before=None)
    if filters.orientation:
        yield filters.orientation, replace(filters, orientation=None)
    if filters.min_pixels:
        yield f"at least {filters.min_pixels / 1e6:.3g} MP", replace(filters, min_pixels=None)
    if filters.max_pixels:
        yield f"at most {filters.max_pixels / 1e6:.3g} MP", replace(filters, max_pixels=None)
    if filters.camera:
        yield f"taken with {filters.camera}", replace(filters, camera=None)
    for at, tag in enumerate(filters.tags):
        yield f"tagged {tag}", replace(filters, tags=_less(filters.tags, at))
    if rating := _rating(filters.min_rating, filters.max_rating):
        yield f"rated {rating}", replace(filters, min_rating=None, max_rating=None)
    yield from _several(filters)


def _several(filters: Filters) -> Iterator[tuple[str, Filters]]:
    """Yield facts that are lacking, groups of conditions, and refused ones."""
    for at, fact in enumerate(filters.lacks):
        yield _LACKING[fact], replace(filters, lacks=_less(filters.lacks, at))
    for at, group in enumerate(filters.one_of):
        said = " or ".join(map(_together, group))
        yield said, replace(filters, one_of=_less(filters.one_of, at))
    for at, one in enumerate(filters.unless):
        yield f"not {_together(one)}", replace(filters, unless=_less(filters.unless, at))


def _together(filters: Filters) -> str:
    return " and ".join(words for words, _ in _conditions(filters))


def _rating(low: int | None, high: int | None) -> str:
    if low is not None and high is not None:
        return f"{low}" if low == high else f"{low} to {high}"
    if low is not None:
        return f"{low} or more"
    return "" if high is None else f"{high} or less"


def _dates(filters: Filters) -> str:
    if isinstance(filters.before, datetime) and filters.after:
        return f"taken {filters.after} to before {filters.before}"
    last = filters.before - timedelta(days=1) if filters.before else None
    if filters.after and last:
        return f"taken {filters.after}" + (f" to {last}" if last != filters.after else "")
    if filters.after:
        return f"taken {filters.after} or later"
    return f"taken before {filters.before}" if filters.before else ""


def _less(items: tuple[T, ...], at: int) -> tuple[T, ...]:
    return items[:at] + items[at + 1 :]


def _count(word: str, pictures: Sequence[str]) -> str:
    return f"{word} {len(pictures)} picture{'s' if len(pictures) > 1 else ''}"
