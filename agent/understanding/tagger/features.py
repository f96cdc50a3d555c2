"""What the tagger's network is shown of an utterance: letters, word states, and what is around.

Three views of each token: hashed letter n-grams, which every language has; the states of the
offline text tower, which knows English; and flags of what the closed grammar, the list of what is
asked for and the screen say about it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from agent.understanding.grammar.dates.dates import date_pattern
from agent.understanding.grammar.numbers.numbers import CARDINAL, ORDINAL
from agent.understanding.grammar.positions import REFERENCE
from agent.understanding.tagger.tokens import Token
from retrievers.offline.towers import TokenStates
from retrievers.text.lettering import folded

BUCKETS, GRAMS = 8192, 16
"""How many n-grams are told apart, and how many of a token count at most."""
STATES = 768
_LONGEST = 24  # letters of a token

_SHAPES = frozenset(
    "portrait portraits vertical upright landscape landscapes horizontal square squares wide tall"
    " panorama panoramic sideways orientation format".split()
)
_MAKES = frozenset(
    "iphone ipad apple pixel galaxy samsung canon nikon sony fuji fujifilm olympus panasonic lumix"
    " leica pentax gopro kodak huawei xiaomi oneplus motorola nokia ricoh hasselblad dji eos"
    " minolta phone camera dslr drone webcam scanner polaroid".split()
)
_FILES = frozenset(
    "png pngs jpg jpgs jpeg jpegs gif gifs webp heic heics tif tiff tiffs raw raws bmp avif svg psd"
    " dng cr2 cr3 nef arw pdf pdfs mp4 video videos file files".split()
)
_COLOURS = frozenset(
    "red blue green yellow orange purple violet pink brown black white grey gray beige teal navy"
    " turquoise maroon gold golden silver cream ivory cyan magenta khaki olive mint lilac lavender"
    " burgundy crimson scarlet tan turquoise indigo".split()
)


def colour(word: str) -> bool:
    """Whether a word names a colour."""
    return folded(word) in _COLOURS


def make(text: str) -> bool:
    """Whether words name a maker or a kind of camera."""
    return any(word in _MAKES for word in re.findall(r"\w+", folded(text)))


_REFUSALS = frozenset(
    "no not without none never nothing nobody n't dont don't minus except excluding skip hide avoid"
    " lose remove drop forget exclude less too".split()
)
_NUMBER = re.compile(rf"(?:{CARDINAL})", re.IGNORECASE)
_ORDINAL = re.compile(rf"(?:{ORDINAL}|last|final|top|bottom|left|right|middle)", re.IGNORECASE)
_REFERENCE = re.compile(rf"(?<!\w){REFERENCE}(?!\w)", re.IGNORECASE)
_QUOTED = re.compile(r"\"[^\"]+\"|“[^”]+”|‘[^’]+’|(?<!\w)'[^']+'(?!\w)")


@dataclass(frozen=True, slots=True)
class Around:
    """What is around an utterance.

    Attributes:
        wanted: phrases that are asked for.
        refused: phrases that are refused.
        conditions: conditions in words.
        folders: words that folders are called by.
        shown: how many pictures a number can refer to.
    """

    wanted: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    folders: frozenset[str] = frozenset()
    shown: int = 0


@dataclass(frozen=True, slots=True)
class Features:
    """Arrays of one utterance with t tokens.

    Attributes:
        grams: [t, 16] int64, buckets of letter n-grams from 1; 0 fills up.
        flags: [t, n] float32 of 0 and 1.
        states: [t, 768] float32 of the text tower; all 0 without one.
    """

    grams: NDArray[np.int64]
    flags: NDArray[np.float32]
    states: NDArray[np.float32]


def features(
    said: str, found: Sequence[Token], around: Around, tower: TokenStates | None
) -> Features:
    """Return what the network is shown of an utterance and its tokens."""
    return Features(
        np.array([_grams(folded(one.text)[:_LONGEST]) for one in found], dtype=np.int64),
        _flags(said, found, around),
        _states(found, tower),
    )


@cache
def _grams(word: str) -> tuple[int, ...]:
    """Hash the word and its pieces of two to four letters, the longest first."""
    framed = f"<{word}>"
    pieces = [framed]
    for size in (4, 3, 2):
        pieces += [framed[at : at + size] for at in range(len(framed) - size + 1)]
    hashed = [1 + crc32(one.encode()) % (BUCKETS - 1) for one in dict.fromkeys(pieces)]
    return tuple([*hashed, *[0] * GRAMS][:GRAMS])


def _states(found: Sequence[Token], tower: TokenStates | None) -> NDArray[np.float32]:
    """Give each token the mean of its pieces' states."""
    made = np.zeros((len(found), STATES), dtype=np.float32)
    if tower is None:
        return made
    for at, token in enumerate(found):
        pieces = [
            place
            for place, (start, end) in enumerate(tower.spans)
            if start < token.end and end > token.start
        ]
        if pieces:
            made[at] = tower.states[pieces].mean(axis=0)
    return made


def _flags(said: str, found: Sequence[Token], around: Around) -> NDArray[np.float32]:
    words = [folded(one.text) for one in found]
    sets = (_stems(around.wanted), _stems(around.refused), _stems(around.conditions))
    rows = [
        [
            at == 0,
            at == len(found) - 1,
            word.isdecimal(),
            word.isdecimal() and 0 < int(word) <= around.shown,
            len(word) == 4 and word.isdecimal() and "1800" <= word <= "2099",
            bool(_NUMBER.fullmatch(word)),
            bool(_ORDINAL.fullmatch(word)),
            not word[0].isalnum(),
            word in (",", ".", ";", "!", "?", ":"),
            word in _SHAPES,
            word in _MAKES,
            word in _FILES,
            word in _COLOURS,
            word in _REFUSALS,
            word in around.folders,
            *(_stem(word) in known for known in sets),
        ]
        for at, word in enumerate(words)
    ]
    dates = date_pattern(alone=True)  # compiled when it is first asked for
    here = [_marked(pattern, said, found) for pattern in (dates, _REFERENCE, _QUOTED)]
    whole = [
        bool(around.wanted or around.refused or around.conditions),
        around.shown > 0,
        bool(around.refused),
        bool(around.conditions),
        len(around.wanted) > 1,
    ]
    made = [[*row, *(mark[at] for mark in here), *whole] for at, row in enumerate(rows)]
    return np.array(made, dtype=np.float32).reshape(len(found), FLAGS)


FLAGS = 26


def _marked(pattern: re.Pattern[str], said: str, found: Sequence[Token]) -> list[bool]:
    """Say of each token whether a match of the pattern holds it."""
    spans = [match.span() for match in pattern.finditer(said)]
    return [
        any(start <= token.start and token.end <= end for start, end in spans) for token in found
    ]


def _stems(texts: Sequence[str]) -> frozenset[str]:
    return frozenset(_stem(word) for text in texts for word in re.findall(r"\w+", folded(text)))


def _stem(word: str) -> str:
    return word.removesuffix("s") if len(word) > 3 else word
