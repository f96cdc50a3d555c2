"""Stretches of time in words: "March 2021", "last summer", "two weeks ago", "the nineties"."""

import re
from dataclasses import replace
from datetime import date, timedelta

from agent.understanding.grammar.calendar.feasts import FEAST, SEASON, latest, of_year
from agent.understanding.grammar.calendar.month_names import DAY_NAME, MONTH, month_number
from agent.understanding.grammar.calendar.spans import Period, months
from agent.understanding.grammar.dates.parts import PART, part
from agent.understanding.grammar.dates.relative import LATELY, RELATIVE, ROLLING, relative
from agent.understanding.grammar.numbers.date_digits import DIGITS, YEAR, readings, whole_year
from agent.understanding.grammar.numbers.numbers import ORDINAL, number

_DECADES = {
    "fifties": 1950,
    "sixties": 1960,
    "seventies": 1970,
    "eighties": 1980,
    "nineties": 1990,
    "noughties": 2000,
    "aughts": 2000,
}
_DECADE = rf"(?:{'|'.join(_DECADES)})"
_SHORT = rf"(?:{YEAR}|'?\d\d)(?![\w:])"
_UP_TO = r"(?: ?(?:-|–) ?| (?:to|until|till|through) )(?:the )?"
_DAY = rf"(?:[0-3]?\d(?:st|nd|rd|th)?|{ORDINAL})"
_ON = rf"(?:(?:{DAY_NAME},? )?(?:the )?)"
_DAYS_OF = rf"{_ON}{_DAY}(?:{_UP_TO}{_DAY})?(?:\.? ?(?:of )?|-){MONTH}"
_OF_DAYS = rf"{_ON}{MONTH} ?(?:the )?{_DAY}(?:{_UP_TO}{_DAY})?"
_NEXT = r"(?:[/-]\d\d(?:\d\d)?(?!\w))?"  # winter 2019/20
_OF_YEAR = rf"(?:{SEASON}|{FEAST})(?:(?: of)? (?:{YEAR}|'\d\d){_NEXT}| of \d\d(?!\w))"
_WITH_YEAR = (
    rf"(?:{DIGITS}|{_DAYS_OF}(?:,? |-){_SHORT}|{_OF_DAYS},? {_SHORT}"
    rf"|{MONTH}(?:,?(?: of)? |-)(?:{YEAR}|'\d\d)|{_OF_YEAR}"
    rf"|(?:the )?(?:1[89]|20)\d0'?s|(?:the )?'?[5-9]0'?s|the {_DECADE}|(?:the"
    rf" year (?:of )?)?{YEAR}|'\d\d(?![\w']))"
)
DATED = rf"(?:(?:{PART} ?)?{_WITH_YEAR}|{YEAR} ?q[1-4])"
"""Names its year."""
SURE = rf"(?:{DATED}|{RELATIVE}|{ROLLING})"
"""A date wherever it stands."""
VAGUE = (
    rf"(?:{MONTH} (?:the )?{_DAY}(?!\w)|(?:{PART} ?)?{MONTH}(?!\w)|{_DAY}(?: of)? {MONTH}"
    rf"|{DAY_NAME}|(?:{PART} ?)?{_DECADE}|{LATELY})"
)
"""A date if it is all that was said."""
SIGHT = rf"(?:{SEASON}|{FEAST})"
"""Needs a word such as "taken" before it to be a date rather than a sight."""

_D_TO_E = rf"(?P<d>{_DAY})(?:{_UP_TO}(?P<e>{_DAY}))?"
_DAYS_AND_MONTH = rf"{_ON}{_D_TO_E}(?:\.? ?(?:of )?|-)(?P<m>{MONTH}),?(?:[ -](?P<y>{_SHORT}))?"
_MONTH_AND_DAYS = rf"{_ON}(?P<m>{MONTH}) ?(?:the )?{_D_TO_E},?(?: (?P<y>{_SHORT}))?"


def period(text: str, today: date) -> Period | None:
    """Read what one of the patterns above matched; None for a day of no calendar."""
    words = text.casefold().strip().replace("’", "'")
    try:
        for read in _READERS:
            if found := read(words, today):
                return found
    except (ValueError, OverflowError):  # 31 February, the year 0
        return None
    return None


def names_its_year(text: str) -> bool:
    """Whether a text is put like a day, a month or a year that it names, of a calendar or not."""
    words = text.casefold().strip()
    return bool(re.fullmatch(rf"{DATED}|\d{{4}}(?:-\d\d?){{0,2}}", words))


def _digits(words: str, today: date) -> Period | None:
    found = [Period(*span) for span in readings(words, today) or ()]
    return replace(found[0], others=tuple(found[1:])) if found else None


def _day(words: str, today: date) -> Period | None:
    match = re.fullmatch(_DAYS_AND_MONTH, words) or re.fullmatch(_MONTH_AND_DAYS, words)
    if not match:
        return None
    year = whole_year(match["y"].removeprefix("'"), today) if match["y"] else None
    month, day = month_number(match["m"]), number(match["d"])
    start = _latest(year, month, day, today)
    last = start.replace(day=number(match["e"])) if match["e"] else start
    if start > last:
        return None
    return Period(start, last + timedelta(days=1), _short_year(words, month, today))


def _short_year(words: str, month: int, today: date) -> tuple[Period, ...]:
    """February 19 may be the whole month of 2019."""
    found = re.fullmatch(rf"{MONTH} (\d\d)", words)
    year = int(whole_year(found[1], today)) if found else today.year + 1
    whole = months(date(year, month, 1), 1)
    return (whole,) if whole.start <= today else ()


def meant_by(lead: str, found: Period) -> Period:
    """Return what is meant by "in" before a month and two digits, or by "on"."""
    if not found.others or found.others[0].end - found.others[0].start < timedelta(days=28):
        return found
    if lead == "on":
        return replace(found, others=())
    return replace(found.others[0], others=(replace(found, others=()),)) if lead == "in" else found


def _latest(year: str | None, month: int, day: int, today: date) -> date:
    """That day of that year, or without one the latest that has come."""
    if year:
        return date(int(year), month, day)
    this = date(today.year, month, day)
    return this if this <= today else date(today.year - 1, month, day)


def _month(words: str, today: date) -> Period | None:
    form = rf"(?:(this|last) )?({MONTH})(?:(?:,?(?: of)? |-)({YEAR}|'\d\d))?"
    match = re.fullmatch(form, words)
    if not match:
        return None
    year = whole_year(match[3].removeprefix("'"), today) if match[3] else None
    start = _latest(year, month_number(match[2]), 1, today)
    if match[1] == "last" and months(start, 1).end > today:
        start = start.replace(year=start.year - 1)
    return months(start, 1)


def _season(words: str, today: date) -> Period | None:
    pattern = rf"(?:(this|last) )?({SEASON}|{FEAST})(?: of)?(?: ({YEAR}|'?\d\d){_NEXT})?"
    match = re.fullmatch(pattern, words)
    if not match:
        return None
    if match[3]:
        return of_year(match[2], int(whole_year(match[3].removeprefix("'"), today)))
    return next(latest(match[2], today, over=match[1] == "last"), None)


def _years(words: str, today: date) -> Period | None:
    if match := re.fullmatch(rf"(?:the year (?:of )?({YEAR})|'(\d\d))", words):
        return months(date(int(whole_year(match[1] or match[2], today)), 1, 1), 12)
    if match := re.fullmatch(r"(?:the )?'?(\d\d)?([0-9]0)'?s", words):
        return months(date(int((match[1] or "19") + match[2]), 1, 1), 120)
    decade = _DECADES.get(words.removeprefix("the "))
    return months(date(decade, 1, 1), 120) if decade else None


def _part(words: str, today: date) -> Period | None:
    return part(words, lambda whole: period(whole, today))


_READERS = (_digits, _day, _month, _season, _years, _part, relative)
