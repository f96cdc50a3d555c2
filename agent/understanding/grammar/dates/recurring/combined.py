"""Times that come again beside a date: "on weekends in 2019", "yesterday evening"."""

import re
from collections.abc import Callable

from agent.understanding.grammar.dates.recurring.recurring import meant, recurring
from agent.understanding.grammar.dates.recurring.seasons import SEASONS_TAKEN
from agent.understanding.grammar.dates.recurring.times_of_day import HOURS_NAMED
from retrievers.query import Filters

_GAP = re.compile(r",? (?:and |but )?(?:only )?")
_LONGEST = 120  # characters
_HINT = re.compile(
    r"day|week|morning|afternoon|evening|night|noon|\d ?[ap]\.?m|:\d\d|every|each|any|s\b",
    re.IGNORECASE,
)
_AGAIN = ("weekdays", "hours", "month_days")
_AFTER_A_DATE = re.compile(HOURS_NAMED, re.IGNORECASE)
_AFTER_ANOTHER = re.compile(SEASONS_TAKEN, re.IGNORECASE)


def combined(clause: str, date_of: Callable[[str], Filters | None]) -> Filters | None:
    """Read a clause of which one part comes again; None if it is not such a one.

    Args:
        clause: the words.
        date_of: reads a date that is the whole of some words.
    """
    if len(clause) > _LONGEST or not _HINT.search(clause):
        return None
    for gap in _GAP.finditer(clause):
        left, right = clause[: gap.start()], clause[gap.end() :]
        if found := _joined(left, right, date_of):
            return found
    return None


def _joined(left: str, right: str, date_of: Callable[[str], Filters | None]) -> Filters | None:
    if first := recurring(left):
        second = recurring(right) or _of_season(right) or date_of(right)
        second = second or combined(right, date_of)
    elif (first := date_of(left)) is not None:
        second = meant(right) if _AFTER_A_DATE.fullmatch(right) else recurring(right)
    else:
        return None
    return _merged(first, second) if second else None


def _of_season(words: str) -> Filters | None:
    return meant(words) if _AFTER_ANOTHER.fullmatch(words) else None


def _merged(first: Filters, second: Filters) -> Filters | None:
    """Return both, if they ask for different things."""
    if (first.after or first.before) and (second.after or second.before):
        return None
    if any(getattr(first, name) and getattr(second, name) for name in _AGAIN):
        return None
    return Filters(
        after=first.after or second.after,
        before=first.before or second.before,
        weekdays=first.weekdays or second.weekdays,
        hours=first.hours or second.hours,
        month_days=first.month_days or second.month_days,
    )
