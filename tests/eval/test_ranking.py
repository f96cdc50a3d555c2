import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.ranking import Ranking
from eval.recall import rank_of


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
