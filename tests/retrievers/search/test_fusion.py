import random
from collections.abc import Mapping, Sequence
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrievers.search.fusion import (
    K,
    gated,
    places,
    reciprocal_rank_fusion,
    weighted,
    within_places,
)

RANKING = st.lists(st.integers(0, 30), unique=True)
SCORES = st.dictionaries(st.integers(0, 30), st.integers(-90, 90).map(float))


def test_two_rankings_by_hand() -> None:
    scores = reciprocal_rank_fusion([["a", "b"], ["b", "c"]])
    assert scores == pytest.approx({"a": 1 / 61, "b": 1 / 62 + 1 / 61, "c": 1 / 62})
    assert reciprocal_rank_fusion([["a"], ["b"]], [2, {"b": 0.5}]) == {"a": 2 / 61, "b": 0.5 / 61}


@given(RANKING)
def test_one_ranking_keeps_its_order(ranking: list[int]) -> None:
    scores = reciprocal_rank_fusion([ranking])
    assert sorted(scores, key=lambda item: -scores[item]) == ranking


@given(st.lists(RANKING, max_size=4), st.randoms())
def test_the_order_of_the_rankings_is_of_no_account(rankings: list[list[int]], chance) -> None:  # type: ignore[no-untyped-def]
    mixed = list(rankings)
    chance.shuffle(mixed)
    assert reciprocal_rank_fusion(mixed) == pytest.approx(reciprocal_rank_fusion(rankings))


@given(RANKING, RANKING)
def test_nothing_is_lost_and_both_rankings_together_beat_either(
    one: list[int], other: list[int]
) -> None:
    scores = reciprocal_rank_fusion([one, other])
    assert set(scores) == set(one) | set(other)
    for item in set(one) & set(other):
        assert scores[item] > max(
            reciprocal_rank_fusion([one])[item], reciprocal_rank_fusion([other])[item]
        )


def test_bad_input_is_refused() -> None:
    with pytest.raises(ValueError, match="2 rankings need as many weights; got 1"):
        reciprocal_rank_fusion([[1], [2]], [1.0])
    with pytest.raises(ValueError, match="stands twice"):
        reciprocal_rank_fusion([[1, 1]])


def test_two_scorings_by_hand() -> None:
    scores = weighted([{"a": 9.0, "b": 5.0, "c": 1.0}, {"b": 0.3, "d": 0.1}], [1, 2])
    assert scores == {"a": 1.0, "b": 0.5 + 2.0, "c": 0.0, "d": 0.0}


@given(st.lists(st.tuples(SCORES, st.floats(0, 2)), max_size=4), st.randoms())
def test_the_order_of_the_scorings_is_of_no_account(
    given_: list[tuple[dict[int, float], float]], chance: random.Random
) -> None:
    mixed = list(given_)
    chance.shuffle(mixed)
    one = weighted([scoring for scoring, _ in given_], [weight for _, weight in given_])
    other = weighted([scoring for scoring, _ in mixed], [weight for _, weight in mixed])
    assert one == pytest.approx(other)


@given(SCORES, SCORES)
def test_a_scoring_without_weight_decides_nothing(
    one: dict[int, float], other: dict[int, float]
) -> None:
    with_it, without = weighted([one, other], [1, 0]), weighted([one], [1])
    assert {item: score for item, score in with_it.items() if item in one} == without
    assert all(with_it[item] == 0 for item in set(other) - set(one))


@given(SCORES, SCORES)
def test_better_in_both_scorings_is_better_in_the_sum(
    one: dict[int, float], other: dict[int, float]
) -> None:
    scores = weighted([one, other], [0.4, 0.6])
    for a in set(one) & set(other):
        for b in set(one) & set(other):
            if one[a] > one[b] and other[a] > other[b]:
                assert scores[a] > scores[b]


@given(SCORES, st.floats(0.1, 9), st.floats(-9, 9))
def test_the_unit_of_a_scoring_is_of_no_account(
    scoring: dict[int, float], scale: float, shift: float
) -> None:
    moved = {item: score * scale + shift for item, score in scoring.items()}
    assert weighted([moved], [1]) == pytest.approx(weighted([scoring], [1]), abs=1e-6)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("seed", range(3))
def test_both_fusions_are_what_ranx_computes(seed: int) -> None:
    ranx = pytest.importorskip("ranx")
    chance = random.Random(seed)
    scorings = [
        {f"d{item:02}": chance.uniform(-3, 9) for item in chance.sample(range(40), 25)}
        for _ in range(2)
    ]
    runs = [ranx.Run({"q": scoring}) for scoring in scorings]
    theirs = ranx.fuse(runs=runs, norm=None, method="rrf", params={"k": K})["q"]
    rankings = [sorted(scoring, key=lambda item: -scoring[item]) for scoring in scorings]
    assert reciprocal_rank_fusion(rankings) == pytest.approx(theirs)
    theirs = ranx.fuse(runs=runs, norm="min-max", method="wsum", params={"weights": (0.3, 0.7)})[
        "q"
    ]
    assert weighted(scorings, [0.3, 0.7]) == pytest.approx(theirs)


@given(RANKING, SCORES, st.floats(0, 100))
def test_verdicts_move_only_the_items_that_they_are_sure_of(
    ranking: list[int], verdicts: dict[int, float], gate: float
) -> None:
    sure = gated(verdicts, gate)
    order = within_places(ranking, sure)
    assert sorted(order) == sorted(ranking)
    assert all(a == b for a, b in zip(order, ranking, strict=True) if b not in sure)
    moved = [sure[item] for item in order if item in sure]
    assert moved == sorted(moved, reverse=True)


@given(RANKING, SCORES)
def test_an_infinite_gate_keeps_the_first_order_and_none_lets_all_through(
    ranking: list[int], verdicts: dict[int, float]
) -> None:
    assert within_places(ranking, gated(verdicts, inf)) == ranking
    assert gated(verdicts, 0) == verdicts


def test_as_many_weights_as_scorings_are_needed() -> None:
    with pytest.raises(ValueError, match="2 scorings need as many weights; got 1"):
        weighted([{1: 1.0}, {2: 1.0}], [1.0])


def test_a_copy_shares_the_place_and_moves_nothing_else() -> None:
    scores = {"a": 0.9, "b": 0.5, "c": 0.1}
    copied = {**scores, "b2": 0.5}
    assert places(copied) == {**places(scores), "b2": 2}
    copy_too: list[Sequence[str] | Mapping[str, int]] = [places(copied), ["c", "b"]]
    without: list[Sequence[str] | Mapping[str, int]] = [places(scores), ["c", "b"]]
    fused = reciprocal_rank_fusion(copy_too)
    assert {one: fused[one] for one in scores} == reciprocal_rank_fusion(without)
