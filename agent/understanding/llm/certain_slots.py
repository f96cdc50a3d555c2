"""What the built-in reading is certain of: dates, numbers and names. Nothing may contradict it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from typing import Any

from agent.understanding.acts import (
    Act,
    Export,
    Feedback,
    Filter,
    Lift,
    Order,
    Save,
    Show,
    ShowMore,
    Unclear,
    Undo,
    Why,
    Widen,
)
from retrievers.query import Filters

_JOINED = {"after": "date", "before": "date", "min_rating": "rating", "max_rating": "rating"}
_LIFTED = {"folder": "paths", "size": "min_pixels"}


def agreed(acts: Iterable[Act], builtin: Sequence[Act]) -> list[Act]:
    """Return acts, each that contradicts a slot of the built-in reading replaced by that slot's.

    Args:
        acts: what was understood.
        builtin: the built-in reading; if it is unclear, it is certain of nothing.
    """
    if any(isinstance(one, Unclear) for one in builtin):
        return list(acts)
    certain = {slot: act for act in _apart(builtin) for slot in _slots(act)}
    kept: list[Act] = []
    for act in _apart(acts):
        others = [certain[slot] for slot in _slots(act) if certain.get(slot, act) != act]
        kept += others or [act]
    return list(dict.fromkeys(kept))


def _apart(acts: Iterable[Act]) -> Iterator[Act]:
    """Yield acts, each with one condition at most."""
    for act in acts:
        if isinstance(act, Filter | Widen):
            yield from (type(act)(one) for one in _conditions(act.adds))
        else:
            yield act


def _conditions(filters: Filters) -> Iterator[Filters]:
    kinds: dict[str, dict[str, Any]] = {}
    for field in fields(filters):
        if (value := getattr(filters, field.name)) not in (None, ()):
            kinds.setdefault(_JOINED.get(field.name, field.name), {})[field.name] = value
    yield from (Filters(**held) for held in kinds.values())


def _slots(act: Act) -> Iterator[str]:
    match act:
        case Filter(adds) | Widen(adds):
            yield from (_JOINED.get(f.name, f.name) for f in fields(adds) if getattr(adds, f.name))
            yield from (slot for one in adds.unless for slot in _slots(Filter(one)))
        case Lift(what):
            yield _LIFTED.get(what, what)
        case Feedback():
            yield "verdicts"
        case Show(_) | ShowMore(int()):
            yield "count"
        case Undo() | Why() | Save() | Export() | Order():
            yield type(act).__name__
