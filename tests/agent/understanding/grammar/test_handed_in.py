"""Words that come with a picture: what points at it asks for nothing more."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.understanding.acts import Act, Feedback, Negate, NewSearch, Refine, Resemble, Unclear
from agent.understanding.acts_as_edits import after
from agent.understanding.constraint_list import constraints_of, query_of
from agent.understanding.grammar.handed_in import besides
from agent.understanding.interpretation import Context
from agent.understanding.interpreters.tagging_interpreter import interpret
from retrievers.query import Query

PICTURE = Path("mine.png")


def _after(act: Act, query: Query) -> Query:
    return query_of(after([act], constraints_of(query), ()))


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


ONE, TWO, THREE = (Path(f"{name}.png") for name in ("one", "two", "three"))


@pytest.mark.parametrize(
    ("said", "pictures", "meant"),
    [
        ("like the second one", 2, [TWO]),
        ("the first picture", 2, [ONE]),
        ("more like the last", 3, [THREE]),
        ("like the left one", 2, [ONE]),
        ("similar to the right-hand picture", 2, [TWO]),
        ("the picture on the right", 2, [TWO]),
        ("like picture 2", 3, [TWO]),
        ("like the middle one", 3, [TWO]),
        ("like the first and the third", 3, [ONE, THREE]),
        ("like the first two", 3, [ONE, TWO]),
        ("like the former", 2, [ONE]),
        ("like the first one but not like the second", 2, [ONE]),
        ("like the first one", 1, [ONE]),
        ("like both", 2, [ONE, TWO]),
    ],
)
def test_numbers_mean_the_pictures_that_came_with_them(
    said: str, pictures: int, meant: list[Path]
) -> None:
    for shown in [0, 9] if pictures > 1 else [0]:
        acts = interpret(said, context(shown=shown), [ONE, TWO, THREE][:pictures]).acts
        assert [act for act in acts if not isinstance(act, Unclear)] == [*map(Resemble, meant)]


@pytest.mark.parametrize("said", ["like the second one but at sea", "the second picture, at sea"])
def test_words_beside_a_numbered_picture_are_asked_for_as_well(said: str) -> None:
    acts = interpret(said, context(), [ONE, TWO]).acts
    assert acts == (NewSearch("at sea"), Resemble(TWO))


@pytest.mark.parametrize("said", ["not like the second", "anything but the last one"])
def test_one_of_several_that_is_refused_is_left_out_and_said(said: str) -> None:
    acts = interpret(said, context(), [ONE, TWO]).acts
    assert Resemble(ONE) in acts and Resemble(TWO) not in acts
    assert any("say in words what to avoid" in getattr(act, "message", "") for act in acts)


@pytest.mark.parametrize("said", ["the last supper", "a dog on the left", "the second floor"])
def test_what_numbers_no_picture_is_a_sight(said: str) -> None:
    acts = interpret(said, context(), [ONE, TWO]).acts
    assert acts == (NewSearch(said), Resemble(ONE), Resemble(TWO))


@pytest.mark.parametrize(
    "said",
    [
        "what have I got that resembles this?",
        "photos that look like the attached",
        "something along these lines",
        "something between these two",
        "anything in the same style",
        "what else is there of this kind?",
        "does anything in my album remind you of these?",
        "which pictures are closely related to the attached image",
    ],
)
def test_words_that_only_point_and_compare_are_no_sight(said: str) -> None:
    assert interpret(said, context(), [ONE, TWO]).acts == (Resemble(ONE), Resemble(TWO))


@pytest.mark.parametrize(
    ("said", "text"),
    [("dogs along these lines", "dogs"), ("a castle that resembles the attached", "a castle")],
)
def test_a_sight_beside_such_words_is_asked_for(said: str, text: str) -> None:
    assert interpret(said, context(), [ONE]).acts == (NewSearch(text), Resemble(ONE))


@pytest.mark.parametrize(
    "said",
    [
        "now more like this one instead",
        "no, like this",
        "this one instead",
        "like this instead of the other one",
        "rather like this",
        "similar to this rather than the first picture",
    ],
)
def test_a_picture_that_comes_instead_takes_the_others_place(said: str) -> None:
    (act,) = acts = interpret(said, context(shown=9), [TWO]).acts
    assert acts == (Resemble(TWO, instead=True),)
    asked = Query(wanted=("a dog",), examples=(ONE,))
    assert _after(act, asked) == Query(wanted=("a dog",), examples=(TWO,))
    assert _after(act, Query(wanted=("a dog",))) == Query(examples=(TWO,))


def test_words_beside_a_picture_that_comes_instead_are_kept() -> None:
    query = Query(wanted=("a dog",))
    for act in interpret("like this instead, but blue", context(shown=9), [TWO]).acts:
        query = _after(act, query)
    assert query == Query(wanted=("blue",), examples=(TWO,))


@given(said=st.text(max_size=200))
@settings(max_examples=2 * settings().max_examples)
def test_whatever_is_said_the_picture_is_looked_for_or_refused(said: str) -> None:
    acts = interpret(said, context(shown=3), [PICTURE]).acts
    looked_for = [one for one in acts if isinstance(one, Resemble)]
    assert any(one.path == PICTURE for one in looked_for) or isinstance(acts[0], Unclear)


@given(words=st.lists(st.sampled_from("like this the same more attached picture of".split())))
@settings(max_examples=settings().max_examples)
def test_pointing_words_in_any_order_never_break(words: list[str]) -> None:
    besides(" ".join(words * 30))
