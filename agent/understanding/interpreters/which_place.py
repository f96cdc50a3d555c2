"""Which place is meant, where pictures were taken at several of one name."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

from agent.understanding.acts import Act, Filter, Reading, Unclear, Widen
from agent.understanding.constraint_list import asked
from agent.understanding.interpretation import Context
from agent.understanding.interpreters.meaning import meaning
from retrievers.query import Filters

T = TypeVar("T")
_OFFERED = 3  # places of one name


def which_place(acts: Sequence[Act], context: Context) -> list[Act]:
    """Ask which place is meant where pictures were taken at several of one name."""
    for act in acts:
        if isinstance(act, Filter | Widen):
            for name in _names(act.adds):
                places = context.places(name) or ()
                if len(places) > 1:
                    return [_which(name, places, acts)]
    return list(acts)


def _names(filters: Filters) -> Iterator[str]:
    yield from (*filters.places, *filters.not_places)
    for one in (*filters.unless, *(one for group in filters.one_of for one in group)):
        yield from _names(one)


def _which(name: str, places: Sequence[str], acts: Sequence[Act]) -> Unclear:
    readings = []
    for place in places[:_OFFERED]:
        meant = tuple(
            replace(act, adds=_renamed(act.adds, name, place))
            if isinstance(act, Filter | Widen)
            else act
            for act in acts
        )
        readings.append(Reading(meaning(meant), meant))
    return Unclear(f"Pictures were taken at {len(places)} places called {name}.", tuple(readings))


def _renamed(held: T, name: str, place: str) -> T:
    """Return conditions with another name in the place of one."""
    made: object = held
    match held:
        case Filters():
            every = dict(asked(held))
            made = replace(held, **{at: _renamed(one, name, place) for at, one in every.items()})
        case tuple():
            made = tuple(_renamed(one, name, place) for one in held)
        case str() if held == name:
            made = place
    return made  # type: ignore[return-value]
