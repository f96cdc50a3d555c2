"""Words, numbers and signs of an utterance, as the tagger counts them.

Scripts that are written without spaces are cut into single letters; a hyphen, a sign and the change
between digits and letters are cuts, too, so that "jan-mar 2020", "#5" and "20mp" come apart.
"""

import unicodedata
from dataclasses import dataclass
from itertools import pairwise

_UNSPACED = (  # Thai to Khmer, kana, CJK
    ("\u0e00", "\u0eff"),
    ("\u1000", "\u109f"),
    ("\u1780", "\u17ff"),
    ("\u3040", "\u30ff"),
    ("\u3400", "\u9fff"),
    ("\uf900", "\ufaff"),
)


@dataclass(frozen=True, slots=True)
class Token:
    """One word, number or sign, and where it stands: `said[start:end]`."""

    text: str
    start: int
    end: int


def tokens(said: str) -> list[Token]:
    """Cut any text into tokens; what is left out is spaces."""
    kinds = [*map(_kind, said), " "]
    _join_marks(kinds, said)
    cuts = [at for at in range(len(said) + 1) if at in (0, len(said)) or _apart(kinds, at)]
    return [
        Token(said[start:end], start, end)
        for start, end in pairwise(cuts)
        if not said[start:end].isspace()
    ]


def _kind(letter: str) -> str:
    if letter.isspace():
        return " "
    if any(first <= letter <= last for first, last in _UNSPACED):
        return "unspaced" if unicodedata.category(letter)[0] != "M" else "mark"
    if letter.isdecimal():
        return "digit"
    category = unicodedata.category(letter)[0]
    return {"L": "letter", "M": "mark"}.get(category, "sign")


def _join_marks(kinds: list[str], said: str) -> None:
    """A vowel sign belongs to the letter before it, an apostrophe to the letters on both sides."""
    for at, letter in enumerate(said):
        if kinds[at] == "mark":
            kinds[at] = kinds[at - 1] if at and kinds[at - 1] != " " else "letter"
        elif letter in "'’" and at and kinds[at - 1] == kinds[at + 1] == "letter":
            kinds[at] = "letter"


def _apart(kinds: list[str], at: int) -> bool:
    return kinds[at] != kinds[at - 1] or kinds[at] in ("sign", "unspaced")
