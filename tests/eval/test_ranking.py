import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.metrics.score_matrix import rank_of
from eval.ranking import Ranking, in_order, ranked


@given(st.lists(st.sampled_from([0.0, 0.25, 0.5, 1.0]), min_size=1, max_size=12), st.data())
def test_a_rankings_rank_is_the_rank_among_all_scores(
    scores: list[float], data: st.DataObject
) -> None:
    places = sorted(range(len(scores)), key=lambda place: -scores[place])
    ranking = Ranking(
        tuple(str(place) for place in places), tuple(scores[place] for place in places)
    )
    targets = data.draw(st.sets(st.sampled_from(places), min_size=1))
    assert ranking.rank_of({str(one) for one in targets}) == rank_of(scores, *targets)


@given(
    st.lists(st.sampled_from([0.0, 0.25, 0.5, 1.0]), min_size=1, max_size=12),
    st.integers(1, 12),
    st.data(),
)
def test_a_list_cut_short_still_knows_its_targets_rank(
    scores: list[float], depth: int, data: st.DataObject
) -> None:
    places = list(range(len(scores)))
    targets = data.draw(st.sets(st.sampled_from(places), min_size=1))
    names = {str(one) for one in targets}
    ids = np.array([str(place) for place in places])
    ranking = ranked(ids, np.array(scores), depth=depth, relevant=names)
    assert ranking.rank_of(names) == rank_of(scores, *targets)
    assert len(ranking.ids) == min(depth, len(scores))


def test_what_is_excluded_or_outside_the_pool_is_not_ranked() -> None:
    ids, scores = np.array(["a", "b", "c", "d"]), np.array([4.0, 3.0, 2.0, 1.0])
    ranking = ranked(ids, scores, depth=2, relevant=["d"], excluded=["a"], pool=["a", "c", "d"])
    assert ranking.ids == ("c", "d")
    assert ranked(ids, scores, depth=4, pool=[]).ids == ()


def test_a_target_at_the_lists_end_counts_though_another_is_known_beyond_it() -> None:
    reranked = Ranking(("x", "y", "a"), (3, 2, 1), {"b": 9})
    assert reranked.rank_of({"a", "b"}) == 3
    assert reranked.rank_of({"b"}) == 9


def test_a_target_that_was_not_returned_has_no_rank() -> None:
    assert Ranking(("a", "b"), (2, 1)).rank_of({"c"}) is None
    assert Ranking((), ()).rank_of({"c"}) is None


@pytest.mark.parametrize(
    ("ids", "scores"),
    [(("a", "b"), (1, 2)), (("a", "a"), (2, 1)), (("a",), ()), (("a",), (float("nan"),))],
)
def test_what_is_no_ranking_is_refused(ids: tuple[str, ...], scores: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match=r"score|twice"):
        Ranking(ids, scores)


def test_neighbours_of_one_verdict_are_tied_even_across_the_cut() -> None:
    ranking = in_order(
        ("a", "b", "c", "d", "e"), (3, 2, 2, 2, 1), depth=3, relevant={"b", "e"}, beyond={"f": 9}
    )
    assert ranking.ids == ("a", "b", "c")
    assert [ranking.rank_of({one}) for one in "abef"] == [1, 4, 4, 9]
    assert in_order((), (), depth=3).ids == ()
