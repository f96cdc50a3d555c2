"""What IPTC-IIM says (version 4.2, record 2), as press photographs and older managers hold it."""

import codecs
from collections.abc import Mapping
from typing import Any

from PIL import IptcImagePlugin
from PIL.ImageFile import ImageFile

from retrievers.pictures.metadata.date_texts import read_date
from retrievers.pictures.metadata.facts import Facts, date
from retrievers.pictures.metadata.texts import line

Key = tuple[int, int]
_TITLES: tuple[Key, ...] = ((2, 5), (2, 105))
_KEYWORDS, _CAPTION, _DAY, _TIME = (2, 25), (2, 120), (2, 55), (2, 60)
_CHARSET, _UTF8 = (1, 90), b"\x1b%G"


def facts_of_iptc(image: ImageFile) -> Facts:
    """Return what a JPEG or TIFF holds of IPTC; whatever is broken counts as not said."""
    try:
        held = IptcImagePlugin.getiptcinfo(image) or {}
    except Exception:  # Pillow raises nearly anything on broken blocks
        return Facts()
    day = " ".join(_lines(held, _DAY)[:1] + _lines(held, _TIME)[:1])
    titles = [title for key in _TITLES for title in _lines(held, key)]
    return Facts(
        dates=date(read_date(day), "iptc"),
        title=titles[0] if titles else None,
        description="\n".join(dict.fromkeys(_lines(held, _CAPTION))) or None,
        tags=tuple(_lines(held, _KEYWORDS)),
    )


def _lines(held: Mapping[Key, Any], key: Key) -> list[str]:
    values = held.get(key, ())
    values = values if isinstance(values, list) else [values]
    return [text for value in values if (text := line(_text(held, value)))]


def _text(held: Mapping[Key, Any], value: object) -> object:
    """Decode by the character set that the envelope names; else `line` tells."""
    if held.get(_CHARSET) == _UTF8 and isinstance(value, bytes):
        return codecs.decode(value[:8000], "utf-8", "replace")
    return value
