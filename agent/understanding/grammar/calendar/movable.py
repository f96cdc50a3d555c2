"""Feasts that fall on another day each year: Easter, Passover, Eid, Diwali, Chinese New Year.

Diwali, Holi and Chinese New Year follow the moon over India and China; Eid follows the tabular
Islamic calendar, a day or two from where the moon is watched for.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta

from agent.understanding.grammar.calendar.moons import moons

_INDIA, _CHINA = timedelta(hours=5.5), timedelta(hours=8)
_DUSK, _AFTERNOON = timedelta(hours=18.5), timedelta(hours=16.5)


def easter(year: int) -> date:
    """Return Easter Sunday (the anonymous Gregorian computus, Nature, 20 April 1876)."""
    century, rest = divmod(year, 100)
    leap_century, odd = divmod(century, 4)
    shift = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * (year % 19) + century - leap_century - shift + 15) % 30
    weekday = (32 + 2 * odd + 2 * (rest // 4) - epact - rest % 4) % 7
    late = (year % 19 + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)


def _weekday(month: int, weekday: int, nth: int) -> Callable[[int], date]:
    """The nth such day of a month, Monday 0; of a negative one, from its end."""

    def of(year: int) -> date:
        first = date(year, month, 1)
        day = first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * max(nth - 1, 0))
        while nth < 0 and (day + timedelta(days=7)).month == month:
            day += timedelta(days=7)
        return day

    return of


def _passover(year: int) -> date:
    """15 Nisan, by the formula of Gauss."""
    a, b = (12 * (year + 3760) + 17) % 19, year % 4
    m = 32.044093161144 + 1.5542417966212 * a + b / 4 - 0.0031777940220923 * (year + 3760)
    whole, part = int(m), m % 1
    weekday = (whole + 3 * (year + 3760) + 5 * b + 5) % 7
    if weekday in (2, 4, 6):
        whole += 1
    elif weekday == 1 and a > 6 and part >= 0.632870370:
        whole += 2
    elif weekday == 0 and a > 11 and part >= 0.897723765:
        whole += 1
    julian = date(year, 3, 1) + timedelta(days=whole - 1)
    return julian + timedelta(days=year // 100 - year // 400 - 2)


def _new_year(year: int) -> date:
    """Rosh Hashanah."""
    return _passover(year) + timedelta(days=163)


def _hanukkah(year: int) -> date:
    full = (_new_year(year + 1) - _new_year(year)).days % 10 == 5  # a long Heshvan
    return _new_year(year) + timedelta(days=84 if full else 83)


def _islamic(month: int, day: int) -> Callable[[int], date]:
    """The first such day of a year."""

    def of(year: int) -> date:
        about = (year - 622) * 33 // 32
        days = (_from_islamic(one, month, day) for one in range(about - 1, about + 3))
        return next(one for one in days if one.year == year)

    return of


def _from_islamic(year: int, month: int, day: int) -> date:
    since = (11 * year + 3) // 30 + 354 * year + 30 * month - (month - 1) // 2 + day - 385
    return date.fromordinal(since + 1_948_440 - 1_721_425)


def _diwali(year: int) -> date:
    """The last evening without a moon that begins in mid-October or later."""
    new = next(moons(datetime(year, 10, 17, 10), 31, full=False))
    return (new + _INDIA - _DUSK).date()


def _holi(year: int) -> date:
    """The day after the evening of the full moon."""
    full = next(moons(datetime(year, 2, 28), 31, full=True))
    return (full + _INDIA - _AFTERNOON).date() + timedelta(days=1)


def _chinese(year: int) -> date:
    return (next(moons(datetime(year, 1, 20, 16), 31, full=False)) + _CHINA).date()


DAY_OF: dict[str, Callable[[int], date]] = {
    "easter": easter,
    "thanksgiving": _weekday(11, 3, 4),
    "memorial": _weekday(5, 0, -1),
    "labor": _weekday(9, 0, 1),
    "passover": _passover,
    "rosh hashanah": _new_year,
    "hanukkah": _hanukkah,
    "eid": _islamic(10, 1),
    "eid al-adha": _islamic(12, 10),
    "diwali": _diwali,
    "holi": _holi,
    "chinese": _chinese,
}
"""The day that a feast is counted from, of a year."""
