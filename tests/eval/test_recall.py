import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.recall import rank_of, recall_at

SCORES = st.lists(st.integers(-3, 3), min_size=1, max_size=12)


def test_recall_worked_by_hand() -> None:
    ranks = [1, 3, None, 10]
    assert recall_at(1, ranks) == 0.25
    assert recall_at(3, ranks) == 0.5
    assert recall_at(10, ranks) == 0.75


def test_rank_worked_by_hand() -> None:
    assert rank_of([0.1, 0.9, 0.5], 2) == 2


def test_a_tie_goes_to_the_other_pictures() -> None:
    assert rank_of([0.5, 0.5, 0.5], 0) == 3


def test_the_best_of_several_targets_counts_and_targets_do_not_tie_with_each_other() -> None:
    assert rank_of([0.9, 0.5, 0.5, 0.1], 1, 2) == 2


@given(SCORES, st.data())
def test_rank_is_the_worst_place_any_sort_could_give(
    scores: list[int], data: st.DataObject
) -> None:
    target = data.draw(st.integers(0, len(scores) - 1))
    order = sorted(range(len(scores)), key=lambda place: (-scores[place], place == target))
    assert rank_of(scores, target) == order.index(target) + 1


@given(st.lists(st.none() | st.integers(1, 30), min_size=1))
def test_recall_never_falls_with_n_and_stays_within_0_and_1(ranks: list[int | None]) -> None:
    curve = [recall_at(n, ranks) for n in range(1, 32)]
    assert curve == sorted(curve)
    assert 0 <= curve[0] <= curve[-1] <= 1
    assert curve[-1] == sum(rank is not None for rank in ranks) / len(ranks)


def test_scores_are_not_modified() -> None:
    scores = np.array([0.2, 0.1])
    rank_of(scores, 1)
    assert scores.tolist() == [0.2, 0.1]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: recall_at(1, []), "R@n over no queries is undefined"),
        (lambda: recall_at(0, [1]), "n must be at least 1; got 0"),
        (lambda: recall_at(1, [1, 0]), r"ranks count from 1; got \[0\]"),
        (lambda: rank_of([1.0]), "a rank needs at least one target; got none"),
        (lambda: rank_of([1.0], 1), r"targets must be in 0\.\.0, the gallery's places; got \[1\]"),
        (lambda: rank_of([1.0, math.nan], 0), "scores must be numbers; got nan at 1"),
    ],
)
def test_bad_input_is_refused_with_the_value(call, message: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match=message):
        call()
