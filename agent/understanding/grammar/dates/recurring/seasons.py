"""Times of any year: "every December", "taken in winter", "every 4th of July".

The seasons are the northern ones, by the months.
"""

import re
from calendar import monthrange
from datetime import date, timedelta

from agent.understanding.grammar.calendar.feasts import (
    FIXED,
    FIXED_FEAST,
    SEASON,
    SEASONS,
    plain_name,
)
from agent.understanding.grammar.calendar.month_names import MONTH, MONTHS, month_number
from agent.understanding.grammar.numbers.numbers import ORDINAL, number
from retrievers.query import MonthDays

_DAY = rf"(?:[0-3]?\d(?:st|nd|rd|th)?|{ORDINAL})"
_DAY_OF = rf"(?:(?:the )?{_DAY}(?: of)? {MONTH}|{MONTH} (?:the )?{_DAY})"
_NAMED = rf"(?:{SEASON}|{FIXED_FEAST}|{_DAY_OF}|{MONTH})"
_IN = r"(?:in|during|on|at|over|around)"
_EVERY = r"(?:every|each|any|all)"
_MONTHS = rf"(?:{'|'.join(MONTHS)})"

SEASONS_EVER = (
    rf"(?:(?:{_IN} )?(?:{_EVERY} {_NAMED}s?|(?:the )?{_NAMED}s? (?:of )?{_EVERY} years?)"
    rf"|{_IN} (?:the )?(?:{SEASON}|{_MONTHS})s)(?!\w)"
)
"""Matches a time of every year wherever it stands."""
SEASONS_ALONE = r"(?:(?:the )?(?:winters|summers|autumns))"
"""Matches one if it is all that was said: falls and springs are sights."""
SEASONS_NAMED = rf"(?:(?:{_IN} )?(?:the )?(?:{SEASON}|{FIXED_FEAST}))"
"""Matches one after "taken in" or "only": a sight else."""
SEASONS_TAKEN = rf"(?:{_IN} (?:the )?(?:{SEASON}|{FIXED_FEAST})(?!\w| of| '?\d))"
"""Matches one after "taken": taken in winter, taken at Christmas."""


def month_days(words: str) -> MonthDays | None:
    """Read what one of the patterns above matched; None for a day of no calendar."""
    name = re.sub(rf"^(?:{_IN} )?(?:{_EVERY} |the )?", "", words.casefold().strip())
    name = re.sub(rf" (?:of )?{_EVERY} years?$", "", name)
    return _named(name) or _named(name.removesuffix("s"))


def _named(name: str) -> MonthDays | None:
    plain = plain_name(name)
    if first := SEASONS.get(plain):
        last = (first + 1) % 12 + 1
        return (first, 1), (last, monthrange(2001, last)[1])
    if plain in FIXED:
        month, day, days = FIXED[plain]
        end = date(2001, month, day) + timedelta(days=days - 1)
        return (month, day), (end.month, end.day)
    if re.fullmatch(MONTH, name):
        month = month_number(name)
        return (month, 1), (month, monthrange(2001, month)[1])
    if found := re.fullmatch(rf"(?:the )?({_DAY})(?: of)? ({MONTH})", name):
        return _day(month_number(found[2]), number(found[1]))
    if found := re.fullmatch(rf"({MONTH}) (?:the )?({_DAY})", name):
        return _day(month_number(found[1]), number(found[2]))
    return None


def _day(month: int, day: int) -> MonthDays | None:
    fits = 1 <= day <= monthrange(2000, month)[1]
    return ((month, day), (month, day)) if fits else None


def season_option(text: str) -> MonthDays:
    """Read a season as an option takes it: winter, december, christmas, 12-01/02-28, 4 July.

    Raises:
        ValueError: it is none.
    """
    said = " ".join(text.casefold().split())
    ends = re.split(r" ?/ ?| to | ?– ?| - ", said)
    found = [_in_digits(end) or month_days(end) for end in ends]
    if len(ends) <= 2 and all(found):
        first, last = found[0], found[-1]
        if first and last:
            return first[0], last[1]
    raise ValueError(f"a season looks like winter, december or 12-01/02-28; got {text!r}")


def _in_digits(text: str) -> MonthDays | None:
    found = re.fullmatch(r"(?:--)?(0?[1-9]|1[0-2])-(\d\d?)", text)
    return _day(int(found[1]), int(found[2])) if found else None
