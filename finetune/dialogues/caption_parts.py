"""What a caption says, taken apart by rule: the thing, what it is like, and what is around it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

PREPOSITIONS = "with in on at by near under over behind beside between from of for".split()
COLOURS = "black white red green yellow blue brown orange pink purple grey gray".split()
NUMBERS = "one two three four five six seven eight nine ten".split()
ARTICLES = frozenset("a an the some its his her their this that".split())
_SPLIT = re.compile(rf",|;|\b(?=(?:{'|'.join(PREPOSITIONS)}|and|who|which|that)\b)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class CaptionParts:
    """One caption.

    Attributes:
        thing: what it is of, one word: "barn".
        like: the words before it, without articles: "old", "red".
        around: the phrases after it: "with a white roof".
        kinds: broader words for it, broadest first: "building".
    """

    thing: str
    like: tuple[str, ...] = ()
    around: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()

    @property
    def named(self) -> str:
        """The thing with its own words: "old red barn"."""
        return " ".join((*self.like, self.thing))


def taken_apart(caption: str, *, kinds: Sequence[str] = ()) -> CaptionParts:
    """Take a caption's first sentence apart; a caption without a word is its own thing.

    A number is never the thing where there is a word: the year 1999 is a year.
    """
    first = re.split(r"[.!?](?:\s|$)", caption.strip(), maxsplit=1)[0]
    parts = [part.strip(" ,;") for part in _SPLIT.split(first)]
    heads = [at for at, part in enumerate(parts) if part and not is_number(part)]
    head = parts.pop(heads[0] if heads else 0)
    words = [word for word in re.findall(r"[\w'’-]+", head) if word.lower() not in ARTICLES]
    if not words:
        return CaptionParts(first or caption, kinds=tuple(kinds))
    named = [at for at, word in enumerate(words) if not is_number(word)]
    thing = words.pop(named[-1] if named else -1)
    return CaptionParts(thing, tuple(words), tuple(one for one in parts if one), tuple(kinds))


def is_number(text: str) -> bool:
    """Whether a text is digits and signs only, which describe nothing."""
    return bool(re.fullmatch(r"[\W\d_]*\d[\W\d_]*", text))


def kinds_of(name: str) -> tuple[str, ...]:
    """Return the folders of a picture's path as words in the singular: animals/birds -> bird."""
    folders = PurePosixPath(name).parts[:-1]
    return tuple(re.sub(r"(?<=[^aeious])s$", "", folder).replace("_", " ") for folder in folders)
