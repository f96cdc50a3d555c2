import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.benchmark import Question
from eval.metrics.recall import mean_rank, mean_reciprocal_rank, median_rank, recall, recall_at
from eval.ranking import Ranking

FIVE = [Question(name, relevant={"x": 1.0}) for name in "abcde"]
PLACES = {"a": 1, "b": 2, "c": 4, "d": 4}  # e has no ranking


def rankings() -> dict[str, Ranking]:
    def at(place: int) -> Ranking:
        ids = [f"other{rank}" for rank in range(1, 5)]
        ids[place - 1] = "x"
        return Ranking(tuple(ids), (4.0, 3.0, 2.0, 1.0))

    return {name: at(place) for name, place in PLACES.items()}


def test_figures_of_ranks_worked_by_hand() -> None:
    assert recall(1).of(FIVE, rankings()) == 1 / 5
    assert recall(2).of(FIVE, rankings()) == 2 / 5
    assert recall(10).of(FIVE, rankings()) == 4 / 5
    assert median_rank().of(FIVE, rankings()) == 4
    assert mean_rank().of(FIVE[:4], rankings()) == (1 + 2 + 4 + 4) / 4
    assert mean_reciprocal_rank().of(FIVE, rankings()) == pytest.approx(
        (1 + 1 / 2 + 1 / 4 + 1 / 4) / 5
    )


def test_a_question_without_a_ranking_stays_in_the_count() -> None:
    assert mean_rank().of(FIVE, rankings()) == math.inf
    assert recall(4).of(FIVE, {}) == 0


def test_groups_weigh_the_same_however_many_questions_they_have() -> None:
    grouped = [
        Question("a", relevant={"x": 1.0}, group="dress"),  # rank 1
        Question("b", relevant={"x": 1.0}, group="shirt"),  # rank 2
        Question("c", relevant={"x": 1.0}, group="shirt"),  # rank 4
        Question("d", relevant={"x": 1.0}, group="shirt"),  # rank 4
    ]
    assert recall(2).of(grouped, rankings()) == pytest.approx((1 + 1 / 3) / 2)


def test_recall_of_ranks_worked_by_hand() -> None:
    ranks = [1, 3, None, 10]
    assert recall_at(1, ranks) == 0.25
    assert recall_at(3, ranks) == 0.5
    assert recall_at(10, ranks) == 0.75


@given(st.lists(st.none() | st.integers(1, 30), min_size=1))
def test_recall_never_falls_with_n_and_stays_within_0_and_1(ranks: list[int | None]) -> None:
    curve = [recall_at(n, ranks) for n in range(1, 32)]
    assert curve == sorted(curve)
    assert 0 <= curve[0] <= curve[-1] <= 1
    assert curve[-1] == sum(rank is not None for rank in ranks) / len(ranks)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: recall(0), "n must be at least 1; got 0"),
        (lambda: recall(1).of([], {}), "R@1 over no questions is undefined"),
        (
            lambda: recall(1).of([Question("q7")], {}),
            "question 'q7' has no right answers, so it cannot be scored here",
        ),
        (lambda: recall_at(1, []), "R@n over no queries is undefined"),
        (lambda: recall_at(0, [1]), "n must be at least 1; got 0"),
        (lambda: recall_at(1, [1, 0]), r"ranks count from 1; got \[0\]"),
    ],
)
def test_bad_input_is_refused_with_the_value(call, message: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match=message):
        call()
