"""Utterances drawn from phrasings: what was said, what was asked for before, what words are for."""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from agent.understanding.tagger.features import Around
from agent.understanding.tagger.tokens import tokens
from finetune.recipes.understand.phrasings import Lists, Phrasing, Piece
from retrievers.text.lettering import words

_KINDS = {
    "date": ("date", "year", "time", "date filter", "dates", "time range"),
    "orientation": ("orientation", "format", "shape", "orientation filter"),
    "folder": ("folder", "album", "folder filter", "directory"),
    "camera": ("camera", "camera filter"),
    "tag": ("tag", "tags", "keyword", "tag filter"),
    "rating": ("rating", "stars", "star rating"),
    "size": ("size", "resolution"),
    "all": ("filter", "filters", "conditions", "all filters", "restrictions", "limits"),
}
_SMALL = frozenset(
    "with from near that this some into over eine einen einem einer sans avec dans pour"
    " sobre para entre della delle senza come nella nello sem como".split()
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


@dataclass(frozen=True, slots=True)
class _State:
    around: Around
    lists: Lists


def draw(
    at: int, phrasing: Phrasing, lists: Lists, chance: random.Random
) -> TaggedUtterance | None:
    """Draw one utterance of a phrasing; None where its lists are not there."""
    asked = phrasing.context in ("1", "1!") or (phrasing.context == "*" and chance.random() < 0.6)
    state = _state(lists, chance, phrasing.lists) if asked else _State(Around(), {})
    try:
        pieces = phrasing.draw({**lists, **state.lists}, chance)
    except (KeyError, IndexError):
        return None
    fresh = None if not asked else phrasing.context == "1!"
    around = replace(state.around, folders=_folders(pieces, lists, chance))
    pieces = _roughened(pieces, phrasing.language, chance)
    return _assembled(pieces, around, fresh, at)


def _folders(pieces: Sequence[Piece], lists: Lists, chance: random.Random) -> frozenset[str]:
    """Make up which folders there are; those that are named often are among them."""
    known = chance.sample(list(_of(lists, "FOLDER")), k=min(3, len(_of(lists, "FOLDER"))))
    named = [text for text, tag in pieces if tag in ("folder", "not_folder")]
    known += named if chance.random() < 0.6 else []
    return frozenset(words(" ".join(known))) if chance.random() < 0.8 else frozenset()


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


def _state(lists: Lists, chance: random.Random, used: frozenset[str]) -> _State:
    """Make up what is asked for, and the lists that speak of it: O, N, WANTED, REFUSED, D."""
    things, scenes = _of(lists, "THING"), _of(lists, "SCENE")
    colours, sights = _of(lists, "COLOUR"), _of(lists, "SIGHT")
    form = chance.random()
    if form < 0.3:
        old, noun = chance.choice(colours), chance.choice(things)
        phrase, parts = f"{old} {noun}", [(old, colours), (noun, things)]
    elif form < 0.55:
        old, scene = chance.choice(things), chance.choice(scenes)
        phrase, parts = f"{old} {scene}", [(old, things), (scene, scenes)]
    elif form < 0.7:
        old = chance.choice(things)
        phrase, parts = old, [(old, things)]
    else:
        phrase = chance.choice(sights)
        held = [word for word in phrase.split() if len(word) > 3 and word not in _SMALL] or [phrase]
        parts = [(phrase, sights), (chance.choice(held), things)]
    wanted, refused = [phrase], list[str]()
    while chance.random() < 0.3 and len(wanted) < 3:
        wanted.append(chance.choice(_of(lists, "LOOK") if chance.random() < 0.5 else scenes))
    if "REFUSED" in used or chance.random() < 0.3:
        refused = chance.sample(things, k=min(len(things), 1 + (chance.random() < 0.2)))
    conditions, names = _conditions(lists, chance, sure="D" in used)
    old, others = chance.choice(parts)
    bare = re.sub(r"^(?:an?|the|my|some) ", "", phrase)
    named = [*wanted, bare, *(word for word, _ in parts), *refused * 2, *names * 2]
    around = Around(
        wanted=tuple(wanted),
        refused=tuple(refused),
        conditions=tuple(conditions),
        shown=chance.choice((3, 5, 9, 9, 10, 10, 10, 12, 20, 20, 30)),
    )
    own: dict[str, Sequence[str]] = {
        "O": [old],
        "N": [one for one in others if one != old] or others,
        "WANTED": [*wanted, *(word for word, _ in parts)],
        "REFUSED": refused,
        "D": named,
    }
    return _State(around, own)


def _conditions(lists: Lists, chance: random.Random, *, sure: bool) -> tuple[list[str], list[str]]:
    """Make up conditions that hold, and what they can be called by."""
    if not sure and chance.random() < 0.55:
        return [], []
    kinds = chance.sample(
        ["date", "date", "orientation", "folder", "camera", "tag", "rating", "size"],
        k=chance.choice((1, 1, 2)),
    )
    year = str(chance.randint(1990, 2025))
    said = {
        "date": f"taken {year}-01-01 to {year}-12-31",
        "orientation": chance.choice(("portrait", "landscape", "square")),
        "folder": f"in {chance.choice(_of(lists, 'FOLDER'))}",
        "camera": f"taken with {chance.choice(_of(lists, 'CAMERA'))}",
        "tag": f"tagged {chance.choice(_of(lists, 'TAG'))}",
        "rating": f"rated {chance.randint(2, 5)} or more",
        "size": f"at least {chance.choice((2, 8, 12, 20))} MP",
    }
    names = [name for kind in kinds for name in _KINDS[kind]] + [year] * ("date" in kinds)
    own = lists.get("CONDITION")
    return [said[kind] for kind in dict.fromkeys(kinds)], list(own or [*names, *_KINDS["all"]])


def _of(lists: Lists, name: str) -> Sequence[str]:
    return lists.get(name) or ["x"]


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
