from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.understanding.acts import Act, Feedback, Filter, NewSearch, StartOver
from agent.understanding.interpretation import Context
from agent.understanding.interpreters.tagging_interpreter import interpret
from tests.agent.understanding.grammar.utterances import heard, meant, utterances

USUAL = Context(shown=9, asked=True, today=date(2024, 5, 15))
BLANK = Context(shown=0, asked=False, today=date(2024, 5, 15))


@pytest.mark.parametrize("utterance", utterances("dev"), ids=lambda u: u["said"])
def test_every_utterance_of_the_development_half_is_understood(utterance: dict[str, Any]) -> None:
    assert heard(utterance) == meant(utterance)


def test_the_half_written_before_the_interpreter_is_understood() -> None:
    """Its first run by the grammar understood 108 of 111; the tagger reads seven otherwise."""
    half = utterances("test")
    wrong = [utterance["said"] for utterance in half if heard(utterance) != meant(utterance)]
    assert len(half) >= 90
    assert wrong == []


def test_the_two_halves_share_no_utterance() -> None:
    dev, test = ({u["said"].casefold() for u in utterances(half)} for half in ("dev", "test"))
    assert not dev & test


FRAGMENTS = st.sampled_from(
    "like 3 but not the last two , only from march 2021 without people in folder x undo show more "
    "why save as 99999999999 between 2020 and 31 february 2020-02-30 # - ? ! instead of all these "
    "0 first twentieth ½ ² ٣ İ ẞ ’ “ \x00 \n ( [ \\ * taken with iphone tagged redo export".split(
        " "
    )
)
CONTEXTS = st.builds(
    Context,
    shown=st.integers(0, 40),
    first=st.integers(1, 30),
    asked=st.booleans(),
    today=st.dates(),
)


@given(st.one_of(st.text(max_size=200), st.lists(FRAGMENTS, max_size=14).map(" ".join)), CONTEXTS)
@settings(max_examples=6 * settings().max_examples)
def test_any_text_is_read_and_no_picture_is_named_that_is_not_there(
    said: str, context: Context
) -> None:
    interpretation = interpret(said, context)
    assert interpretation == interpret(said, context)
    assert interpretation.acts and interpretation.understood
    assert "\n" not in interpretation.understood
    assert all(1 <= n <= context.shown for act in interpretation.acts for n in named(act))


def named(act: Act) -> list[int]:
    if isinstance(act, Feedback):
        return [*act.like, *act.unlike]
    return [*getattr(act, "positions", ()), *filter(None, [getattr(act, "position", None)])]


@given(st.lists(st.sampled_from("green tower old bicycle grass roof river".split()), min_size=1))
def test_plain_words_reach_the_encoder_as_typed(words: list[str]) -> None:
    assert interpret(" ".join(words), BLANK).acts == (NewSearch(" ".join(words)),)


def test_a_long_text_is_cut_and_read_at_once() -> None:
    (act,) = interpret("boat " * 100_000, BLANK).acts
    assert isinstance(act, NewSearch)
    assert len(act.text) <= 2000


def test_numbers_after_a_second_page_go_on_and_first_means_the_page() -> None:
    second = Context(shown=18, first=10, asked=True, today=date(2024, 5, 15))
    assert interpret("like the first and 3", second).acts == (Feedback(like=(10, 3)),)
    assert interpret("not the last two", second).acts == (Feedback(unlike=(17, 18)),)


def test_a_refusal_to_go_on_names_the_numbers_there_are() -> None:
    (act,) = interpret("like 12", USUAL).acts
    assert getattr(act, "message") == "There is no picture 12: the numbers go from 1 to 9."  # noqa: B009


def test_starting_over_with_conditions_only_forgets_the_rest() -> None:
    acts = interpret("start over, from 2020", USUAL).acts
    assert acts[0] == StartOver()
    assert len(acts) == 2


@pytest.mark.parametrize(
    ("said", "understood"),
    [
        (
            "boats but no people, before 2019",
            "also “boats”, without “people”, taken before 2019-01-01",
        ),
        ("like 3", "like 3"),
        ("undo", "go back 1"),
    ],
)
def test_what_was_understood_is_said_in_one_line(said: str, understood: str) -> None:
    assert interpret(said, USUAL).understood == understood


@pytest.mark.parametrize("name", ["हिन्दी", "தமிழ்", "பயணம்_2019", "مُحَمَّد", "नेपाल-यात्रा"])
def test_names_with_vowel_signs_are_whole_in_conditions(name: str) -> None:
    def conditions(said: str) -> Any:
        (act,) = interpret(said, USUAL).acts
        assert isinstance(act, Filter)
        return act.adds

    assert conditions(f"in the folder {name}").paths == (name,)
    assert conditions(f"tagged {name}").tags == (name,)
    if "-" not in name:
        assert conditions(f"#{name}").tags == (name,)
