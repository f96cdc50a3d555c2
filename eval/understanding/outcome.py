"""What an utterance came to: the state that holds after it, and what else was done.

    {"state": {"wanted": ["the beach"], "unwanted": ["people"], "filters": {}, "like": [],
               "unlike": []}, "does": [["ShowMore", 20]]}

There is no collection here: a question about the pictures comes to what was asked, and nothing is
saved.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from agent.understanding.acts import (
    Act,
    Ask,
    Back,
    Export,
    First,
    Help,
    Order,
    Redo,
    Save,
    Show,
    ShowMore,
    StartOver,
    Unclear,
    Undo,
    Why,
)
from agent.understanding.constraint_list import constraints
from agent.understanding.constraints import apply
from agent.understanding.interpretation import Context, Interpreter
from eval.understanding.filter_names import named
from eval.understanding.utterances import Utterance
from retrievers.query import Query

_ORDERS = {"best": "the best first", "newest": "the newest first", "oldest": "the oldest first"}
_QUESTIONS = {
    "count": "how many there are",
    "when": "when it was taken",
    "where": "where it is",
    "what": "what is in it",
    "who": "who that is",
    "other": "a question about what is found",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one utterance came to.

    Attributes:
        query: what is asked for now; pictures are named by their numbers.
        acts: what was understood.
        lost: why another interpreter had to read it.
    """

    query: Query
    acts: tuple[Act, ...]
    lost: str = ""


def outcome(
    utterance: Utterance,
    interpreter: Interpreter,
    today: date,
    *,
    earlier: tuple[str, ...] = (),
) -> Outcome:
    """Interpret an utterance, and apply what it means to what is asked for."""
    read = interpreter(utterance.said, context_of(utterance, today, earlier))
    return Outcome(after(read.acts, utterance), read.acts, read.lost)


def context_of(utterance: Utterance, today: date, earlier: tuple[str, ...] = ()) -> Context:
    """Return what an utterance may refer to."""
    return Context(
        shown=utterance.shown,
        first=utterance.first,
        asked=not utterance.query.is_empty,
        today=today,
        constraints=tuple(one.words for one in constraints(utterance.query)),
        earlier=earlier,
    )


def after(acts: Iterable[Act], utterance: Utterance) -> Query:
    """Return what is asked for after acts; going back leads nowhere, as no turn came before."""
    query, shown = utterance.query, [str(n) for n in range(1, utterance.shown + 1)]
    for act in acts:
        query = apply(act, query, shown)
    return query


def plain(found: Outcome, utterance: Utterance) -> dict[str, Any]:
    """Return an outcome as JSON takes it."""
    query, as_types = found.query, bool({"types", "not_types"} & set(utterance.filters))
    return {
        "state": {
            "wanted": list(query.wanted),
            "unwanted": list(query.unwanted),
            "filters": named(query.filters, as_types=as_types),
            "like": [int(one) for one in query.like],
            "unlike": [int(one) for one in query.unlike],
        },
        "does": does(found.acts),
        **({"lost": found.lost} if found.lost else {}),
    }


def does(acts: Sequence[Act]) -> list[list[Any]]:
    """Return the acts that change nothing of what is asked for: names, and what they are given."""
    return [told for act in acts if (told := _told(act))]


def _told(act: Act) -> list[Any] | None:
    match act:
        case ShowMore(count) | Show(count):
            return ["ShowMore", count]
        case Undo(steps, to, name):
            return ["Undo", name or to or steps]
        case Back() | First() | Redo() | StartOver() | Help():
            return [type(act).__name__]
        case Save(name, positions):
            return ["Save", name, list(positions)]
        case Export(form):
            return ["Export", form]
        case Why(position):
            return ["Why", position]
        case Order(by):
            return ["Answer", f"in this order: {_ORDERS[by]}"]
        case Ask(what, positions):
            return ["Answer", " ".join([_QUESTIONS[what], *map(str, positions)])]
        case Unclear(message, readings):
            return ["Unclear", message, *(one.words for one in readings)]
        case _:
            return None
