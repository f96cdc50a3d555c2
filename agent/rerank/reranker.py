"""What a reranker is, and the one way in which scores move a shortlist."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from retrievers.hit import Hit
from retrievers.search.fusion import within_places


class Reranker(Protocol):
    @property
    def name(self) -> str:
        """Method, weights and prompt, such as `yesno@qwen3-vl+3f2a…`; also the key of its score."""
        ...

    def orders(self, said: str, hits: Sequence[Hit]) -> Iterator[list[Hit]]:
        """Yield permutations of `hits`, each better informed than the one before.

        The caller may stop after any of them, which is how a time budget works. Ranks count from 1
        in each, and each `Why` carries what is known so far.

        Raises:
            ReplyError: the model's answer cannot be read; what was yielded before still holds.
            MllmError: the model cannot be reached; likewise.
        """
        ...


def reordered(hits: Sequence[Hit], scores: Mapping[str, float], stage: str) -> list[Hit]:
    """Sort the judged pictures among the places that they hold; the others stay where they are.

    Args:
        hits: best first, no picture twice.
        scores: by picture id, higher is better; equal ones keep their order.
        stage: the name under which `Why` shows the score.
    """
    by_id = {hit.picture.id: hit for hit in hits}
    order = within_places(list(by_id), scores)
    return [_placed(by_id[one], rank, scores, stage) for rank, one in enumerate(order, start=1)]


def _placed(hit: Hit, rank: int, scores: Mapping[str, float], stage: str) -> Hit:
    score = scores.get(hit.picture.id)
    if score is None:
        return replace(hit, rank=rank)
    why = replace(
        hit.why,
        scores={**hit.why.scores, stage: score},
        ranks={**hit.why.ranks, stage: 1 + sum(other > score for other in scores.values())},
    )
    return replace(hit, rank=rank, why=why)
