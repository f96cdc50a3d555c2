"""Pointwise reranking, a picture at a time: best first, in batches, with remembered verdicts."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from agent.cache.verdicts import Verdicts
from agent.rerank.reranker import reordered
from retrievers.hit import Hit, Picture

DEPTH = 128  # hits that are judged at most


class Judge(Protocol):
    @property
    def name(self) -> str:
        """Method, weights and prompt: two judges of one name give the same verdicts."""
        ...

    @property
    def batch(self) -> int:
        """How many pictures it judges well at once."""
        ...

    def judge(self, said: str, pictures: Sequence[Picture]) -> list[float]:
        """Return one score per picture, higher for a better match.

        Raises:
            MllmError: the model cannot be reached.
        """
        ...


class PointwiseReranker:
    """Judge the first `depth` hits, best first, and yield an order after each batch.

    Args:
        judge: what gives the scores.
        verdicts: remembers scores across queries and sessions; none: nothing is remembered.
        depth: how many hits are judged at most.
    """

    def __init__(
        self, judge: Judge, *, verdicts: Verdicts | None = None, depth: int = DEPTH
    ) -> None:
        if depth < 1:
            raise ValueError(f"depth must be at least 1; got {depth}")
        self.judge = judge
        self.verdicts = verdicts
        self.depth = depth

    @property
    def name(self) -> str:
        return self.judge.name

    def orders(self, said: str, hits: Sequence[Hit]) -> Iterator[list[Hit]]:
        pictures = [hit.picture for hit in hits[: self.depth]]
        scores: dict[str, float] = {}
        if self.verdicts is not None:
            ids = [picture.id for picture in pictures]
            scores = self.verdicts.known(self.name, said, pictures=ids)
        unjudged = [picture for picture in pictures if picture.id not in scores]
        if scores or not unjudged:
            yield reordered(hits, scores, self.name)
        for start in range(0, len(unjudged), self.judge.batch):
            batch = unjudged[start : start + self.judge.batch]
            new = dict(
                zip((picture.id for picture in batch), self.judge.judge(said, batch), strict=True)
            )
            if self.verdicts is not None:
                self.verdicts.remember(self.name, said, answers=new)
            scores |= new
            yield reordered(hits, scores, self.name)
