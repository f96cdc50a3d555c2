from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.rerank.pointwise import PointwiseReranker
from agent.rerank.score_fusion import Fused, How
from retrievers.hit import Hit, Picture
from tests.agent.rerank.test_mllm_choices import hits, levels

GREYS = st.lists(st.integers(0, 12), unique=True, min_size=1, max_size=8)
HOWS: list[How] = ["rrf", "weighted"]


class Bright:
    """Scores a picture by its grey level."""

    name, batch = "bright", 4

    def judge(self, said: str, pictures: Sequence[Picture]) -> list[float]:
        return [float(int(picture.id, 16)) for picture in pictures]


def fused(how: How, weight: float, gallery: Sequence[Hit], depth: int = 9) -> list[int]:
    """Rank by brightness, mixed with the first stage, whose score is 1 / rank."""
    judge = PointwiseReranker(Bright(), depth=depth)
    *_, last = Fused(judge, how=how, weight=weight).orders("bright", gallery)
    assert [hit.rank for hit in last] == list(range(1, len(last) + 1))
    return levels(last)


def test_two_stages_are_mixed_by_hand() -> None:
    gallery = hits(0, 12, 11)  # first stage 1, 1/2, 1/3: put on 0..1 it is 1, 1/4, 0
    assert fused("weighted", 0.5, gallery) == [12, 0, 11]  # 1/2, 5/8, 11/24
    assert fused("weighted", 0.3, gallery) == [0, 12, 11]
    assert fused("rrf", 0.5, gallery) == [12, 0, 11]  # 1/61 + 1/63 < 1/62 + 1/61


@pytest.mark.parametrize("how", HOWS)
@given(greys=GREYS)
def test_all_the_weight_is_the_reranker_and_none_is_the_first_stage(
    how: How, greys: list[int]
) -> None:
    assert fused(how, 1, hits(*greys)) == sorted(greys, reverse=True)
    assert fused(how, 0, hits(*greys)) == greys


@pytest.mark.parametrize("how", HOWS)
@given(greys=GREYS)
def test_what_was_not_judged_stays_where_it_is(how: How, greys: list[int]) -> None:
    assert fused(how, 0.5, hits(*greys), depth=2)[2:] == greys[2:]


def test_both_scores_are_shown() -> None:
    judge = PointwiseReranker(Bright())
    fusion = Fused(judge, how="rrf", weight=0.25)
    *_, last = fusion.orders("bright", hits(1, 2))
    assert fusion.name == f"rrf0.25({judge.name})"
    assert {judge.name, fusion.name} <= set(last[0].why.scores)


def test_what_cannot_be_is_refused() -> None:
    judge = PointwiseReranker(Bright())
    with pytest.raises(ValueError, match=r"weight must be in 0..1; got 2"):
        Fused(judge, how="rrf", weight=2)
    with pytest.raises(ValueError, match=r"how must be one of rrf, weighted; got 'sum'"):
        Fused(judge, how="sum")
