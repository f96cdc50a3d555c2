"""Words that come with a picture: what points at it asks for nothing more."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.acts import Feedback, Negate, NewSearch, Refine, Resemble, Unclear
from agent.grammar.handed_in import besides
from agent.interpretation import Context
from agent.interpreter import interpret

PICTURE = Path("mine.png")


def context(*, shown: int = 0) -> Context:
    return Context(shown=shown, asked=bool(shown), today=date(2026, 11, 28))


@pytest.mark.parametrize(
    "said",
    [
        "like this",
        "More like this!",
        "similar",
        "find similar pictures please",
        "something like the attached photo",
        "do I have this picture?",
        "where was this taken?",
        "find duplicates of this image",
        "pictures that look like the one above",
        "Can you find photos similar to the one I just uploaded?",
        "like these two",
        "the same",
    ],
)
@pytest.mark.parametrize("shown", [0, 1, 12])
def test_what_only_points_at_the_picture_asks_for_the_picture(said: str, shown: int) -> None:
    assert interpret(said, context(shown=shown), [PICTURE]).acts == (Resemble(PICTURE),)


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("similar but blue", "blue"),
        ("like this, but at night", "at night"),
        ("a dog like this one on a beach", "a dog on a beach"),
        ("red car like the one in the picture", "red car"),
        ("this in the snow", "in the snow"),
        ("the same dog", "the same dog"),
        ("a lighthouse", "a lighthouse"),
    ],
)
def test_what_is_said_besides_is_asked_for_as_well(said: str, text: str) -> None:
    acts = interpret(said, context(), [PICTURE]).acts
    assert acts == (NewSearch(text), Resemble(PICTURE))
    acts = interpret(said, context(shown=9), [PICTURE]).acts
    assert acts == (Refine(text), Resemble(PICTURE))


def test_a_number_is_still_a_number_and_a_refusal_a_refusal() -> None:
    said = "like 3, without people"
    acts = interpret(said, context(shown=9), [PICTURE]).acts
    assert set(acts) == {Feedback(like=(3,)), Negate("people"), Resemble(PICTURE)}


@pytest.mark.parametrize("said", ["not like this", "anything but this", "nothing like these"])
def test_a_picture_that_is_refused_is_not_looked_for(said: str) -> None:
    (act,) = interpret(said, context(shown=9), [PICTURE]).acts
    assert isinstance(act, Unclear) and "say in words what to avoid" in act.message


def test_two_pictures_are_two_examples() -> None:
    pictures = [PICTURE, Path("other.png")]
    assert interpret("", context(), pictures).acts == tuple(map(Resemble, pictures))


@given(said=st.text(max_size=200))
@settings(max_examples=200)
def test_whatever_is_said_the_picture_is_looked_for_or_refused(said: str) -> None:
    acts = interpret(said, context(shown=3), [PICTURE]).acts
    assert Resemble(PICTURE) in acts or isinstance(acts[0], Unclear)


@given(words=st.lists(st.sampled_from("like this the same more attached picture of".split())))
@settings(max_examples=100)
def test_pointing_words_in_any_order_never_break(words: list[str]) -> None:
    besides(" ".join(words * 30))
