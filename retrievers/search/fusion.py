"""RRF and weighted fusion of rankings, and verdicts that count only as far as they are sure.

Reciprocal ranks: Cormack, Clarke and Büttcher, SIGIR 2009. Weighted sum of min-max-normalised
scores: Bruch, Gai and Ingber, TOIS 2023, arXiv:2210.11934, section 3. Gating: WISER, CVPR 2026.
The tests compare with ranx, which takes seconds to import and sets equal scores apart.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import TypeVar

K = 60
T = TypeVar("T", bound=Hashable)


def places(scores: Mapping[T, float]) -> dict[T, int]:
    """Return the place of every item, from 1, a higher score before a lower one.

    Items that score the same share a place and take up one, so that a copy moves nothing else.
    """
    levels = sorted(set(scores.values()), reverse=True)
    place = {score: at for at, score in enumerate(levels, start=1)}
    return {item: place[score] for item, score in scores.items()}


def reciprocal_rank_fusion(
    rankings: Sequence[Sequence[T] | Mapping[T, int]],
    weights: Sequence[Mapping[T, float] | float] | None = None,
) -> dict[T, float]:
    """Return the score of every item: the sum of weight / (60 + rank) over the rankings.

    Args:
        rankings: each best first, without repeats; or the rank of each item, where some share one.
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
        for item, rank in _ranks(ranking):
            scores[item] = scores.get(item, 0.0) + shares[item] / (K + rank)
    return scores


def weighted(scorings: Sequence[Mapping[T, float]], weights: Sequence[float]) -> dict[T, float]:
    """Return the score of every item: the weighted sum of its scores, each scoring put on 0..1.

    An item that a scoring does not have gets that scoring's minimum, 0; so does every item of a
    scoring whose scores are all equal, as it tells nothing apart.

    Raises:
        ValueError: there are not as many weights as scorings.
    """
    if len(weights) != len(scorings):
        raise ValueError(f"{len(scorings)} scorings need as many weights; got {len(weights)}")
    scores: dict[T, float] = {item: 0.0 for scoring in scorings for item in scoring}
    for scoring, weight in zip(scorings, weights, strict=True):
        for item, score in _min_max(scoring).items():
            scores[item] += weight * score
    return scores


def gated(verdicts: Mapping[T, float], gate: float) -> dict[T, float]:
    """Keep the verdicts that are sure: at least `gate` away from 0, which is undecided."""
    return {item: verdict for item, verdict in verdicts.items() if abs(verdict) >= gate}


def within_places(ranking: Sequence[T], scores: Mapping[T, float]) -> list[T]:
    """Sort the items that have a score among the places that they hold; the others keep theirs.

    Equal scores keep their order.
    """
    judged = iter(sorted((item for item in ranking if item in scores), key=lambda i: -scores[i]))
    return [next(judged) if item in scores else item for item in ranking]


def _ranks(ranking: Sequence[T] | Mapping[T, int]) -> Iterable[tuple[T, int]]:
    if isinstance(ranking, Mapping):
        return ranking.items()
    return ((item, rank) for rank, item in enumerate(ranking, start=1))


def _min_max(scoring: Mapping[T, float]) -> dict[T, float]:
    if not scoring:
        return {}
    least, most = min(scoring.values()), max(scoring.values())
    span = most - least or 1.0
    return {item: (score - least) / span for item, score in scoring.items()}
