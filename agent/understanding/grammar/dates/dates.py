"""Conditions on the day a picture was taken: "before 2019", "from June to August 2019"."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache

from agent.understanding.grammar.dates.clock import moment, parted
from agent.understanding.grammar.dates.periods import (
    AHEAD,
    DATED,
    LENGTH,
    MONTH,
    MONTHS,
    RELATIVE,
    ROLLING,
    SIGHT,
    VAGUE,
    back,
    meant_by,
    period,
)
from agent.understanding.grammar.dates.spans import Period, one_day, shifted
from agent.understanding.grammar.numbers.date_digits import CLOCK, YEAR
from retrievers.query import Filters

_SURE = rf"(?:{DATED}|{RELATIVE}|{ROLLING})"
_ANY = rf"(?:{_SURE}|{VAGUE}|{SIGHT})"
DAYS_NAMED = rf"(?:(?:the )?(?:{_SURE}|{VAGUE})(?!\w|[-/.:]\d))"
"""Matches days that were not meant for anything else, wherever they stand."""
_TAKEN = (
    r"(?:(?:(?:that|which) (?:was|were|i)|i) )?(?:taken|shot|made|captured|photographed|took|dated)"
)
_BEFORE = r"(?:before|older than|earlier than|prior to)"
_UNTIL = (
    r"(?:(?:until|till|up to|up until|through)(?: and including)?|not after"
    r"|(?:not|no) (?:later|newer|younger|more recent) than)"
)
_AFTER = r"(?:after|newer than|later than|more recent than|younger than)"
_SINCE = (
    r"(?:since|starting(?: in| from)?|not before"
    r"|(?:not|no) (?:earlier|older) than)"
)
_MONTH_FIRST = re.compile(r"\b\d\d?[/-](?:1[3-9]|[23]\d)[/-]\d")
"""A date in digits that only one who says the month first can mean."""
_DAY_FIRST = re.compile(r"\b(?:1[3-9]|[23]\d)[/-]\d\d?[/-]\d")
"""One that only who says the day first can mean."""
_RUN = r" ?(?:-|–|/|\.{2,3}|…|(?:up )?to(?: and including)?|till|until|through) ?"
_CLOCKED = (
    rf"(?:(?:before|after|around|about|at|since|until|by|from|between) )?{CLOCK}"
    rf"(?:(?: and | to | ?[-–] ?| until ){CLOCK})?,? (?:on|of) (?:the )?"  # see _at_a_time
)
_IN = r"(?:in|on|from|during|of|at|over|within|back in|around)"
_GOES_ON = (
    r"(?:and|or|but|not|no|in|at|on|by|with|without|from|near|for|before|after|taken|shot|only"
    r"|where|that|which|showing|please)\b"
)
_NO_TITLE = rf"(?!{YEAR}(?::|,? (?:an?|the)\b))(?!(?<=\bof ){YEAR} (?!{_GOES_ON}))"
"""A year begins a title after "of", unless the sentence goes on: 2001 a space odyssey."""
_AT_THE_END = rf"(?:(?!{YEAR}$)(?=.*{YEAR}$|.*\d[-/.]\d){DATED}|20[0-2]\d)$"
"""Where a sight stands before it; a year alone only since phones take pictures: beach 2019."""


@cache
def date_pattern(*, alone: bool) -> re.Pattern[str]:
    """Matches a condition on the date.

    Args:
        alone: the phrase is all that was said, so that "in March" is a date; inside a description
            only what can't be a sight is one.
    """
    span = f"(?:{_SURE}|{VAGUE}|from (?:the )?{SIGHT})" if alone else _SURE
    forms = [
        rf"(?:{'|'.join(older for older, _, _ in _AGES)}) {LENGTH}(?: ago)?",
        rf"(?:{'|'.join(longer for _, longer, _ in _AGES)}) {LENGTH} ago",
        rf"{_CLOCKED}{_SURE}",
        rf"between {_ANY} and {span}",
        rf"(?:from )?{_ANY}{_RUN}{span}",
        rf"(?:from )?(?:{_BEFORE}|{_UNTIL}|{_AFTER}|{_SINCE}) (?:the )?{span}",
        rf"(?:{_BEFORE}|{_UNTIL}) {AHEAD}",
        rf"from {span} (?:on|onwards?)",
        rf"in {MONTH} \d\d",
        rf"{_IN} (?:the )?{_NO_TITLE}{span}",
        RELATIVE,
    ]
    aged = "|".join(f"{older}|{longer}" for older, longer, _ in _AGES)
    forms += (
        [rf"(?:{aged}) {LENGTH} old", rf"(?:the )?{span}"]
        if alone
        else [rf"(?<=\w )(?:the )?{_AT_THE_END}"]
    )
    taken = rf"{_TAKEN} (?:{_IN} )?(?:the )?{_ANY}"
    form = rf"(?:{taken}|(?:{_TAKEN} )?(?:{'|'.join(forms)}))"
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
    words = re.sub(rf"^{_TAKEN} ", "", phrase.casefold().strip())
    clock = re.match(_CLOCKED, words)
    found, bounds = _bounded(f"on {words[clock.end() :]}" if clock else words, today)
    if found and clock:
        return _at_a_time(phrase, clock[0], found)
    if found:
        return DateCondition(bounds(found), unsure(phrase, found))
    return DateCondition(
        None, f"{phrase!r} is no day, and no days in order; say it like 2019-07-04."
    )


def _at_a_time(phrase: str, clock: str, found: Period) -> DateCondition:
    """Read times before a day: after 3 pm on 4 July; about a time, it is all of that day."""
    whole = DateCondition(
        _within(found), f"{phrase!r}: all of that day; say after or before a time."
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


Bounds = Callable[[Period], Filters]


def _bounded(words: str, today: date) -> tuple[Period | None, Bounds]:
    """Return the days that are named, and what they bound."""
    if pair := _pair(words, today):
        return pair, _within
    for older, longer, bounds in _AGES:
        if match := re.fullmatch(rf"(?:{older}|{longer}) ({LENGTH})(?: ago| old)?", words):
            return _day_back(match[1], today), bounds
    for lead, bounds in _OPEN:
        if match := re.fullmatch(
            rf"(?:from )?{lead} (?:the (?!day after))?({_ANY}|{AHEAD})", words
        ):
            return _timed(match[1], _moment(match[1], period(match[1], today))), bounds
    if match := re.fullmatch(rf"from ({_ANY}) (?:on|onwards?)", words):
        return period(match[1], today), _from
    bare = re.sub(rf"^{_IN} ", "", words)
    found = period(words, today) or period(bare, today) or period(bare.removeprefix("the "), today)
    return meant_by(words.partition(" ")[0], found) if found else None, _within


def _moment(words: str, found: Period | None) -> Period | None:
    """Before or after "the end of 2020" means its last day, not its last third."""
    if found and words.startswith("end of "):
        return Period(found.end - timedelta(days=1), found.end)
    if found and words.startswith(("start ", "beginning ")):
        return Period(found.start, found.start + timedelta(days=1))
    return found


def _timed(words: str, found: Period | None) -> Period | None:
    """A time after one day is all that before, after and since are about."""
    _, time = parted(words)
    if not (found and time) or found.others:
        return found
    try:
        at = moment(found.start, time)
    except ValueError:  # no such time: the day counts
        return found
    return Period(at, at)


def _within(found: Period) -> Filters:
    return Filters(after=found.start, before=None if found.end == date.max else found.end)


def _from(found: Period) -> Filters:
    return Filters(after=found.start)


_OPEN: tuple[tuple[str, Bounds], ...] = (
    (_BEFORE, lambda found: Filters(before=found.start)),
    (_UNTIL, lambda found: Filters(before=found.end)),
    (_AFTER, lambda found: Filters(after=found.end)),
    (_SINCE, _from),
)

_AGES: tuple[tuple[str, str, Bounds], ...] = (
    (r"(?:older|earlier) than", r"more than|over|longer than", _OPEN[0][1]),
    (
        r"(?:no|not) (?:older|earlier) than",
        r"(?:no|not) (?:more|longer) than|at most|up to|within|maximum",
        _from,
    ),
    (r"(?:newer|younger|more recent|later) than", r"less than|under", _OPEN[2][1]),
    (
        r"(?:no|not) (?:newer|younger|more recent|later) than",
        r"(?:no|not) less than|at least|minimum",
        _OPEN[1][1],
    ),
)
"""What compares an age, what does so only before "ago" or "old", and what it bounds."""


def _day_back(length: str, today: date) -> Period | None:
    try:
        return one_day(back(length, today))
    except (ValueError, OverflowError):  # before the year 1
        return None


def _pair(words: str, today: date) -> Period | None:
    match = re.fullmatch(rf"between ({_ANY}) and ({_ANY})", words) or re.fullmatch(
        rf"(?:from )?({_ANY}){_RUN}({_ANY})", words
    )
    if not match:
        return None
    first, second = match[1], match[2]
    year = re.search(r"\b\d{4}$", second)
    if year and re.fullmatch(f"{VAGUE}|{SIGHT}", first):
        first = f"{first} {year[0]}"
    start, end = period(first, today), period(second, today)
    if not start or not end:
        return None
    if year and first != match[1] and start.start >= end.end:  # Christmas to New Year 2019
        start = period(f"{match[1]} {int(year[0]) - 1}", today) or start
    dayfirst = (start, end)
    monthfirst = ((*start.others, start)[0], (*end.others, end)[0])
    orders = [] if _MONTH_FIRST.search(words) else [dayfirst]
    orders += [] if _DAY_FIRST.search(words) else [monthfirst]
    runs = dict.fromkeys(Period(a.start, b.end) for a, b in orders or [dayfirst] if a.start < b.end)
    return replace(next(iter(runs)), others=tuple(runs)[1:]) if runs else None
