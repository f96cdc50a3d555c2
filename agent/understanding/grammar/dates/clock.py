"""A time of day after a day: 2019-07-04T16:00, 4 July 2019 3pm, 2019-07-04 16:00:05+02:00."""

import re
from datetime import UTC, date, datetime, timedelta, timezone

_TIME = re.compile(
    r"(?:(?<=\d)(?P<iso>t)|(?<=\w)\.?,?\s+(?:at\s+)?)(?P<h>\d\d?)"
    r"(?:[:.](?P<m>\d\d)(?:[:.](?P<s>\d\d)(?:[.,](?P<part>\d{1,6})\d*)?)?)?"
    r"\s?(?P<half>[ap]\.?m\b\.?)?\s?(?P<zone>z|utc|gmt|[+-]\d\d(?::?\d\d)?)?$",
    re.IGNORECASE,
)


def parted(text: str) -> tuple[str, re.Match[str] | None]:
    """Return the text of a day, and the time after it, if there is one."""
    found = _TIME.search(text.strip())
    if found and (found["iso"] or found["m"] or found["half"]):
        return text.strip()[: found.start()], found
    return text, None


def moment(day: date, time: re.Match[str]) -> datetime:
    """Return that time of a day, on the clock of the place, or of a zone if one is said.

    Raises:
        ValueError: there is no such time.
    """
    hours, half = int(time["h"]), (time["half"] or "").lower()
    fits = 1 <= hours <= 12 if half else hours <= 24
    minutes, seconds, part = (int(time[one] or 0) for one in ("m", "s", "part"))
    if not fits or minutes > 59 or seconds > 60 or (hours == 24 and minutes + seconds):
        raise ValueError(f"there is no time {time[0].strip(' tT,')!r}; it looks like 16:00 or 4 pm")
    hours = hours % 12 + 12 * half.startswith("p") if half else hours
    part *= 10 ** (6 - len(time["part"] or "0"))
    since = timedelta(hours=hours, minutes=minutes, seconds=seconds, microseconds=part)
    return datetime(day.year, day.month, day.day, tzinfo=_zone(time["zone"])) + since


def _zone(said: str | None) -> timezone | None:
    if not said or said[0] not in "+-":
        return UTC if said else None
    digits = f"{said[1:].replace(':', ''):0<4}"
    ahead = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-ahead if said[0] == "-" else ahead)
