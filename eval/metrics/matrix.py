"""Figures straight from vectors, block by block: the whole score matrix is never held.

For benchmarks of full size (COCO: 5,000 pictures x 25,010 captions; ChatIR: 22,704 rounds x 50,000
pictures), where lists of ids would be the slow part. Ties go against the system.
"""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.floating]
Blocks = Iterator[Scores]
BLOCK = 256  # rows of the score matrix that are held at once


def products(queries: Scores, gallery: Scores, *, block: int = BLOCK) -> Blocks:
    """Yield the cosines of unit rows, `block` queries at a time: [b, N].

    Args:
        queries: [Q, d].
        gallery: [N, d].
        block: how many queries.
    """
    for begin in range(0, len(queries), block):
        yield queries[begin : begin + block] @ gallery.T


def ranks(blocks: Blocks, targets: Sequence[Sequence[int]]) -> NDArray[np.int64]:
    """Return the rank, from 1, of the best of each query's targets [Q].

    Args:
        blocks: rows of the score matrix [b, N], together Q rows.
        targets: for each query, the places of its right answers in the gallery, from 0.

    Raises:
        ValueError: a query has no target, a target lies outside the gallery, a score is not a
            number, or there are not as many rows as queries.
    """
    found = np.zeros(len(targets), dtype=np.int64)
    begin = 0
    for scores in blocks:
        some = targets[begin : begin + len(scores)]
        found[begin : begin + len(some)] = _ranks(scores, some)
        begin += len(scores)
    if begin != len(targets):
        raise ValueError(f"{len(targets)} queries need as many rows of scores; got {begin}")
    return found


def _ranks(scores: Scores, targets: Sequence[Sequence[int]]) -> NDArray[np.int64]:
    """Rank the targets of one block."""
    if len(targets) != len(scores):
        raise ValueError(f"{len(scores)} rows of scores are more than the queries that are left")
    if np.isnan(scores).any():
        raise ValueError("scores must be numbers; got nan")
    counts = np.array([len(some) for some in targets])
    places = np.concatenate([np.asarray(some, dtype=np.int64) for some in targets])
    if (counts == 0).any():
        raise ValueError("a rank needs at least one target; a query has none")
    if places.min() < 0 or places.max() >= scores.shape[1]:
        raise ValueError(f"targets must be in 0..{scores.shape[1] - 1}, the gallery's places")
    rows = np.repeat(np.arange(len(scores)), counts)
    own = scores[rows, places]
    best = np.maximum.reduceat(own, np.r_[0, counts.cumsum()[:-1]])  # [b]
    ahead = (scores >= best[:, None]).sum(axis=1)
    as_good = np.add.reduceat(own >= np.repeat(best, counts), np.r_[0, counts.cumsum()[:-1]])
    found: NDArray[np.int64] = 1 + ahead - as_good
    return found


def average_precisions(
    scores: Scores, right: NDArray[np.bool_], *, k: int | None = None
) -> NDArray[np.float64]:
    """Return each row's average precision within the first k, or over all; 0 without an answer.

    Divided by min(k, right answers), as the hashing protocols do.

    Args:
        scores: [b, N], higher is better.
        right: [b, N].
        k: how far down to look.
    """
    order = np.lexsort((right, -scores), axis=1)  # the wrong first among equals
    held = np.take_along_axis(right, order, axis=1)[:, :k]  # [b, k]
    hits = held.cumsum(axis=1)
    precision = hits / np.arange(1, held.shape[1] + 1)
    total = (precision * held).sum(axis=1)
    reachable = np.minimum(right.sum(axis=1), held.shape[1])
    found: NDArray[np.float64] = np.divide(
        total, reachable, out=np.zeros(len(total)), where=reachable > 0
    )
    return found


def mean_average_precision(
    blocks: Blocks,
    right_of: Callable[[slice], NDArray[np.bool_]],
    *,
    k: int | None = None,
) -> float:
    """Return MAP@k over all queries; a query without a right answer counts as 0.

    Args:
        blocks: rows of the score matrix [b, N].
        right_of: which items are right for these queries [b, N].
        k: how far down to look; None is MAP@all.

    Raises:
        ValueError: there are no queries.
    """
    found: list[NDArray[np.float64]] = []
    begin = 0
    for scores in blocks:
        rows = slice(begin, begin + len(scores))
        found.append(average_precisions(scores, right_of(rows), k=k))
        begin += len(scores)
    if not found:
        raise ValueError("MAP over no queries is undefined")
    return float(np.concatenate(found).mean())
