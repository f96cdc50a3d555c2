from math import inf, log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.benchmark import Question
from eval.metrics.dialogue import (
    at_round,
    best_log_rank,
    hits_so_far,
    log_rank_integral,
    sticky_hits,
)
from eval.metrics.named_metrics import measure
from eval.metrics.recall import mean_rank, recall
from eval.ranking import Ranking


def dialogues(**rounds: list[int]) -> tuple[list[Question], dict[str, Ranking]]:
    """Ask once per round, and find the target at the rank given for it."""
    questions, rankings = [], {}
    for name, ranks in rounds.items():
        for number, rank in enumerate(ranks):
            one = f"{name}{number}"
            relevant = {"target": 1.0}
            questions.append(Question(one, relevant=relevant, dialogue=name, round=number))
            rankings[one] = Ranking((), (), {"target": rank})
    return questions, rankings


TWO = dialogues(a=[8, 2, 40], b=[90, 70, 10])


def test_hits_stay_once_the_target_was_seen() -> None:
    assert [sticky_hits(10, after=after).of(*TWO) for after in range(3)] == [0.5, 0.5, 1.0]
    assert [at_round(recall(10), number).of(*TWO) for number in range(3)] == [0.5, 0.5, 0.5]


def test_best_log_rank_worked_by_hand() -> None:
    a = ((log(8) + log(2)) / 2 + (log(2) + log(2)) / 2) / 2  # best so far: 8, 2, 2
    b = ((log(90) + log(70)) / 2 + (log(70) + log(10)) / 2) / 2
    assert best_log_rank().of(*TWO) == pytest.approx((a + b) / 2)


def test_average_target_rank_worked_by_hand() -> None:
    ranks = [at_round(mean_rank(), number).of(*TWO) for number in range(3)]
    assert ranks == [(8 + 90) / 2, (2 + 70) / 2, (40 + 10) / 2]
    assert measure("mean rank round 2").of(*TWO) == 25
    assert measure("R@10 round 2").name == "R@10 round 2"


def test_one_round_alone_is_its_log_rank() -> None:
    assert best_log_rank().of(*dialogues(a=[5])) == pytest.approx(log(5))


def test_a_lost_first_round_is_infinitely_bad_and_not_an_error() -> None:
    questions, rankings = dialogues(a=[1, 1])
    assert best_log_rank().of(questions, {**rankings, "a0": Ranking((), ())}) == inf


@given(
    st.lists(st.lists(st.integers(1, 60), min_size=3, max_size=3), min_size=1, max_size=6),
    st.integers(1, 30),
)
def test_ranks_in_a_matrix_give_the_same_as_rankings(rows: list[list[int]], n: int) -> None:
    asked = dialogues(**{f"d{at}x": ranks for at, ranks in enumerate(rows)})
    hits = [sticky_hits(n, after=after).of(*asked) for after in range(3)]
    assert hits_so_far(rows, n).tolist() == pytest.approx(hits)
    assert hits == sorted(hits)
    assert log_rank_integral(rows).mean() == pytest.approx(best_log_rank().of(*asked))


@given(st.lists(st.integers(1, 60), min_size=2, max_size=8))
def test_the_integral_is_numpys_trapezoid(ranks: list[int]) -> None:
    heights = [log(min(ranks[: at + 1])) for at in range(len(ranks))]
    expected = np.trapezoid(heights) / (len(ranks) - 1)
    assert log_rank_integral(ranks) == pytest.approx(expected)


def test_rounds_that_are_missing_doubled_or_nobodys_are_refused() -> None:
    questions, rankings = dialogues(a=[1, 2, 3])
    with pytest.raises(ValueError, match=r"dialogue 'a' must have rounds 0, 1, 2...; got \[0, 2\]"):
        best_log_rank().of([questions[0], questions[2]], rankings)
    with pytest.raises(ValueError, match="a round may be asked once; 1 questions ask one again"):
        best_log_rank().of([*questions, questions[2]], rankings)
    with pytest.raises(ValueError, match="question 'q' must be a round of a dialogue"):
        sticky_hits(10, after=0).of([Question("q", relevant={"x": 1.0})], {})
    with pytest.raises(ValueError, match="R@1 round 9 needs questions of that round; got none"):
        at_round(recall(1), 9).of(questions, rankings)
    with pytest.raises(
        ValueError, match="n must be at least 1 and after at least 0; got 10 and -1"
    ):
        sticky_hits(10, after=-1)
