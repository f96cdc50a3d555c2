"""A ranked list of items, as a system returns it and a run file keeps it."""

from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray

from retrievers.hit import Hit

TIES = "kept"
"""How equal verdicts are ranked; what an older release answered by another rule is asked anew."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """The best items for one question.

    Attributes:
        ids: best first, each once.
        scores: one per item, never rising; equal scores are a tie.
        beyond: ranks of right answers that the list does not reach, or that are tied with its end,
            where they are known.

    Raises:
        ValueError: an id stands twice, a score rises or is not a number, or the lengths differ.
    """

    ids: tuple[str, ...]
    scores: tuple[float, ...]
    beyond: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if len(self.ids) != len(self.scores):
            raise ValueError(f"{len(self.ids)} ids need as many scores; got {len(self.scores)}")
        if len(set(self.ids)) != len(self.ids):
            raise ValueError("an id stands twice in one ranking")
        for before, after in pairwise((float("inf"), *self.scores)):
            if not before >= after:
                raise ValueError(f"scores must not rise; got {before!r} before {after!r}")

    def rank_of(self, targets: Collection[str]) -> int | None:
        """Return the rank, from 1, of the best of the targets; a tie goes to the other items.

        None if no target was returned and no rank beyond the list is known.
        """
        wanted = set(targets)
        known = [rank for item, rank in self.beyond.items() if item in wanted]
        pairs = list(zip(self.ids, self.scores, strict=True))
        listed = (score for item, score in pairs if item in wanted and item not in self.beyond)
        best = next(listed, None)
        if best is not None:
            known.append(1 + sum(score >= best and item not in wanted for item, score in pairs))
        return min(known, default=None)

    def within(self, pool: Collection[str] | None, *, excluded: Collection[str] = ()) -> "Ranking":
        """Return what is left of it in a pool; None: all but the excluded."""
        if pool is None and not excluded:
            return self
        kept = [
            (item, score)
            for item, score in zip(self.ids, self.scores, strict=True)
            if item not in excluded and (pool is None or item in pool)
        ]
        return replace(self, ids=tuple(i for i, _ in kept), scores=tuple(s for _, s in kept))


def ranked(
    ids: NDArray[np.str_],
    scores: NDArray[np.floating],
    *,
    depth: int,
    relevant: Collection[str] = (),
    excluded: Collection[str] = (),
    pool: Collection[str] | None = None,
) -> Ranking:
    """Rank items by their scores; equal ones by name.

    Args:
        ids: [N].
        scores: [N], higher is better.
        depth: how many are kept.
        relevant: those whose ranks beyond the list are told.
        excluded: not ranked.
        pool: the only ones that are ranked; None: all.
    """
    held = np.ones(len(ids), dtype=bool) if pool is None else np.isin(ids, list(pool))
    if excluded:
        held &= ~np.isin(ids, list(excluded))
    ids, scores = ids[held], scores[held]
    order = _best(ids, scores, depth)
    ranking = Ranking(tuple(ids[order].tolist()), tuple(scores[order].tolist()))
    end = scores[order[-1]] if len(order) else -np.inf
    return replace(ranking, beyond=_beyond(ids, scores, relevant, end))


def in_order(
    ids: Sequence[str],
    verdicts: Sequence[Hashable],
    *,
    depth: int,
    relevant: Collection[str] = (),
    beyond: Mapping[str, int] | None = None,
) -> Ranking:
    """Rank items that stand in an order already; neighbours with one verdict are tied.

    Args:
        ids: best first, each once.
        verdicts: what put each item there.
        depth: how many are kept.
        relevant: those whose ranks beyond the list are told.
        beyond: ranks of right answers that are not among the ids, where they are known.
    """
    falls = [0, *(before != after for before, after in pairwise(verdicts))][: len(ids)]
    scores = float(1 + sum(falls)) - np.cumsum(falls)  # [N], counts the verdicts down to 1
    named = np.array(ids, dtype=np.str_)
    end = scores[:depth][-1] if len(ids) else -np.inf
    lost = {item: rank for item, rank in (beyond or {}).items() if item not in set(ids)}
    tied = _beyond(named, scores, relevant, end)
    return Ranking(tuple(ids[:depth]), tuple(scores[:depth].tolist()), lost | tied)


def rank_in(
    hits: Sequence[Hit],
    targets: Collection[str],
    verdict: Callable[[Hit], Hashable] = attrgetter("score"),
) -> int | None:
    """Return the rank, from 1, of the best of the targets among hits; None: none is there.

    Args:
        hits: best first, no picture twice.
        targets: ids of pictures.
        verdict: what put a hit where it is; of neighbours with one, the targets are the last.
    """
    ids = [hit.picture.id for hit in hits]
    return in_order(ids, list(map(verdict, hits)), depth=len(ids)).rank_of(targets)


def _best(ids: NDArray[np.str_], scores: NDArray[np.floating], depth: int) -> NDArray[np.intp]:
    """Return the places of the `depth` highest scores."""
    places = np.arange(len(scores))
    if depth < len(scores):
        least = np.partition(scores, -depth)[-depth]
        places = np.flatnonzero(scores >= least)
    order: NDArray[np.intp] = places[np.lexsort((ids[places], -scores[places]))][:depth]
    return order


def _beyond(
    ids: NDArray[np.str_], scores: NDArray[np.floating], relevant: Collection[str], end: float
) -> dict[str, int]:
    """Return the ranks of the right answers that do not score above the list's end."""
    right = np.isin(ids, list(relevant))
    others = scores[~right]
    places = np.flatnonzero(right & (scores <= end))
    return {str(ids[place]): 1 + int((others >= scores[place]).sum()) for place in places}
