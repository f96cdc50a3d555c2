"""What a correction is about, if it does not say so: the words of its kind in what is asked for.

"I meant blue" of a red car is about red, "bergen" of the harbour in oslo about oslo. Words are of a
kind if the offline text tower has them near one another.
"""

import re
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher

from agent.understanding.tagger.features import Around, colour
from retrievers.encoder import EncoderError
from retrievers.offline.towers import text_tower
from retrievers.text.lettering import words

_SLIP = 0.6  # how alike a word and its correction are written
_RHYME = 0.74  # the same, where the first letters differ
_KIND = 0.42  # how near two words of a kind are, as a cosine
_LOOSE = 0.2  # the same, of a thing that is surely said instead of another
_SMALL = frozenset(
    "a an the my our your his her of in on at by for with without to and or some any".split()
)
_PREPOSITION = "in|on|at|by|near|under|during|behind|beside|next to"


def place_of(new: str, around: Around, *, surely: bool = False) -> str | None:
    """Return the words that a correction takes the place of; None if it adds to them.

    Args:
        new: what is said instead.
        around: what is asked for, in words.
        surely: whether it is known to be said instead of something.
    """
    phrases = [*around.wanted, *around.refused]
    held = [word for phrase in phrases for word in words(phrase) if word not in _SMALL]
    said = [word for word in words(new) if word not in _SMALL]
    if not said or not held:
        return None
    if len(said) == 1 and (slip := _slip(said[0], held)):
        return slip
    if all(map(colour, said)):
        return next((word for word in held if colour(word)), None)
    if re.match(rf"(?:{_PREPOSITION})\b", new, re.IGNORECASE):
        return next(
            (match[0] for phrase in reversed(phrases) if (match := _PLACED.search(phrase))), None
        )
    shared = [word for word in held if word in said]
    if shared and len(said) > 1:
        return next(phrase for phrase in reversed(phrases) if shared[-1] in words(phrase))
    thing = surely and re.match(r"(?:an?|the|my|our) ", new, re.IGNORECASE)
    return _nearest(" ".join(said), held, _LOOSE if thing else _KIND)


_PLACED = re.compile(rf"\b(?:{_PREPOSITION}) .+$", re.IGNORECASE)


def _slip(word: str, held: Iterable[str]) -> str | None:
    """Return the word that was mistyped, if this one corrects it."""
    likeness = {old: SequenceMatcher(None, word, old).ratio() for old in held if old != word}
    best = max(likeness, key=lambda old: likeness[old], default="")
    near = bool(best) and abs(len(best) - len(word)) <= 1
    least = _SLIP if best[:1] == word[:1] else _RHYME
    return best if near and likeness[best] >= least else None


def _nearest(new: str, held: Sequence[str], least: float) -> str | None:
    try:
        first, *others = text_tower().vectors([new, *held])
    except EncoderError:  # the offline models are not installed
        return held[-1] if len(held) == 1 else None
    cosines = [float(first @ other) for other in others]
    best = max(range(len(held)), key=lambda at: cosines[at])
    return held[best] if cosines[best] >= least else None
