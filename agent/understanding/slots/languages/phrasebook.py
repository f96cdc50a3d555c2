"""What words of one language say in the English of the slots, from its text file.

A file has sections for what is spoken of; a line says `english = form, form`. A form that ends in
an asterisk stands for every word that begins so; without English the words say nothing. A comma
among the forms stands in quotes.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from agent.understanding.slots.languages.units import spelled, units

_SHORTEST = 2  # letters of a word's beginning


@dataclass(slots=True)
class Phrasebook:
    """Phrases by their units, and beginnings of words.

    Attributes:
        phrases: what each says.
        beginnings: what words that begin so say.
        lent: phrases that are English in another language's book.
        longest: units of the longest phrase.
    """

    phrases: dict[str, str] = field(default_factory=dict)
    beginnings: dict[str, str] = field(default_factory=dict)
    lent: frozenset[str] = frozenset()
    longest: int = 1

    def add(self, form: str, english: str) -> None:
        """Learn a form; what was known of it is forgotten."""
        key = [spelled(unit[0]) for unit in units(form.removesuffix("*"))]
        if form.endswith("*"):
            self.beginnings[" ".join(key)] = english
        else:
            self.phrases[" ".join(key)] = english
            self.longest = max(self.longest, len(key))

    def word(self, unit: str) -> str | None:
        """Return what one unit says; None if it isn't known."""
        if unit in self.phrases:
            return self.phrases[unit]
        ends = range(len(unit), _SHORTEST - 1, -1) if self.beginnings else ()
        known = (self.beginnings.get(unit[:end]) for end in ends)
        return next((english for english in known if english is not None), None)


@cache
def phrasebook(language: str, *sections: str) -> Phrasebook:
    """Return what a language says in these sections, later ones first; beneath it, English."""
    book, own = Phrasebook(), Phrasebook()
    for one in dict.fromkeys(("en", language)):
        for section in sections:
            for english, form in _lines(one).get(section, ()):
                book.add(form, english)
                if one == language:
                    own.add(form, english)
    book.lent = frozenset(book.phrases.keys() - own.phrases.keys())
    return book


@cache
def _lines(language: str) -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = {}
    section = ""
    text = Path(__file__).with_name(f"{language}.txt").read_text("utf-8")
    for line in filter(None, map(str.strip, text.splitlines())):
        if line.startswith("["):
            section = line.strip("[]")
        elif not line.startswith("# "):
            found.setdefault(section, []).extend(_forms(line))
    return found


def _forms(line: str) -> Iterator[tuple[str, str]]:
    english, _, forms = line.partition("=")
    for form in map(str.strip, forms.strip().split(", ")):
        yield english.strip(), form.strip('"') or form
