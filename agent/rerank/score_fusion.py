"""A reranker's verdict mixed with the first stage's, in place of it: by rank or by score."""

from collections.abc import Iterator, Sequence
from typing import Literal, get_args

from agent.rerank.reranker import Reranker, reordered
from retrievers.hit import Hit
from retrievers.search.fusion import places, reciprocal_rank_fusion, weighted

How = Literal["rrf", "weighted"]


class Fused:
    """Another reranker, whose scores share the decision with the first stage's.

    Only pictures that were judged are fused; the others stay where they are, as the verdict on
    them is not bad but absent.

    Args:
        reranker: judges.
        how: `rrf`: by reciprocal ranks; `weighted`: by min-max-normalised scores.
        weight: the reranker's share, 0 to 1; the first stage has the rest.
    """

    def __init__(self, reranker: Reranker, *, how: How | str, weight: float = 0.5) -> None:
        if how not in get_args(How):
            raise ValueError(f"how must be one of {', '.join(get_args(How))}; got {how!r}")
        if not 0 <= weight <= 1:
            raise ValueError(f"weight must be in 0..1; got {weight!r}")
        self.reranker, self.how, self.weight = reranker, how, weight

    @property
    def name(self) -> str:
        return f"{self.how}{self.weight:g}({self.reranker.name})"

    def orders(self, said: str, hits: Sequence[Hit]) -> Iterator[list[Hit]]:
        for order in self.reranker.orders(said, hits):
            yield self._fused(hits, order)

    def _fused(self, hits: Sequence[Hit], order: Sequence[Hit]) -> list[Hit]:
        stage, known = self.reranker.name, {hit.picture.id: hit for hit in order}
        before = {
            hit.picture.id: hit.score for hit in hits if stage in known[hit.picture.id].why.scores
        }
        after = {one: known[one].why.scores[stage] for one in before}
        shares = (1 - self.weight, self.weight)
        if self.how == "weighted":
            scores = weighted([before, after], shares)
        else:
            scores = reciprocal_rank_fusion([places(before), places(after)], shares)
        return reordered([known[hit.picture.id] for hit in hits], scores, self.name)
