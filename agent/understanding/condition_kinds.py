"""Kinds of conditions: which fields of `Filters` are one kind, and what two of a kind share."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

from agent.understanding.acts import Liftable
from agent.understanding.constraint_list import asked
from retrievers.query import Filters, clock
from retrievers.text.lettering import folded

OF_KIND: dict[Liftable, tuple[str, ...]] = {
    "date": ("after", "before"),
    "weekday": ("weekdays",),
    "hour": ("hours",),
    "season": ("month_days",),
    "orientation": ("orientation",),
    "size": ("min_pixels", "max_pixels"),
    "folder": ("paths", "not_paths"),
    "place": ("places", "not_places"),
    "camera": ("camera",),
    "tags": ("tags",),
    "rating": ("min_rating", "max_rating"),
}
TIMES: tuple[Liftable, ...] = ("date", "weekday", "hour", "season")
"""What goes when no date is asked for any longer."""
WHERE: tuple[Liftable, ...] = ("folder", "place")
"""What goes when no folder is asked for any longer."""
SINGLE: tuple[Liftable, ...] = (*TIMES, "place", "orientation", "camera", "rating")
"""A new condition of these kinds takes the place of the one before."""


def kinds(*filters: Filters) -> set[Liftable]:
    """Return what kinds of conditions these are, those they refuse left aside."""
    names = {name for one in filters for name, _ in asked(one)}
    own: set[Liftable] = {kind for kind, held in OF_KIND.items() if names & {*held}}
    return own.union(*(kinds(*group) for one in filters for group in one.one_of))


def is_of(kind: Liftable, condition: Filters) -> bool:
    """Whether one condition is wholly of a kind, asked, refused or lacking."""
    if kind == "all":
        return True
    if condition.lacks:
        return condition.lacks == (kind,)
    if condition.one_of:
        return all(kinds(*group) == {kind} for group in condition.one_of)
    refused = {name for one in condition.unless for name, _ in asked(one)}
    names = refused or {name for name, _ in asked(condition)}
    return names <= {*OF_KIND[kind]}


def gives_way(condition: Filters, new: Filters) -> bool:
    """Whether a new condition takes the place of one that was asked before."""
    if new.lacks:
        return any(is_of(fact, condition) for fact in new.lacks)
    kind = next(iter(kinds(new)), None) if len(kinds(new)) == 1 else None
    if kind is None or condition.unless or condition.not_places or new.not_places:
        return False
    if condition.lacks:
        return condition.lacks == (kind,)
    if kind in SINGLE:
        joins = kind == "date" and is_bound(new)
        return kinds(condition) == {kind} and not (joins and condition.one_of)
    same = dict(asked(new)).keys() == dict(asked(condition)).keys()
    return kind == "size" and same and not new.one_of


def is_bound(condition: Filters) -> bool:
    """Whether it is the first or the last day of a window that is open at the other end."""
    return not condition.one_of and (condition.after is None) != (condition.before is None)


def joined(condition: Filters, new: Filters) -> Filters:
    """Return one bound of a window of dates joined to the other, if a day is left between."""
    if not is_bound(new) or condition.one_of or kinds(condition) != {"date"}:
        return new
    after, before = new.after or condition.after, new.before or condition.before
    return new if _no_day_left(after, before) else Filters(after=after, before=before)


def _no_day_left(after: date | None, before: date | None) -> bool:
    return after is not None and before is not None and clock(after) >= clock(before)


def uncontradicted(condition: Filters, new: Filters, held: Filters) -> Filters:
    """Return what is left of a condition beside new ones that say the opposite; it may be nothing.

    Args:
        condition: one of those that hold.
        new: what is asked for now.
        held: all that hold.
    """
    contraries = (
        *(Filters(paths=(glob,)) for glob in new.not_paths),
        *(Filters(not_paths=(glob,)) for glob in new.paths),
        *(Filters(places=(name,)) for name in new.not_places),
        *(Filters(not_places=(name,)) for name in new.places),
        *new.unless,
    )
    for contrary in contraries:
        if _hold(held, contrary):
            condition = _cut(condition, contrary)
    every = (new, *(one for group in new.one_of for one in group))
    kept = (one for one in condition.unless if not any(_hold(asked, one) for asked in every))
    return replace(condition, unless=tuple(kept))


def _hold(filters: Filters, part: Filters) -> bool:
    """Whether all conditions of `part` are among the filters."""
    return all(
        set(_listed(value)) <= set(_listed(getattr(filters, name))) for name, value in asked(part)
    )


def _cut(filters: Filters, part: Filters) -> Filters:
    """Return the filters without all conditions of `part`."""
    return replace(filters, **dict(_left(filters, part)))


def _left(filters: Filters, part: Filters) -> Iterator[tuple[str, Any]]:
    for name, value in asked(part):
        out, held = _listed(value), getattr(filters, name)
        several = isinstance(held, tuple)
        yield name, tuple(one for one in held if _listed(one)[0] not in out) if several else None


def _listed(value: Any) -> tuple[Any, ...]:
    every = value if isinstance(value, tuple) else (value,)
    return tuple(folded(one) if isinstance(one, str) else one for one in every)
