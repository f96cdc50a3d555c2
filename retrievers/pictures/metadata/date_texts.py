"""A date as programs write it into metadata: EXIF, ISO 8601, IPTC, RFC 1123, with words.

Of a date that is right in part the right part is kept: a time that does not exist costs the time
and not the day.
"""

import re
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

Stretch = Literal["year", "month"]


class Read(NamedTuple):
    """A date that was read.

    Attributes:
        taken: local time; the first of a stretch.
        zone: its offset such as +02:00, if it is said.
        stretch: what is known where no day is.
    """

    taken: datetime
    zone: str | None = None
    stretch: Stretch | None = None


_DAY = re.compile(
    r"(?<!\d)(?:(\d{4})([:\-/._ ])\s?(\d{1,2})\2\s?(\d{1,2})|(\d{4})(\d\d)(\d\d))(?!\d\d)"
)
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_MONTH = rf"({'|'.join(_MONTHS)})[a-z]*\.?"
_DAY_MONTH = re.compile(
    rf"(?<!\d)(\d{{1,2}})(?:st|nd|rd|th)?[ \-]{_MONTH},?[ \-](\d{{4}})", re.IGNORECASE
)
_MONTH_DAY = re.compile(
    rf"{_MONTH} +(\d{{1,2}})(?:st|nd|rd|th)?,? (?:(?=.*?\b(\d{{4}})\b))", re.IGNORECASE
)
_TIME = re.compile(
    r"(?<!\d)(\d{1,2})[:.](\d{1,2})(?:[:.](\d{1,2})(?:[.,](\d{1,9}))?)?(?!\d)\s*([ap]\.?m\b)?"
    r"|(?<![\d+\-])(\d\d)(\d\d)(\d\d)(?!\d)",
    re.IGNORECASE,
)
_ZONE = re.compile(r"\s*(?:(Z\b|UTC\b|GMT\b)|([+\-−])(\d\d):?(\d\d)(?!\d))")
_STRETCH = re.compile(  # 1984, 1984-02, 1984:02:00 00:00:00, 19840200
    r"((?:18|19|20)\d\d)"
    r"(?:([:\-/.])(\d\d|  )(?:\2(?:00|  )(?:[T ][\d :.]*)?)?|(\d\d)00(?:[T ].*)?)?Z?"
)
_LONGEST = 100


def read_date(text: str, *, fraction: str = "", zone: str = "") -> Read | None:
    """Read a date and what there is of a time; None if no day can be told.

    Args:
        text: what is written.
        fraction: digits of its sub-second, if they are written elsewhere.
        zone: its offset from UTC, if it is written elsewhere.
    """
    text = text[:_LONGEST]
    if (found := _day(text)) is None:
        return _stretch(text.strip())
    day, rest = found
    time = _TIME.search(rest)
    if time is None:
        return Read(day)
    hour, minute, second, part, half, *packed = time.groups()
    if packed[0]:
        hour, minute, second = packed
    moment = at(day, hour, minute, second or "0", half=half or "", fraction=part or fraction)
    offset = _offset(_ZONE.match(rest, time.end())) or _offset(_ZONE.match(zone.strip()))
    return Read(moment, offset)


def at(
    day: datetime, hour: str, minute: str, second: str, *, half: str = "", fraction: str = ""
) -> datetime:
    """Return that time of a day; the day alone if there is no such time.

    Args:
        day: midnight.
        hour: digits.
        minute: digits.
        second: digits.
        half: begins with a or p where hours are counted to 12.
        fraction: digits of the second's fraction.
    """
    hours = int(hour)
    if half and hours <= 12:
        hours = hours % 12 + (12 if half[0] in "pP" else 0)
    if hours > 23 or int(minute) > 59:
        return day
    seconds = int(second) if int(second) < 60 else 59  # a leap second, or a slip
    digits = fraction.strip() if fraction.strip().isdecimal() else ""
    parts = int(f"{digits[:6]:0<6}") if digits.isascii() else 0
    return day + timedelta(hours=hours, minutes=int(minute), seconds=seconds, microseconds=parts)


def day_of(year: str | int, month: str | int, day: str | int) -> datetime | None:
    """Return a day; None if there is no such day."""
    try:
        return datetime(int(year), int(month), int(day))
    except ValueError:
        return None


def stretch_of(year: str, month: str | None = None) -> Read | None:
    """Return a year, or a month of it; None if there is no such month."""
    first = day_of(year, int(month or 0) or 1, 1)
    return Read(first, None, "month" if int(month or 0) else "year") if first else None


def _stretch(text: str) -> Read | None:
    if not (found := _STRETCH.fullmatch(text)):
        return None
    return stretch_of(found[1], (found[3] or found[4] or "").strip() or None)


def _day(text: str) -> tuple[datetime, str] | None:
    """Return the day, and the text in which the time stands."""
    if found := _DAY.search(text):
        year, _, month, number, *packed = found.groups()
        if packed[0]:
            year, month, number = packed
        day = day_of(year, month, number)
        return (day, text[found.end() :]) if day else None
    if found := _DAY_MONTH.search(text):
        number, name, year = found.groups()
    elif found := _MONTH_DAY.search(text):
        name, number, year = found.groups()
    else:
        return None
    day = day_of(year, 1 + _MONTHS.index(name[:3].lower()), number)
    return (day, text[found.end() :]) if day else None


def _offset(found: re.Match[str] | None) -> str | None:
    if found is None:
        return None
    if found[1]:
        return "+00:00"
    hours, minutes = int(found[3]), int(found[4])
    if hours > 14 or minutes > 59:
        return None
    return f"{'+' if found[2] == '+' else '-'}{hours:02}:{minutes:02}"
