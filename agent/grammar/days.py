"""Days as options take them: a year, a month or a day, in digits or in words."""

from datetime import date
from typing import Any

from agent.grammar.dates import unsure
from agent.grammar.periods import names_its_year, period
from agent.grammar.spans import Period


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


def first_days(text: str) -> list[date]:
    """Return the first day of each that is meant or can be, likeliest first; none if no date."""
    found = _read(text)
    return [one.start for one in (found, *found.others)] if found else []


def one_day(given: Any) -> Any:
    """Read a date that a program gave; what is none stays as it is, to be refused as pydantic does.

    Raises:
        ValueError: it can mean several days.
    """
    days = first_days(given) if isinstance(given, str) else []
    if len(days) > 1:
        raise ValueError(f"must be one day: {' or '.join(map(str, days))}")
    return days[0] if days else given


def doubt(text: str) -> str:
    """Say how a date was read that can be read otherwise; empty if it can't."""
    found = _read(text)
    return unsure(text.strip(), found) if found else ""


def _read(text: str) -> Period | None:
    return period(text, date.today()) if names_its_year(text) else None
