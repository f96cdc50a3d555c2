"""Conditions on times that come again: which words are one, and what they ask for."""

import re

from agent.understanding.grammar.calendar.feasts import SEASON
from agent.understanding.grammar.calendar.month_names import MONTH
from agent.understanding.grammar.dates.recurring.seasons import (
    SEASONS_ALONE,
    SEASONS_EVER,
    SEASONS_NAMED,
    SEASONS_TAKEN,
    month_days,
)
from agent.understanding.grammar.dates.recurring.times_of_day import (
    HOURS,
    HOURS_ALONE,
    HOURS_NAMED,
    HOURS_ONLY,
    PARTS_OFTEN,
    hours,
)
from agent.understanding.grammar.dates.recurring.weekdays import (
    DAY_OF_WEEK,
    WEEKDAYS,
    WEEKDAYS_ALONE,
    weekdays,
)
from retrievers.query import Filters

TAKEN = (
    r"(?:(?:(?:that|which) (?:was|were|i)|i) )?(?:taken|shot|made|captured|photographed|took|dated)"
)
_MORNINGS = rf"(?:{DAY_OF_WEEK}|{SEASON}|{MONTH}) {PARTS_OFTEN}"
_ON_MORNINGS = rf"(?:in|on|at|during) {_MORNINGS}"

_TAKEN_THEN = rf"{TAKEN} (?:{HOURS_NAMED}|{SEASONS_TAKEN})"
RECURRING = rf"(?:{_ON_MORNINGS}|{WEEKDAYS}|{HOURS}|{SEASONS_EVER}|{_TAKEN_THEN})"
"""Matches such a condition wherever it stands."""
_BARE = (
    rf"(?:(?:{DAY_OF_WEEK}|{MONTH}) {PARTS_OFTEN}|{WEEKDAYS_ALONE}|{HOURS_ALONE}|{SEASONS_ALONE})"
)
_NAMED = rf"(?:{HOURS_ONLY}|{SEASONS_NAMED}|(?:the )?week-?end)"
_ONLY = r"(?:(?:only|just|exclusively|strictly) )"
_SAID_ONLY = rf"(?={_ONLY}|[\w' ]{{1,40}} only\b)"
RECURRING_ALONE = (
    rf"(?:{_ONLY}?(?:{RECURRING}|{_BARE})(?: only)?"
    rf"|{_SAID_ONLY}{_ONLY}?{_NAMED}(?: only)?|{_ONLY}{_TAKEN_THEN})"
)
"""Matches one that is all that was said; with "only", a sight such as winter is one, too."""

_READ = re.compile(RECURRING_ALONE, re.IGNORECASE)


def recurring(phrase: str) -> Filters | None:
    """Read what one of the patterns above matched, the whole of it; None if they did not."""
    words = phrase.casefold().strip()
    bare = re.sub(rf"^{TAKEN} (?=(?:on|in|at|during|between|before|after) )", "", words)
    return meant(words) if _READ.fullmatch(words) or _READ.fullmatch(bare) else None


def meant(words: str) -> Filters | None:
    """Read words that name a time which comes again, whatever stands around them."""
    words = re.sub(rf"^{_ONLY}?(?:{TAKEN} )?|,? only$", "", words.casefold().strip())
    if match := re.fullmatch(rf"(?:(?:in|on|at|during) )?({_MORNINGS})", words):
        name, _, part = match[1].rpartition(" ")
        first = name.removesuffix(" early").removesuffix(" late")
        return _both(first, f"{name.removeprefix(first)} {part}".strip())
    if days := weekdays(words):
        return Filters(weekdays=days)
    if window := hours(words):
        return Filters(hours=(window,))
    if season := month_days(words):
        return Filters(month_days=(season,))
    return None


def _both(name: str, part: str) -> Filters | None:
    window, days = hours(part), weekdays(name)
    season = None if days else month_days(name)
    if not window or not (days or season):
        return None
    return Filters(hours=(window,), weekdays=days, month_days=(season,) if season else ())
