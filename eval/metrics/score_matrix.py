"""Figures straight from scores, block by block: the whole score matrix is never held.

For benchmarks of full size (COCO: 5,000 pictures x 25,010 captions; ChatIR: 22,704 rounds x 50,000
pictures), where lists of ids would be the slow part. Ties go against the system.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain

import numpy as np
from numpy.typing import ArrayLike, NDArray

from eval.metrics.average_precision import Of, average_precision

Scores = NDArray[np.floating] | NDArray[np.integer]
Blocks = Iterable[Scores]
BLOCK = 256  # rows of the score matrix that are held at once
COLUMNS = 1024  # vectors of the gallery that are held in double precision


def products(queries: Scores, gallery: Scores, *, block: int = BLOCK) -> Iterator[Scores]:
    """Yield the cosines of unit rows, `block` queries at a time: [b, N].

    Equal vectors tie wherever they lie: products are taken in double precision and rounded, as in
    single precision the last digit depends on a row's neighbours.

    Args:
        queries: [Q, d].
        gallery: [N, d].
        block: how many queries.
    """
    for begin in range(0, len(queries), block):
        some = queries[begin : begin + block]
        if some.dtype.kind != "f":
            yield some @ gallery.T
            continue
        scores = np.empty((len(some), len(gallery)), np.float32)
        for at in range(0, len(gallery), COLUMNS):
            part = gallery[at : at + COLUMNS].astype(np.float64)
            scores[:, at : at + COLUMNS] = some.astype(np.float64) @ part.T
        yield scores


def rank_of(scores: ArrayLike, *targets: int) -> int:
    """Return the rank, from 1, of the best of the targets; a tie goes to the other items.

    Trap: a sort gives equal scores their places by chance or by name, and `scores > own` gives all
    of them the best; either lets an encoder that knows nothing look as if it knew something.

    Args:
        scores: [N], one per item of the gallery, higher is better.
        targets: places in `scores` of the right answers, from 0, each once.

    Raises:
        ValueError: there are no targets, one lies outside the gallery, or a score is not a number.
    """
    row = np.asarray(scores)  # [N]
    if not targets:
        raise ValueError("a rank needs at least one target; got none")
    if bad := [target for target in targets if not 0 <= target < len(row)]:
        raise ValueError(f"targets must be in 0..{len(row) - 1}, the gallery's places; got {bad}")
    if np.isnan(row.min()):  # the least of numbers and a nan is nan
        raise ValueError(f"scores must be numbers; got nan at {int(np.isnan(row).argmax())}")
    own = row[list(targets)]
    best = own.max()
    return 1 + int(np.count_nonzero(row >= best)) - int(np.count_nonzero(own == best))


def matrix_ranks(blocks: Blocks, targets: Sequence[Sequence[int]]) -> NDArray[np.int64]:
    """Return the rank, from 1, of the best of each query's targets [Q]; see `rank_of`.

    Args:
        blocks: rows of the score matrix [b, N], together Q rows.
        targets: for each query, the places of its right answers in the gallery, from 0.

    Raises:
        ValueError: as `rank_of`, or there are not as many rows as queries.
    """
    rows = chain.from_iterable(blocks)
    found = [rank_of(row, *some) for some, row in zip(targets, rows, strict=False)]
    surplus = sum(1 for _ in rows)
    if surplus or len(found) != len(targets):
        raise ValueError(
            f"{len(targets)} queries need as many rows of scores; got {len(found) + surplus}"
        )
    return np.array(found, dtype=np.int64)


def matrix_mean_average_precision(
    blocks: Blocks,
    right_of: Callable[[int], NDArray[np.bool_]],
    *,
    k: int | None = None,
    of: Of = "reachable",
) -> float:
    """Return MAP@k over all queries; a query without a right answer counts as 0.

    Source: the hashing protocols (`eval.metrics.hashing`) and those of category labels, such as
    DSCMR (CVPR 2019). Trap: what is divided by; see `eval.metrics.average_precision`.

    Args:
        blocks: rows of the score matrix [b, N].
        right_of: given a query's place, which items are right for it [N].
        k: how far down to look; None is MAP@all.
        of: what is divided by.

    Raises:
        ValueError: there are no queries, or k is below 1.
    """
    found = []
    for place, row in enumerate(chain.from_iterable(blocks)):
        places = right_ranks(row, right_of(place))
        found.append(average_precision(places, len(places), k=k, of=of) if len(places) else 0.0)
    if not found:
        raise ValueError("MAP over no queries is undefined")
    return float(np.mean(found))


def right_ranks(scores: Scores, right: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the ranks of the right items, rising; the wrong come first among equals.

    Args:
        scores: [N], higher is better.
        right: [N].
    """
    own = np.sort(scores[right])[::-1]  # [r], falling
    others = scores[~right]
    if scores.dtype.kind == "i":
        wrong = np.sort(others, kind="stable")  # the fastest for small integers
    else:
        wrong = np.sort(others)
    ahead = len(wrong) - np.searchsorted(wrong, own, side="left")
    found: NDArray[np.int64] = ahead + np.arange(1, len(own) + 1)
    return found
