import math
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from eval.benchmark import Question
from eval.metrics.recall import ranks as ranks_of_lists
from eval.metrics.score_matrix import (
    matrix_mean_average_precision,
    matrix_ranks,
    products,
    rank_of,
    right_ranks,
)
from eval.ranking import ranked

SCORES = st.lists(st.integers(-3, 3), min_size=1, max_size=12)


def test_rank_worked_by_hand() -> None:
    assert rank_of([0.1, 0.9, 0.5], 2) == 2


def test_a_tie_goes_to_the_other_pictures() -> None:
    assert rank_of([0.5, 0.5, 0.5], 0) == 3


def test_the_best_of_several_targets_counts_and_targets_do_not_tie_with_each_other() -> None:
    assert rank_of([0.9, 0.5, 0.5, 0.1], 1, 2) == 2


@settings(max_examples=10 * settings().max_examples)
@given(SCORES, st.data())
def test_rank_is_the_worst_place_any_sort_could_give(
    scores: list[int], data: st.DataObject
) -> None:
    target = data.draw(st.integers(0, len(scores) - 1))
    order = sorted(range(len(scores)), key=lambda place: (-scores[place], place == target))
    assert rank_of(scores, target) == order.index(target) + 1


def test_scores_are_not_modified() -> None:
    scores = np.array([0.2, 0.1])
    rank_of(scores, 1)
    right_ranks(scores, np.array([False, True]))
    assert scores.tolist() == [0.2, 0.1]


@st.composite
def matrices(draw: st.DrawFn) -> tuple[NDArray[np.float64], list[list[int]]]:
    """Draw scores with many ties [Q, N], and each query's targets."""
    queries, items = draw(st.integers(1, 7)), draw(st.integers(1, 9))
    row = st.lists(st.sampled_from([0.0, 0.25, 0.5, 1.0]), min_size=items, max_size=items)
    scores = np.array(draw(st.lists(row, min_size=queries, max_size=queries)))
    places = st.lists(st.integers(0, items - 1), min_size=1, unique=True)
    return scores, draw(st.lists(places, min_size=queries, max_size=queries))


@settings(max_examples=10 * settings().max_examples)
@given(matrices(), st.integers(1, 4))
def test_ranks_in_blocks_are_the_ranks_of_lists(
    drawn: tuple[NDArray[np.float64], list[list[int]]], block: int
) -> None:
    scores, targets = drawn
    ids = np.array([f"i{at}" for at in range(scores.shape[1])])
    questions = [
        Question(str(at), relevant={f"i{one}": 1.0 for one in some})
        for at, some in enumerate(targets)
    ]
    lists = {
        str(at): ranked(ids, row, depth=2, relevant=questions[at].relevant)
        for at, row in enumerate(scores)
    }
    blocks = (scores[begin : begin + block] for begin in range(0, len(scores), block))
    expected = ranks_of_lists(questions, lists)
    assert matrix_ranks(blocks, targets).tolist() == [expected[one.id] for one in questions]


@settings(max_examples=10 * settings().max_examples)
@given(matrices())
def test_average_precision_of_a_matrix_is_its_definition_in_the_worst_order(
    drawn: tuple[NDArray[np.float64], list[list[int]]],
) -> None:
    scores, targets = drawn
    right = np.zeros(scores.shape, dtype=bool)
    expected = 0.0
    for row, held, some in zip(scores.tolist(), right, targets, strict=True):
        held[some] = True
        order = sorted(range(len(row)), key=lambda at: (-row[at], at in some))
        ranks = [rank for rank, at in enumerate(order, start=1) if at in some]
        expected += sum(hits / rank for hits, rank in enumerate(ranks, start=1)) / len(some)
    found = matrix_mean_average_precision([scores], lambda at: right[at])
    assert found == pytest.approx(expected / len(scores))


def test_a_query_without_a_right_item_counts_as_zero() -> None:
    scores, right = np.eye(2), np.array([[True, False], [False, False]])
    assert matrix_mean_average_precision([scores], lambda at: right[at]) == 0.5


def test_products_are_the_rows_of_the_matrix() -> None:
    rng = np.random.default_rng(0)
    queries, gallery = rng.normal(size=(10, 4)), rng.normal(size=(6, 4))
    blocks = list(products(queries, gallery, block=4))
    assert [len(one) for one in blocks] == [4, 4, 2]
    np.testing.assert_allclose(np.concatenate(blocks), queries @ gallery.T)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize(("queries", "size", "dim"), [(1, 37, 17), (5, 1021, 64), (3, 4099, 33)])
def test_equal_vectors_tie_wherever_they_lie(
    dtype: type[np.floating], queries: int, size: int, dim: int
) -> None:
    rng = np.random.default_rng(size)
    gallery = rng.normal(size=(size, dim)).astype(dtype)
    gallery[[3, size // 2, size - 2, size - 1]] = gallery[0]
    asked = rng.normal(size=(queries, dim)).astype(dtype)
    found = matrix_ranks(products(asked, gallery), [[0]] * queries)
    for row, rank in zip(np.concatenate(list(products(asked, gallery))), found, strict=True):
        assert len(set(row[[0, 3, size // 2, size - 2, size - 1]].tolist())) == 1
        assert rank == 5 + (row > row[0]).sum()


def test_the_whole_matrix_is_never_held() -> None:
    rng = np.random.default_rng(0)
    queries = rng.normal(size=(4000, 8)).astype(np.float32)
    gallery = rng.normal(size=(4000, 8)).astype(np.float32)
    whole = len(queries) * len(gallery) * 4
    tracemalloc.start()
    try:
        matrix_ranks(products(queries, gallery), [[at] for at in range(len(queries))])
        right = np.arange(len(gallery)) % 50 == 0
        matrix_mean_average_precision(products(queries, gallery), lambda _: right, k=50)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < whole / 4


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: rank_of([1.0]), "a rank needs at least one target; got none"),
        (lambda: rank_of([1.0], 1), r"targets must be in 0\.\.0, the gallery's places; got \[1\]"),
        (lambda: rank_of([1.0, math.nan], 0), "scores must be numbers; got nan at 1"),
        (lambda: matrix_ranks([np.eye(2)], [[0]]), "1 queries need as many rows of scores; got 2"),
        (
            lambda: matrix_ranks([np.eye(2)], [[0]] * 3),
            "3 queries need as many rows of scores; got 2",
        ),
        (
            lambda: matrix_mean_average_precision([], lambda _: np.ones(1, bool)),
            "MAP over no queries",
        ),
    ],
)
def test_bad_input_is_refused_with_the_value(call, message: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match=message):
        call()
