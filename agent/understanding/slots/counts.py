"""How many are meant: "20", "a dozen", "zwanzig", "二十枚"; and how many steps: "deux fois"."""

import re

from agent.understanding.slots.languages.translation import translations, unknown

_HIGHEST = 9999
_MOST_STEPS = 99
_DIGIT = re.compile(r"\d{1,6}")
_STEPS = re.compile(r"\b(\d{1,6})(?: last)? step\b|\b(?:last|step) (\d{1,6})\b")


def count(text: str) -> int | None:
    """Return how many are meant; None if no number is said."""
    for said in translations(text, "numbers", "counts"):
        words = [word.text for word in said if word.known and word.text]
        numbers = [int(one) for one in words if one.isdigit()]
        article = numbers[:1] == [1] and unknown(said)  # another page, noch ein wenig
        sure = 2 * unknown(said) <= len(said) and not article
        if numbers and (sure or _DIGIT.search(text)):
            return _total(numbers)
    return None


def _total(numbers: list[int]) -> int | None:
    """Return the first of the numbers, with the one after it if that is its rest: twenty five."""
    first, rest = [*numbers, 0, 0][:2]
    tens = 20 <= first <= 90 and first % 10 == 0
    total = first + rest if tens and rest < 10 else first
    return total if 0 < total <= _HIGHEST else None


def steps(text: str) -> int:
    """Return how many steps back are meant; one if no number is said of steps."""
    for said in translations(text, "numbers", "counts", "steps"):
        words = " ".join(word.text if word.known else "?" for word in said)
        if match := _STEPS.search(words):
            return min(int(match[1] or match[2]), _MOST_STEPS) or 1
    digits = _DIGIT.search(text)
    return min(int(digits[0]), _MOST_STEPS) or 1 if digits else 1
