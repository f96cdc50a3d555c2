"""The date in a file's name, as cameras, phones, screenshots and messengers write it.

IMG_20190704_183005.jpg            PXL_20190704_183005123.MP.jpg    20190704_183005(0).jpg
IMG-20190704-WA0007.jpg            WhatsApp Image 2019-07-04 at 6.30.05 PM.jpeg
signal-2019-07-04-183005.jpg       photo_2019-07-04_18-30-05.jpg    photo_1@04-07-2019_18-30-05
Screenshot_20190704-183005.png     Bildschirmfoto 2019-07-04 um 18.30.05.png
2019-07-04 18.30.05-1.jpg          mmexport1562265005123.jpg        WIN_20190704_18_30_05_Pro.jpg
4. Juli 2019.jpg                   2019年7月4日.jpg                    2019. 7. 4..png
2019-07 Garden.jpg                 Grandma, July 1956.jpg

Between dots the day comes first, as everywhere. Of any other day that may be two, as in 04-07-2019,
the year is taken, whatever program wrote it; a year alone may be anything, and is not.
"""

import re
from datetime import UTC, datetime

from retrievers.pictures.metadata.date_texts import Read, at, day_of, stretch_of
from retrievers.pictures.metadata.facts import Facts, date
from retrievers.pictures.metadata.plain_dates import in_digits

_PACKED = r"(?P<y>(?:19[5-9]|20\d)\d)(?P<m>[01]\d)(?P<d>[0-3]\d)"
_PARTED = r"(?P<y>(?:18|19|20)\d\d)(?P<s>[-_.:\u2010-\u2013 ])(?P<m>[01]?\d)(?P=s)(?P<d>[0-3]?\d)"
_DAY_FIRST = r"(?P<d>[0-3]\d)(?P<s>[.])(?P<m>[01]\d)(?P=s)(?P<y>(?:18|19|20)\d\d)"
_TELEGRAM = r"(?<=@)(?P<d>[0-3]\d)-(?P<m>[01]\d)-(?P<y>(?:19|20)\d\d)"
_DAYS = tuple(
    re.compile(rf"(?<!\d){pattern}(?!\d)") for pattern in (_PARTED, _TELEGRAM, _DAY_FIRST, _PACKED)
)
_PACKED_WHOLE = re.compile(rf"(?<!\d){_PACKED}(?=(?:[01]\d|2[0-3])(?:[0-5]\d){{2}}\d{{0,3}}(?!\d))")

_EITHER = re.compile(
    r"(?<!\d)(?P<a>[0-3]?\d)(?P<s>[-_. ])(?P<b>[0-3]?\d)(?P=s)(?P<y>(?:19|20)\d\d)(?!\d)"
)
_MONTH = re.compile(  # apart from what stands before it: IMG_2018-11 is a copy of IMG_2018
    r"(?:^|(?<=[\s(\[,]))(?P<y>(?:18|19|20)\d\d)-(?P<m>0[1-9]|1[0-2])(?=$|[\s)\],_])(?![\s_]*\d)"
)

_GAP = r"[^\d.]{1,12}?|[.]|"  # "_", " at ", " um ", " , ", "T", nothing
_TIME_PARTED = re.compile(
    rf"(?:{_GAP})(?P<h>\d{{1,2}})(?P<s>[-_.:h\u2236\ua789 ])(?P<min>\d\d)"
    r"(?:(?P=s)(?P<sec>\d\d)(?:[-_.](?P<part>\d{3})(?!\d))?)?(?!\d)\s?(?P<half>[aApP]\.?[mM])?"
)
_TIME_PACKED = re.compile(
    rf"(?:{_GAP})(?P<h>\d\d)(?P<min>\d\d)(?P<sec>\d\d)(?P<half>)"
    r"(?:(?:[-_.](?=\d{3}(?!\d)))?(?P<part>\d{3})(?:\d\d?)?)?(?!\d)"
)
_EPOCH = re.compile(r"(?<!\d)(1\d{12})(?!\d)")
_IN_UTC = "PXL_"  # Google's Pixel names pictures by the clock of Greenwich
_LONGEST = 300


def facts_of_name(name: str) -> Facts:
    """Return the date that a file's name says, if it says one."""
    return Facts(dates=date(_read(name[:_LONGEST]), "name"))


def _read(name: str) -> Read | None:
    stem = in_digits(name.rpartition(".")[0] or name).strip()
    for pattern in (*_DAYS, _PACKED_WHOLE):
        for found in pattern.finditer(stem):
            if day := day_of(found["y"], found["m"], found["d"]):
                in_utc = stem.upper().startswith(_IN_UTC)
                return Read(_moment(day, stem[found.end() :]), "+00:00" if in_utc else None)
    if (either := _EITHER.search(stem)) and (days := _either(either)):
        if len(days) > 1:
            return stretch_of(either["y"])
        return Read(_moment(days.pop(), stem[either.end() :]))
    if month := _MONTH.search(stem):
        return stretch_of(month["y"], month["m"])
    if milliseconds := _EPOCH.search(stem):  # as chats number what they save
        moment = datetime.fromtimestamp(int(milliseconds[1]) / 1000, UTC)
        return Read(moment.replace(tzinfo=None), "+00:00")
    return None


def _either(found: re.Match[str]) -> set[datetime]:
    """Return the day, or both if nothing tells which number is the month."""
    orders = day_of(found["y"], found["a"], found["b"]), day_of(found["y"], found["b"], found["a"])
    return {one for one in orders if one}


def _moment(day: datetime, rest: str) -> datetime:
    time = _TIME_PACKED.match(rest) or _TIME_PARTED.match(rest)
    if time is None:
        return day
    return at(
        day,
        time["h"],
        time["min"],
        time["sec"] or "0",
        half=time["half"] or "",
        fraction=time["part"] or "",
    )
