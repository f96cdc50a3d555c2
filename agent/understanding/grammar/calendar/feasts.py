"""Seasons, feasts and eras of any year: "summer 2018", "Easter 2022", "last Diwali", "lockdown".

A season belongs to the year it begins in, by the northern calendar.
"""

import re
from collections.abc import Iterator
from datetime import date, timedelta

from agent.understanding.grammar.calendar.movable import DAY_OF
from agent.understanding.grammar.calendar.spans import Period, months, one_day

SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}
FIXED: dict[str, tuple[int, int, int]] = {
    "christmas": (12, 24, 3),
    "xmas": (12, 24, 3),
    "christmas eve": (12, 24, 1),
    "christmas day": (12, 25, 1),
    "boxing day": (12, 26, 1),
    "new years eve": (12, 31, 1),
    "nye": (12, 31, 1),
    "hogmanay": (12, 31, 1),
    "new years day": (1, 1, 1),
    "new years": (1, 1, 1),
    "new year": (1, 1, 1),
    "epiphany": (1, 6, 1),
    "valentines day": (2, 14, 1),
    "valentines": (2, 14, 1),
    "st patricks day": (3, 17, 1),
    "st. patricks day": (3, 17, 1),
    "bastille day": (7, 14, 1),
    "halloween": (10, 31, 1),
    "all saints day": (11, 1, 1),
    "bonfire night": (11, 5, 1),
    "guy fawkes night": (11, 5, 1),
}
"""Month, first day, and how many."""
_MOVABLE: dict[str, tuple[str, int, int]] = {
    "mardi gras": ("easter", -47, 1),
    "shrove tuesday": ("easter", -47, 1),
    "pancake day": ("easter", -47, 1),
    "ash wednesday": ("easter", -46, 1),
    "palm sunday": ("easter", -7, 1),
    "maundy thursday": ("easter", -3, 1),
    "good friday": ("easter", -2, 1),
    "easter": ("easter", -2, 4),
    "easter sunday": ("easter", 0, 1),
    "easter monday": ("easter", 1, 1),
    "ascension day": ("easter", 39, 1),
    "pentecost": ("easter", 49, 2),
    "whitsun": ("easter", 49, 2),
    "whit sunday": ("easter", 49, 1),
    "whit monday": ("easter", 50, 1),
    "corpus christi": ("easter", 60, 1),
    "memorial day": ("memorial", 0, 1),
    "labor day": ("labor", 0, 1),
    "thanksgiving": ("thanksgiving", 0, 4),
    "thanksgiving day": ("thanksgiving", 0, 1),
    "black friday": ("thanksgiving", 1, 1),
    "diwali": ("diwali", -2, 5),
    "divali": ("diwali", -2, 5),
    "deepavali": ("diwali", -2, 5),
    "holi": ("holi", -1, 2),
    "ramadan": ("eid", -30, 30),
    "eid": ("eid", -1, 4),
    "eid al-fitr": ("eid", -1, 4),
    "eid ul fitr": ("eid", -1, 4),
    "eid al-adha": ("eid al-adha", -1, 5),
    "eid ul adha": ("eid al-adha", -1, 5),
    "chinese new year": ("chinese", -1, 8),
    "lunar new year": ("chinese", -1, 8),
    "passover": ("passover", -1, 9),
    "pesach": ("passover", -1, 9),
    "rosh hashanah": ("rosh hashanah", -1, 3),
    "yom kippur": ("rosh hashanah", 8, 2),
    "hanukkah": ("hanukkah", -1, 9),
    "chanukah": ("hanukkah", -1, 9),
}
"""The feast that it is counted from, days after that, and how many."""
ERAS = {
    "covid": (date(2020, 3, 11), date(2021, 7, 1)),
    "brexit": (date(2020, 1, 31), date(2020, 2, 1)),
}
"""The first day, and the first day after."""


def _spelt(names: set[str]) -> str:
    """Matches names with and without their apostrophes: new year's eve."""
    longest_first = sorted(names, key=lambda one: (-len(one), one))
    every = "|".join(re.escape(one).replace(r"\ ", " ") for one in longest_first)
    return rf"(?:{every})".replace("years", "year'?s").replace("tines", "tine'?s") \
        .replace("tricks", "trick'?s").replace("saints", "saints'?")  # fmt: skip


SEASON = r"(?:(?:spring|summer|autumn|fall|winter)(?: ?time)?)"
FEAST = _spelt({*FIXED, *_MOVABLE})
FIXED_FEAST = _spelt({*FIXED})
ERA = r"(?:(?:the )?(?:covid(?:[- ]?19)?|corona(?:virus)?|pandemic|lock ?downs?)(?: times)?)"
ENDED = r"(?:brexit)"


def of_year(name: str, year: int) -> Period:
    """Return a season or a feast of that year."""
    name = plain_name(name)
    if name in SEASONS:
        return months(date(year, SEASONS[name], 1), 3)
    if name in FIXED:
        month, day, days = FIXED[name]
        return one_day(date(year, month, day), days)
    origin, after, days = _MOVABLE[name]
    return one_day(DAY_OF[origin](year) + timedelta(days=after), days)


def plain_name(name: str) -> str:
    """Return the name that the tables have: summer time and summertime are summer."""
    name = name.replace("'", "")
    return re.sub(r" ?time$", "", name)


def latest(name: str, today: date, *, over: bool) -> Iterator[Period]:
    """Yield the seasons or feasts of a name that have begun, or that are over, the last first."""
    for year in range(today.year, max(today.year - 200, 0), -1):
        found = of_year(name, year)
        if (found.end if over else found.start) <= today:
            yield found
