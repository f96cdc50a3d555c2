"""Days as people write them on a command line: a year, a month or a day."""

import re
from datetime import date


def first_day(text: str) -> date:
    """Return the first day of `2019`, `2019-06` or `2019-06-01`.

    Raises:
        ValueError: the text is none of these, or no such day exists.
    """
    if not (parts := re.fullmatch(r"(\d{4})(?:-(\d{1,2}))?(?:-(\d{1,2}))?", text.strip())):
        raise ValueError(f"a date must look like 2019, 2019-06 or 2019-06-01; got {text!r}")
    year, month, day = (int(part or 1) for part in parts.groups())
    try:
        return date(year, month, day)
    except ValueError as error:
        raise ValueError(f"there is no day {text!r}: {error}") from error
