"""A constraint said in other words by its number: of a condition, those of its kind are read."""

from dataclasses import replace

from agent.understanding.acts import Change, Liftable
from agent.understanding.condition_kinds import is_of
from agent.understanding.constraint_list import Condition
from agent.understanding.interpretation import Context
from agent.understanding.reading.known_places import place
from agent.understanding.slots import condition
from retrievers.query import Filters

_KINDS: dict[Liftable, str] = {
    "date": "date",
    "weekday": "date",
    "hour": "date",
    "season": "date",
    "orientation": "shape",
    "size": "size",
    "folder": "folder",
    "place": "place",
    "camera": "camera",
    "tags": "tag",
    "rating": "rating",
}
"""The kind of span that says a condition of each kind."""


def changed(act: Change, context: Context) -> Change:
    """Return a change with the condition that its words say, where it changes one."""
    held = context.state[act.number - 1] if act.number <= len(context.state) else None
    if not isinstance(held, Condition):
        return act
    return replace(act, condition=_read(act.text, held.filters, context))


def _read(text: str, held: Filters, context: Context) -> Filters | None:
    for name, kind in _KINDS.items():
        if is_of(name, held):
            if kind == "place":
                return place(text, context)
            ending = kind == "folder" and all(glob.startswith("*.") for glob in held.paths)
            return condition("type" if ending else kind, text, context)
    return condition("widen", text, context)
