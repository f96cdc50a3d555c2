"""What an utterance came to: the state that holds after it, and what else was done.

    {"state": {"wanted": ["the beach"], "unwanted": ["people"], "filters": {}, "like": [],
               "unlike": []}, "does": [["ShowMore", 20]]}

There is no collection here: a question about the pictures comes to what was asked, and nothing is
saved.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from agent.understanding.acts import (
    Act,
    Ask,
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
from agent.understanding.acts_as_edits import edits_of, unmet
from agent.understanding.constraint_list import Constraints, query_of
from agent.understanding.constraint_words import words_of
from agent.understanding.edits import Edit, Edits, edited
from agent.understanding.interpretation import Context, Interpreter
from eval.understanding.filter_names import named
from eval.understanding.utterances import Utterance

_KINDS = {"types", "not_types"}
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
        acts: what was understood.
        constraints: what is asked for now; pictures go by their numbers.
        edits: what made them of those before.
        unmet: why acts found nothing to do.
        lost: why another interpreter had to read it.
    """

    acts: tuple[Act, ...]
    constraints: Constraints
    edits: Edits = ()
    unmet: tuple[str, ...] = ()
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
    return replace(outcome_of(read.acts, utterance), lost=read.lost)


def context_of(utterance: Utterance, today: date, earlier: tuple[str, ...] = ()) -> Context:
    """Return what an utterance may refer to."""
    return Context(
        shown=utterance.shown,
        first=utterance.first,
        asked=bool(utterance.constraints),
        today=today,
        state=utterance.constraints,
        constraints=tuple(map(words_of, utterance.constraints)),
        earlier=earlier,
    )


def outcome_of(acts: Sequence[Act], utterance: Utterance) -> Outcome:
    """Apply acts; going back leads nowhere, as no turn came before.

    If the words can mean several things, nothing is done but asked.
    """
    acts = [one for one in acts if isinstance(one, Unclear) and one.readings] or acts
    now, shown = utterance.constraints, [str(n) for n in range(1, utterance.shown + 1)]
    edits: list[Edit] = []
    told = []
    for act in acts:
        told.append(unmet(act, now))
        steps = edits_of(act, now, shown)
        now = edited(now, steps)
        edits += steps
    return Outcome(tuple(acts), now, tuple(edits), tuple(filter(None, told)))


def plain(found: Outcome, utterance: Utterance) -> dict[str, Any]:
    """Return an outcome as JSON takes it."""
    query, as_types = query_of(found.constraints), bool(_KINDS & set(utterance.filters))
    return {
        "state": {
            "wanted": list(query.wanted),
            "unwanted": list(query.unwanted),
            "filters": named(query.filters, as_types=as_types),
            "like": [int(one) for one in query.like],
            "unlike": [int(one) for one in query.unlike],
        },
        "does": does(found),
        **({"lost": found.lost} if found.lost else {}),
    }


def does(found: Outcome) -> list[list[Any]]:
    """Return the acts that change nothing of what is asked for: names, and what they are given."""
    unmet = [["Unclear", reason] for reason in found.unmet]
    return [*(told for act in found.acts if (told := _told(act))), *unmet]


def _told(act: Act) -> list[Any] | None:
    match act:
        case ShowMore(count) | Show(count):
            return ["ShowMore", count]
        case Undo(steps, to, name):
            return ["Undo", name or to or steps]
        case First() | Redo() | StartOver() | Help():
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
