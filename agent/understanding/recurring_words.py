"""Times that come again, in words: on Saturday or Sunday; 1 December to 28 February of any year."""

from collections.abc import Sequence
from datetime import date
from itertools import groupby

from retrievers.query import Hours, MonthDay, MonthDays

_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def weekdays_in_words(days: Sequence[int]) -> str:
    """Name days of the week; three in a row and more are said by the first and the last."""
    said: list[str] = []
    rows = groupby(enumerate(sorted(set(days))), key=lambda one: one[1] - one[0])
    for row in ([_NAMES[day - 1] for _, day in some] for _, some in rows):
        said += [f"{row[0]} to {row[-1]}"] if len(row) > 2 else row
    return f"on {' or '.join(said)}"


def hours_in_words(windows: Sequence[Hours]) -> str:
    """Say between which times of day."""
    return " or ".join(f"between {_clock(first)} and {_clock(last)}" for first, last in windows)


def month_days_in_words(windows: Sequence[MonthDays]) -> str:
    """Say which days of any year."""
    days = (" to ".join(dict.fromkeys(map(_day, window))) for window in windows)
    return f"{' or '.join(days)} of any year"


def _clock(hour: float) -> str:
    hours, minutes = divmod(round(hour * 60), 60)
    return f"{hours}:{minutes:02}"


def _day(day: MonthDay) -> str:
    return f"{day[1]} {date(2000, *day):%B}"
