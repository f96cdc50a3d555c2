"""Dates with a month's name, in the main languages of Europe, and dates as East Asia writes them.

Dots that blanks follow, 2019. 7. 4. in Korea and 4. 7. 2019 in Central Europe, are taken out, too.

They are put into digits, 2019-03-04 or 2019-03, wherever they stand in a text; who reads a name, an
option or a sentence reads digits only.
"""

import re
from collections.abc import Mapping

_ENGLISH = (
    "january february march april may june july august september october november december"
).split()
_NAMES = (  # a row for each month: German, French, Spanish, Italian, Portuguese, Dutch, Nordic
    "januar jänner jan janvier janv enero ene gennaio janeiro januari",
    "februar feber feb février fevrier févr fevr fév febrero febbraio fevereiro fev februari",
    "märz maerz mär mrz mar mars marzo março marco maart mrt marts",
    "apr avril avr abril abr aprile",
    "mai mayo maggio maio mei maj",
    "juni jun juin junio giugno giu junho",
    "juli jul juillet juil julio luglio julho",
    "aug août aout agosto augustus augusti",
    "sep sept septembre septiembre settembre setembro",
    "oktober okt oct octobre octubre ottobre ott outubro",
    "nov novembre noviembre novembro",
    "dezember dez dec décembre decembre déc diciembre dic dicembre dezembro desember",
)
_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d"
_YEAR = r"(?P<y>(?:18|19|20)\d\d)(?!\d)"
_SIGN = r"[\s._-]{0,2}"
_OF = r"(?:(?:de|del|di|of|d['’])\s?)?"
_IN_ASIA = re.compile(
    r"(?<!\d)(?P<y>(?:18|19|20)\d\d)\s?[年년]\s?(?P<m>[01]?\d)\s?[月월](?:\s?(?P<d>[0-3]?\d)\s?[日일号號])?"
)

_DAY = r"(?P<d>0?[1-9]|[12]\d|3[01])"
_MONTH = r"(?P<m>0?[1-9]|1[0-2])"
_DOTTED = (  # apart from 2019.7.4 and 4.7.2019, which are digits already, and from 1.2019.7.4.
    re.compile(
        rf"(?<![\d.a-z])(?P<y>(?:18|19|20)\d\d)\.(?=\s|\d+\.(?:\s|\d+\.(?!\d)))\s?{_MONTH}\.\s?{_DAY}"
        r"(?:\.(?!\d)|(?![\da-z.]))",
        re.IGNORECASE,
    ),
    re.compile(rf"(?<![\d.])(?<!\d\s){_DAY}\.\s{_MONTH}\.\s?{_YEAR}(?:\.(?!\d)|(?!\.))"),
)

_LEAD = r"(?:(?:am|vom|im|du|le|au|en|el|del|em|il|nel|den|op) )?"


def _forms(names: Mapping[str, int]) -> tuple[re.Pattern[str], ...]:
    month = rf"(?P<m>{'|'.join(sorted(names, key=len, reverse=True))})(?![^\W\d_])\.?"
    day = r"(?P<d>[0-3]?\d)(?:st|nd|rd|th|er|[.ºª])?"
    forms = (
        rf"{_LEAD}(?:{day}{_SIGN}{_OF})?{month},?{_SIGN}{_OF}{_YEAR}",
        rf"{month}{_SIGN}{day},?{_SIGN}{_YEAR}",
    )
    return tuple(re.compile(rf"(?<![^\W_]){form}", re.IGNORECASE) for form in forms)


_EVERY = {name: at for at, names in enumerate(_NAMES, 1) for name in names.split()}
_OWN = {name[:end]: at for at, name in enumerate(_ENGLISH, 1) for end in (None, 3, 4)}
_ALL = {**_EVERY, **_OWN}
_FOREIGN = {name: at for name, at in _EVERY.items() if name not in _OWN}
_ALL_FORMS, _FOREIGN_FORMS = _forms(_ALL), _forms(_FOREIGN)


def in_digits(text: str, *, english: bool = True) -> str:
    """Return a text with its dates in digits.

    Args:
        text: a name, an option, a sentence.
        english: those in English, too.
    """
    text = re.sub(rf"(?<=\d)[{_DASHES}](?=\d)", "-", text)
    for form in (_IN_ASIA, *_DOTTED, *(_ALL_FORMS if english else _FOREIGN_FORMS)):
        text = form.sub(_digits, text)
    return text


def _digits(found: re.Match[str]) -> str:
    month = int(found["m"]) if found["m"].isdecimal() else _ALL[found["m"].casefold()]
    day = f"-{int(found['d']):02}" if found["d"] else ""
    return f" {found['y']}-{month:02}{day} "
