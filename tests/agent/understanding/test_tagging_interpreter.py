"""What is understood of words that nobody wrote down before, and that nothing breaks."""

from datetime import date
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.understanding.acts import (
    Act,
    Feedback,
    Forget,
    Negate,
    NewSearch,
    Refine,
    Replace,
    ShowMore,
    Unclear,
    Undo,
)
from agent.understanding.constraint_list import Constraint, Refused, Wanted
from agent.understanding.constraint_words import words_of
from agent.understanding.interpretation import Context
from agent.understanding.interpreters.tagging_interpreter import interpret

CAR = (Wanted("a red car"),)


def read(said: str, *state: Constraint, shown: int = 9) -> tuple[Act, ...]:
    context = Context(
        shown=shown,
        asked=bool(state),
        today=date(2025, 10, 15),
        state=state,
        constraints=tuple(map(words_of, state)),
    )
    return interpret(said, context).acts


@pytest.mark.parametrize(
    ("said", "act"),
    [
        ("i meant blue", Replace("blue", "red")),
        ("blue, not red", Replace("blue", "red")),
        ("forget the car", Forget("car")),
        ("like number 3", Feedback(like=(3,))),
        ("the last two are wrong", Feedback(unlike=(8, 9))),
        ("show me ten more", ShowMore(10)),
        ("go back two steps", Undo(2)),
        ("no people please", Negate("people")),
        ("with a roof rack", Refine("with a roof rack")),
    ],
)
def test_kinds_of_edits(said: str, act: Act) -> None:
    assert read(said, *CAR) == (act,)


@pytest.mark.parametrize("said", ["ein rotes Auto", "une voiture rouge", "una casa en la playa"])
def test_a_description_stays_in_the_words_of_who_says_it(said: str) -> None:
    assert read(said) == (NewSearch(said),)


@pytest.mark.parametrize("said", ["hello", "thanks a lot", "lol", "asdfgh", "what's the time"])
def test_talk_changes_nothing(said: str) -> None:
    acts = read(said, *CAR, Refused("people"))
    assert all(isinstance(act, Unclear) for act in acts)


def test_what_is_not_sure_is_asked_with_readings() -> None:
    (act,) = read("qzx vrr", *CAR)
    assert isinstance(act, Unclear)
    assert Refine("qzx vrr") in [one for reading in act.readings for one in reading.acts]


@given(
    st.lists(
        st.one_of(
            st.sampled_from(
                "no not like more than the last first 2 3 back save as why in from 2019 or , and"
                " folder tagged red before * # it ones but without keep forget all".split()
            ),
            st.text(min_size=1, max_size=8),
        ),
        max_size=24,
    ),
    st.booleans(),
)
@settings(deadline=None)
def test_any_words_are_read_the_same_each_time(words: list[str], asked: bool) -> None:
    said = " ".join(words)
    state = CAR if asked else ()
    assert read(said, *state) == read(said, *state)


@pytest.mark.parametrize(
    "word", ["no ", "3 and ", "x, ", "not from 2019 or ", "like ", "犬", "(", "w/ "]
)
def test_long_words_are_read_in_time(word: str) -> None:
    """Twenty times the limit of a turn, because machines that test are busy."""
    read("a dog", *CAR)  # what is loaded once
    begin = process_time()
    read(word * (2000 // len(word)), *CAR)
    assert process_time() - begin < 1.0
