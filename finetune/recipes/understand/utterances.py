"""Utterances drawn from phrasings: what was said, what was asked for before, what words are for."""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from agent.understanding.tagger.features import Around
from agent.understanding.tagger.tokens import tokens
from finetune.recipes.understand.phrasings import Lists, Phrasing, Piece
from finetune.recipes.understand.surroundings import (
    Surroundings,
    made_up,
    with_folders_named,
)

_FILLERS = (
    "um",
    "uh",
    "hmm",
    "ok",
    "okay",
    "so",
    "well",
    "right",
    "hey",
    "please",
    "pls",
    "erm",
    "like",
)
_TAILS = (
    " please",
    " pls",
    " thanks",
    " thx",
    " lol",
    " mate",
    "!",
    ".",
    "...",
    "?",
    " :)",
    " now",
    " ok",
    "!!",
    " haha",
)


@dataclass(frozen=True, slots=True)
class TaggedUtterance:
    """What was said, what was around it, and the spans `(start, end, kind)` of its letters."""

    said: str
    around: Around
    spans: tuple[tuple[int, int, str], ...]
    fresh: bool | None
    """Whether it begins a new search; None where nothing was asked for."""
    phrasing: int


def draw(
    at: int, phrasing: Phrasing, lists: Lists, chance: random.Random
) -> TaggedUtterance | None:
    """Draw one utterance of a phrasing; None where its lists are not there."""
    asked = phrasing.context in ("1", "1!") or (phrasing.context == "*" and chance.random() < 0.6)
    state = made_up(lists, chance, phrasing.lists) if asked else Surroundings(Around(), {})
    try:
        pieces = phrasing.draw({**lists, **state.lists}, chance)
    except (KeyError, IndexError):
        return None
    fresh = None if not asked else phrasing.context == "1!"
    around = replace(state.around, folders=with_folders_named(pieces, lists, chance))
    pieces = _roughened(pieces, phrasing.language, chance)
    return _assembled(pieces, around, fresh, at)


def joined(
    first: TaggedUtterance, second: TaggedUtterance, chance: random.Random
) -> TaggedUtterance:
    """Say two things in one breath, in the first one's surroundings."""
    link = chance.choice(
        (", ", " and ", ". ", ", and ", " but ", " and then ", "; ", " also ", " ", " - ")
    )
    text = first.said.rstrip(" .!?,;") + link
    spans = [(a + len(text), b + len(text), kind) for a, b, kind in second.spans]
    return replace(first, said=text + second.said, spans=(*first.spans, *spans))


def _roughened(pieces: Sequence[Piece], language: str, chance: random.Random) -> list[Piece]:
    """Say it as people type: other cases, no signs, slips of the finger, fillers."""
    out = list(pieces)
    if language == "en" and chance.random() < 0.15:
        out.insert(0, (chance.choice(_FILLERS) + chance.choice((" ", ", ", " ", "... ")), ""))
    if language == "en" and chance.random() < 0.2:
        out.append((chance.choice(_TAILS), ""))
    how = chance.random()
    if how < 0.05:
        out = [(text.upper(), tag) for text, tag in out]
    elif how < 0.4:
        out = [(text.lower(), tag) for text, tag in out]
    elif how < 0.55 and out:
        first, tag = out[0]
        out[0] = (first[:1].upper() + first[1:], tag)
    if chance.random() < 0.25:
        out = [
            (re.sub(r"(?<=\w)[,.;!?'](?=\s|$)|(?<=[a-z])'(?=[a-z])", "", text), tag)
            for text, tag in out
        ]
    if chance.random() < 0.12:
        at = chance.randrange(len(out))
        out[at] = (_slipped(out[at][0], chance), out[at][1])
    return [piece for piece in out if piece[0]]


def _slipped(text: str, chance: random.Random) -> str:
    """Leave out, double or swap a letter of a word."""
    places = [at for at in range(1, len(text) - 1) if text[at - 1 : at + 2].isalpha()]
    if not places:
        return text
    at = chance.choice(places)
    how = chance.randrange(3)
    if how == 0:
        return text[:at] + text[at + 1 :]
    if how == 1:
        return text[:at] + text[at] + text[at:]
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


def _assembled(
    pieces: Sequence[Piece], around: Around, fresh: bool | None, phrasing: int
) -> TaggedUtterance:
    said, spans = "", []
    for text, tag in pieces:
        text = re.sub(r"\s+", " ", text)
        if said.endswith(" ") or not said:
            text = text.lstrip()
        if tag and text.strip():
            start = len(said) + len(text) - len(text.lstrip())
            spans.append((start, len(said) + len(text.rstrip()), tag))
        said += text
    return TaggedUtterance(said.rstrip(), around, tuple(spans), fresh, phrasing)


def tagged(one: TaggedUtterance) -> list[str]:
    """Return the tag of each of its tokens."""
    out, begun = [], set[int]()
    for token in tokens(one.said):
        at = next(
            (n for n, (a, b, _) in enumerate(one.spans) if token.start < b and token.end > a), None
        )
        if at is None:
            out.append("O")
        else:
            out.append(f"{'I' if at in begun else 'B'}-{one.spans[at][2]}")
            begun.add(at)
    return out
