"""A date in English words and in another language's order, put as English has it.

"summer last" is last summer, "2015 before" before 2015, "last year of summer" the summer of the
year before this one, which "last summer" need not be.
"""

import re
from collections.abc import Callable
from datetime import date
from functools import cache

_MONTHS = (
    "january february march april may june july august september october november december"
).split()
_FEASTS = "christmas|new year's eve|new year's day|easter|halloween|diwali|holi"
_PART = rf"(?:{'|'.join(_MONTHS)}|spring|summer|autumn|winter|{_FEASTS})"
_DAY = "(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday)"
_UNIT = "(?:day|weekend|week|month|year)s?"
_YEAR = r"(?:(?:1[89]|20)\d\d)"
_OF = "(?:(?:of|in|from|on|to|the) )*"
_AGO = r"(?:last year|this year|the year before last|\d{1,2} years? ago)"
_BOUND = "(?:before|after|since|until)"
_ERAS = {"taisho": 1911, "showa": 1925, "heisei": 1988, "reiwa": 2018}
_ENDS = {"taisho": 1926, "showa": 1989, "heisei": 2019}

Rewrite = tuple[str, str | Callable[[re.Match[str]], str]]


def _month(digits: str) -> str:
    at = int(digits)
    return _MONTHS[at - 1] if 1 <= at <= 12 else "no month"


def _era(match: re.Match[str]) -> str:
    name, year = match[1], match[2]
    if year:
        return str(_ERAS[name] + int(year))
    start = _ERAS[name] + 1
    return f"from {start} to {_ENDS[name]}" if name in _ENDS else f"since {start}"


_REWRITES: tuple[Rewrite, ...] = (
    (r"\b2 1000 (?:and )?(\d{1,2})\b", lambda m: f"{2000 + int(m[1])}"),
    (r"\b2 1000\b", "2000"),
    (r"\b(1[89]|20) ([1-9]0) ([1-9])\b", lambda m: f"{m[1]}{int(m[2]) + int(m[3])}"),
    (r"\b(19|20) ([1-9]\d)\b", r"\1\2"),
    (r"\b([2-9]0) ([1-9])\b(?! \d)", lambda m: f"{int(m[1]) + int(m[2])}"),
    (r"\bera (\w+)(?: (\d{1,2}) year)?", _era),
    (rf"\b({_YEAR}) year (\d{{1,2}}) moon (\d{{1,2}}) sun\b", r"\1-\2-\3"),
    (rf"\b({_YEAR}) year(?: of)? (\d{{1,2}}) moon\b", lambda m: f"{_month(m[2])} {m[1]}"),
    (r"\b(\d{1,2}) moon (\d{1,2}) sun\b", lambda m: f"{m[2]} {_month(m[1])}"),
    (r"\b(\d{1,2}) moon\b", lambda m: _month(m[1])),
    (rf"\b({_YEAR}) years?\b(?! ago)", r"\1"),
    (rf"\byears? {_OF}(?={_YEAR}\b)", ""),
    (rf"\byears? {_OF}((?:19|20)?[0-9]0)s?$", r"\1s"),
    (r"\b((?:1[89]|20)?[0-9]0)s? decade\b", r"\1s"),
    (r"\bo((?:1[89]|20)?[0-9]0)(?: years?)?$", r"\1s"),
    (r"\bdecade (?:of )?(\d{1,3}0)s?\b", r"\1s"),
    (r"\byears? ((?:19|20)\d0s)", r"\1"),
    (r"\bo(\d{1,2})\b", r"\1"),
    (r"\bmid ?- ?", "mid "),
    (rf"\bbefore-last ({_UNIT})|\b(?!year)({_UNIT}) before last$", r"2 \1\2s ago"),
    (r"^before (\d{1,2}) (spring|summer|autumn|winter)$", r"\1 \2s ago"),
    (r"\b(\d{1,2}) (spring|summer|autumn|winter) ago\b", r"\1 \2s ago"),
    (r"\b((?:start|the middle|end) of) year$", r"\1 this year"),
    (rf"\b({_UNIT}) (?:of )?(last|this)\b", r"\2 \1"),
    (rf"\b(\d{{1,3}}) last ({_UNIT})\b", r"last \1 \2"),
    (rf"\b(\d{{1,2}}) (?:from|of) (?={_PART}\b)", r"\1 "),
    (rf"\b({_PART}) (?:from|of|in) (?={_YEAR}\b)", r"\1 "),
    (rf"\b({_YEAR}) {_OF}((?:\d{{1,2}} )?{_PART})\b", r"\2 \1"),
    (r"^(?:from|of|in) (?=ago )", ""),
    (rf"\bago ((?:more than |less than )?\d{{1,3}} {_UNIT})\b", r"\1 ago"),
    (rf"^(?:from |in )?before ((?:more than |less than )?\d{{1,3}} {_UNIT})$", r"\1 ago"),
    (rf"\b(\d{{1,3}} {_UNIT}) before(?=$| (?:of )?{_PART})", r"\1 ago"),
    (rf"^(?:from |of )?(\d{{1,3}} {_UNIT}) (older|newer)\b.*", r"\2 than \1"),
    (rf"^(older|newer) (\d{{1,3}} {_UNIT})$", r"\1 than \2"),
)
_YEARED: tuple[str, ...] = (
    rf"\b(?P<year>{_AGO}) {_OF}(?P<part>(?:\d{{1,2}} )?{_PART})\b",
    rf"\b(?P<part>{_PART}) {_OF}(?P<year>{_AGO})\b",
)
_LATER_REWRITES: tuple[Rewrite, ...] = (
    (rf"\b({_PART}|{_DAY}) (?:of )?(last|this)\b(?! {_UNIT})", r"\2 \1"),
    (
        rf"^({_YEAR}|(?:last|this) year|{_PART}(?: {_YEAR})?) ((?:start|the middle|end) of)$",
        r"\2 \1",
    ),
    (
        r"^(?:from |since )?([^ ].{0,40}?) (?:since|from) (.{1,40}?)(?: until| between| to| of)*$",
        r"from \1 to \2",
    ),
    (r"^since (.{1,40}?) (?:to|until) (.{1,40})$", r"from \1 to \2"),
    (r"^(?:from )?(.{1,40}?) (and|to) (.{1,40}?) between$", r"between \1 and \3"),
    (r"^between (.{1,40}?) to ", r"between \1 and "),
    (r"^(?:from|of|in|to) (?=before|after|since|until|between|more|less|older|newer|from)", ""),
    (
        rf"^(?:from )?(?!(?:{_BOUND}|between)\b)([^ ].{{0,40}}?) (?:of )?({_BOUND})(?: of)?$",
        r"\2 \1",
    ),
    (r"^since (.{1,40}) since$", r"since \1"),
    (rf"^({_BOUND}) {_OF}", r"\1 "),
    (r"\blast (\d{1,3}) (day|weekend|week|month|year)$", r"last \1 \2s"),
    (r"^from weekend$", "last weekend"),
    (r"^(?:in |to )?weekend$", "weekends"),
    (r"^(?:in |to )+(spring|summer|autumn|winter|christmas|easter)$", r"every \1"),
    (r"^(?:in |from |to )*(mornings|afternoons|evenings|nights)$", r"in the \1"),
    (r"^(?:of|from) (?:of |from |in )*", "from "),
    (r"^(?:to|in) (?:in |to )*", "in "),
    (r" (?:of|in|from|on)$", ""),
)


def rearranged(text: str, today: date) -> str:
    """Return it in the order of English."""
    text = _by(_REWRITES, text)
    for form in _YEARED:
        text = _compiled(form).sub(
            lambda match: f"{match['part']} {_year(match['year'], today)}", text
        )
    return _by(_LATER_REWRITES, text)


def _by(rewrites: tuple[Rewrite, ...], text: str) -> str:
    for form, instead in rewrites:
        text = _compiled(form).sub(instead, text).strip()
    return text


_compiled = cache(re.compile)
"""When first needed: a program that reads no date does not wait for these."""


def _year(said: str, today: date) -> int:
    back = {"this": 0, "last": 1, "the": 2}.get(said.split(" ")[0])
    return today.year - (int(said.split(" ")[0]) if back is None else back)
