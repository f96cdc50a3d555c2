"""A span in the English of the slots, as each language that it can be would say it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from agent.understanding.slots.languages.phrasebook import Phrasebook, phrasebook
from agent.understanding.slots.languages.units import spelled, units

LONGEST = 120
"""Letters of a span; a longer one isn't read."""
_LATIN = ("en", "de", "fr", "es", "it", "hi", "pt")
_KANA = re.compile("[\u3040-\u30ff]")
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff〇]")
_DEVANAGARI = re.compile("[\u0900-\u097f]")


@dataclass(frozen=True, slots=True)
class Word:
    """A phrase of a span.

    Attributes:
        text: its English, which may be nothing; what isn't known, as it was spelled.
        known: whether it was in the book; numbers and signs are.
        lent: whether it was English in another language.
        start: where it stood.
        end: where it ended.
    """

    text: str
    known: bool
    lent: bool
    start: int
    end: int


Words = tuple[Word, ...]


def translations(text: str, *sections: str) -> list[Words]:
    """Return a span in English, read as each language that it can be, the likeliest first."""
    if len(text) > LONGEST:
        return []
    found = units(text)
    said = [translated(found, phrasebook(one, *sections)) for one in _languages(text)]
    return sorted(said, key=lambda words: (unknown(words), sum(word.lent for word in words)))


def unknown(said: Words) -> int:
    return sum(not word.known for word in said)


def joined(said: Words) -> str:
    """Return it as a text; digits and signs stay as close together as they were."""
    text, end = "", 0
    for word in filter(lambda one: one.text, said):
        signs = not re.search(r"[^\W\d]", text[-1:] + word.text)
        text += word.text if signs and word.start == end else f" {word.text}"
        end = word.end
    return text.strip()


def translated(found: Sequence[re.Match[str]], book: Phrasebook) -> Words:
    """Return units in English, the longest phrases first."""
    said = [spelled(unit[0]) for unit in found]
    return tuple(_words(found, said, book))


def _words(found: Sequence[re.Match[str]], said: Sequence[str], book: Phrasebook) -> Iterator[Word]:
    at = 0
    while at < len(said):
        end, english = _phrase(said, at, book)
        known, lent = english is not None, " ".join(said[at:end]) in book.lent
        text = said[at] if english is None else english
        yield Word(text, known, lent, found[at].start(), found[end - 1].end())
        at = end


def _phrase(said: Sequence[str], at: int, book: Phrasebook) -> tuple[int, str | None]:
    for end in range(min(len(said), at + book.longest), at + 1, -1):
        english = book.phrases.get(" ".join(said[at:end]))
        if english is not None:
            return end, english
    unit = said[at]
    english = book.word(unit)
    if english is None and not unit.isalpha() and re.fullmatch(r"o?\d+s?|[^\w]", unit):
        english = unit
    return at + 1, english


def _languages(text: str) -> tuple[str, ...]:
    if _KANA.search(text):
        return ("ja", "zh")
    if _HAN.search(text):
        return ("zh", "ja")
    return ("hi",) if _DEVANAGARI.search(text) else _LATIN
