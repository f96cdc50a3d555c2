"""What is made up around an utterance that is drawn: what is asked for, which folders there are."""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass

from agent.understanding.tagger.features import Around
from finetune.recipes.understand.phrasings import Lists, Piece
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


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What an utterance is said into.

    Attributes:
        around: what is asked for and shown, as the tagger is told it.
        lists: the words that templates name it by, such as O, N, D.
    """

    around: Around
    lists: Lists


def made_up(lists: Lists, chance: random.Random, used: frozenset[str]) -> Surroundings:
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
    return Surroundings(around, own)


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


def with_folders_named(
    pieces: Sequence[Piece], lists: Lists, chance: random.Random
) -> frozenset[str]:
    """Make up which folders there are; those that are named often are among them."""
    known = chance.sample(list(_of(lists, "FOLDER")), k=min(3, len(_of(lists, "FOLDER"))))
    named = [text for text, tag in pieces if tag in ("folder", "not_folder")]
    known += named if chance.random() < 0.6 else []
    return frozenset(words(" ".join(known))) if chance.random() < 0.8 else frozenset()
