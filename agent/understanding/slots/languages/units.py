"""The units that a text of any language is read in, and how they are spelled to be compared.

A unit is a word, a number, a sign, a sign of Chinese or Japanese (a run of katakana is one), or
Chinese digits in a row. Accents and the marks that Hindi leaves out at will are left out.
"""

import re
import unicodedata
from functools import lru_cache

_MARKS = "\u0300-\u036f\u0900-\u0903\u093a-\u094f\u0951-\u0957\u0962\u0963"
_HAN_DIGITS = "〇零一二三四五六七八九十百两兩"
_UNIT = re.compile(
    rf"\d+(?:(?:st|nd|rd|th|s|er|ern|re|e|eme|ème|ère|ten|te|º|ª|°|वीं|वां|वी|री|रा)(?![\w{_MARKS}]))?"
    rf"|[{_HAN_DIGITS}]+"
    r"|[ァ-ヶー・]+"
    r"|[\u3040-\u309f\u3400-\u4dbf\u4e00-\u9fff々]"
    rf"|(?:[^\W\d_\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff][{_MARKS}\u200c\u200d]*)+['’]?"
    r"|\S",
    re.IGNORECASE,
)
_LEFT_OUT = re.compile("[\u0300-\u036f\u093c\u200c\u200d]")


def units(text: str) -> list[re.Match[str]]:
    """Return the units of a text, with where they stand."""
    return list(_UNIT.finditer(text))


@lru_cache(maxsize=4096)
def spelled(unit: str) -> str:
    """Return how a unit is spelled; digits with an ending are `o3`, or `90s`."""
    if set(unit) <= set(_HAN_DIGITS):
        return _han_number(unit)
    plain = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", unit).casefold())
    plain = unicodedata.normalize("NFC", _LEFT_OUT.sub("", plain))
    plain = plain.replace("’", "'").replace("ँ", "ं").replace("œ", "oe").replace("æ", "ae")
    if unit[0].isdecimal():
        digits, tail = _digits(unit), unit.lstrip("".join(filter(str.isdecimal, unit)))
        return f"{digits}s" if tail.casefold() == "s" else f"o{digits}" if tail else digits
    return plain


def _digits(unit: str) -> str:
    return "".join(str(unicodedata.decimal(one)) for one in unit if one.isdecimal())


def _han_number(unit: str) -> str:
    """Read Chinese digits: in a row as a year's, or with tens and hundreds."""
    value = {sign: n for n, sign in enumerate("〇一二三四五六七八九")} | {"零": 0, "两": 2, "兩": 2}
    if not set(unit) & set("十百"):
        return "".join(str(value[sign]) for sign in unit)
    total, last = 0, None
    for sign in unit:
        if sign in value:
            last = value[sign]
        else:
            total += (1 if last is None else last) * {"十": 10, "百": 100}[sign]
            last = None
    return str(total + (last or 0))
