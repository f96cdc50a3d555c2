"""The words of phrases that count when readings are compared, and what right phrases allow."""

import re
from collections.abc import Iterable

SMALL = frozenset(
    """a an and any are at be for from has have i image in is it me more my of on one ones or photo
    pic picture s some that the there these this those to was were with""".split()
)
_WORD = re.compile(r"\w+(?:'\w+)?")


def stems(phrases: Iterable[str]) -> set[str]:
    """Return the words that count, in lower case, without the s of a plural."""
    every = (word for phrase in phrases for word in _WORD.findall(phrase.casefold()))
    return {stem(word) for word in every if not {word, stem(word)} & SMALL}


def stem(word: str) -> str:
    """Return a word without the s of a plural or genitive."""
    bare = word.removesuffix("'s").replace("'", "")
    plural = len(bare) > 3 and bare.endswith("s") and not bare.endswith("ss")
    return bare[:-1] if plural else bare


class Wording:
    """Phrases of a right reading: alternatives of which one is needed each, and what may be."""

    def __init__(self, phrases: Iterable[str]) -> None:
        self.needed: list[frozenset[str]] = []
        self.optional: set[str] = set()
        for word in " ".join(phrases).split():
            choice = frozenset(stems(word.strip("()").split("|")))
            if word.startswith("("):
                self.optional |= choice
            elif "-" in word:
                self.needed += [frozenset({one}) for one in choice]
            elif choice:
                self.needed.append(choice)

    @property
    def every(self) -> set[str]:
        return self.optional.union(*self.needed)
