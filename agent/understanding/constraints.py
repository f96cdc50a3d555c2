"""What an act does to a query."""

from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from datetime import date
from functools import reduce
from pathlib import Path
from typing import Any, TypeVar

from agent.understanding.acts import (
    Act,
    Answer,
    Change,
    Drop,
    Feedback,
    Filter,
    Lift,
    Liftable,
    Negate,
    NewSearch,
    Refine,
    Resemble,
    StartOver,
)
from agent.understanding.constraint_list import changed, chosen_of
from retrievers.query import Filters, Query, clock
from retrievers.text.lettering import folded, words

T = TypeVar("T")

Asking = (
    NewSearch
    | Refine
    | Negate
    | Feedback
    | Resemble
    | Filter
    | Lift
    | Drop
    | Change
    | Answer
    | StartOver
)
"""The acts that change what is asked for."""

OF_KIND: dict[Liftable, tuple[str, ...]] = {
    "date": ("after", "before"),
    "orientation": ("orientation",),
    "size": ("min_pixels", "max_pixels"),
    "folder": ("paths", "not_paths"),
    "camera": ("camera",),
    "tags": ("tags",),
    "rating": ("min_rating", "max_rating"),
}
_SINGLE: tuple[Liftable, ...] = ("date", "orientation", "camera", "rating")
"""A new condition of these kinds takes the place of the one before."""


_SMALL = frozenset("a an the some any with in on at of it is are there more".split())


def apply(act: Act, query: Query, shown: Sequence[str]) -> Query:
    """Return the query after `act`; acts that ask for nothing new return it unchanged.

    Args:
        act: what was meant; its positions must lie in 1..len(shown).
        query: what was asked for before.
        shown: ids that the positions refer to; position n is `shown[n - 1]`.

    Raises:
        ValueError: a constraint is named that the query does not have.
    """
    match act:
        case NewSearch(text):
            return Query(wanted=(text,))
        case StartOver():
            return Query()
        case Refine(text, instead):
            kept = query.wanted[:-1] if instead else _without(query.wanted, text)
            unwanted = _without(query.unwanted, text)
            return replace(query, wanted=(*kept, text), unwanted=unwanted)
        case Negate(text):
            wanted = _without(query.wanted, text)
            return replace(query, wanted=wanted, unwanted=(*_without(query.unwanted, text), text))
        case Feedback():
            return _judged(act, query, shown)
        case Resemble(path, instead):
            return _resembling(path, query, instead=instead)
        case Drop() | Change() | Answer():
            return _corrected(act, query)
        case Filter(adds):
            return replace(query, filters=narrowed(query.filters, adds))
        case Lift(what):
            return replace(query, filters=_widened(query.filters, what))
        case _:
            return query


def _resembling(path: Path, query: Query, *, instead: bool) -> Query:
    """Add an example; instead of the pictures before it, or of the last words if there are none."""
    if not instead:
        return replace(query, examples=_union(query.examples, (path,)))
    wanted = query.wanted if query.examples or query.like else query.wanted[:-1]
    return replace(query, wanted=wanted, like=(), examples=(path,))


def _corrected(act: Drop | Change | Answer, query: Query) -> Query:
    match act:
        case Drop(numbers):
            for number in sorted(numbers, reverse=True):  # the others keep theirs
                query = chosen_of(query, number).without
            return query
        case Change(number, text):
            return changed(query, number, text)
        case Answer(picture):
            return replace(query, like=_union(query.like, (picture,))) if picture else query


def _without(phrases: tuple[str, ...], text: str) -> tuple[str, ...]:
    """Drop the phrases that say just what `text` says: "with the boats" for "no boat"."""
    return tuple(phrase for phrase in phrases if _gist(phrase) != _gist(text))


def _gist(phrase: str) -> frozenset[str]:
    said = [word for word in words(phrase) if word not in _SMALL] or [phrase]
    return frozenset(word.removesuffix("s") for word in said)


def _judged(act: Feedback, query: Query, shown: Sequence[str]) -> Query:
    liked = [shown[position - 1] for position in act.like]
    disliked = [shown[position - 1] for position in act.unlike]
    like = dict.fromkeys([*query.like, *liked])
    unlike = dict.fromkeys([*query.unlike, *disliked])
    return replace(
        query,
        like=tuple(picture for picture in like if picture not in disliked),
        unlike=tuple(picture for picture in unlike if picture not in liked),
        excluded=(query.excluded | set(disliked)) - set(liked),
    )


def narrowed(old: Filters, adds: Filters) -> Filters:
    """Add conditions; a range of dates replaces another, one bound joins the other bound.

    What is added replaces its contrary.
    """
    old = _replaced(_without_contraries(old, adds), adds)
    if (adds.after and adds.before) or _no_day_left(
        adds.after or old.after, adds.before or old.before
    ):
        old = replace(old, after=None, before=None)
    return Filters(
        paths=_union(old.paths, adds.paths),
        not_paths=_union(old.not_paths, adds.not_paths),
        after=adds.after or old.after,
        before=adds.before or old.before,
        orientation=adds.orientation or old.orientation,
        min_pixels=adds.min_pixels or old.min_pixels,
        max_pixels=adds.max_pixels or old.max_pixels,
        camera=adds.camera or old.camera,
        tags=_union(old.tags, adds.tags),
        lacks=_union(old.lacks, adds.lacks),
        unless=_union(old.unless, adds.unless),
        one_of=_union(old.one_of, adds.one_of),
        **_rated(old, adds),
    )


def opposite(filters: Filters) -> Filters:
    """Return what the pictures that fail these conditions meet."""
    if len(filters.one_of) == 1 and filters == Filters(one_of=filters.one_of):
        return reduce(narrowed, map(opposite, filters.one_of[0]))
    rest = replace(filters, paths=(), not_paths=())
    return Filters(
        paths=filters.not_paths,
        not_paths=filters.paths,
        unless=() if rest == Filters() else (rest,),
    )


def _without_contraries(old: Filters, adds: Filters) -> Filters:
    """Return the old conditions without those that the new ones say the opposite of."""
    for contrary in (
        *(Filters(paths=(glob,)) for glob in adds.not_paths),
        *(Filters(not_paths=(glob,)) for glob in adds.paths),
        *adds.unless,
    ):
        if _hold(old, contrary):
            old = _cut(old, contrary)
    new = (adds, *(one for group in adds.one_of for one in group))
    kept = (one for one in old.unless if not any(_hold(asked, one) for asked in new))
    return replace(old, unless=tuple(kept))


def _replaced(old: Filters, adds: Filters) -> Filters:
    """Return the old conditions without those whose place new ones of their kind take."""
    for kind in _SINGLE:
        a_bound = kind == "date" and not (adds.after and adds.before)
        if kind in kinds(replace(adds, one_of=())) and not a_bound:
            old = replace(old, one_of=_but(old.one_of, kind))
        if any(kinds(*group) == {kind} for group in adds.one_of):
            own = {name: getattr(Filters(), name) for name in OF_KIND[kind]}
            old = replace(old, one_of=_but(old.one_of, kind), **own)
    for fact in adds.lacks:
        old = _widened(old, fact)
    return replace(old, lacks=tuple(fact for fact in old.lacks if fact not in kinds(adds)))


def kinds(*filters: Filters) -> set[Liftable]:
    """Return what kinds of conditions these are, those they refuse left aside."""
    names = {name for one in filters for name, _ in _set(one)}
    own: set[Liftable] = {kind for kind, held in OF_KIND.items() if names & {*held}}
    return own.union(*(kinds(*group) for one in filters for group in one.one_of))


def _but(
    groups: tuple[tuple[Filters, ...], ...], kind: Liftable
) -> tuple[tuple[Filters, ...], ...]:
    return tuple(group for group in groups if kinds(*group) != {kind})


def _hold(filters: Filters, part: Filters) -> bool:
    """Whether all conditions of `part` are among the filters."""
    return all(
        set(_listed(value)) <= set(_listed(getattr(filters, name))) for name, value in _set(part)
    )


def _cut(filters: Filters, part: Filters) -> Filters:
    """Return the filters without all conditions of `part`."""
    left: dict[str, Any] = {}
    for name, value in _set(part):
        out, held = _listed(value), getattr(filters, name)
        several = isinstance(held, tuple)
        left[name] = tuple(one for one in held if _listed(one)[0] not in out) if several else None
    return replace(filters, **left)


def _set(filters: Filters) -> Iterator[tuple[str, Any]]:
    """Yield the conditions that ask something."""
    for field in fields(filters):
        if (value := getattr(filters, field.name)) not in (None, ()):
            yield field.name, value


def _listed(value: Any) -> tuple[Any, ...]:
    every = value if isinstance(value, tuple) else (value,)
    return tuple(folded(one) if isinstance(one, str) else one for one in every)


def _rated(old: Filters, adds: Filters) -> dict[str, int | None]:
    """Return the bounds of the rating; new ones replace those before."""
    now = old if adds.min_rating is None and adds.max_rating is None else adds
    return {"min_rating": now.min_rating, "max_rating": now.max_rating}


def _no_day_left(after: date | None, before: date | None) -> bool:
    return after is not None and before is not None and clock(after) >= clock(before)


def _union(old: tuple[T, ...], new: tuple[T, ...]) -> tuple[T, ...]:
    return tuple(dict.fromkeys([*old, *new]))


def _widened(filters: Filters, what: Liftable) -> Filters:
    if what == "all":
        return Filters()
    blank, kind = Filters(), OF_KIND[what]
    kept = [one for one in filters.unless if not {name for name, _ in _set(one)} <= {*kind}]
    return replace(
        filters,
        unless=tuple(kept),
        lacks=tuple(fact for fact in filters.lacks if fact != what),
        one_of=_but(filters.one_of, what),
        **{name: getattr(blank, name) for name in kind},
    )
