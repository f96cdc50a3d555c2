"""Stretches of days, and the parts of them."""

from dataclasses import dataclass
from datetime import date, timedelta

from agent.understanding.grammar.numbers.numbers import number

_STEPS = {"day": timedelta(days=1), "week": timedelta(days=7)}


@dataclass(frozen=True, slots=True)
class Period:
    """From `start` up to, not including, `end`; or else, in digits, what `others` say."""

    start: date
    end: date
    others: tuple["Period", ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether it goes on from its start."""
        return self.end == date.max


def one_day(day: date, days: int = 1) -> Period:
    return Period(day, day + timedelta(days=days))


def months(start: date, n: int) -> Period:
    """So many months from a day on."""
    return Period(start, shifted(start, n))


def shifted(day: date, by: int) -> date:
    """The same day of the month so many months on, or its last day."""
    at = day.year * 12 + day.month - 1 + by
    year, month = at // 12, at % 12 + 1
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month, min(day.day, last))
        except ValueError:
            continue
    raise ValueError(f"no such month: {year}-{month}")


def share(whole: Period, at: int, parts: int) -> Period | None:
    """One of equal parts, in months if they can be."""
    long = (whole.end.year - whole.start.year) * 12 + whole.end.month - whole.start.month
    if at > parts:
        return None
    if long and long % parts == 0 and whole == months(whole.start, long):
        return months(shifted(whole.start, long // parts * (at - 1)), long // parts)
    days = (whole.end - whole.start).days
    start, end = (whole.start + timedelta(days=days * n // parts) for n in (at - 1, at))
    return Period(start, end)


def units(whole: Period, which: str, n: int, unit: str) -> Period | None:
    """The first, second or last n days, weeks or months."""

    def moved(day: date, by: int) -> date:
        return shifted(day, by) if unit == "month" else day + by * _STEPS[unit]

    start = moved(whole.end, -n) if which == "last" else moved(whole.start, n * (number(which) - 1))
    end = min(moved(start, n), whole.end)
    return Period(start, end) if whole.start <= start < end else None
