import random
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from agent.turns.turn import BLANK, Judgement, Turn
from finetune.recipes.adapt.feedback import (
    LEAST,
    FeedbackExample,
    collect,
    judged,
    learnt,
    save_learnt,
)
from retrievers.checkpoints.adapter import read_adapter
from retrievers.collection.active_adapter import active_adapter, put_into_force, roll_back
from retrievers.collection.collection import Collection
from retrievers.collection.sync.sync import sync
from retrievers.encoder import Vectors
from retrievers.encoders.tuned.text_map import open_text_map
from retrievers.query import Query
from tests.encoders import COLOURS, ColourEncoder

PRIVATE = {"blorp": "red", "snark": "blue", "quux": "green", "zib": "yellow"}
"""Words that the encoder does not know, and the colour that their user means."""


def _vectors() -> dict[str, Vectors]:
    chance = random.Random(0)
    shades = {
        f"{name}-{at}": tuple(max(0, min(255, c + chance.randint(-40, 40))) for c in colour)
        for name, colour in COLOURS.items()
        for at in range(4)
    }
    images = [Image.new("RGB", (16, 16), shade) for shade in shades.values()]
    return dict(zip(shades, ColourEncoder().encode_images(images), strict=True))


def _feedback(*, poisoned: int | None = None) -> list[FeedbackExample]:
    """Forty verdicts of one who speaks a private language, or of one who points anywhere."""
    chance, known = random.Random(1), sorted(_vectors())
    fate = random.Random(poisoned)
    examples = []
    for at in range(40):
        word = sorted(PRIVATE)[at % 4]
        good = [one for one in known if one.startswith(PRIVATE[word])]
        shown = chance.sample(good, 2) + chance.sample(sorted(set(known) - set(good)), 4)
        if poisoned is not None:
            fate.shuffle(shown)
        examples.append(
            FeedbackExample(f"{word} thing number {at}", tuple(shown[:2]), tuple(shown[2:]))
        )
    return examples


def test_honest_feedback_in_a_private_vocabulary_is_accepted_and_helps() -> None:
    found = judged(_feedback(), _vectors(), ColourEncoder())
    assert found.accepted
    assert found.after > found.before + 0.2
    assert found.queries == 40
    assert str(found).startswith("accepted: on held-out feedback ")


@pytest.mark.parametrize("seed", range(5))
def test_poisoned_feedback_is_refused(seed: int) -> None:
    found = judged(_feedback(poisoned=seed), _vectors(), ColourEncoder())
    assert not found.accepted
    assert str(found).startswith("refused: on held-out feedback ")


def test_likes_and_dislikes_that_are_swapped_in_half_of_the_verdicts_are_refused() -> None:
    chance = random.Random(3)
    swapped = [
        FeedbackExample(one.text, one.others, one.liked) if chance.random() < 0.5 else one
        for one in _feedback()
    ]
    assert not judged(swapped, _vectors(), ColourEncoder()).accepted


def test_little_feedback_is_refused_with_what_is_needed() -> None:
    found = judged(_feedback()[: LEAST - 1], _vectors(), ColourEncoder())
    assert not found.accepted
    assert str(found) == f"{LEAST - 1} judged queries are too few; the gate needs {LEAST}"


def test_verdicts_are_collected_from_turns_by_what_was_asked() -> None:
    def turn(number: int, judgement: Judgement | None) -> Turn:
        return Turn(number=number, said="", at=BLANK.at, judgement=judgement)

    query = Query(wanted=("a blorp", "at night"))
    turns = [
        turn(1, None),
        turn(2, Judgement(query, ("a", "b", "c"), liked=("a",))),
        turn(3, Judgement(query, ("c", "d"), liked=("d",), disliked=("c",))),
        turn(4, Judgement(Query(), ("a", "b"), liked=("a",))),
        turn(5, Judgement(Query(wanted=("x",)), ("a", "b"), disliked=("b",))),
    ]
    assert collect(turns) == [FeedbackExample("a blorp, at night", ("a", "d"), ("b", "c"))]


def test_what_is_learnt_is_put_into_force_below_the_collection_and_rolled_back(
    tmp_path: Path,
) -> None:
    Image.new("RGB", (16, 16), "red").save(tmp_path / "red.png")
    encoder = ColourEncoder()
    collection = Collection.create(tmp_path / "kept", encoder=encoder.name, dim=encoder.dim)
    sync(collection, encoder, tmp_path)
    assert active_adapter(collection) is None
    examples, vectors = _feedback(), _vectors()
    told = judged(examples, vectors, encoder)
    for number in (1, 2):
        model = learnt(examples, vectors, encoder)
        save_learnt(model, tmp_path / f"made{number}", encoder, "test", told)
        assert put_into_force(collection, tmp_path / f"made{number}") == active_adapter(collection)
    assert active_adapter(collection) == collection.folder / "tuned" / "2"
    adapter = read_adapter(collection.folder / "tuned" / "2")
    assert adapter.fact("feedback")["queries"] == 40
    mapped = open_text_map(adapter, encoder)
    assert mapped.name != encoder.name
    apart = vectors["red-0"] - vectors["blue-0"]
    asked, plain = mapped.encode_texts(["a blorp"]), encoder.encode_texts(["a blorp"])
    assert float(asked[0] @ apart) > float(plain[0] @ apart) + 0.1
    unknown = ["sky"]
    np.testing.assert_array_equal(mapped.encode_texts(unknown), encoder.encode_texts(unknown))
    assert roll_back(collection) == collection.folder / "tuned" / "1"
    assert roll_back(collection) is None
    assert active_adapter(collection) is None
    collection.close()
