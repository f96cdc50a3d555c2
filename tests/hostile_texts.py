"""Texts made from a regular expression to keep it busy: what it repeats, repeated, and no end."""

import random
from importlib import import_module
from typing import Any

codes: Any = import_module("re._constants")  # of the parser that `re` itself uses
parser: Any = import_module("re._parser")

ENDLESS = 8
CATEGORIES = {
    codes.CATEGORY_DIGIT: "17",
    codes.CATEGORY_SPACE: " \n",
    codes.CATEGORY_WORD: "ax1",
    codes.CATEGORY_NOT_DIGIT: "a ",
    codes.CATEGORY_NOT_SPACE: "a.",
    codes.CATEGORY_NOT_WORD: " ,",
}
ALWAYS = (" ", ",", "a", "1", ".", "\n", "*", "[", "(", '"', "<", "-", "x,", "a ")


def attacks(pattern: str | bytes, flags: int, tries: int = 4) -> set[tuple[str, str]]:
    """Return what to begin with and what to repeat, by walking through the pattern at random."""
    walk = _Walk(random.Random(0))
    for _ in range(tries):
        walk.held.add(("", walk.through(parser.parse(pattern, flags), "")))
    return {*((start, again) for start, again in walk.held if again), *(("", c) for c in ALWAYS)}


class _Walk:
    def __init__(self, chance: random.Random) -> None:
        self.chance, self.held, self.groups = chance, set[tuple[str, str]](), dict[int, str]()

    def through(self, tree: Any, before: str) -> str:
        text = ""
        for code, value in tree:
            text += self._one(code, value, before + text)
        return text

    def _one(self, code: Any, value: Any, before: str) -> str:
        if code is codes.LITERAL:
            return chr(value)
        if code is codes.IN:
            return self._of(value)
        if code is codes.BRANCH:
            return self.through(self.chance.choice(value[1]), before)
        if code is codes.SUBPATTERN:
            self.groups[value[0]] = self.through(value[3], before)
            return self.groups[value[0]]
        if code is codes.ATOMIC_GROUP:
            return self.through(value, before)
        if code in (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT):
            return self._again(value[0], value[1], value[2], before)
        if code is codes.GROUPREF:
            return self.groups.get(value, "")
        return "a" if code in (codes.ANY, codes.NOT_LITERAL) else ""

    def _again(self, least: int, most: int, body: Any, before: str) -> str:
        if most > ENDLESS:
            ones = [self.through(body, before) for _ in range(12)]
            self.held.update((before, one) for one in ones)
            self.held.update(("", before + one) for one in ones[:2])
        return "".join(
            self.through(body, before) for _ in range(least or self.chance.randint(0, 1))
        )

    def _of(self, items: Any) -> str:
        there, inverted = "", False
        for code, value in items:
            if code is codes.LITERAL:
                there += chr(value)
            elif code is codes.RANGE:
                there += chr(self.chance.randint(*value))
            elif code is codes.CATEGORY:
                there += CATEGORIES.get(value, "a")
            inverted = inverted or code is codes.NEGATE
        return (
            next((c for c in "ax ,1.\n" if c not in there), "é")
            if inverted
            else (self.chance.choice(there))
        )
