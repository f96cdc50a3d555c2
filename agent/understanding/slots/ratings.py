"""How many stars: "at least four stars", "mindestens 4 Sterne", "四星以上", "★★★"."""

from collections.abc import Sequence
from dataclasses import dataclass

from agent.understanding.interpretation import Context
from agent.understanding.slots.languages.translation import translations
from retrievers.query import Filters

_BEST = 5


def rating(text: str, context: Context) -> Filters | None:
    """Read a rating in stars; "4 or 5 stars" and "3 to 5 stars" are ranges."""
    for said in translations(text, "numbers", "bounds", "ratings"):
        words = [word.text for word in said if word.known and word.text]
        if "unrated" in words:
            return Filters(lacks=("rating",))
        if "rejected" in words:
            return Filters(min_rating=-1, max_rating=-1)
        drawn = sum(1 for word in said if text[word.start : word.end] in ("★", "⭐"))
        numbers = [int(one) for one in words if one.isdigit() and int(one) <= _BEST]
        if stars := _bounds([drawn] if drawn else numbers, words):
            if stars.low == stars.high == 0:
                return Filters(lacks=("rating",))
            return Filters(min_rating=stars.low, max_rating=stars.high)
        if "top" in words:
            return Filters(min_rating=_BEST, max_rating=_BEST)
    return None


@dataclass(frozen=True, slots=True)
class _Bounds:
    """From the lowest to the highest whole number that is meant; None is open."""

    low: int | None
    high: int | None


def _bounds(numbers: Sequence[int], words: Sequence[str]) -> _Bounds | None:
    """Return what numbers and the words around them bound; None if there is no number."""
    if not numbers:
        return None
    if len(numbers) > 1 and not {"least", "most", "above", "below"} & {*words}:
        return _Bounds(min(numbers), max(numbers))
    first = numbers[0]
    if "least" in words or "above" in words:
        return _Bounds(first + ("least" not in words), None)
    if "most" in words or "below" in words:
        return _Bounds(None, first - ("most" not in words))
    return _Bounds(first, first)
