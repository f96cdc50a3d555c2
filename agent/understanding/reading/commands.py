"""Spans that command or ask, each with the numbers and names that stand for it."""

import re
from collections.abc import Sequence

from agent.understanding import slots
from agent.understanding.acts import (
    Act,
    Ask,
    Export,
    First,
    Help,
    Order,
    Question,
    Redo,
    Save,
    Show,
    ShowMore,
    Unclear,
    Undo,
    Why,
)
from agent.understanding.grammar.commands import checked
from agent.understanding.interpretation import Context
from agent.understanding.reading.gathered import EDGES
from agent.understanding.tagger.spans import Span

_ALONE: dict[str, Act] = {"first": First(), "redo": Redo(), "help": Help()}
_QUESTIONS: dict[str, Question] = {
    "ask_count": "count",
    "ask_when": "when",
    "ask_where": "where",
    "ask_what": "what",
    "ask_who": "who",
    "ask_other": "other",
}
_CALLED = re.compile(r"^(?:the|my|a|an) (?=.)|(?<=.) (?:album|list|folder)$", re.IGNORECASE)
_TOP = re.compile(r"(?:top|start|beginning|first|first page|page one|page 1)", re.IGNORECASE)
_BUT = re.compile(
    r"\b(?:all|everything|lot|them)\b.*\b(?:except|but|apart from|bar|besides)\b", re.I
)
_NEXT_ACT = re.compile(
    r",?(?: and then| and also| and| then) (?:show|start|go|give|export|next|open|find|undo)\b",
    re.IGNORECASE,
)


class Commands:
    """The commands of one utterance.

    Args:
        said: the words.
        spans: theirs.
        context: what they may refer to.
    """

    def __init__(self, said: str, spans: Sequence[Span], context: Context) -> None:
        self._said, self._spans, self._context = said, spans, context
        self._kinds = [span.kind for span in spans]
        self._picked = list(
            dict.fromkeys(n for text in self._texts("pick") for n in slots.pictures(text, context))
        )
        wrong = (checked(number, context) for number in self._picked)
        self._wrong = next(filter(None, wrong), None)

    def acts(self) -> list[Act]:
        """Return them in the order in which they are told."""
        alone = [act for kind, act in _ALONE.items() if kind in self._kinds]
        if any(n > 1 for text in self._texts("first") if (n := slots.count(text) or 1)):
            alone = [Unclear("Pages come one after another: say more, or previous page.")]
        ordered = self._texts("order")[:1]
        orders = [Order(by) for text in ordered if (by := slots.ordering(text))]
        return [*self._back(), *self._shown(), *alone, *orders, *self._kept(), *self._questions()]

    def _texts(self, kind: str) -> list[str]:
        found = (self._said[one.start : one.end] for one in self._spans if one.kind == kind)
        return [text.strip(EDGES) for text in found]

    def _back(self) -> list[Act]:
        acts: list[Act] = []
        if "back" in self._kinds:  # a later page is there because more was asked for
            turned = self._context.first > 1
            acts.append(Undo() if turned else Unclear("This is the first page."))
        acts += [Undo(slots.steps(text)) for text in self._texts("undo")[:1]]
        named = [_bare(text) for text in self._texts("undo_to")[:1]]
        return acts + [First() if _TOP.fullmatch(one) else Undo(named=one) for one in named]

    def _shown(self) -> list[Act]:
        counts = [n for text in self._texts("count") if (n := slots.count(text))]
        inside = [n for text in self._texts("more") if (n := slots.count(text))]
        if "more" in self._kinds:
            return [ShowMore(next(iter([*counts, *inside]), None))]
        return [Show(counts[0])] if counts else []

    def _kept(self) -> list[Act]:
        if "export" in self._kinds or {"form", "save"} <= {*self._kinds}:
            named = next(iter(self._texts("form")), "")
            return [Export((slots.form(named) or named) if named else None)]
        asks = any(kind.startswith("ask_") for kind in self._kinds)
        if asks or not {"save", "name"} & {*self._kinds}:
            return []
        if self._wrong:
            return [self._wrong]
        name = next(map(_name, self._texts("name")), None)
        page = list(range(self._context.first, self._context.shown + 1))
        if _BUT.search(self._said) and self._picked != page:
            self._picked = [at for at in page if at not in self._picked]
        return [Save(name or None, () if self._picked == page else tuple(self._picked))]

    def _questions(self) -> list[Act]:
        acts: list[Act] = []
        if "why" in self._kinds:
            at = self._picked[0] if self._picked else self._context.first
            acts.append(checked(at, self._context) or Why(at))
        if asked := next((_QUESTIONS[kind] for kind in self._kinds if kind in _QUESTIONS), None):
            acts.append(self._wrong or Ask(asked, tuple(self._picked)))
        return acts


def _bare(text: str) -> str:
    return re.sub(r"^(?:the|my|those|that|these) ", "", text, flags=re.IGNORECASE)


def _name(text: str) -> str:
    """Return a list's name without what calls it one, and without a second thing that is asked."""
    name = slots.name(_NEXT_ACT.split(text)[0]).strip(EDGES + "'‘’«»「」")
    return _CALLED.sub("", name)
