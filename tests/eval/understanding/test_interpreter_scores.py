"""Shares by category, their intervals, and a paired comparison."""

import pytest

from eval.understanding.grading import Grade
from eval.understanding.interpreter_scores import difference, scores
from eval.understanding.utterances import Utterance

RIGHT, PARTLY, WRONG = Grade("right"), Grade("partly"), Grade("wrong")


def of(*categories: str) -> list[Utterance]:
    return [Utterance(said="x", constraints=(), filters={}, category=one) for one in categories]


def test_shares_are_counted_by_category_and_in_all() -> None:
    found = scores(of("new", "dates", "new", "new"), [RIGHT, WRONG, PARTLY, RIGHT])
    assert list(found) == ["dates", "new", "all"]
    assert found["new"].count == 3
    assert found["new"].shares["right"].value == pytest.approx(2 / 3)
    assert found["all"].shares["wrong"].value == 0.25
    assert found["dates"].shares["right"].high == 0


def test_an_interval_holds_the_share_and_narrows_with_more_utterances() -> None:
    few = scores(of(*["new"] * 20), [RIGHT, WRONG] * 10)["all"].shares["right"]
    many = scores(of(*["new"] * 500), [RIGHT, WRONG] * 250)["all"].shares["right"]
    assert few.low < many.low < 0.5 < many.high < few.high


def test_a_paired_difference_counts_what_got_better_and_worse() -> None:
    ours, theirs = [RIGHT, RIGHT, WRONG, RIGHT], [WRONG, PARTLY, RIGHT, RIGHT]
    right, wrong = difference("right", ours, theirs), difference("wrong", ours, theirs)
    assert (right.mean, right.better, right.worse) == (0.25, 2, 1)
    assert (wrong.mean, wrong.better, wrong.worse) == (0.0, 1, 1)
    assert right.low < 0 < right.high


def test_no_utterances_have_no_figures() -> None:
    with pytest.raises(ValueError, match="there are no utterances"):
        scores([], [])
