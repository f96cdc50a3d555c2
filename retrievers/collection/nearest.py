"""The rows of a matrix nearest to a query by inner product, among those that are allowed.

A large matrix is searched by FAISS where it lies, without a copy, the allowed rows as a bitmap; a
small one by NumPy, which saves importing FAISS. Both are exact. `faiss-gpu` is the same import; it
was not run here.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrievers.encoder import Vectors

Rows = NDArray[np.int64]
Mask = NDArray[np.bool_]
SMALL = 20_000  # rows below which importing FAISS takes longer than the search
_SPARE = 8


def nearest(
    vectors: Vectors, query: Vectors, k: int, *, allowed: Mask | None = None, ids: NDArray[Any]
) -> tuple[Rows, NDArray[np.float32]]:
    """Return the rows of the k best, best first, equal scores by id, and their scores.

    Args:
        vectors: [n, d], C-contiguous.
        query: [1, d].
        k: at least 1.
        allowed: [n]; None allows all.
        ids: [n], one per row; break ties.
    """
    possible = len(vectors) if allowed is None else int(np.count_nonzero(allowed))
    wanted = min(k, possible)
    if wanted == 0:
        return np.zeros(0, np.int64), np.zeros(0, np.float32)
    find = _by_numpy if len(vectors) < SMALL else _by_faiss
    rows, scores = _with_ties(find, vectors, query, wanted, possible, allowed)
    order = np.lexsort((ids[rows], -scores))[:wanted]
    return rows[order], scores[order]


Find = Callable[[Vectors, Vectors, int, Mask | None], tuple[Rows, NDArray[np.float32]]]


def _with_ties(
    find: Find, vectors: Vectors, query: Vectors, k: int, possible: int, allowed: Mask | None
) -> tuple[Rows, NDArray[np.float32]]:
    """Fetch k and a few more; still more while the last one found ties with number k."""
    more = min(k + _SPARE, possible)
    while True:
        rows, scores = find(vectors, query, more, allowed)
        if more == possible or scores.min() < np.partition(scores, -k)[-k]:
            return rows, scores
        more = min(4 * more, possible)


def _by_numpy(
    vectors: Vectors, query: Vectors, k: int, allowed: Mask | None
) -> tuple[Rows, NDArray[np.float32]]:
    scores = vectors @ query[0]  # [n]
    if allowed is not None:
        scores = np.where(allowed, scores, -np.inf)
    rows = np.argpartition(scores, -k)[-k:]
    return rows.astype(np.int64), scores[rows]


def _by_faiss(
    vectors: Vectors, query: Vectors, k: int, allowed: Mask | None
) -> tuple[Rows, NDArray[np.float32]]:
    import faiss

    query = np.ascontiguousarray(query, dtype=np.float32)
    scores, rows = np.empty((1, k), np.float32), np.empty((1, k), np.int64)
    bits = None if allowed is None else np.packbits(allowed, bitorder="little")
    faiss.knn_inner_product(
        faiss.swig_ptr(query),
        faiss.swig_ptr(vectors),
        vectors.shape[1],
        1,
        len(vectors),
        k,
        faiss.swig_ptr(scores),
        faiss.swig_ptr(rows),
        None if bits is None else faiss.IDSelectorBitmap(len(vectors), faiss.swig_ptr(bits)),
    )
    return rows[0], scores[0]
