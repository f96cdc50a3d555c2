"""Conditions on times that come again: days of the week, times of day, seasons.

A picture's own clock counts. A date without a time is kept as its midnight, so midnight to the
second is no time of day.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from retrievers.collection.record.merged_facts import judged
from retrievers.query import Filters, Hours, MonthDay, MonthDays

Condition = tuple[str, tuple[object, ...]]
_A_LEAP_YEAR = [date(2000, 1, 1) + timedelta(days=n) for n in range(366)]


def recurring(filters: Filters) -> Iterator[Condition]:
    """Yield what SQL asks of a row of `pictures`, with its values."""
    taken = judged("taken")
    if filters.weekdays:
        weekday = f"(strftime('%w', substr({taken}, 1, 10)) + 6) % 7 + 1"
        day = f"CASE WHEN length({taken}) >= 10 THEN {weekday} END"
        yield f"{day} IN ({_marks(filters.weekdays)})", filters.weekdays
    if filters.hours:
        has_time = f"length({taken}) >= 16 AND substr({taken}, 11) <> 'T00:00:00'"
        minute = f"(substr({taken}, 12, 2) * 60 + substr({taken}, 15, 2))"
        windows = " OR ".join(_within(minute, first < last) for first, last in filters.hours)
        yield f"({has_time} AND ({windows}))", tuple(map(_minute, _ends(filters.hours)))
    if filters.month_days:
        days = [f"{month:02}-{day:02}" for month, day in _days(filters.month_days)]
        months = [f"{month:02}" for month in _months(filters.month_days)]
        day = f"(length({taken}) >= 10 AND substr({taken}, 6, 5) IN ({_marks(days)}))"
        month = f"(length({taken}) = 7 AND substr({taken}, 6, 2) IN ({_marks(months)}))"
        yield f"({day} OR {month})", (*days, *months)


def _within(value: str, in_order: bool) -> str:
    return f"({value} >= ? {'AND' if in_order else 'OR'} {value} < ?)"


def _ends(windows: Sequence[Hours]) -> Iterator[float]:
    for window in windows:
        yield from window


def _minute(hour: float) -> int:
    return round(hour * 60)


def _days(windows: Sequence[MonthDays]) -> list[MonthDay]:
    """Return the days of the year that lie in one of the windows."""
    every = [(day.month, day.day) for day in _A_LEAP_YEAR]
    return [day for day in every if any(_lies_in(day, *window) for window in windows)]


def _months(windows: Sequence[MonthDays]) -> list[int]:
    """Return the months that lie in the windows from their first to their last day."""
    met = set(_days(windows))
    part = {day.month for day in _A_LEAP_YEAR if (day.month, day.day) not in met}
    return [month for month in range(1, 13) if month not in part]


def _lies_in(day: MonthDay, first: MonthDay, last: MonthDay) -> bool:
    last = (2, 29) if last == (2, 28) else last
    return first <= day <= last if first <= last else day >= first or day <= last


def _marks(values: Sequence[object]) -> str:
    return ",".join("?" * len(values))
