"""A ranked list of items, as a system returns it and a run file keeps it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Ranking:
    """The best items for one question.

    Attributes:
        ids: best first, each once.
        scores: one per item, never rising; equal scores are a tie.
        beyond: ranks of right answers that the list does not reach, where they are known.

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
        best = next(
            (s for one, s in zip(self.ids, self.scores, strict=True) if one in wanted), None
        )
        if best is None:
            return None
        tied_or_ahead = zip(self.ids, self.scores, strict=True)
        return 1 + sum(score >= best and one not in wanted for one, score in tied_or_ahead)


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
    return replace(ranking, beyond=_beyond(ids, scores, set(relevant) - set(ranking.ids), relevant))


def _best(ids: NDArray[np.str_], scores: NDArray[np.floating], depth: int) -> NDArray[np.intp]:
    """Return the places of the `depth` highest scores."""
    places = np.arange(len(scores))
    if depth < len(scores):
        least = np.partition(scores, -depth)[-depth]
        places = np.flatnonzero(scores >= least)
    order: NDArray[np.intp] = places[np.lexsort((ids[places], -scores[places]))][:depth]
    return order


def _beyond(
    ids: NDArray[np.str_],
    scores: NDArray[np.floating],
    missing: Collection[str],
    relevant: Collection[str],
) -> dict[str, int]:
    others = scores[~np.isin(ids, list(relevant))]
    places = np.flatnonzero(np.isin(ids, list(missing)))
    return {str(ids[place]): 1 + int((others >= scores[place]).sum()) for place in places}
