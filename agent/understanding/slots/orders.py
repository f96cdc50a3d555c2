"""In which order to show: "newest first", "nach Datum", "从新到旧", "新しい順"."""

from agent.understanding.slots.languages.translation import translations
from retrievers.query import Ordering


def ordering(text: str) -> Ordering | None:
    """Return the order that words name; by date alone means the oldest first. None: by size."""
    for said in translations(text, "orders"):
        words = " ".join(word.text for word in said if word.known).split()
        if found := _order(words):
            return found
    return None


def _order(words: list[str]) -> Ordering | None:
    ages: list[Ordering] = ["newest" if one == "new" else "oldest" for one in words if one in _AGES]
    if ages:
        last = len(set(ages)) == 1 and "end" in words[max(map(words.index, _AGES & {*words})) :]
        first = ages[0]
        return ("oldest" if first == "newest" else "newest") if last else first
    if "reverse" in words:
        return "newest"
    if "date" in words or "forward" in words:
        return "oldest"
    return "best" if "best" in words else None


_AGES = frozenset({"new", "old"})
