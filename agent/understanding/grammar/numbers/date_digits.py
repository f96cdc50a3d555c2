"""Days and months in digits: 2019-07-04, 2019:07, 4.7.19, 07/04/2019, 20190704, 2019 07 04.

The day comes before the month, unless that is no day. Two digits of a year mean the one from 79
years back to 20 years on. A time and its zone may follow and are read over: the day is the one that
is written.
"""

import re
from collections.abc import Iterable
from datetime import date, timedelta

YEAR = r"(?:1[89]\d\d|20\d\d)"
CLOCK = r"(?:\d\d?[:.]\d\d(?:[:.]\d\d(?:[.,]\d+)?)?(?: ?[ap]\.?m\b\.?)?|\d\d? ?[ap]\.?m\b\.?)"
_TIME = rf"(?:(?:t|,? (?:at )?){CLOCK}(?: ?(?:z|utc|gmt))?(?: ?[+-]\d\d(?::?\d\d)?)?)"
_YEAR_FIRST = "|".join(rf"{YEAR}{sign}\d\d?{sign}\d\d?" for sign in ("-", "/", r"\.", ":"))
_YEAR_FIRST += "".join(rf"|{YEAR}{gap}(?:0[1-9]|1[0-2]){gap}[0-3]\d" for gap in (" ", "_"))
_YEAR_LAST = "|".join(rf"\d\d?{sign}\d\d?{sign}(?:{YEAR}|\d\d)" for sign in ("-", "/", r"\."))
DIGITS = (
    rf"(?:(?:{_YEAR_FIRST}|{_YEAR_LAST}|{YEAR}\d{{4}}){_TIME}?"
    rf"|{YEAR}[-/.:]\d\d?|\d\d?[-/.]{YEAR})(?!\w)"
)
"""Matches a day or a month of a year, lower case."""

Span = tuple[date, date]
"""From the first day up to, not including, the second."""


def readings(text: str, today: date) -> list[Span] | None:
    """Read a day, a month or a year in digits.

    Returns:
        What it can mean, the likeliest first; none if no calendar has it; None if it is not in
        digits.
    """
    words = re.sub(rf"(?<=\d){_TIME}$", "", text.casefold().strip())
    if match := re.fullmatch(r"(\d{4})(?:([-/.:])(\d\d?)(?:\2(\d\d?))?)?", words):
        return _spans([(match[1], match[3], match[4])])
    if match := re.fullmatch(r"(\d{4})([ _]?)(\d\d)\2(\d\d)", words):
        return _spans([(match[1], match[3], match[4])])
    if match := re.fullmatch(r"(\d\d?)[-/.](\d{4})", words):
        return _spans([(match[2], match[1], None)])
    match = re.fullmatch(r"(\d\d?)([-/.])(\d\d?)\2(\d{4}|\d\d)", words)
    if not match:
        return None
    first, sign, second, year = match.groups()
    orders = [(whole_year(year, today), second, first), (whole_year(year, today), first, second)]
    if sign == "-" and len(year) == len(first) == 2:
        orders.append((whole_year(first, today), second, year))
    found = _spans(orders)
    return found[:1] if sign == "." else found


def _spans(orders: Iterable[tuple[str | None, ...]]) -> list[Span]:
    """Turn years, months and days into days; a part that was not said is all of what holds it."""
    found = []
    for year, month, day in orders:
        try:
            start = date(int(year or 0), int(month or 1), int(day or 1))
            found.append((start, _end(start, month, day)))
        except ValueError:  # 31 February, the year 0
            continue
    return list(dict.fromkeys(found))


def _end(start: date, month: str | None, day: str | None) -> date:
    try:
        if day:
            return start + timedelta(days=1)
        if month and start.month < 12:
            return start.replace(month=start.month + 1)
        return date(start.year + 1, 1, 1)
    except (ValueError, OverflowError):  # after the year 9999
        return date.max


def whole_year(digits: str, today: date) -> str:
    """Return the year that two digits mean, or that four say."""
    if len(digits) == 4:
        return digits
    earliest = today.year - 79
    return str(earliest + (int(digits) - earliest) % 100)
