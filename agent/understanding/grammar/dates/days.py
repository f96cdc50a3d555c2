"""Days as options take them: a year, a month or a day, in digits or in words, and a time of it."""

import re
from collections.abc import Callable
from datetime import date
from typing import Any

from agent.understanding.grammar.calendar.spans import Period
from agent.understanding.grammar.dates.clock import moment, parted
from agent.understanding.grammar.dates.dates import unsure
from agent.understanding.grammar.dates.periods import names_its_year, period
from agent.understanding.grammar.dates.relative import AHEAD, RELATIVE, ROLLING
from retrievers.pictures.metadata.plain_dates import in_digits


def first_day(text: str) -> date:
    """Return the first day of `2019`, `2019-06`, `1.6.2019`, `June 2019` or the like.

    Raises:
        ValueError: the text is none of these, or no such day exists.
    """
    if days := first_days(text):
        return days[0]
    if names_its_year(text):
        raise ValueError(f"there is no day {text!r}; a date looks like 2019, 2019-06 or 2019-06-01")
    raise ValueError(f"a date must look like 2019, 2019-06 or 2019-06-01; got {text!r}")


def first_moment(text: str) -> date:
    """Return the first day of what `first_day` reads; with a time after it, that time: a datetime.

    Raises:
        ValueError: there is no such day or time.
    """
    day, time = parted(text)
    return moment(first_day(day), time) if time and first_days(day) else first_day(text)


def first_days(text: str) -> list[date]:
    """Return the first day of each that is meant or can be, likeliest first; none if no date."""
    found = _read(text)
    return [one.start for one in (found, *found.others)] if found else []


def one_moment(given: Any, refuse: Callable[[Any], Any]) -> Any:
    """Read a date, and a time if there is one, that a program gave; what is none is refused.

    Raises:
        ValueError: it can mean several days.
    """
    days = first_days(given) if isinstance(given, str) else []
    if len(days) > 1:
        raise ValueError(f"must be one day: {' or '.join(map(str, days))}")
    return first_moment(given) if days else refuse(given)


def doubt(text: str) -> str:
    """Say how a date was read that can be read otherwise; empty if it can't."""
    found = _read(text)
    return unsure(text.strip(), found) if found else ""


def _read(text: str) -> Period | None:
    text = " ".join(in_digits(text, english=False).split())
    text = re.sub(r"(?<=\d)\.(?: (?=\d)|$)", lambda dot: "." * (dot.end() < len(text)), text)
    counted = f"{RELATIVE}|{ROLLING}|{AHEAD}"
    named = names_its_year(text) or re.fullmatch(counted, text.casefold().strip())
    return period(text, date.today()) if named else None
