import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.mllm.closed_choice import check_options, grammar, of_answer, of_first_token, told_apart
from agent.mllm.mllm import Message

ASKED = [Message("system", ("Be brief.",)), Message("user", ("Which?",))]


@pytest.mark.parametrize("options", [[], ["a", "a"], ["a", ""], [str(n) for n in range(63)]])
def test_what_is_no_choice_is_refused(options: list[str]) -> None:
    with pytest.raises(ValueError, match="options"):
        check_options(options)


def test_options_with_first_letters_of_their_own_are_asked_for_as_they_are() -> None:
    assert told_apart(ASKED, ["yes", "no"]) == (ASKED, ["yes", "no"])


def test_options_that_begin_alike_are_lettered_at_the_end_of_the_question() -> None:
    messages, answers = told_apart(ASKED, ["red cat", "red dog"])
    assert answers == ["A", "B"]
    assert messages[0] == ASKED[0], "what comes first stays, so that a prefix cache still hits"
    assert "".join(map(str, messages[1].parts)).endswith("A. red cat\nB. red dog")


def test_letters_are_asked_for_by_the_user_after_an_assistants_word() -> None:
    messages, _ = told_apart([*ASKED, Message("assistant", ("Hm.",))], ["red", "rose"])
    assert [message.role for message in messages] == ["system", "user", "assistant", "user"]


def test_every_token_with_which_an_option_can_begin_counts_for_it() -> None:
    tokens = {"Yes": 0.3, "y": 0.1, " yes": 0.2, "No": 0.15, "Maybe": 0.25}
    scores = of_first_token({t: float(np.log(p)) for t, p in tokens.items()}, ["yes", "no"])
    assert scores is not None
    assert np.exp(scores) == pytest.approx([0.8, 0.2])


def test_the_word_a_does_not_count_for_the_letter_a() -> None:
    scores = of_first_token({"a": -0.1, "B": -3.0, "A": -4.0}, ["A", "B"])
    assert scores is not None
    assert scores[1] - scores[0] == pytest.approx(1.0)


def test_an_option_not_listed_gets_the_least_listed() -> None:
    scores = of_first_token({"A": -0.1, "x": -9.0}, ["A", "B", "C"])
    assert scores is not None
    assert scores[0] - scores[1:] == pytest.approx([8.9, 8.9])


def test_tokens_that_begin_no_option_tell_nothing() -> None:
    assert of_first_token({"Sure": -0.1, "": -2.0}, ["yes", "no"]) is None


def test_a_grammar_quotes_what_its_answers_hold() -> None:
    assert grammar(['"\\', "a\n"]) == r'root ::= "\"\\" | "a\n"'


@pytest.mark.parametrize("reply", ["yes", " Yes.", "**YES**", '"yes"\n'])
def test_a_bare_answer_is_all_but_certain(reply: str) -> None:
    scores = of_answer(reply, ["yes", "no"])
    assert scores is not None
    assert np.exp(scores) == pytest.approx([1, 0], abs=1e-5)
    assert np.isfinite(scores).all()


@pytest.mark.parametrize("reply", ["", "yes or no", "I cannot see"])
def test_any_other_answer_is_none_of_them(reply: str) -> None:
    assert of_answer(reply, ["yes", "no"]) is None


def test_letters_in_both_cases_are_different_answers() -> None:
    scores = of_answer("a", ["A", "a"])
    assert scores is not None
    assert scores.argmax() == 1


@given(
    st.dictionaries(st.text(max_size=4), st.floats(-30, 0), min_size=1),
    st.sampled_from([["yes", "no"], ["A"], list("ABCDE"), ["known", "uncertain"]]),
)
def test_scores_are_always_log_probabilities_that_sum_to_one(
    tokens: dict[str, float], answers: list[str]
) -> None:
    scores = of_first_token(tokens, answers)
    if scores is not None:
        assert np.exp(scores).sum() == pytest.approx(1)
        assert np.isfinite(scores).all()
