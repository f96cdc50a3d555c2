"""Conditions on the day a picture was taken: "before 2019", "from June to August 2019"."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache

from agent.understanding.grammar.calendar.month_names import MONTH, MONTHS
from agent.understanding.grammar.calendar.spans import Period, shifted
from agent.understanding.grammar.dates.bounds import ANY, CLOCKED, IN, bounded, forms, within
from agent.understanding.grammar.dates.clock import moment, parted
from agent.understanding.grammar.dates.periods import DATED, SIGHT, SURE, VAGUE
from agent.understanding.grammar.dates.recurring.combined import combined
from agent.understanding.grammar.dates.recurring.recurring import (
    RECURRING,
    RECURRING_ALONE,
    TAKEN,
    recurring,
)
from agent.understanding.grammar.dates.relative import RELATIVE
from agent.understanding.grammar.numbers.date_digits import CLOCK, YEAR
from retrievers.query import Filters

DAYS_NAMED = rf"(?:(?:the )?(?:{SURE}|{VAGUE})(?!\w|[-/.:]\d))"
"""Matches days that were not meant for anything else, wherever they stand."""
_AT_THE_END = rf"(?:(?!{YEAR}$)(?=.*{YEAR}$|.*\d[-/.]\d){DATED}|20[0-2]\d)$"
"""Where a sight stands before it; a year alone only since phones take pictures: beach 2019."""
_LEAD = (
    r"(?:(?:(?:it|that|this|they) (?:was|were|is|are|must have been)"
    r"|(?:actually )?(?:make|change) (?:it|that|them|the year|the date)(?: to)?"
    r"|some ?time|maybe|probably|perhaps|i think|i guess|earlier) )"
)
"""Stands before a date that is all that was said."""
_LOOSE = r"(?:(?:circa|ca\.|roughly|approximately|approx\.?) )"
_OWN_DAY = (
    r"(?:(?:on|around|for|before|after|since) (?:\w+ )?(?:my|our|his|her|their|\w+'s)"
    r" (?:\w+ ){0,2}(?:birthday|anniversary|wedding(?: day)?))"
)
"""A day that nobody has told."""
_OTHER_DAYS = (
    r"(?:(?:(?:at|on|around|over) )?(?:every|each|any) (?:easter|whitsun|pentecost|thanksgiving"
    r"|diwali|eid|ramadan|passover|(?:chinese|lunar) new year))"
)
"""Feasts of every year that no window holds."""


@cache
def date_pattern(*, alone: bool) -> re.Pattern[str]:
    """Matches a condition on the date.

    Args:
        alone: the phrase is all that was said, so that "in March" is a date; inside a description
            only what can't be a sight is one.
    """
    span = f"(?:{SURE}|{VAGUE}|from (?:the )?{SIGHT})" if alone else SURE
    every = [*forms(ANY, span, alone=alone), rf"in {MONTH} \d\d", RELATIVE]
    every += (
        [rf"{_LOOSE}{span}", _OWN_DAY, _OTHER_DAYS]
        if alone
        else [rf"(?<=\w )(?:the )?{_AT_THE_END}"]
    )
    every.append(RECURRING_ALONE if alone else RECURRING)
    taken = rf"{TAKEN} (?:{IN} )?(?:the )?{ANY}"
    form = rf"(?:{taken}|(?:{TAKEN} )?(?:{'|'.join(every)}))"
    form = rf"{_LEAD}{{0,2}}{form}" if alone else form
    return re.compile(rf"(?<!\w)(?<!\d[-/.:]){form}(?!\w|[-/.:]\d)", re.IGNORECASE)


def date_in(clause: str) -> re.Match[str] | None:
    """Find a condition on the date, which is the whole clause or stands in it."""
    return date_pattern(alone=True).fullmatch(clause) or date_pattern(alone=False).search(clause)


@dataclass(frozen=True, slots=True)
class DateCondition:
    """A condition on the date; None for a day of no calendar.

    Attributes:
        filters: the condition.
        doubt: says that there is no such day, or how the digits were read and how else they can be.
    """

    filters: Filters | None
    doubt: str = ""


def dates(phrase: str, today: date) -> Filters | None:
    """Read what `date_pattern` matched; None for a day of no calendar."""
    return dated(phrase, today).filters


def dated(phrase: str, today: date) -> DateCondition:
    """Read what `date_pattern` matched, and say what is not sure of it."""
    if again := recurring(phrase):
        return DateCondition(again)
    words = re.sub(rf"^{_LEAD}{{0,2}}(?:{TAKEN} )?{_LOOSE}?", "", phrase.casefold().strip())
    if re.fullmatch(_OWN_DAY, words):
        return DateCondition(None, f"{phrase!r} is no day that is known here; say it like 4 July.")
    if re.fullmatch(_OTHER_DAYS, words):
        return DateCondition(None, f"{phrase!r} is on other days each year; say of which year.")
    clock = re.match(CLOCKED, words)
    found, bounds = bounded(f"on {words[clock.end() :]}" if clock else words, today)
    if found and clock:
        return _at_a_time(phrase, clock[0], found)
    if found:
        return DateCondition(bounds(found), unsure(phrase, found))
    return DateCondition(
        None, f"{phrase!r} is no day, and no days in order; say it like 2019-07-04."
    )


def whole_date(clause: str, today: date) -> Filters | None:
    """Read a clause that is nothing but one date, with times that come again beside it."""
    return _one(clause, today) or combined(clause, lambda part: _one(part, today))


def _one(clause: str, today: date) -> Filters | None:
    return dates(clause, today) if date_pattern(alone=True).fullmatch(clause) else None


def _at_a_time(phrase: str, clock: str, found: Period) -> DateCondition:
    """Read times before a day: after 3 pm on 4 July; about a time, it is all of that day."""
    whole = DateCondition(
        within(found), f"{phrase!r}: all of that day; say after or before a time."
    )
    times = [parted(f"at {said}")[1] for said in re.findall(CLOCK, clock)]
    if found.others or found.end - found.start > timedelta(days=1) or None in times:
        return whole
    try:
        first, *second = [moment(found.start, time) for time in times if time]
    except ValueError as error:
        return DateCondition(None, f"{phrase!r}: {error}.")
    begin, end = (datetime(day.year, day.month, day.day) for day in (found.start, found.end))
    if second:
        return DateCondition(Filters(after=first, before=second[0])) if first < second[0] else whole
    if clock.startswith(("after", "since", "from")):
        return DateCondition(Filters(after=first, before=end))
    if clock.startswith(("before", "until", "by")):
        return DateCondition(Filters(after=begin, before=first))
    return whole


def unsure(said: str, found: Period) -> str:
    """Return one line on how digits were read and how else they can be; empty if they are plain."""
    others = " or ".join(f"{_said(one)} say {_plainly(one)}" for one in found.others)
    return f"{said!r} was read as {_said(found)}; for {others}." if others else ""


def _said(found: Period) -> str:
    first, last = found.start, found.end - timedelta(days=1)
    if found.end == shifted(first, 1):
        return f"{MONTHS[first.month - 1].title()} {first.year}"
    days = [f"{day.day} {MONTHS[day.month - 1].title()} {day.year}" for day in (first, last)]
    return " to ".join(dict.fromkeys(days))


def _plainly(found: Period) -> str:
    if found.end == shifted(found.start, 1):
        return f"{found.start:%Y-%m}"
    days = (found.start, found.end - timedelta(days=1))
    return " to ".join(dict.fromkeys(day.isoformat() for day in days))
