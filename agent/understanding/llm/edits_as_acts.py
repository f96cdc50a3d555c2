"""From a model's edits to acts: those that can be, in the person's own words.

A model writes which words are for what; what a date, a folder or a number is, the grammar reads. An
edit that names a line or a picture that there is not, or words that nobody said, is left out.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import get_args

from agent.rewrite.rewriter import content_words, uncovered
from agent.understanding.acts import (
    Act,
    Ask,
    Change,
    Drop,
    Export,
    Feedback,
    Filter,
    First,
    Form,
    Help,
    Negate,
    NewSearch,
    Order,
    Question,
    Redo,
    Refine,
    Save,
    Show,
    ShowMore,
    StartOver,
    Unclear,
    Undo,
    Why,
    Widen,
)
from agent.understanding.interpretation import Context
from agent.understanding.llm.edit_schema import Edit
from retrievers.query import Filters, Ordering

ReadsCondition = Callable[[str], Filters | None]
"""Reads words as a condition; None if they are none."""
MOST_SHOWN = 1000
MOST_STEPS = 100


@dataclass(frozen=True, slots=True)
class Reader:
    """Turns edits into acts.

    Attributes:
        said: the person's words.
        context: what they may refer to.
        condition: reads the words of a condition.
        refusal: likewise of one that is refused.
    """

    said: str
    context: Context
    condition: ReadsCondition
    refusal: ReadsCondition

    def acts(self, edits: Iterable[Edit]) -> list[Act]:
        """Return the acts of the edits that can be, in the order they take effect."""
        found = [act for edit in edits if (act := self._act(edit))]
        dropped = tuple(
            dict.fromkeys(n for one in found if isinstance(one, Drop) for n in one.numbers)
        )
        changes = [one for one in found if isinstance(one, Change) and one.number not in dropped]
        rest = [one for one in found if not isinstance(one, Change | Drop | Feedback)]
        drops = [Drop(dropped)] if dropped else []
        return list(dict.fromkeys([*changes, *drops, *rest, *_joined(found)]))

    def _act(self, edit: Edit) -> Act | None:
        if edit.do in ("search", "add", "refuse", "change", "condition", "exclude", "allow"):
            return self._worded(edit) if edit.text and self._is_theirs(edit.text) else None
        if edit.do in ("like", "dislike", "why", "save"):
            return self._pointed(edit)
        return self._plain(edit)

    def _is_theirs(self, text: str) -> bool:
        """Whether all words are of the list or said now, and one at least is said now."""
        known = " ".join([self.said, *self.context.constraints])
        said_now = len(uncovered([text], self.said)) < len(content_words(text))
        verbatim = text.casefold() in self.said.casefold()
        return verbatim or (said_now and not uncovered([text], known))

    def _worded(self, edit: Edit) -> Act | None:
        text = edit.text
        match edit.do:
            case "search":
                return NewSearch(text)
            case "add":
                return Refine(text) if self.context.asked else NewSearch(text)
            case "refuse":
                return Negate(text)
            case "change" if self._is_line(edit.number):
                found = self.condition(text)
                return Filter(found) if found else Change(edit.number, text)
            case "condition":
                return Filter(found) if (found := self.condition(text)) else _unread(text)
            case "exclude":
                return Filter(found) if (found := self.refusal(text)) else _unread(text)
            case "allow":
                return Widen(found) if (found := self.condition(text)) else _unread(text)
        return None

    def _is_line(self, number: int) -> bool:
        return 1 <= number <= len(self.context.constraints)

    def _pointed(self, edit: Edit) -> Act | None:
        pictures = tuple(dict.fromkeys(edit.pictures))
        if not all(1 <= one <= self.context.shown for one in pictures):
            return None
        match edit.do:
            case "like" if pictures:
                return Feedback(like=pictures)
            case "dislike" if pictures:
                return Feedback(unlike=pictures)
            case "why" if pictures:
                return Why(pictures[0])
            case "save" if self.context.shown and self._is_theirs(edit.text):
                return Save(edit.text or None, pictures)
        return None

    def _plain(self, edit: Edit) -> Act | None:
        number = edit.number
        match edit.do:
            case "drop" if self._is_line(number):
                return Drop((number,))
            case "more" if 0 <= number <= MOST_SHOWN:
                return ShowMore(number or None)
            case "show" if 1 <= number <= MOST_SHOWN:
                return Show(number)
            case "undo" if 0 <= number <= MOST_STEPS:
                return Undo(number or 1)
            case "question":
                shown = tuple(n for n in edit.pictures if 1 <= n <= self.context.shown)
                return Ask(next((one for one in _QUESTIONS if one in edit.text), "other"), shown)
            case "unclear":
                return Unclear(edit.text)
        return _NAMED[edit.do](edit.text) if edit.do in _NAMED else None


def _unread(text: str) -> Unclear:
    return Unclear(f"{text!r} can't be read as a date, folder, camera, shape, size, tag or rating.")


def _joined(found: Iterable[Act]) -> Iterator[Feedback]:
    """Yield one verdict for all; a picture that is called both right and wrong is left out."""
    verdicts = [one for one in found if isinstance(one, Feedback)]
    like = dict.fromkeys(n for one in verdicts for n in one.like)
    unlike = dict.fromkeys(n for one in verdicts for n in one.unlike)
    only = [
        tuple(n for n in ours if n not in theirs)
        for ours, theirs in ((like, unlike), (unlike, like))
    ]
    if any(only):
        yield Feedback(*only)


def _ordering(text: str) -> Act | None:
    return next((Order(one) for one in _ORDERS if one in text), None)


def _export(text: str) -> Act | None:
    return Export(next((one for one in _FORMS if one in text.lower()), None))


_ORDERS: tuple[Ordering, ...] = get_args(Ordering)
_QUESTIONS: tuple[Question, ...] = get_args(Question)
_FORMS: tuple[Form, ...] = get_args(Form)
_NAMED: dict[str, Callable[[str], Act | None]] = {
    "start over": lambda text: StartOver(),
    "back": lambda text: Undo(),
    "first": lambda text: First(),
    "redo": lambda text: Redo(),
    "help": lambda text: Help(),
    "order": _ordering,
    "export": _export,
}
