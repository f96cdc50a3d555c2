"""What IPTC-IIM says (version 4.2, record 2), as press photographs and older managers hold it."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from PIL import IptcImagePlugin
from PIL.ImageFile import ImageFile

from retrievers.pictures.metadata.date_texts import read_date
from retrievers.pictures.metadata.facts import Facts, date
from retrievers.pictures.metadata.texts import MOST_BYTES, line

Key = tuple[int, int]
_TITLES: tuple[Key, ...] = ((2, 5), (2, 105))
_KEYWORDS, _CAPTION, _DAY, _TIME = (2, 25), (2, 120), (2, 55), (2, 60)
_NAMES: tuple[Key, ...] = ((2, 80), (2, 85), (2, 90), (2, 101), (2, 110), (2, 116), (2, 122))
_CHARSET = (1, 90)
_ESCAPES = {  # of ISO 2022, as the envelope names a character set
    **{b"\x1b" + at + b"A": "cp1252" for at in (b"-", b".", b"/")},
    **{b"\x1b" + at + b"B": "iso8859_2" for at in (b"-", b".", b"/")},
    **{b"\x1b" + at + b"L": "iso8859_5" for at in (b"-", b".", b"/")},
    **{b"\x1b" + at + b"F": "iso8859_7" for at in (b"-", b".", b"/")},
    **{b"\x1b" + at + b"M": "cp1254" for at in (b"-", b".", b"/")},
    b"\x1b$)A": "gb18030",
    b"\x1b$)B": "euc_jp",
    b"\x1b$)C": "cp949",
}


def facts_of_iptc(image: ImageFile) -> Facts:
    """Return what a JPEG or TIFF holds of IPTC; whatever is broken counts as not said."""
    held = _iptc_records(image)
    day = " ".join(_lines(held, _DAY)[:1] + _lines(held, _TIME)[:1])
    titles = [title for key in _TITLES for title in _lines(held, key)]
    return Facts(
        dates=date(read_date(day), "iptc"),
        title=titles[0] if titles else None,
        description="\n".join(dict.fromkeys(_lines(held, _CAPTION))) or None,
        tags=tuple(_lines(held, _KEYWORDS)),
    )


def names_in_iptc(image: ImageFile) -> list[str]:
    """Return who made a picture and where, which may help to tell in which encoding it speaks."""
    held = _iptc_records(image)
    return [text for key in _NAMES for text in _lines(held, key)]


def _iptc_records(image: ImageFile) -> Mapping[Key, Any]:
    try:
        return IptcImagePlugin.getiptcinfo(image) or {}
    except Exception:  # Pillow raises nearly anything on broken blocks
        return {}


def _lines(held: Mapping[Key, Any], key: Key) -> list[str]:
    values = held.get(key, ())
    values = values if isinstance(values, list) else [values]
    return [text for value in values if (text := line(_text(held, value)))]


def _text(held: Mapping[Key, Any], value: object) -> object:
    """Decode by the character set that the envelope names, unless it is UTF-8 or does not fit."""
    named = _ESCAPES.get(held.get(_CHARSET, b""))
    if named is None or not isinstance(value, bytes):
        return value
    for encoding in ("utf-8", named):
        with suppress(UnicodeDecodeError):
            return value[:MOST_BYTES].decode(encoding)
    return value
