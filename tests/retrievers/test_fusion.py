import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrievers.fusion import reciprocal_rank

RANKING = st.lists(st.integers(0, 30), unique=True)


def test_two_rankings_by_hand() -> None:
    scores = reciprocal_rank([["a", "b"], ["b", "c"]])
    assert scores == pytest.approx({"a": 1 / 61, "b": 1 / 62 + 1 / 61, "c": 1 / 62})
    assert reciprocal_rank([["a"], ["b"]], [2, {"b": 0.5}]) == {"a": 2 / 61, "b": 0.5 / 61}


@given(RANKING)
def test_one_ranking_keeps_its_order(ranking: list[int]) -> None:
    scores = reciprocal_rank([ranking])
    assert sorted(scores, key=lambda item: -scores[item]) == ranking


@given(st.lists(RANKING, max_size=4), st.randoms())
def test_the_order_of_the_rankings_is_of_no_account(rankings: list[list[int]], chance) -> None:  # type: ignore[no-untyped-def]
    mixed = list(rankings)
    chance.shuffle(mixed)
    assert reciprocal_rank(mixed) == pytest.approx(reciprocal_rank(rankings))


@given(RANKING, RANKING)
def test_nothing_is_lost_and_both_rankings_together_beat_either(
    one: list[int], other: list[int]
) -> None:
    scores = reciprocal_rank([one, other])
    assert set(scores) == set(one) | set(other)
    for item in set(one) & set(other):
        assert scores[item] > max(reciprocal_rank([one])[item], reciprocal_rank([other])[item])


def test_bad_input_is_refused() -> None:
    with pytest.raises(ValueError, match="2 rankings need as many weights; got 1"):
        reciprocal_rank([[1], [2]], [1.0])
    with pytest.raises(ValueError, match="stands twice"):
        reciprocal_rank([[1, 1]])
