"""What a second stage makes of the first one's shortlists, with the ceiling beside it.

A right picture outside the shortlist is a miss of both stages and stays in the count.
"""

from collections.abc import Callable, Hashable, Sequence

from eval.metrics.recall import recall_at
from eval.metrics.shortlist_selection import picks
from eval.ranking import rank_in
from finetune.job import Figures
from finetune.recipes.rerank.shortlists import Shortlisted
from retrievers.hit import Hit

Order = Callable[[Shortlisted], Sequence[Hit]]
"""The shortlist as the second stage orders it."""


def reranking(shortlisted: Sequence[Shortlisted], orders: Sequence[Sequence[Hit]]) -> Figures:
    """Compare both stages: the model's R@1, the first stage's, and the shortlist's R@k.

    `accuracy` is the model's R@1 over the shortlists that hold a right picture.
    """
    k = max(len(one.hits) for one in shortlisted)
    before = [one.first for one in shortlisted]
    after = [
        rank_in(order, one.right, _verdict) for order, one in zip(orders, shortlisted, strict=True)
    ]
    held = [rank for rank in after if rank is not None]
    return {
        "R@1": recall_at(1, after),
        "first stage's R@1": recall_at(1, before),
        f"shortlist's R@{k}": recall_at(k, before),
        "accuracy": recall_at(1, held) if held else 0.0,
    }


def placing(
    shortlisted: Sequence[Shortlisted],
    shown: Sequence[Sequence[Hit]],
    orders: Sequence[Sequence[Hit]],
) -> tuple[float, float]:
    """Return the accuracy of picks and their liking for a place, as `Picks` has them.

    Args:
        shortlisted: shortlists.
        shown: the same hits in the order in which the model saw them.
        orders: in the order in which it put them.
    """
    chosen = [
        next(at for at, hit in enumerate(seen) if hit.picture.id == order[0].picture.id)
        for seen, order in zip(shown, orders, strict=True)
    ]
    right = [
        next((at for at, hit in enumerate(seen) if hit.picture.id in one.right), None)
        for seen, one in zip(shown, shortlisted, strict=True)
    ]
    found = picks(chosen, right, max(map(len, shown)))
    return (0.0 if found.accuracy != found.accuracy else found.accuracy), found.bias


def _verdict(hit: Hit) -> Hashable:
    """Return what put a hit where it is: what the second stage gave it, then the first one's."""
    return *hit.why.scores.values(), hit.score
