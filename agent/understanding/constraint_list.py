"""The constraint list: what a conversation asks for, each thing seen, dropped or changed alone.

It is the state that a turn leaves; the `Query` that is searched for follows from it. A terminal
shows the constraints as numbered lines, a page as chips.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal

from retrievers.query import Filters, Query
from retrievers.text.lettering import cleaned


@dataclass(frozen=True, slots=True)
class _Phrase:
    text: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", cleaned(self.text))


@dataclass(frozen=True, slots=True)
class Wanted(_Phrase):
    """Look for this; a phrase adds to those before it."""


@dataclass(frozen=True, slots=True)
class Refused(_Phrase):
    """Stay away from this."""


@dataclass(frozen=True, slots=True)
class Liked:
    """Look like these pictures of the collection."""

    pictures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Disliked:
    """Look unlike these pictures of the collection, which are not shown again."""

    pictures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Excluded:
    """Do not show these pictures of the collection."""

    pictures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Example:
    """Look like this picture, which need not be in the collection."""

    path: Path


@dataclass(frozen=True, slots=True)
class Condition:
    """Meet this one condition: a glob, a window of dates, a tag, one group of alternatives."""

    filters: Filters


@dataclass(frozen=True, slots=True)
class Ordered:
    """List what is found by date; of several the last one holds."""

    by: Literal["newest", "oldest"]


Constraint = Wanted | Refused | Liked | Disliked | Excluded | Example | Condition | Ordered
Constraints = tuple[Constraint, ...]


def query_of(constraints: Iterable[Constraint]) -> Query:
    """Return what is searched for; of two verdicts on one picture the later one holds."""
    known = tuple(constraints)
    verdicts: dict[str, type] = {}
    for one in known:
        if isinstance(one, Liked | Disliked):
            verdicts |= dict.fromkeys(one.pictures, type(one))
    unlike = tuple(picture for picture, kind in verdicts.items() if kind is Disliked)
    excluded = (picture for one in known if isinstance(one, Excluded) for picture in one.pictures)
    return Query(
        wanted=tuple(one.text for one in known if isinstance(one, Wanted)),
        unwanted=tuple(one.text for one in known if isinstance(one, Refused)),
        examples=tuple(dict.fromkeys(one.path for one in known if isinstance(one, Example))),
        like=tuple(picture for picture, kind in verdicts.items() if kind is Liked),
        unlike=unlike,
        excluded=frozenset([*unlike, *excluded]),
        filters=filters_of(one for one in known if isinstance(one, Condition)),
        order=next((one.by for one in reversed(known) if isinstance(one, Ordered)), "best"),
    )


def constraints_of(query: Query) -> Constraints:
    """Return a query as constraints, by their kinds."""
    out = tuple(sorted(query.excluded - set(query.unlike)))
    return (
        *map(Wanted, query.wanted),
        *map(Refused, query.unwanted),
        *([Liked(query.like)] if query.like else []),
        *([Disliked(query.unlike)] if query.unlike else []),
        *([Excluded(out)] if out else []),
        *map(Example, query.examples),
        *conditions_of(query.filters),
        *([Ordered(query.order)] if query.order != "best" else []),
    )


def filters_of(conditions: Iterable[Condition]) -> Filters:
    """Return the conditions as one; each of them must hold, also two of one kind."""
    held: dict[str, Any] = {}
    for one in (part for condition in conditions for part in conditions_of(condition.filters)):
        new = dict(asked(one.filters))
        if any(name in held and not _adds_up(name) for name in new):
            new = {"one_of": ((one.filters,),)}
        for name, value in new.items():
            kept = held.get(name, ())
            held[name] = (*kept, *value) if isinstance(value, tuple) else value
    return Filters(**held)


def _adds_up(name: str) -> bool:
    """Whether all values of a field are asked for; of weekdays and the like one is enough."""
    several = isinstance(getattr(Filters(), name), tuple)
    return several and name not in ("weekdays", "hours", "month_days")


def conditions_of(filters: Filters) -> tuple[Condition, ...]:
    """Return filters as conditions of one kind each."""
    return tuple(map(Condition, _apart(filters)))


def _apart(filters: Filters) -> Iterator[Filters]:
    yield from (Filters(paths=(glob,)) for glob in filters.paths)
    yield from (Filters(not_paths=(glob,)) for glob in filters.not_paths)
    yield from (Filters(places=(name,)) for name in filters.places)
    yield from (Filters(not_places=(name,)) for name in filters.not_places)
    alone = (
        Filters(after=filters.after, before=filters.before),
        Filters(weekdays=filters.weekdays),
        Filters(hours=filters.hours),
        Filters(month_days=filters.month_days),
        Filters(orientation=filters.orientation),
        Filters(min_pixels=filters.min_pixels),
        Filters(max_pixels=filters.max_pixels),
        Filters(camera=filters.camera),
        *(Filters(tags=(tag,)) for tag in filters.tags),
        Filters(min_rating=filters.min_rating, max_rating=filters.max_rating),
    )
    yield from (one for one in alone if one != Filters())
    yield from (Filters(lacks=(fact,)) for fact in filters.lacks)
    yield from (Filters(one_of=(group,)) for group in filters.one_of)
    yield from (Filters(unless=(one,)) for one in filters.unless)


def asked(filters: Filters) -> Iterator[tuple[str, Any]]:
    """Yield the name and the value of each field that asks something."""
    for field in fields(filters):
        if (value := getattr(filters, field.name)) not in (None, ()):
            yield field.name, value
