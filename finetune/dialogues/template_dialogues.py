"""Dialogues made of captions by templates: as people search (`user`), or ChatIR fashion (`chatir`).

The phrasings of training and of evaluation are two disjoint sets, so that what was trained on one
is not merely tested on how its own templates go on.
"""

import random
from collections.abc import Iterator, Sequence
from typing import Literal

from eval.benchmarks.captioned import Captioned
from finetune.dialogues.caption_parts import (
    COLOURS,
    NUMBERS,
    CaptionParts,
    is_number,
    kinds_of,
    taken_apart,
)
from finetune.dialogues.dialogue import Dialogue

DialogueStyle = Literal["user", "chatir"]
Phrasings = Literal["train", "eval"]

OPENINGS = {
    "train": ("show me {}", "I am looking for {}", "{}", "find {}", "a picture of {}"),
    "eval": ("do you have {}", "I need something with {}", "{} please", "we had {} somewhere"),
}
MORE = {
    "train": ("it is {}", "it should be {}", "{}", "more like {}", "and {}"),
    "eval": (
        "I think it was {}",
        "make that {}",
        "there was something {} about it",
        "{}, I believe",
    ),
}
AROUND = {
    "train": ("it was {}", "{}", "also {}", "you can see it {}"),
    "eval": ("if I remember well, {}", "the one {}", "must be {}"),
}
WRONG = {
    "train": ("maybe with {}", "there is also {}", "with {} in it"),
    "eval": ("I believe {} was there too", "next to {}"),
}
TAKEN_BACK = {
    "train": ("forget the {}", "no, without the {}", "no {} after all"),
    "eval": ("the {} was in another one", "I was wrong about the {}"),
}


def made_of(
    captioned: Sequence[Captioned],
    *,
    seed: int = 0,
    kind: DialogueStyle = "user",
    phrasings: Phrasings = "train",
    folders: bool = False,
    detours: float = 0.3,
) -> list[Dialogue]:
    """Make a dialogue of each caption that is more than a number.

    Args:
        captioned: the pictures.
        seed: of all choices.
        kind: as a person searches, or a caption with questions and answers.
        phrasings: which set of templates.
        folders: whether the pictures' folders are broader words for what they show.
        detours: share of the dialogues in which something wrong is said and taken back.
    """
    asked = [
        (picture, caption, taken_apart(caption, kinds=kinds_of(picture.id) if folders else ()))
        for picture in captioned
        for caption in picture.captions
        if not is_number(caption)
    ]
    chance = random.Random(f"{kind}/{phrasings}/{seed}")
    things = sorted({parts.thing for _, _, parts in asked})
    made = []
    for picture, caption, parts in asked:
        others = [one for one in things if one.lower() not in caption.lower()]
        wrong = chance.choice(others) if others else ""
        detour = wrong if chance.random() < detours else ""
        said = (
            _searched(parts, detour, chance, phrasings)
            if kind == "user"
            else _questioned(parts, wrong, chance)
        )
        turns, told = zip(*said, strict=True)
        queries = [_query(parts, told[: end + 1]) for end in range(len(told))]
        made.append(Dialogue(picture.path, turns, caption, queries=tuple(queries)))
    return made


Said = Iterator[tuple[str, str]]
"""A turn, and what it truly tells of the picture; nothing, if it is wrong."""


def _query(parts: CaptionParts, told: Sequence[str]) -> str:
    """Join what was told as a caption would: the thing with its own words, then the rest."""
    known = [one for one in dict.fromkeys(told) if one]
    like = [word for word in parts.like if any(word in one.split() for one in known)]
    thing = [parts.thing] if parts.thing in known else []
    named = " ".join([*like, *thing])
    rest = [one for one in known if one != parts.thing and not set(one.split()) <= set(like)]
    return ", ".join([*([named] if named else []), *rest])


def _searched(parts: CaptionParts, wrong: str, chance: random.Random, phrasings: Phrasings) -> Said:
    """Say it bit by bit, from broad to narrow or from narrow to broad."""
    bits = [("thing", parts.thing)]
    bits += [("like", " ".join(parts.like))] if parts.like else []
    bits += [("around", one) for one in parts.around]
    kinds = [("like", one) for one in parts.kinds[-2:] if one.lower() != parts.thing.lower()]
    bits = [*kinds, *bits] if chance.random() < 0.5 else [*bits, *reversed(kinds)]
    at = chance.randint(1, len(bits)) if wrong else -1
    for number, (what, words) in enumerate(bits):
        if number == at:
            yield from _detour(wrong, chance, phrasings)
        forms = OPENINGS if number == 0 else AROUND if what == "around" else MORE
        yield chance.choice(forms[phrasings]).format(words), words
    if at == len(bits):
        yield from _detour(wrong, chance, phrasings)


def _detour(wrong: str, chance: random.Random, phrasings: Phrasings) -> Said:
    yield chance.choice(WRONG[phrasings]).format(f"a {wrong.lower()}"), ""
    yield chance.choice(TAKEN_BACK[phrasings]).format(wrong.lower()), ""


def _questioned(parts: CaptionParts, wrong: str, chance: random.Random) -> Said:
    """Say the thing, then answer what can be answered from the caption."""
    yield parts.thing, parts.thing
    colours = [word for word in parts.like if word.lower() in COLOURS]
    numbers = [word for word in parts.like if word.lower() in NUMBERS]
    kinds = [word for word in parts.like if word not in (*colours, *numbers)]
    rounds = [("what else is there to see?", one) for one in parts.around]
    rounds += [("what colour is it?", " ".join(colours))] if colours else []
    rounds += [("how many are there?", numbers[0])] if numbers else []
    rounds += [(f"what kind of {parts.thing.lower()} is it?", " ".join(kinds))] if kinds else []
    asked = [(f"{question} {answer}", answer) for question, answer in rounds]
    asked += [(f"is it a kind of {one}? yes", one) for one in parts.kinds[-2:]]
    asked += [(f"is there a {wrong.lower()}? no", "")] if wrong else []
    chance.shuffle(asked)
    yield from asked
