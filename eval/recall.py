"""R@n: the share of queries whose target is among the first n pictures."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike


def rank_of(scores: ArrayLike, *targets: int) -> int:
    """Return the rank, from 1, of the best of the targets; a tie goes to the other pictures.

    Args:
        scores: [N], one per picture of the gallery, higher is better.
        targets: places in `scores` of the pictures that answer the query, from 0.

    Raises:
        ValueError: there are no targets, one lies outside the gallery, or a score is not a number.
    """
    row = np.asarray(scores, dtype=np.float64)  # [N]
    if np.isnan(row).any():
        raise ValueError(f"scores must be numbers; got nan at {int(np.isnan(row).argmax())}")
    if not targets:
        raise ValueError("a rank needs at least one target; got none")
    if bad := [target for target in targets if not 0 <= target < len(row)]:
        raise ValueError(f"targets must be in 0..{len(row) - 1}, the gallery's places; got {bad}")
    ahead = row >= row[list(targets)].max()  # [N]
    ahead[list(targets)] = False
    return 1 + int(ahead.sum())


def recall_at(n: int, ranks: Sequence[int | None]) -> float:
    """Compute R@n from the target's rank per query, counted from 1; None if it was not returned.

    Every query counts in the denominator, so a query that lost its target counts as a miss.

    Raises:
        ValueError: there are no queries, or n or a rank is below 1.
    """
    if not ranks:
        raise ValueError("R@n over no queries is undefined")
    if n < 1:
        raise ValueError(f"n must be at least 1; got {n}")
    if bad := [rank for rank in ranks if rank is not None and rank < 1]:
        raise ValueError(f"ranks count from 1; got {bad[:5]}")
    return sum(rank is not None and rank <= n for rank in ranks) / len(ranks)
