"""How many pixels: "at least 20 megapixels", "mindestens 12 MP", "4k", "高解像度"."""

import re

from agent.understanding.interpretation import Context
from agent.understanding.slots.languages.translation import translations
from retrievers.query import Filters

_NAMED = {"4k": 8_294_400, "8k": 33_177_600, "full hd": 2_073_600, "hd": 921_600}
_UNITS = {"mp": 1_000_000, "wan": 10_000, "万画素": 10_000}
_LARGE, _SMALL = 8_000_000, 1_000_000
_SIDES = re.compile(r"(\d{2,5}) ?(?:x|×|by|\*) ?(\d{2,5})", re.IGNORECASE)
_AMOUNT = re.compile(r"\d{1,6}(?:[.,]\d{1,3})?")


def size(text: str, context: Context) -> Filters | None:
    """Read a size in pixels; one in bytes or of one side only is no condition."""
    for said in translations(text, "numbers", "bounds", "sizes"):
        words = [word.text for word in said if word.known and word.text]
        if "mb" in words or "wide" in words:
            return None
        pixels = _pixels(text, words)
        less = bool({"most", "below"} & {*words}) or ("small" in words and "least" not in words)
        if pixels is None and {"big", "small"} & {*words}:
            pixels = _SMALL if less else _LARGE
        if pixels is not None and "exact" in words:
            return Filters(min_pixels=pixels, max_pixels=pixels)
        if pixels is not None:
            return Filters(max_pixels=pixels) if less else Filters(min_pixels=pixels)
    return None


def _pixels(text: str, words: list[str]) -> int | None:
    if match := _SIDES.search(text):
        return int(match[1]) * int(match[2])
    for unit, worth in _UNITS.items():
        if unit in words:
            digits = _AMOUNT.search(text)
            spoken = next((int(one) for one in words if one.isdigit()), None)
            amount = float(digits[0].replace(",", ".")) if digits else spoken
            return None if amount is None else round(amount * worth)
    return next((pixels for name, pixels in _NAMED.items() if name in words), None)
