"""Times that count from today: "last week", "two summers ago", "the last 6 months", "recently".

"Last summer" is the latest one that is over, "last week" the week before this one, Monday to
Sunday, and "the last week" the seven days up to today. "Two years ago" is that calendar year, "a
year ago" about this day of the last one.
"""

import re
from collections.abc import Callable
from datetime import date, timedelta
from itertools import islice

from agent.understanding.grammar.calendar.feasts import FEAST, SEASON, latest
from agent.understanding.grammar.calendar.month_names import DAY_NAME, DAYS, MONTH
from agent.understanding.grammar.calendar.spans import Period, months, one_day, shifted
from agent.understanding.grammar.dates.parts import PART
from agent.understanding.grammar.numbers.numbers import COUNT, number

_UNIT = r"(?:day|week(?:end)?|fortnight|month|year|decade|wk|mth|yr)"
_MEANT = {"wk": "week", "mth": "month", "yr": "year"}
_DAYS_IN = {"day": 1, "week": 7, "weekend": 7, "fortnight": 14}
_MONTHS_IN = {"month": 1, "year": 12, "decade": 120}

AHEAD = rf"(?:tomorrow|the day after tomorrow|next {_UNIT})"
"""Counts from today to what no picture can be of yet, but be before."""
LENGTH = rf"(?:{COUNT}|an?) {_UNIT}s?"
"""So long, as in "a year" and "two weeks"."""
_AGO = r"(?:ago|back)"
_OFTEN = rf"(?:{SEASON}|christmas|easter|halloween|thanksgiving|diwali)"
_THIS_TIME = rf"(?:(?:around |about )?this time (?:last year|(?:{COUNT}|an?) years? {_AGO}))"
RELATIVE = (
    rf"(?:the day before yesterday|yesterday|today|this morning|tonight|last night|the other day"
    rf"|(?:{PART} ?)?(?:this|last) (?:{_UNIT}|{SEASON}|{FEAST}|{MONTH}|{DAY_NAME})(?![\w-])"
    rf"|the year before last|{LENGTH} ago|(?:{COUNT}|an?) {_OFTEN}(?:e?s)? {_AGO}"
    rf"|{_THIS_TIME})"
)
"""Counts from today."""
ROLLING = rf"(?:the )?(?:last|past) (?:(?:{COUNT}) {_UNIT}s|{_UNIT}s?)"
LATELY = rf"(?:recent(?:ly)?|lately|these days|(?:most )?recent ones|{LENGTH} back)"
"""Counts from today if it is all that was said."""
_RECENT = 30  # days
_AROUND = 14  # days on both sides of a day that is not meant to the day


def relative(words: str, today: date) -> Period | None:
    """Read what one of the patterns above matched, but parts, months and days of the week."""
    for read in _READERS:
        if found := read(words, today):
            return found
    return None


def _named(words: str, today: date) -> Period | None:
    if words in _NAMED:
        return one_day(today + timedelta(days=_NAMED[words]))
    if words == "the other day":
        return Period(today - timedelta(days=14), date.max)
    if re.fullmatch(r"recent(?:ly)?|lately|these days|(?:most )?recent ones", words):
        return Period(today - timedelta(days=_RECENT), date.max)
    if words == "the year before last":
        return _units_back("year", 2, today)
    return None


_NAMED = {
    "today": 0,
    "this morning": 0,
    "tonight": 0,
    "yesterday": -1,
    "last night": -1,
    "tomorrow": 1,
    "the day after tomorrow": 2,
    "the day before yesterday": -2,
}


def _this_or_last(words: str, today: date) -> Period | None:
    if match := re.fullmatch(rf"(this|last|next) ({_UNIT})", words):
        back = {"this": 0, "last": 1, "next": -1}[match[1]]
        return _units_back(match[2], back, today)
    match = re.fullmatch(rf"(?:around |about )?this time (?:last year|(.+) years? {_AGO})", words)
    if not match:
        return None
    day = shifted(today, -12 * (number(match[1]) if match[1] else 1))
    return _about(day, timedelta(days=_AROUND))


def _about(day: date, spread: timedelta) -> Period:
    return Period(day - spread, day + spread + timedelta(days=1))


def _units_back(unit: str, n: int, today: date) -> Period:
    """The calendar day, week, weekend, month or year that lies n back; 0 is the one we are in."""
    monday = today - timedelta(days=today.weekday() + 7 * n)
    match _MEANT.get(unit, unit):
        case "day":
            return one_day(today - timedelta(days=n))
        case "week":
            return one_day(monday, 7)
        case "fortnight":
            return one_day(monday - timedelta(days=7 * n), 14)
        case "weekend":
            return one_day(monday + timedelta(days=5), 2)
        case "month":
            return months(shifted(today.replace(day=1), -n), 1)
        case "decade":
            return months(date((today.year // 10 - n) * 10, 1, 1), 120)
        case _:
            return months(date(today.year - n, 1, 1), 12)


def _ago(words: str, today: date) -> Period | None:
    match = re.fullmatch(rf"({COUNT}|an?) ({_UNIT})s? {_AGO}", words)
    if not match:
        return None
    if match[1] in ("a", "an", "one") and _MEANT.get(match[2], match[2]) == "year":
        day = shifted(today, -12)
        return Period(shifted(day, -1), shifted(day, 1))
    return _units_back(match[2], number(match[1]), today)


def _seasons_ago(words: str, today: date) -> Period | None:
    match = re.fullmatch(rf"({COUNT}|an?) ({_OFTEN}?)(?:e?s)? {_AGO}", words)
    if not match or not 0 < (n := number(match[1])) <= 200:
        return None
    return next(islice(latest(match[2], today, over=True), n - 1, None), None)


def back(length: str, today: date) -> date:
    """The day that lies so long before today.

    Raises:
        ValueError, OverflowError: no calendar has it.
    """
    count, unit = length.rsplit(" ", 1)
    n, unit = number(count), unit.removesuffix("s")
    unit = _MEANT.get(unit, unit)
    if days := _DAYS_IN.get(unit):
        return today - timedelta(days=n * days)
    return shifted(today, -n * _MONTHS_IN[unit])


def _rolling(words: str, today: date) -> Period | None:
    match = re.fullmatch(rf"(?:the )?(?:last|past) (?:({COUNT}) )?({_UNIT})s?", words)
    if not match:
        return None
    return Period(back(f"{match[1] or 'a'} {match[2]}", today), date.max)


def _weekday(words: str, today: date) -> Period | None:
    name = words.removeprefix("last ").removeprefix("this ")
    if name not in DAYS:
        return None
    back = (today.weekday() - DAYS.index(name)) % 7
    return one_day(today - timedelta(days=back or 7))


_READERS: tuple[Callable[[str, date], Period | None], ...] = (
    _named,
    _this_or_last,
    _ago,
    _seasons_ago,
    _rolling,
    _weekday,
)
