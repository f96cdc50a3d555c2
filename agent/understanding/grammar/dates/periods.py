"""Stretches of time in words: "March 2021", "last summer", "two weeks ago", "the nineties".

A season belongs to the year it begins in, by the northern calendar: winter 2021 is December 2021 to
February 2022. "Last summer" is the latest one that is over, "last week" the week before this one,
Monday to Sunday, and "the last week" the seven days up to today.
"""

import re
from dataclasses import replace
from datetime import date, timedelta

from agent.understanding.grammar.dates.spans import Period, months, one_day, share, shifted, units
from agent.understanding.grammar.numbers.date_digits import DIGITS, YEAR, readings, whole_year
from agent.understanding.grammar.numbers.numbers import COUNT, ORDINAL, number

MONTHS = (
    "january february march april may june july august september october november december"
).split()
SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}
DAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
DECADES = {"fifties": 1950, "sixties": 1960, "seventies": 1970, "eighties": 1980, "nineties": 1990}
FEASTS = {
    "christmas": (12, 24, 3),
    "new year's eve": (12, 31, 1),
    "new year's day": (1, 1, 1),
    "new year": (1, 1, 1),
    "valentine's day": (2, 14, 1),
    "halloween": (10, 31, 1),
}
THIRDS = {"early": 1, "beginning": 1, "start": 1, "mid": 2, "middle": 2, "late": 3, "end": 3}

MONTH = r"(?:" + "|".join(f"{m}|{m[:4]}|{m[:3]}" for m in MONTHS) + r")\.?"
_SHORT = rf"(?:{YEAR}|'?\d\d)(?![\w:])"
_UP_TO = r"(?: ?(?:-|–) ?| (?:to|until|till|through) )(?:the )?"
_DAY = rf"(?:[0-3]?\d(?:st|nd|rd|th)?|{ORDINAL})"
_SEASON = "(?:" + "|".join(SEASONS) + ")"
_FEAST = "(?:" + "|".join(FEASTS) + ")"
_UNIT = "(?:day|week|weekend|month|year)"

_PART = (
    rf"(?:(?:early|late)|mid-?|(?:the )?(?:beginning|start|middle|end) of(?: the)?|q[1-4]|h[12]"
    rf"|(?:the )?(?:last|{ORDINAL}) (?:{COUNT} )?(?:days?|weeks?|months?|quarter|half)"
    r" (?:of|in)(?: the)?)"
)
"""Of a year, a season, a month."""
_ON = rf"(?:(?:(?:{'|'.join(DAYS)}),? )?(?:the )?)"
_DAYS_OF = rf"{_ON}{_DAY}(?:{_UP_TO}{_DAY})?(?:\.? ?(?:of )?|-){MONTH}"
_OF_DAYS = rf"{_ON}{MONTH} ?(?:the )?{_DAY}(?:{_UP_TO}{_DAY})?"
_WITH_YEAR = (
    rf"(?:{DIGITS}|{_DAYS_OF}(?:,? |-){_SHORT}|{_OF_DAYS},? {_SHORT}"
    rf"|{MONTH}(?:,?(?: of)? |-)(?:{YEAR}|'\d\d)|(?:{_SEASON}|{_FEAST})(?: of)? (?:{YEAR}|'\d\d)"
    rf"|(?:the )?(?:1[89]|20)\d0'?s|(?:the )?'?[5-9]0'?s|the (?:{'|'.join(DECADES)})|(?:the"
    rf" year )?{YEAR}|'\d\d(?![\w']))"
)
DATED = rf"(?:(?:{_PART} ?)?{_WITH_YEAR}|{YEAR} ?q[1-4])"
"""Names its year."""
AHEAD = rf"(?:tomorrow|the day after tomorrow|next {_UNIT})"
"""Counts from today to what no picture can be of yet, but be before."""
LENGTH = rf"(?:{COUNT}|an?) {_UNIT}s?"
"""So long, as in "a year" and "two weeks"."""
RELATIVE = (
    rf"(?:the day before yesterday|yesterday|today|this morning|tonight|last night"
    rf"|(?:{_PART} ?)?(?:this|last) (?:{_UNIT}|{_SEASON}|{_FEAST}|{MONTH}|{'|'.join(DAYS)})"
    rf"|the year before last|{LENGTH} ago)"
)
"""Counts from today."""
ROLLING = rf"(?:the )?(?:last|past) (?:(?:{COUNT}) {_UNIT}s|{_UNIT}s?)"
VAGUE = (
    rf"(?:{MONTH} (?:the )?{_DAY}(?!\w)|(?:{_PART} ?)?{MONTH}(?!\w)|{_DAY}(?: of)? {MONTH}"
    rf"|{'|'.join(DAYS)})"
)
"""A date if it is all that was said."""
SIGHT = rf"(?:{_SEASON}|{_FEAST})"
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
    month, day = _month_number(match["m"]), number(match["d"])
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
    start = _latest(year, _month_number(match[2]), 1, today)
    if match[1] == "last" and months(start, 1).end > today:
        start = start.replace(year=start.year - 1)
    return months(start, 1)


def _month_number(name: str) -> int:
    return [month[:3] for month in MONTHS].index(name[:3]) + 1


def _season(words: str, today: date) -> Period | None:
    pattern = rf"(?:(this|last) )?({_SEASON}|{_FEAST})(?: of)?(?: ({YEAR}|'\d\d))?"
    match = re.fullmatch(pattern, words)
    if not match:
        return None
    years = (
        [int(whole_year(match[3].removeprefix("'"), today))]
        if match[3]
        else range(today.year, today.year - 3, -1)
    )
    for year in years:
        found = _of_year(match[2], year)
        if match[3] or (found.end if match[1] == "last" else found.start) <= today:
            return found
    return None


def _of_year(name: str, year: int) -> Period:
    if name in SEASONS:
        return months(date(year, SEASONS[name], 1), 3)
    month, day, days = FEASTS[name]
    return one_day(date(year, month, day), days)


def _years(words: str, today: date) -> Period | None:
    if match := re.fullmatch(rf"(?:the year ({YEAR})|'(\d\d))", words):
        return months(date(int(whole_year(match[1] or match[2], today)), 1, 1), 12)
    if match := re.fullmatch(r"(?:the )?'?(\d\d)?([0-9]0)'?s", words):
        return months(date(int((match[1] or "19") + match[2]), 1, 1), 120)
    decade = DECADES.get(words.removeprefix("the "))
    return months(date(decade, 1, 1), 120) if decade else None


def _part(words: str, today: date) -> Period | None:
    """A third, a half, a quarter, or so many days, weeks or months of a year, a season, a month."""
    if match := re.fullmatch(rf"({YEAR}) ?(q[1-4])", words):
        words = f"{match[2]} {match[1]}"
    match = re.fullmatch(rf"({_PART}) ?((?!{_PART}).+)", words)
    whole = period(match[2], today) if match else None
    if not match or not whole or whole.end == date.max:
        return None
    part = re.sub(r"^the | (?:of|in)(?: the)?$|-$", "", match[1])
    if part in THIRDS:
        return share(whole, THIRDS[part], 3)
    if re.fullmatch("[qh][1-4]", part):
        return share(whole, int(part[1]), {"q": 4, "h": 2}[part[0]])
    which, *count, unit = part.split(" ")
    if unit in ("half", "quarter"):
        parts = {"half": 2, "quarter": 4}[unit]
        return share(whole, parts if which == "last" else number(which), parts)
    return units(whole, which, number(" ".join(count)) if count else 1, unit.removesuffix("s"))


def _relative(words: str, today: date) -> Period | None:
    if words in ("today", "this morning", "tonight"):
        return one_day(today)
    if words in ("yesterday", "last night"):
        return one_day(today - timedelta(days=1))
    if words == "tomorrow":
        return one_day(today + timedelta(days=1))
    if words == "the day after tomorrow":
        return one_day(today + timedelta(days=2))
    if match := re.fullmatch(rf"next ({_UNIT})", words):
        return _units_back(match[1], -1, today)
    if words == "the day before yesterday":
        return one_day(today - timedelta(days=2))
    if words == "the year before last":
        return _units_back("year", 2, today)
    match = re.fullmatch(rf"(this|last) ({_UNIT})", words)
    return _units_back(match[2], int(match[1] == "last"), today) if match else None


def _units_back(unit: str, n: int, today: date) -> Period:
    """The calendar day, week, weekend, month or year that lies n back; 0 is the one we are in."""
    monday = today - timedelta(days=today.weekday() + 7 * n)
    match unit:
        case "day":
            return one_day(today - timedelta(days=n))
        case "week":
            return one_day(monday, 7)
        case "weekend":
            return one_day(monday + timedelta(days=5), 2)
        case "month":
            return months(shifted(today.replace(day=1), -n), 1)
        case _:
            return months(date(today.year - n, 1, 1), 12)


def _ago(words: str, today: date) -> Period | None:
    match = re.fullmatch(rf"({COUNT}|an?) ({_UNIT})s? ago", words)
    return _units_back(match[2], number(match[1]), today) if match else None


def back(length: str, today: date) -> date:
    """The day that lies so long before today.

    Raises:
        ValueError, OverflowError: no calendar has it.
    """
    count, unit = length.rsplit(" ", 1)
    n, unit = number(count), unit.removesuffix("s")
    if days := {"day": 1, "week": 7, "weekend": 7}.get(unit):
        return today - timedelta(days=n * days)
    return shifted(today, -n * (1 if unit == "month" else 12))


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


_READERS = (
    _digits,
    _day,
    _month,
    _season,
    _years,
    _part,
    _relative,
    _ago,
    _rolling,
    _weekday,
)
