"""Conditions on the day a picture was taken: "before 2019", "from June to August 2019"."""

import re
from collections.abc import Callable
from datetime import date
from functools import cache

from agent.grammar.periods import DATED, RELATIVE, ROLLING, SIGHT, VAGUE, Period, period
from retrievers.query import Filters

_ANY = rf"(?:{ROLLING}|{DATED}|{RELATIVE}|{VAGUE}|{SIGHT})"
_SURE = rf"(?:{ROLLING}|{DATED}|{RELATIVE})"
_TAKEN = (
    r"(?:(?:(?:that|which) (?:was|were|i)|i) )?(?:taken|shot|made|captured|photographed|took|dated)"
)
_BEFORE = r"(?:before|older than|earlier than|prior to|not after|no later than)"
_UNTIL = r"(?:until|till|up to|up until)"
_AFTER = r"(?:after|newer than|later than|more recent than|younger than)"
_SINCE = r"(?:since|starting(?: in| from)?|not before|no earlier than|not older than)"
_IN = r"(?:in|on|from|during|of|at|over|within|back in|around)"


@cache
def date_pattern(*, alone: bool) -> re.Pattern[str]:
    """Matches a condition on the date, lower case.

    Args:
        alone: the phrase is all that was said, so that "in March" is a date; inside a description
            only what can't be a sight is one.
    """
    span = f"(?:{_SURE}|{VAGUE}|from (?:the )?{SIGHT})" if alone else _SURE
    forms = [
        rf"between {_ANY} and {span}",
        rf"(?:from )?{_ANY} ?(?:-|–|to|till|until|through) ?{span}",
        rf"(?:from )?(?:{_BEFORE}|{_UNTIL}|{_AFTER}|{_SINCE}) (?:the )?{span}",
        rf"from {span} (?:on|onwards?)",
        rf"{_IN} (?:the )?{span}",
        RELATIVE,
    ]
    forms += [rf"(?:the )?{span}"] if alone else []
    taken = rf"{_TAKEN} (?:{_IN} )?(?:the )?{_ANY}"
    return re.compile(rf"(?<!\w)(?:{taken}|(?:{_TAKEN} )?(?:{'|'.join(forms)}))(?!\w)")


def dates(phrase: str, today: date) -> Filters | None:
    """Read what `date_pattern` matched; None for a day of no calendar."""
    words = re.sub(rf"^{_TAKEN} ", "", phrase.casefold().strip())
    if pair := _pair(words, today):
        return Filters(after=pair.start, before=pair.end)
    for lead, read in _OPEN:
        if match := re.fullmatch(rf"(?:from )?{lead} (?:the )?({_ANY})", words):
            found = period(match[1], today)
            return read(found) if found else None
    if match := re.fullmatch(rf"from ({_ANY}) (?:on|onwards?)", words):
        found = period(match[1], today)
        return Filters(after=found.start) if found else None
    found = period(words, today) or period(re.sub(rf"^{_IN} ", "", words), today)
    found = found or period(re.sub(rf"^(?:{_IN} )?(?:the )?", "", words), today)
    if not found:
        return None
    return Filters(after=found.start, before=None if found.end == date.max else found.end)


_OPEN: tuple[tuple[str, Callable[[Period], Filters]], ...] = (
    (_BEFORE, lambda found: Filters(before=found.start)),
    (_UNTIL, lambda found: Filters(before=found.end)),
    (_AFTER, lambda found: Filters(after=found.end)),
    (_SINCE, lambda found: Filters(after=found.start)),
)


def _pair(words: str, today: date) -> Period | None:
    match = re.fullmatch(rf"between ({_ANY}) and ({_ANY})", words) or re.fullmatch(
        rf"(?:from )?({_ANY}) ?(?:-|–|to|till|until|through) ?({_ANY})", words
    )
    if not match:
        return None
    first, second = match[1], match[2]
    year = re.search(r"\b\d{4}$", second)
    if year and not re.search(r"\d{4}", first):
        first = f"{first} {year[0]}"
    start, end = period(first, today), period(second, today)
    return Period(start.start, end.end) if start and end and start.start < end.end else None
