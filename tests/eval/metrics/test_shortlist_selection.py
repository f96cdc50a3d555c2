import numpy as np
import pytest

from eval.benchmark import Question
from eval.metrics.recall import recall
from eval.metrics.shortlist_selection import ceiling, picks
from eval.ranking import Ranking


def test_position_bias_worked_by_hand() -> None:
    found = picks(picked=[0, 0, 0, 1], right=[0, 1, 2, 1], options=3)
    assert found.accuracy == 2 / 4
    assert found.shares.tolist() == [3 / 4, 1 / 4, 0]  # the right ones stood at 1/4, 2/4, 1/4
    assert found.bias == (2 / 4 + 1 / 4 + 1 / 4) / 2
    assert found.by_position.tolist() == [1, 1 / 2, 0]
    assert found.failed == 0


def test_always_the_first_letter_is_all_bias() -> None:
    right = [0, 1, 2, 3] * 5
    found = picks([0] * 20, right, 4)
    assert found.accuracy == 1 / 4
    assert found.bias == pytest.approx(1 - 1 / 4)
    assert found.by_position.tolist() == [1, 0, 0, 0]


def test_a_perfect_picker_has_no_bias_even_where_the_answers_lean() -> None:
    right = [0, 0, 0, 1]
    found = picks(right, right, 2)
    assert (found.accuracy, found.bias) == (1, 0)


def test_what_could_not_be_read_is_a_miss_and_what_had_no_answer_is_not_counted() -> None:
    found = picks(picked=[None, 1, 0], right=[0, 1, None], options=2)
    assert found.accuracy == 1 / 2
    assert found.failed == pytest.approx(1 / 3)
    assert np.isnan(picks([0], [None], 2).accuracy)


@pytest.mark.parametrize(
    ("picked", "right", "message"),
    [
        ([], [], "0 picks need as many right positions; got 0"),
        ([1], [0, 1], "1 picks need as many right positions; got 2"),
        ([2], [0], r"positions must be in 0\.\.1; got 2"),
    ],
)
def test_picks_that_do_not_fit_are_refused(picked, right, message: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match=message):
        picks(picked, right, 2)


def test_no_order_of_a_shortlist_beats_its_ceiling() -> None:
    questions = [Question(one, relevant={one: 1.0}) for one in "abc"]
    firsts = {one: Ranking(("a", "x", "b"), (3.0, 2.0, 1.0)) for one in "abc"}
    best = {
        "a": firsts["a"],
        "b": Ranking(("b", "a", "x"), (3.0, 2.0, 1.0)),
        "c": firsts["c"],
    }
    assert ceiling(questions, firsts, 3) == recall(1).of(questions, best) == 2 / 3
    assert ceiling(questions, firsts, 2) == 1 / 3
    with pytest.raises(ValueError, match="over no queries"):
        ceiling([], {}, 3)
