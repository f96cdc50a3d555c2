"""From what an approximate index proposes to what is found: the stored vectors choose.

Rows that the index does not know yet are searched exactly; so are filters that let little through,
and all of it where the index proposes too few.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrievers.collection.storage.vector_forms import StoredVectors
from retrievers.encoder import Vectors
from retrievers.search.exact import Mask, Rows, Scores, best, nearest, nearest_to_many

NARROW = 0.1  # share of the rows below which a filtered search is exact
GROWN = 0.05  # share of rows not yet in an index at which they are added to it


def rescored(
    candidates: Callable[[float], Rows],
    vectors: StoredVectors,
    queries: Vectors,
    k: int,
    *,
    known: int,
    allowed: Mask | None = None,
    ids: NDArray[Any],
) -> list[tuple[Rows, Scores]]:
    """Return what `nearest_to_many` returns, but for a few of the nearest.

    Args:
        candidates: given the share of rows that is allowed, returns rows that may be among the
            nearest [q, some], -1 where it found nothing.
        vectors: [n, d].
        queries: [q, d].
        k: at least 1.
        known: how many rows the index knows, the first ones.
        allowed: [n]; None allows all.
        ids: [n], one per row; break ties.
    """
    possible = len(vectors) if allowed is None else int(np.count_nonzero(allowed))
    if possible <= max(NARROW * len(vectors), 4 * k):
        return nearest_to_many(vectors, queries, k, allowed=allowed, ids=ids)
    results = []
    for query, rows in zip(queries[:, None], candidates(possible / len(vectors)), strict=True):
        mask = None if allowed is None else allowed[known:]
        added, _ = nearest(vectors[known:], query, k, allowed=mask, ids=ids[known:])
        rows = np.concatenate([rows[rows >= 0], added + known])
        if len(rows) < k:
            results.append(nearest(vectors, query, k, allowed=allowed, ids=ids))
        else:
            results.append(best(vectors, query, rows, k, ids=ids))
    return results
