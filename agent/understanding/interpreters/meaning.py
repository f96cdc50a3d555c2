"""Acts in words, so that a person can choose between readings."""

from collections.abc import Sequence

from agent.understanding.acts import (
    Act,
    Feedback,
    Filter,
    Forget,
    Keep,
    Negate,
    NewSearch,
    Refine,
    Replace,
    Save,
    Show,
    ShowMore,
    Undo,
    Widen,
)
from agent.understanding.constraint_list import conditions_of
from agent.understanding.constraint_words import restated


def meaning(acts: Sequence[Act]) -> str:
    """Say in one line what acts do, such as `look for “a dog”, without “people”`."""
    return ", ".join(map(_said, acts))


def _said(act: Act) -> str:
    match act:
        case NewSearch() | Refine() | Negate() | Replace() | Forget() | Keep():
            return _words(act)
        case Filter(adds):
            return restated(conditions_of(adds))
        case Widen(adds):
            return f"also {restated(conditions_of(adds))}"
        case Feedback(like, unlike):
            good = f"like {', '.join(map(str, like))}" if like else ""
            bad = f"not {', '.join(map(str, unlike))}" if unlike else ""
            return ", ".join(filter(None, (good, bad)))
        case _:
            return _done(act)


def _words(act: NewSearch | Refine | Negate | Replace | Forget | Keep) -> str:
    match act:
        case NewSearch(text):
            return f"look for “{text}”"
        case Refine(text):
            return f"also “{text}”"
        case Negate(text):
            return f"without “{text}”"
        case Replace(new, old):
            return f"“{new}” instead of “{old}”" if old else f"rather “{new}”"
        case Forget(words):
            return f"forget “{words}”"
        case Keep(words):
            return f"keep only {', '.join(f'“{one}”' for one in words)}"


def _done(act: Act) -> str:
    match act:
        case Undo(steps, to, named):
            back = f"to “{named}”" if named else f"to turn {to}" if to is not None else f"{steps}"
            return f"go back {back}"
        case ShowMore(n):
            return f"show {n} more" if n else "show more"
        case Show(n):
            return f"show {n}"
        case Save(name, _):
            return f"save as “{name}”" if name else "save"
        case _:
            return type(act).__name__.lower()
