"""What new, lifted and widened conditions do to a constraint list."""

from collections.abc import Sequence
from dataclasses import replace
from functools import reduce

from agent.understanding.acts import Liftable
from agent.understanding.condition_kinds import (
    TIMES,
    WHERE,
    gives_way,
    is_bound,
    is_of,
    joined,
    kinds,
    uncontradicted,
)
from agent.understanding.constraint_list import (
    Condition,
    Constraint,
    conditions_of,
    filters_of,
)
from agent.understanding.edits import Edits, edited, rewritten
from retrievers.query import Filters

_EVERY = {Filters(orientation=one) for one in ("portrait", "landscape", "square")}
"""Alternatives that leave no picture out."""


def narrowing(adds: Filters, constraints: Sequence[Constraint]) -> Edits:
    """Ask that these conditions hold, too.

    One of a kind of which there is one takes the place of the one before; a first day joins a last
    day; what is asked for is refused no more, and the other way round.
    """
    after = _uncontradicted(adds, constraints)
    news = [one.filters for one in conditions_of(adds)]
    taken: set[int] = set()
    extra: list[Condition] = []
    for new in news:
        places = [
            at
            for at, one in enumerate(after)
            if isinstance(one, Condition) and at not in taken and gives_way(one.filters, new)
        ]
        for at in places:
            was, after[at] = after[at], None
            new = joined(was.filters, new) if isinstance(was, Condition) else new
        one = Condition(new)
        if places:
            after[places[0]] = one
            taken.add(places[0])
        elif one not in after and one not in extra:
            extra.append(one)
    return rewritten(constraints, after, extra)


def lifting(what: Liftable, constraints: Sequence[Constraint]) -> Edits:
    """Ask for no conditions of this kind."""
    whats = {"date": TIMES, "folder": WHERE}.get(what, (what,))
    after = [
        None
        if isinstance(one, Condition) and any(is_of(kind, one.filters) for kind in whats)
        else one
        for one in constraints
    ]
    return rewritten(constraints, after)


def widening(adds: Filters, constraints: Sequence[Constraint]) -> Edits:
    """Let in what meets these conditions, too, each beside those of its kind."""
    after = _uncontradicted(adds, constraints)
    for new in (one.filters for one in conditions_of(adds)):
        places = _beside(new, after)
        if places:
            held = [one.filters for at in places if isinstance(one := after[at], Condition)]
            after[places[0]] = _either(held, new)
            for at in places[1:]:
                after[at] = None
    return rewritten(constraints, after)


def not_widened(adds: Filters, constraints: Sequence[Constraint]) -> list[Filters]:
    """Return those of the conditions that there is nothing to widen with."""
    after = _uncontradicted(adds, constraints)
    refused = any(one != old for one, old in zip(after, constraints, strict=True))
    news = [one.filters for one in conditions_of(adds)]
    return [one for one in news if not refused and not _beside(one, after)]


def narrowed(old: Filters, adds: Filters) -> Filters:
    """Return conditions with others added to them."""
    held = conditions_of(old)
    now = edited(held, narrowing(adds, held))
    return filters_of(one for one in now if isinstance(one, Condition))


def opposite(filters: Filters) -> Filters:
    """Return what the pictures that fail these conditions meet."""
    if len(filters.one_of) == 1 and filters == Filters(one_of=filters.one_of):
        return reduce(narrowed, map(opposite, filters.one_of[0]))
    rest = replace(filters, paths=(), not_paths=(), places=(), not_places=())
    if rest == filters == Filters(after=filters.after, before=filters.before) and is_bound(filters):
        return Filters(after=filters.before, before=filters.after)  # nothing newer than 2015
    return Filters(
        paths=filters.not_paths,
        not_paths=filters.paths,
        places=filters.not_places,
        not_places=filters.places,
        unless=() if rest == Filters() else (rest,),
    )


def _uncontradicted(adds: Filters, constraints: Sequence[Constraint]) -> list[Constraint | None]:
    held = filters_of(one for one in constraints if isinstance(one, Condition))
    after: list[Constraint | None] = []
    for one in constraints:
        left = uncontradicted(one.filters, adds, held) if isinstance(one, Condition) else None
        after.append(one if left is None else Condition(left) if left != Filters() else None)
    return after


def _beside(new: Filters, constraints: Sequence[Constraint | None]) -> list[int]:
    """Return the places of the conditions of a new one's kind; those refused are none."""
    of = {*kinds(new), *new.lacks}
    return [
        at
        for at, one in enumerate(constraints)
        if isinstance(one, Condition)
        and not (one.filters.unless or one.filters.not_paths or one.filters.not_places)
        and len(of) == 1
        and is_of(next(iter(of)), one.filters)
    ]


def _either(held: Sequence[Filters], new: Filters) -> Condition | None:
    """Return what lets in all that met the conditions held, or the new one; None: everything."""
    one_group = len(held) == 1 and held[0].one_of
    before = held[0].one_of[0] if one_group else (filters_of(map(Condition, held)),)
    more = new.one_of[0] if new.one_of else (new,)
    group = tuple(dict.fromkeys([*before, *more]))
    if _EVERY <= set(group):
        return None
    return Condition(Filters(one_of=(group,)) if len(group) > 1 else group[0])
