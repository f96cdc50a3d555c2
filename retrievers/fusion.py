"""Reciprocal rank fusion (Cormack, Clarke and Büttcher, SIGIR 2009)."""

from collections.abc import Hashable, Mapping, Sequence
from typing import TypeVar

K = 60
T = TypeVar("T", bound=Hashable)


def reciprocal_rank(
    rankings: Sequence[Sequence[T]], weights: Sequence[Mapping[T, float] | float] | None = None
) -> dict[T, float]:
    """Return the score of every item: the sum of weight / (60 + rank) over the rankings.

    Args:
        rankings: each best first, without repeats.
        weights: one per ranking: a number, or a number per item; 1 by default.

    Raises:
        ValueError: there are not as many weights as rankings, or an item stands twice in one.
    """
    weights = [1.0] * len(rankings) if weights is None else weights
    if len(weights) != len(rankings):
        raise ValueError(f"{len(rankings)} rankings need as many weights; got {len(weights)}")
    scores: dict[T, float] = {}
    for ranking, weight in zip(rankings, weights, strict=True):
        if len(set(ranking)) != len(ranking):
            raise ValueError("an item stands twice in one ranking")
        shares = weight if isinstance(weight, Mapping) else dict.fromkeys(ranking, weight)
        for rank, item in enumerate(ranking, start=1):
            scores[item] = scores.get(item, 0.0) + shares[item] / (K + rank)
    return scores
